"""Broadcasts, figures and retention: the operator's view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from summaries.model.deliveries import OutboxMessage


class BroadcastState(StrEnum):
    """The state of a broadcast: draft → sending → done, or cancelled from either of the first two."""

    DRAFT = "draft"
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One message to all chats that have a digest or watches now. `message_id` in `chat_id` shows its progress.

    `total` counts its chats, `sent`, `failed` and `unknown` (the message may have arrived) those that are finished.
    """

    id: int
    html: str
    state: BroadcastState
    chat_id: int
    message_id: int | None
    total: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class BroadcastMessage:
    """One chat's message of a broadcast."""

    broadcast_id: int
    html: str
    message: OutboxMessage


@dataclass(frozen=True, slots=True)
class Figures:
    """Row counts for /status and `ringkas stats`. Digests and articles are those of the last day."""

    private_chats: int
    groups: int
    stopped: int
    blocked: int
    next_due_at: datetime | None
    digests_open: int
    digests_sent: int
    digests_skipped: int
    digests_failed: int
    digests_unknown: int
    articles: int
    articles_new: int
    stories: int
    sources: int
    sources_failing: int
    sources_off: int
    last_read_at: datetime | None
    database_bytes: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Digests that are due and not finished, and sources.

    `late` counts overdue digests without those that wait for the end of quiet hours; `delay_s` is the age of the oldest
    of them. `unknown` counts those of the last day that ended with this outcome.
    """

    due: int
    late: int
    unknown: int
    delay_s: float
    sources: int
    sources_failing: int
    sources_off: int


# A place in the order of a table's rows: the values of the columns that order them.
Position: TypeAlias = tuple[str | int | datetime, ...]


class Forgotten(NamedTuple):
    """The number of rows that a step deleted, and the position of the next step, None if it was the last."""

    rows: int
    position: Position | None


class Old(StrEnum):
    """Kinds of rows that are deleted when they are old, in this order."""

    DIGESTS = "digests"
    DELIVERED = "delivered articles"
    TEXTS = "message texts"
    ALERTS = "alerts"
    FOLLOWS = "follows"
    BROADCASTS = "broadcast copies"
    HAZARD_MESSAGES = "messages of BMKG"
    HAZARDS = "events of BMKG"
    QUESTIONS = "open questions"
    EXCHANGES = "answered messages"
    QUERIES = "searches"
    ANSWERS = "answers"
    CHAIN_TERMS = "story terms"
    OWN_ARTICLES = "readers' articles"
    NEWS = "news articles"
