"""The ports of the use cases, as narrow protocols. storage/, fetch/ and bot/ implement them.

One method of a store is one transaction. Times are aware UTC datetimes, values those of `model`.
"""

from __future__ import annotations

from summaries.ports.admin import BlockStore, BroadcastStore, FigureStore, UpkeepStore
from summaries.ports.articles import ArticleStore, NewsStore, QueryStore
from summaries.ports.chats import AnswerStore, ChatDataStore, ChatMembershipStore, ChatStore, QuestionStore, SavedStore
from summaries.ports.deliveries import AlertStore, DeliveryStore, DigestNews, OutboxStore, SubscriptionStore, WatchStore
from summaries.ports.fleet import InboxStore, MemberStore, RateLimitStore
from summaries.ports.own_feeds import OwnFeedStore
from summaries.ports.public_news import PublicNews, PublicReader
from summaries.ports.sources import SourceStore
from summaries.ports.stories import StoryChanges, StoryEditStore, StoryState, StoryStore, StudyStore
from summaries.ports.warnings import HazardStore, WarningStore
from summaries.ports.world import Clock, Fetched, Fetcher, Messenger, Notifier, Offload, SendLimiter
