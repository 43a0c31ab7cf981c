"""The values that the news side speaks in: frozen, slotted, typed, and free of I/O.

Every moment is an aware `datetime`; stores keep them in UTC. Identifiers are whole numbers that a store gave out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, time

PARAGRAPH_BREAK = "\n\n"


class Origin(StrEnum):
    """Where an article came from, which decides who may see it.

    A reader's own link or text stays between the reader and the bot: lists, searches and digests show only what is
    public. An article that a feed brings later becomes public then.
    """

    FEED = "feed"
    IMPORT = "import"
    CHAT = "chat"

    @property
    def is_public(self) -> bool:
        return self is not Origin.CHAT


class SourceKind(StrEnum):
    """What a source's document is: a feed (RSS, Atom, JSON), or a sitemap for news."""

    FEED = "feed"
    SITEMAP = "sitemap"


class SourceOrigin(StrEnum):
    """Who brought a source: the catalogue that ships with the project, or the bot's admin."""

    CATALOGUE = "catalogue"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Source:
    """One feed of one outlet. `key` names it for people ("antara-politik"); `category` is a topic key."""

    key: str
    outlet: str
    category: str
    url: str
    kind: SourceKind = SourceKind.FEED
    origin: SourceOrigin = SourceOrigin.CATALOGUE


@dataclass(frozen=True, slots=True)
class PollState:
    """What Ringkas remembers of its checks of one source; `polling` decides how each check changes it.

    An active source is due at `next_check_at`, or at once where there is none. `etag` and `last_modified` are what the
    last answer said of itself. The source published `recent_count` entries since `recent_since`; without that moment,
    nobody knows how often it publishes.
    """

    is_active: bool = True
    next_check_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str | None = None
    failures_in_a_row: int = 0
    newest_entry_at: datetime | None = None
    recent_since: datetime | None = None
    recent_count: int = 0


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as the store knows it."""

    source: Source
    state: PollState


@dataclass(frozen=True, slots=True)
class Article:
    """One article, cleaned.

    `text` is the running text without headline, dateline, caption, and reporter's initials; its paragraphs are
    separated by one blank line and hold no line break otherwise. `url` is the canonical address, absent for pasted
    text. `category` is a topic key. `published_at` is aware. An excerpt is the feed's own text of an article whose page
    could not be had.
    """

    title: str
    text: str
    url: str | None = None
    outlet: str | None = None
    category: str | None = None
    published_at: datetime | None = None
    place: str | None = None
    initials: str | None = None
    authors: tuple[str, ...] = ()
    image_url: str | None = None
    is_excerpt: bool = False

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(self.text.split(PARAGRAPH_BREAK)) if self.text else ()


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the store knows it: with its id, its key (see `canonical.article_key`) and when it was added."""

    id: int
    key: str
    article: Article
    origin: Origin
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Length:
    """How long a summary should be: about so many words, or exactly so many sentences (never both)."""

    words: int | None = None
    sentences: int | None = None

    def __post_init__(self) -> None:
        given = [n for n in (self.words, self.sentences) if n is not None]
        if len(given) != 1 or given[0] < 1:
            raise ValueError("a length is a positive number of words or of sentences, and not both")

    @property
    def code(self) -> str:
        """The length as a short text for storage and callback data: "60w", "3s"."""
        return f"{self.words}w" if self.words is not None else f"{self.sentences}s"


SHORT = Length(words=35)
MEDIUM = Length(words=60)
LONG = Length(words=110)


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """A whole sentence of the article, verbatim: `article.text[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The chosen sentences in article order, what chose them, and the article's language ("id", "en")."""

    sentences: tuple[SummarySentence, ...]
    method: str
    length: Length
    language: str = "id"

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.sentences)

    @property
    def word_count(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class NewsItem:
    """What lists and digests show of an article: the article and its summary."""

    stored: StoredArticle
    summary: Summary


@dataclass(frozen=True, slots=True)
class NewsQuery:
    """Which public articles to list, newest first: all of a topic, of an outlet, or those that hold every word."""

    category: str | None = None
    outlet: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class NewsPage:
    """One page of a list. `number` counts from 0."""

    items: tuple[NewsItem, ...]
    number: int
    total: int
    size: int

    @property
    def has_previous(self) -> bool:
        return self.number > 0

    @property
    def has_next(self) -> bool:
        return (self.number + 1) * self.size < self.total

    @property
    def count(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class ChatRef:
    """Where to send: a chat and, in a forum, the topic's thread."""

    chat_id: int
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A chat's digest: at which local times, on which IANA zone's clock. An inactive one keeps its settings."""

    chat: ChatRef
    times: tuple[time, ...]
    zone: str
    is_active: bool = True

    def stopped(self) -> Subscription:
        return replace(self, is_active=False)


@dataclass(frozen=True, slots=True)
class Digest:
    """What one chat is told at one due time. `more` counts new items that did not fit. `zone` is the chat's."""

    due_at: datetime
    zone: str
    items: tuple[NewsItem, ...]
    more: int = 0
    is_late: bool = False


class PartState(StrEnum):
    """The life of one message of a delivery: pending → sending → sent, failed or uncertain (it may have arrived)."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class DeliveryPart:
    """One message of a delivery, rendered and stored before it is sent.

    `article_ids` are told when it was sent. `attempts` counts the calls that were begun, `copies` those among them that
    may have arrived: there are never more than two.
    """

    position: int
    html: str
    article_ids: tuple[int, ...] = ()
    state: PartState = PartState.PENDING
    attempts: int = 0
    copies: int = 0
    message_id: int | None = None


class Outcome(StrEnum):
    """How a delivery ended: sent, skipped (too late, folded into the next), or failed (no retry would help)."""

    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest on its way to one chat; unique for its chat and due time.

    Once `is_composed`, its `parts` are fixed. `previous_due_at` is the due time of the chat's last digest before it
    that was sent.
    """

    id: int
    chat: ChatRef
    zone: str
    due_at: datetime
    parts: tuple[DeliveryPart, ...] = ()
    is_composed: bool = False
    previous_due_at: datetime | None = None
