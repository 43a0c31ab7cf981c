"""Subscriptions, deliveries of digests, watches, and the messages of the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from summaries.model.articles import SHORT, Length, SummarySentence
from summaries.model.chats import ChatRef
from summaries.model.own_feeds import OwnNews
from summaries.model.stories import Coverage, Marks, NewsItem, Report

# Days of the week as `datetime.weekday` counts them: Monday is 0.
EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
USUAL_COUNT = 8


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the chat's clock in which nothing is sent; `end` may be on the next day."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours that last all day would let nothing through")

    def covers(self, at: time) -> bool:
        """Return whether the time of day is quiet; `end` itself is not."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


class DigestOrder(StrEnum):
    """The rule by which a digest takes its stories: the most important, or the newest of each topic in turn."""

    IMPORTANT = "terpenting"
    NEWEST = "terbaru"


class RegionRule(StrEnum):
    """The place of the chat's regions in a digest: their stories come first, or only they come."""

    FIRST = "dahulu"
    ONLY = "hanya"


class TasteKind(StrEnum):
    """The things that a chat may want more or less of: a topic (its key), an outlet, or a name in the news."""

    TOPIC = "topic"
    OUTLET = "outlet"
    NAME = "name"


@dataclass(frozen=True, slots=True, order=True)
class Taste:
    """A chat's wish for more, or less, news of a topic, an outlet or a name."""

    kind: TasteKind
    name: str
    is_more: bool


# Each taste is looked up in every story of a digest.
MAX_TASTES = 20
MAX_TASTE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Preferences:
    """The stories of a digest and their form. An empty tuple filters nothing.

    A story is included if one of its outlets is in `outlets`, one of its topics in `topics` (keys), and the article
    that is shown for it contains one of the words of `include` and none of `exclude`; words are compared by their
    stems. `regions` are codes (see `summaries.regions`), to which `region_rule` applies. `count` is the maximum number
    of stories, `length` the length of their summaries. With `skips_empty` a digest without stories is not sent.
    `tastes` change the order in which stories are chosen; they are sorted, so that equal ones share a digest.
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
    order: DigestOrder = DigestOrder.IMPORTANT
    regions: tuple[str, ...] = ()
    region_rule: RegionRule = RegionRule.FIRST
    tastes: tuple[Taste, ...] = ()

    @property
    def has_filter(self) -> bool:
        return bool(self.topics or self.outlets or self.include or self.exclude)


USUAL = Preferences()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A chat's digest: its local times, its days (Monday is 0), the IANA zone of its clock, and its preferences.

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
    """The parts of a chat that resume once the bot can write there again.

    `digest` is None if the chat has none or somebody stopped it; `watches` is a count.
    """

    digest: Subscription | None
    watches: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The news for one chat at one due time.

    `headline_ids` are the articles of the items, the most important first, if that is known. `more` counts new items
    that did not fit. `zone` is the chat's, and so is `language`, if it chose one. The bot answers no commands in a
    channel. With `own` it is the section of the chat's own feeds, which is a message of its own, so that chats with
    equal preferences share the others.
    """

    due_at: datetime
    zone: str
    items: tuple[NewsItem, ...]
    more: int = 0
    is_late: bool = False
    language: str | None = None
    is_channel: bool = False
    headline_ids: tuple[int, ...] = ()
    own: OwnNews | None = None


class MessageKind(StrEnum):
    """The kinds of messages that the bot sends unasked."""

    DIGEST = "digest"
    ALERT = "alert"
    BROADCAST = "broadcast"
    WARNING = "warning"


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
    `possible_copies` those among them that may have arrived, `server_errors` those that Telegram answered with an error
    of its own. `article_ids` are the articles that an alert shows, at least one for each story.
    """

    kind: MessageKind
    ids: tuple[int, ...]
    chat: ChatRef
    lease_until: datetime
    attempts: int = 0
    possible_copies: int = 0
    server_errors: int = 0
    article_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryPart:
    """One message of a delivery, rendered and stored before it is sent. `id` is its row in the outbox, once stored.

    `article_ids` are the articles in it, `preview_url` is the page whose picture is shown above the text; `marks` are
    those of its articles that have any. A message with the articles of the chat's own feeds has only these,
    `own_article_ids`. See `OutboxMessage` for the counts.
    """

    position: int
    html: str
    article_ids: tuple[int, ...] = ()
    preview_url: str | None = None
    marks: tuple[tuple[int, Marks], ...] = ()
    state: PartState = PartState.PENDING
    attempts: int = 0
    possible_copies: int = 0
    server_errors: int = 0
    message_id: int | None = None
    id: int = 0
    own_article_ids: tuple[int, ...] = ()


class Outcome(StrEnum):
    """The end of a delivery: sent, skipped (its news goes into the next one), failed (no retry would help), or unknown
    (all copies of a message may have arrived, and its news goes into the next one)."""

    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a delivery was skipped or failed: late, without news, or stopped by the chat; or the bot cannot write to the
    chat, or Telegram refused the messages."""

    LATE = "late"
    EMPTY = "empty"
    STOPPED = "stopped"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest for one chat, claimed until `lease_until`; unique for its chat and due time.

    It has `parts` once it is composed, and they are fixed. `previous_due_at` is the due time of the chat's last digest
    before it that was sent, `missed_from` that of the first one since then that was skipped because it was late.
    `preferences` and `language` are the chat's present ones.
    """

    id: int
    chat: ChatRef
    zone: str
    due_at: datetime
    lease_until: datetime
    parts: tuple[DeliveryPart, ...] = ()
    previous_due_at: datetime | None = None
    missed_from: datetime | None = None
    language: str | None = None
    preferences: Preferences = USUAL
    is_channel: bool = False

    def message(self, part: DeliveryPart) -> OutboxMessage:
        """Return one part as a message of the outbox."""
        counts = part.attempts, part.possible_copies, part.server_errors
        return OutboxMessage(MessageKind.DIGEST, (part.id,), self.chat, self.lease_until, *counts)


@dataclass(frozen=True, slots=True)
class SentDigest:
    """A digest whose buttons are pressed, with its messages of public news and the chat's present preferences."""

    id: int
    due_at: datetime
    zone: str
    composed_at: datetime
    parts: tuple[DeliveryPart, ...]
    preferences: Preferences = USUAL

    @property
    def article_ids(self) -> tuple[int, ...]:
        return tuple(article_id for part in self.parts for article_id in part.article_ids)

    @property
    def marks(self) -> Mapping[int, Marks]:
        """Return the marks of the articles that have any."""
        return dict(mark for part in self.parts for mark in part.marks)


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """The history of a delivery. Without an outcome it is open and waits until `waits_until`.

    `messages` and `sent` count its messages, `stories` the articles in those that were sent; `error` is the last
    failure.
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
class DeliveredStory:
    """A story of a digest that was sent: the article in it, and the reports known when the digest was composed.

    `region` is the code of the chat's region that it was chosen for.
    """

    article_id: int
    title: str
    composed_at: datetime
    reports: tuple[Report, ...]
    region: str | None = None


@dataclass(frozen=True, slots=True)
class NewsRequest:
    """A request for the news of a chat's digest: the news since its last one, as of the time when it is due."""

    chat_id: int
    since: datetime
    due_at: datetime
    preferences: Preferences = USUAL


@dataclass(frozen=True, slots=True)
class News:
    """The stories of a digest in its order, and the number of all new ones. For `headline_ids` see `Digest`."""

    items: tuple[NewsItem, ...]
    total: int
    headline_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CompositionResult:
    """The result of composing deliveries, which are named by their ids.

    `rendered` pairs messages with the deliveries that get them, `postponed` deliveries with a time, and `skipped`
    deliveries with a reason.
    """

    rendered: tuple[tuple[tuple[DeliveryPart, ...], tuple[int, ...]], ...] = ()
    postponed: tuple[tuple[int, datetime], ...] = ()
    skipped: tuple[tuple[int, Reason], ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """Words for which a chat wants alerts; words in double quotes form a phrase.

    A watch with an article is a follow: the chat wants the news of the chain of the article's story, and `words` are
    the article's title. Stories for a folded watch come with the chat's digest.
    """

    id: int
    chat: ChatRef
    words: str
    is_folded: bool = False
    article_id: int | None = None

    @property
    def is_follow(self) -> bool:
        return self.article_id is not None


# The follows of a chain end after this time without news of it: most affairs that pause longer do not return.
FOLLOW_LASTS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FollowedStory:
    """A follow, and the time of the last news of its chain, or when the chat began to follow if that is later."""

    watch: Watch
    quiet_since: datetime

    @property
    def ends_at(self) -> datetime:
        """When the follow ends if there is no further news."""
        return self.quiet_since + FOLLOW_LASTS


@dataclass(frozen=True, slots=True)
class FreshArticle:
    """A recent public article: the stems of its title and text, as in the search index."""

    article_id: int
    title_stems: str
    text_stems: str


@dataclass(frozen=True, slots=True)
class FreshNews:
    """Articles that no watch was matched with yet. `added_at` and `article_id` are those of the last one."""

    articles: tuple[FreshArticle, ...]
    added_at: datetime
    article_id: int


@dataclass(frozen=True, slots=True)
class Development:
    """Sentences of one article that are news for the followers of its chain."""

    coverage: Coverage
    sentences: tuple[SummarySentence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ChainReport:
    """An article of a chain, and its sentences that are clear without their neighbours."""

    coverage: Coverage
    story_id: int
    sentences: tuple[SummarySentence, ...]


@dataclass(frozen=True, slots=True)
class DueFollow:
    """A follow whose chain may have new articles.

    `reports` are those added after `seen_at` until `looked_until`. Of the chain, the chat knows the texts `known` and
    the stories `known_stories`; it got its last update at `updated_at`, and `recent` updates in the last 24 hours.
    `due_at` identifies this consideration.
    """

    watch: Watch
    due_at: datetime
    seen_at: datetime
    looked_until: datetime
    followed_at: datetime
    updated_at: datetime | None = None
    recent: int = 0
    reports: tuple[ChainReport, ...] = ()
    known: tuple[str, ...] = ()
    known_stories: frozenset[int] = frozenset()
    zone: str | None = None
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True)
class FollowDecision:
    """The result of considering a follow: the developments to send, and the next steps.

    Articles added until `seen_until` are done with. If `due_at` is given, the others are considered from then on.
    """

    follow: DueFollow
    seen_until: datetime
    developments: tuple[Development, ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertBatch:
    """Stories that one watch found, for one message. `language`, `zone` and `quiet` hours are the chat's, if chosen.

    For a follow, they are `developments` since the chat's last message about the chain, at `since`.
    """

    watch: Watch
    items: tuple[NewsItem, ...]
    message: OutboxMessage
    language: str | None = None
    zone: str | None = None
    quiet: QuietHours | None = None
    developments: tuple[Development, ...] = ()
    since: datetime | None = None
