"""The values that the news side speaks in: frozen, slotted, typed, and free of I/O.

Every moment is an aware `datetime`; stores keep them in UTC. Identifiers are whole numbers that a store gave out.
"""

from __future__ import annotations

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
)
from summaries.model.news import NewsItem, NewsPage, NewsQuery, Story, Telling, first_of_each_outlet
from summaries.model.preferences import EVERY_DAY, WEEKEND, WORKING_DAYS, Preferences, QuietHours
from summaries.model.sources import PollState, Source, SourceKind, SourceOrigin, StoredSource

__all__ = [
    "EVERY_DAY",
    "LONG",
    "MEDIUM",
    "PARAGRAPH_BREAK",
    "SHORT",
    "WEEKEND",
    "WORKING_DAYS",
    "Article",
    "ChatRef",
    "ChatSettings",
    "Composed",
    "Delivery",
    "DeliveryPart",
    "DeliveryRecord",
    "Digest",
    "Length",
    "Listed",
    "News",
    "NewsItem",
    "NewsPage",
    "NewsQuery",
    "NewsWish",
    "OpenQuestion",
    "Origin",
    "Outcome",
    "PartState",
    "Place",
    "PollState",
    "Preferences",
    "QuietHours",
    "Reason",
    "Source",
    "SourceKind",
    "SourceOrigin",
    "StoredArticle",
    "StoredSource",
    "Story",
    "Subscription",
    "Summary",
    "SummarySentence",
    "Telling",
    "first_of_each_outlet",
]
