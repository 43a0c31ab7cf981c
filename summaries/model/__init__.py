"""The values of the domain: frozen, slotted, typed, and free of I/O.

Every time is an aware `datetime`; stores keep UTC. Identifiers are integers that a store assigned.
"""

from __future__ import annotations

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
    Resumed,
    SentDigest,
    Subscription,
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
    Report,
    SavedPage,
    StoryEdit,
    StoryWithCoverage,
    first_of_each_outlet,
    get_outlet_key,
)
