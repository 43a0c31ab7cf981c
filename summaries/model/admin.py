"""What the bot's admins see and do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model.digests import OutboxMessage


class BroadcastState(StrEnum):
    """The life of a broadcast: draft → sending → done, or cancelled from either of the first two."""

    DRAFT = "draft"
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One message to all chats that have a digest now; `chat_id` and `message_id` are where its progress is told.

    `total` counts its chats, `sent` and `failed` those that are done with; what may have arrived counts as sent.
    """

    id: int
    html: str
    state: BroadcastState
    chat_id: int
    message_id: int | None
    total: int = 0
    sent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class BroadcastMessage:
    """One chat's message of a broadcast."""

    broadcast_id: int
    html: str
    message: OutboxMessage


@dataclass(frozen=True, slots=True)
class Figures:
    """How the bot is doing. Digests and articles are those of the last day."""

    private_chats: int
    groups: int
    stopped: int
    blocked: int
    next_due_at: datetime | None
    digests_open: int
    digests_sent: int
    digests_skipped: int
    digests_failed: int
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
    """What waits now, told from few rows: digests whose hour has come and that are not finished, and sources.

    `late` are those that are due for long; what waits for the end of quiet hours is not among them. `delay_s` is how
    long the oldest is due that waits for nothing.
    """

    due: int
    late: int
    delay_s: float
    sources: int
    sources_failing: int
    sources_off: int
