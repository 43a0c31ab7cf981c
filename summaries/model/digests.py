"""Digests on their way to chats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from summaries.model.preferences import EVERY_DAY, USUAL, Preferences

if TYPE_CHECKING:
    from datetime import datetime, time

    from summaries.model.news import NewsItem


@dataclass(frozen=True, slots=True)
class ChatRef:
    """Where to send: a chat and, in a forum, the topic's thread."""

    chat_id: int
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A chat's digest: at which local times on which days (Monday is 0), on which IANA zone's clock, and what it tells.

    An inactive one keeps its settings.
    """

    chat: ChatRef
    times: tuple[time, ...]
    zone: str
    is_active: bool = True
    days: frozenset[int] = EVERY_DAY
    preferences: Preferences = USUAL

    def stopped(self) -> Subscription:
        return replace(self, is_active=False)


@dataclass(frozen=True, slots=True)
class Woken:
    """What goes on in a chat that can be written to again: its digest, unless there is none or somebody stopped it, and
    how many of its watches."""

    digest: Subscription | None
    watches: int


@dataclass(frozen=True, slots=True)
class Digest:
    """What one chat is told at one due time. `more` counts new items that did not fit. `zone` is the chat's, and so is
    `language`, if it chose one. `failed` names the outlets that could not be read at the last check."""

    due_at: datetime
    zone: str
    items: tuple[NewsItem, ...]
    more: int = 0
    is_late: bool = False
    language: str | None = None
    failed: tuple[str, ...] = ()


class MessageKind(StrEnum):
    """The kinds of messages that the bot sends unasked."""

    DIGEST = "digest"
    ALERT = "alert"
    BROADCAST = "broadcast"


class PartState(StrEnum):
    """The state of one message: pending → sending → sent, failed or uncertain (it may have arrived)."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message of the outbox, claimed until `lease_until`.

    `ids` are its rows: an alert has one for each of its stories. `attempts` counts the calls that were begun,
    `possible_copies` those among them that may have arrived.
    """

    kind: MessageKind
    ids: tuple[int, ...]
    chat: ChatRef
    lease_until: datetime
    attempts: int = 0
    possible_copies: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryPart:
    """One message of a delivery, rendered and stored before it is sent. `id` is its row in the outbox, once stored.

    `article_ids` are the articles in it; see `OutboxMessage` for the counts.
    """

    position: int
    html: str
    article_ids: tuple[int, ...] = ()
    state: PartState = PartState.PENDING
    attempts: int = 0
    possible_copies: int = 0
    message_id: int | None = None
    id: int = 0


class Outcome(StrEnum):
    """How a delivery ended: sent, skipped (too late, folded into the next), or failed (no retry would help)."""

    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a delivery was skipped (it came too late, there was nothing to tell, somebody stopped the digest before it
    left) or failed (nobody reads there any more, Telegram refused its messages)."""

    LATE = "late"
    EMPTY = "empty"
    STOPPED = "stopped"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest for one chat, claimed until `lease_until`; unique for its chat and due time.

    It has `parts` once it is composed, and they are fixed. `previous_due_at` is the due time of the chat's last digest
    before it that was sent. `preferences` and `language` are the chat's present ones.
    """

    id: int
    chat: ChatRef
    zone: str
    due_at: datetime
    lease_until: datetime
    parts: tuple[DeliveryPart, ...] = ()
    previous_due_at: datetime | None = None
    language: str | None = None
    preferences: Preferences = USUAL

    def message(self, part: DeliveryPart) -> OutboxMessage:
        """Return one part as a message of the outbox."""
        return OutboxMessage(
            MessageKind.DIGEST, (part.id,), self.chat, self.lease_until, part.attempts, part.possible_copies
        )


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What became of a delivery: open while it has no outcome, and then not gone on with before `waits_until`.

    `messages` and `sent` count its messages, `stories` the articles that those told; `error` is the last failure.
    """

    due_at: datetime
    zone: str
    outcome: Outcome | None
    reason: Reason | None
    finished_at: datetime | None
    waits_until: datetime | None
    messages: int
    sent: int
    stories: int
    error: str | None


@dataclass(frozen=True, slots=True)
class NewsWish:
    """A chat's wish for the news since a moment."""

    chat_id: int
    since: datetime
    preferences: Preferences = USUAL


@dataclass(frozen=True, slots=True)
class News:
    """The newest stories for a digest, and how many there are in all."""

    items: tuple[NewsItem, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Composed:
    """What was made of deliveries that were due, by their ids: the messages of some, each list for all that get it;
    when others are looked at again; and why others are left out."""

    rendered: tuple[tuple[tuple[DeliveryPart, ...], tuple[int, ...]], ...] = ()
    postponed: tuple[tuple[int, datetime], ...] = ()
    skipped: tuple[tuple[int, Reason], ...] = ()
