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
from summaries.model.chats import ChatSettings
from summaries.model.digests import ChatRef, Delivery, DeliveryPart, Digest, Outcome, PartState, Subscription
from summaries.model.news import NewsItem, NewsPage, NewsQuery, Story, Telling, first_of_each_outlet
from summaries.model.sources import PollState, Source, SourceKind, SourceOrigin, StoredSource

__all__ = [
    "LONG",
    "MEDIUM",
    "PARAGRAPH_BREAK",
    "SHORT",
    "Article",
    "ChatRef",
    "ChatSettings",
    "Delivery",
    "DeliveryPart",
    "Digest",
    "Length",
    "Listed",
    "NewsItem",
    "NewsPage",
    "NewsQuery",
    "Origin",
    "Outcome",
    "PartState",
    "PollState",
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
