"""The values of the domain: frozen, slotted, typed, and free of I/O.

Every time is an aware `datetime`; stores keep UTC. Identifiers are integers that a store assigned.

A value's module is imported when the value is first imported from here: creating the classes of all modules would take
as long as summarising an article.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from summaries.model.admin import (
        Backlog,
        Broadcast,
        BroadcastMessage,
        BroadcastState,
        Figures,
        Forgotten,
        Old,
        Position,
    )
    from summaries.model.articles import (
        LONG,
        MEDIUM,
        PARAGRAPH_BREAK,
        SHORT,
        Article,
        FactCheck,
        Length,
        Listed,
        Origin,
        StoredArticle,
        Summary,
        SummarySentence,
        Verdict,
        hash_text,
    )
    from summaries.model.chats import (
        AnsweredQuestion,
        AnswerRef,
        ChatMembership,
        ChatRef,
        ChatSettings,
        OpenQuestion,
    )
    from summaries.model.deliveries import (
        EVERY_DAY,
        FOLLOW_LASTS,
        MAX_TASTE_CHARS,
        MAX_TASTES,
        WEEKEND,
        WORKING_DAYS,
        AlertBatch,
        ChainReport,
        CompositionResult,
        DeliveredStory,
        Delivery,
        DeliveryPart,
        DeliveryRecord,
        Development,
        Digest,
        DigestOrder,
        DueFollow,
        FollowDecision,
        FollowedStory,
        FreshArticle,
        FreshNews,
        MessageKind,
        News,
        NewsRequest,
        OutboxMessage,
        Outcome,
        PartState,
        Preferences,
        QuietHours,
        Reason,
        RegionRule,
        Resumed,
        SentDigest,
        Subscription,
        Taste,
        TasteKind,
        Watch,
    )
    from summaries.model.fleet import (
        ANSWERABLE_FOR,
        Asked,
        ChatQuota,
        Membership,
        PendingLimits,
        Reservation,
        Taken,
        Waiting,
    )
    from summaries.model.own_feeds import (
        FeedLimit,
        FeedLimits,
        FoundOwnFeed,
        OwnArticle,
        OwnEntry,
        OwnFeed,
        OwnNews,
        OwnPage,
    )
    from summaries.model.sources import CHECK_LEASE, PollState, Source, SourceKind, SourceOrigin, StoredSource
    from summaries.model.stories import (
        NO_MARKS,
        Addition,
        CentralAddition,
        Coverage,
        EditKind,
        Marks,
        NewsItem,
        NewsPage,
        NewsQuery,
        Order,
        PublicStory,
        Report,
        SavedPage,
        StoryEdit,
        StoryHead,
        StoryWithCoverage,
        first_of_each_outlet,
        get_outlet_key,
    )
    from summaries.model.warnings import (
        Box,
        Earthquake,
        Hazard,
        HazardKind,
        HazardSource,
        Place,
        Point,
        Severity,
        WarningMessage,
        WarningSettings,
        WeatherWarning,
    )
else:
    # Modules that import others come after those.
    _MODULES = ("articles", "sources", "stories", "chats", "deliveries", "warnings", "own_feeds", "admin", "fleet")

    def __getattr__(name: str) -> object:
        for module in _MODULES:
            values = vars(import_module(f"{__name__}.{module}"))
            if name in values and not name.startswith("_"):
                return values[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
