"""What the use cases ask of the world, as narrow protocols. Adapters in storage/, fetch/ and bot/ fulfil them.

One method of a store is one transaction. Moments are aware UTC datetimes, values are those of `model`.
"""

from __future__ import annotations

from summaries.ports.admin import BlockStore, BroadcastStore, FigureStore
from summaries.ports.answers import AnswerStore, SavedStore
from summaries.ports.articles import ArticleStore, NewsStore, QueryStore
from summaries.ports.chats import ChatDataStore, ChatStore, PlaceStore, QuestionStore
from summaries.ports.digests import DeliveryStore, SubscriptionStore
from summaries.ports.fleet import InboxStore, MemberStore, RateLimitStore
from summaries.ports.outbox import OutboxStore
from summaries.ports.sources import SourceStore
from summaries.ports.stories import StoryChanges, StoryState, StoryStore
from summaries.ports.upkeep import UpkeepStore
from summaries.ports.watches import AlertMessenger, AlertStore, WatchStore
from summaries.ports.world import Clock, Fetched, Fetcher, LanguageModel, Messenger, Notifier, Offload, SendLimiter

__all__ = [
    "AlertMessenger",
    "AlertStore",
    "AnswerStore",
    "ArticleStore",
    "BlockStore",
    "BroadcastStore",
    "ChatDataStore",
    "ChatStore",
    "Clock",
    "DeliveryStore",
    "Fetched",
    "Fetcher",
    "FigureStore",
    "InboxStore",
    "LanguageModel",
    "MemberStore",
    "Messenger",
    "NewsStore",
    "Notifier",
    "Offload",
    "OutboxStore",
    "PlaceStore",
    "QueryStore",
    "QuestionStore",
    "RateLimitStore",
    "SavedStore",
    "SendLimiter",
    "SourceStore",
    "StoryChanges",
    "StoryState",
    "StoryStore",
    "SubscriptionStore",
    "UpkeepStore",
    "WatchStore",
]
