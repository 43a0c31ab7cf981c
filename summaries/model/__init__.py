"""The values that the news side speaks in: frozen, slotted, typed, and free of I/O.

Every moment is an aware `datetime`; stores keep them in UTC. Identifiers are whole numbers that a store gave out.
"""

from __future__ import annotations

from summaries.model.admin import Backlog, Broadcast, BroadcastMessage, BroadcastState, Figures
from summaries.model.answers import Answer, Answered, SavedArticle, SavedPage
from summaries.model.articles import (
    LONG,
    MEDIUM,
    PARAGRAPH_BREAK,
    SHORT,
    Article,
    Length,
    Listed,
    Origin,
    StoredArticle,
    Summary,
    SummarySentence,
)
from summaries.model.chats import ChatSettings, OpenQuestion, Place
from summaries.model.digests import (
    ChatRef,
    Composed,
    Delivery,
    DeliveryPart,
    DeliveryRecord,
    Digest,
    News,
    NewsWish,
    Outcome,
    PartState,
    Reason,
    Subscription,
    Woken,
)
from summaries.model.fleet import Asked, ChatTurn, Chunk, DoneChunk, Membership, Reserved, Taken, Waiting
from summaries.model.news import (
    CoveredStory,
    NewsItem,
    NewsPage,
    NewsQuery,
    Order,
    Story,
    Telling,
    first_of_each_outlet,
)
from summaries.model.preferences import EVERY_DAY, WEEKEND, WORKING_DAYS, Preferences, QuietHours
from summaries.model.sources import PollState, Source, SourceKind, SourceOrigin, StoredSource
from summaries.model.upkeep import Old
from summaries.model.watches import AlertBatch, FreshArticle, FreshNews, Watch

__all__ = [
    "EVERY_DAY",
    "LONG",
    "MEDIUM",
    "PARAGRAPH_BREAK",
    "SHORT",
    "WEEKEND",
    "WORKING_DAYS",
    "AlertBatch",
    "Answer",
    "Answered",
    "Article",
    "Asked",
    "Backlog",
    "Broadcast",
    "BroadcastMessage",
    "BroadcastState",
    "ChatRef",
    "ChatSettings",
    "ChatTurn",
    "Chunk",
    "Composed",
    "CoveredStory",
    "Delivery",
    "DeliveryPart",
    "DeliveryRecord",
    "Digest",
    "DoneChunk",
    "Figures",
    "FreshArticle",
    "FreshNews",
    "Length",
    "Listed",
    "Membership",
    "News",
    "NewsItem",
    "NewsPage",
    "NewsQuery",
    "NewsWish",
    "Old",
    "OpenQuestion",
    "Order",
    "Origin",
    "Outcome",
    "PartState",
    "Place",
    "PollState",
    "Preferences",
    "QuietHours",
    "Reason",
    "Reserved",
    "SavedArticle",
    "SavedPage",
    "Source",
    "SourceKind",
    "SourceOrigin",
    "StoredArticle",
    "StoredSource",
    "Story",
    "Subscription",
    "Summary",
    "SummarySentence",
    "Taken",
    "Telling",
    "Waiting",
    "Watch",
    "Woken",
    "first_of_each_outlet",
]
