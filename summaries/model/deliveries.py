"""Digests on their way to chats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from summaries.model.articles import SHORT

if TYPE_CHECKING:
    from datetime import datetime, time

    from summaries.model.articles import Length
    from summaries.model.chats import ChatRef
    from summaries.model.stories import NewsItem


# Days of the week as `datetime.weekday` counts them: Monday is 0.
EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
USUAL_COUNT = 8


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the chat's clock nothing is sent; `end` may be on the next day."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours that last all day would let nothing through")

    def covers(self, at: time) -> bool:
        """Whether the hours are quiet at that time of day; the end itself is not."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True)
class Preferences:
    """Which stories a digest tells, and how. Empty tuples leave everything in.

    A story is told when one of its outlets is among `outlets`, one of its topics among `topics` (keys), and the article
    that is shown of it has one of the words of `include` and none of `exclude`; what counts as a word's occurrence is
    its stem's. `count` is the most stories, `length` that of their summaries. A digest without stories is left out with
    `skips_empty`.
    """

    topics: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    length: Length = SHORT
    count: int = USUAL_COUNT
    quiet: QuietHours | None = None
    is_silent: bool = False
    skips_empty: bool = False

    @property
    def has_filter(self) -> bool:
        return bool(self.topics or self.outlets or self.include or self.exclude)


USUAL = Preferences()


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
class Resumed:
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
class NewsRequest:
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
class CompositionResult:
    """What was made of deliveries that were due, by their ids: the messages of some, each list for all that get it;
    when others are looked at again; and why others are left out."""

    rendered: tuple[tuple[tuple[DeliveryPart, ...], tuple[int, ...]], ...] = ()
    postponed: tuple[tuple[int, datetime], ...] = ()
    skipped: tuple[tuple[int, Reason], ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """Words that a chat waits for; words in double quotes stand together.

    What is found for a folded one comes with the chat's digest rather than at once.
    """

    id: int
    chat: ChatRef
    words: str
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class FreshArticle:
    """A public article that came in lately: the stems of its title and text as the search index has them."""

    article_id: int
    title_stems: str
    text_stems: str


@dataclass(frozen=True, slots=True)
class FreshNews:
    """Articles that were not looked through yet; the last of them, by the moment when it came in and its id."""

    articles: tuple[FreshArticle, ...]
    added_at: datetime
    article_id: int


@dataclass(frozen=True, slots=True)
class AlertBatch:
    """Stories that one watch found, for one message. `language`, `zone` and `quiet` hours are the chat's, if chosen."""

    watch: Watch
    items: tuple[NewsItem, ...]
    message: OutboxMessage
    language: str | None = None
    zone: str | None = None
    quiet: QuietHours | None = None
