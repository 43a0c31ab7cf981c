"""Every rendering of a message, with made-up or hostile words in it: a table that tests draw on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from bot.background.notices import moved_parts, no_backup_text, switched_off_parts, unreachable_parts
from bot.errors import (
    AdminsOnly,
    BadQuietHours,
    BadTime,
    BadWords,
    FileNotDownloaded,
    FileTooLarge,
    FileUnreadable,
    ForeignChat,
    LastTime,
    MayNotPost,
    OutOfDate,
    TooManyTastes,
    TooManyTimes,
    UnknownPlace,
)
from bot.locale import Translations
from bot.panel.changes import View
from bot.panel.views import QUESTIONS, render_view
from bot.views.alerts import render_alert, render_watches
from bot.views.answers import AnswerFormat, render_answer, render_debunking, render_full_article
from bot.views.deep_links import ScheduleLink
from bot.views.digest_buttons import DigestPress, render_more, render_resized, strip_summaries
from bot.views.digests import render_digest
from bot.views.errors import explain
from bot.views.follows import render_follows, render_update
from bot.views.lists import render_card, render_list, render_no_results, render_saved
from bot.views.own_feeds import render_feeds, render_own_page
from bot.views.schedules import render_schedule, render_schedule_offer, render_settings
from bot.views.status import (
    render_addition,
    render_broadcast,
    render_figures,
    render_greeting,
    render_help,
    render_help_elsewhere,
    render_history,
    render_sources,
)
from bot.views.stories import render_story_view
from bot.views.story_edits import EditedStory, render_edited_story
from bot.views.trends import Span, Survey, render_caption
from bot.views.warnings import render_warning, render_warning_settings
from summaries import errors
from summaries.articles.story import StoryView
from summaries.delivery.alerts import BadWatch
from summaries.fetch.feeds.feed_entries import FoundFeed
from summaries.ingest.refresh import SourceReport
from summaries.ingest.sources import AddedSource, AddResult, FailedFeed
from summaries.model import (
    MAX_TASTE_CHARS,
    MAX_TASTES,
    MEDIUM,
    Addition,
    AlertBatch,
    Article,
    Broadcast,
    BroadcastState,
    ChatRef,
    Coverage,
    DeliveredStory,
    DeliveryRecord,
    Development,
    Digest,
    Earthquake,
    EditKind,
    FactCheck,
    Figures,
    FollowedStory,
    FoundOwnFeed,
    Hazard,
    MessageKind,
    NewsItem,
    NewsPage,
    NewsQuery,
    Order,
    Origin,
    OutboxMessage,
    Outcome,
    OwnArticle,
    OwnFeed,
    OwnNews,
    OwnPage,
    Place,
    PollState,
    Preferences,
    QuietHours,
    Reason,
    Report,
    SavedPage,
    Severity,
    Source,
    StoredArticle,
    StoredSource,
    StoryEdit,
    StoryWithCoverage,
    Subscription,
    Summary,
    SummarySentence,
    Taste,
    TasteKind,
    Verdict,
    WarningMessage,
    WarningSettings,
    Watch,
    WeatherWarning,
)
from summaries.stories.disagreements import Disagreement, Statement
from summaries.stories.figures import Kind
from summaries.stories.trends import TrendingName
from summaries.topic_model.topics import TOPICS

ZONE = "Asia/Jakarta"
NOW = datetime.fromisoformat("2026-11-24T20:10:00+07:00")
BOT = "ringkas_bot"
PAGES, PAGE_SIZE = 6, 5


@dataclass(frozen=True)
class Outside:
    """Text from outside: a title, a name (of outlets, places, chats, feeds), words, a text; and the number of items."""

    title: str
    name: str
    words: str
    text: str
    many: int

    @property
    def article(self) -> Article:
        return Article(
            title=self.title,
            text=self.text,
            url="https://kabar.example/panen?a=1&b=2",
            outlet=self.name,
            category="ekonomi",
            published_at=NOW - timedelta(hours=self.many),
            place=self.name,
        )

    @property
    def check(self) -> Article:
        sentence = SummarySentence(self.text, 0, len(self.text))
        return replace(self.article, fact_check=FactCheck(Verdict.FALSE, self.title, sentence))

    @property
    def summary(self) -> Summary:
        return Summary((SummarySentence(self.text, 0, len(self.text)),), "ringkas", MEDIUM)

    @property
    def stored(self) -> StoredArticle:
        return StoredArticle(7, "k", self.article, Origin.FEED, NOW)

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        return tuple(
            Coverage(n, self.title, f"{n} {self.name}", f"https://m{n}.example/?a&b", None, None, NOW)
            for n in range(self.many)
        )

    @property
    def story(self) -> StoryView:
        (sentence,) = self.summary.sentences
        number = Statement(0, self.name, NOW, self.text, 0, len(self.text), 0, min(5, len(self.text)), Decimal(6))
        return StoryView(
            self.stored,
            self.summary,
            self.coverage,
            tuple(Addition(n, self.name, NOW, sentence) for n in range(min(self.many, 5))),
            (Disagreement(Kind.DEATHS, (number, replace(number, is_later=True))),) * min(self.many, 3),
            tuple(
                replace(report, article_id=100 + n, published_at=NOW - timedelta(days=n))
                for n, report in enumerate(self.coverage)
            ),
        )

    def items(self, most: int) -> tuple[NewsItem, ...]:
        return (NewsItem(self.stored, self.summary, self.coverage),) * min(self.many, most)

    @property
    def subscription(self) -> Subscription:
        several = (self.words,) * min(self.many, 20)
        wishes = Preferences(
            topics=tuple(TOPICS)[: self.many],
            outlets=(self.name,) * self.many,
            include=several,
            exclude=several,
            quiet=QuietHours(time(22), time(5)),
            is_silent=True,
            skips_empty=True,
            tastes=tuple(
                Taste(TasteKind.NAME, f"{n} {self.name}"[:MAX_TASTE_CHARS], is_more=n % 2 == 0)
                for n in range(min(self.many, MAX_TASTES))
            ),
        )
        return Subscription(ChatRef(7), (time(7), time(18, 30)), ZONE, preferences=wishes)

    @property
    def sources(self) -> tuple[StoredSource, ...]:
        return tuple(
            StoredSource(
                Source(f"desa-{n}", f"{n} {self.name}", "ekonomi", f"https://{n}.example/rss"),
                PollState(is_active=n % 3 != 1, failures_in_a_row=n % 2, last_error=self.text),
            )
            for n in range(3 * self.many)
        )

    @property
    def addition(self) -> AddResult:
        added = tuple(AddedSource(source, is_new=n % 2 == 0) for n, source in enumerate(self.sources))
        choices = tuple(FoundFeed(f"https://{n}.example/{self.words}", self.title) for n in range(self.many))
        return AddResult(added, choices, (FailedFeed(f"https://{self.words}", self.text[:200], "timeout"),) * self.many)

    @property
    def covered(self) -> tuple[StoryWithCoverage, ...]:
        return tuple(
            StoryWithCoverage(n, self.title, f"https://m{n}.example", self.name, 9, self.text) for n in range(self.many)
        )


EDITS = tuple(StoryEdit(9 - n, kind, (1,), (2,), 5, NOW) for n, kind in enumerate(EditKind))
RECORDS = tuple(
    DeliveryRecord(NOW - timedelta(days=n), ZONE, outcome, reason, None, None, 2, 2 - n % 2, 8, None)
    for n, (outcome, reason) in enumerate(
        [
            (Outcome.SENT, None),
            (Outcome.SENT, None),
            (Outcome.SKIPPED, Reason.EMPTY),
            (Outcome.SKIPPED, Reason.LATE),
            (Outcome.FAILED, Reason.GONE),
            (Outcome.FAILED, Reason.REFUSED),
            (None, None),
        ]
    )
)
FIGURES = Figures(
    private_chats=12345, groups=2, stopped=3, blocked=1, next_due_at=NOW, digests_open=0, digests_sent=9,
    digests_skipped=1, digests_failed=0, digests_unknown=1,
    articles=54321, articles_new=321, stories=40000, sources=90, sources_failing=4,
    sources_off=1, last_read_at=None, database_bytes=3_645_728,
)  # fmt: skip

ERRORS = (
    *(errors.NothingToSummarize(reason, detail="fr") for reason in errors.RefusalReason),
    errors.AddressRefused("private"),
    errors.TransientFetchError("timeout"),
    errors.PermanentFetchError("not found", status=404),
    errors.PermanentFetchError("forbidden", status=403),
    errors.PermanentFetchError("no media type"),
    errors.ForeignFeed("kompas.com"),
    errors.ResourceLimitExceeded("deep"),
    errors.StoreBusy("locked"),
    FileUnreadable("image/png"),
    FileTooLarge(5),
    FileNotDownloaded("gone"),
    BadTime(""),
    TooManyTimes(),
    TooManyTastes(),
    BadQuietHours(),
    LastTime(),
    BadWords(),
    UnknownPlace(),
    OutOfDate(),
    BadWatch(),
    AdminsOnly(),
    ForeignChat(),
    MayNotPost(),
)

Rendering = Callable[[Translations, Outside], Sequence[str]]
"""The messages of a rendering, as Telegram HTML (or as plain text, see `PLAIN`)."""


def sample_answer(form: AnswerFormat) -> Rendering:
    return lambda words, out: render_answer(words, out.article, out.summary, ZONE, form)


def sample_edited_answer(form: AnswerFormat) -> Rendering:
    return lambda words, out: render_answer(words, out.article, out.summary, ZONE, form, is_edit=True)


def sample_rewritten_answer(words: Translations, out: Outside) -> list[str]:
    return render_answer(words, out.article, out.summary, ZONE, rewritten=out.text)


def sample_list(words: Translations, out: Outside, query: NewsQuery, order: Order = Order.NEWEST) -> list[str]:
    page = NewsPage(out.items(PAGE_SIZE), 1, PAGES * PAGE_SIZE, PAGE_SIZE)
    return [render_list(words, query, page, order=order, zone=ZONE, now=NOW, username=BOT)]


def sample_alert(words: Translations, out: Outside) -> list[str]:
    message = OutboxMessage(MessageKind.ALERT, (1,), ChatRef(7), NOW)
    batch = AlertBatch(Watch(1, ChatRef(7), out.words), out.items(5), message)
    return [render_alert(words, batch, zone=ZONE, now=NOW, username=BOT)]


def sample_update(words: Translations, out: Outside) -> list[str]:
    message = OutboxMessage(MessageKind.ALERT, (1,), ChatRef(7), NOW)
    developments = tuple(Development(report, out.summary.sentences * 2) for report in out.coverage[:5])
    watch = Watch(1, ChatRef(7), out.title, article_id=7)
    since = NOW - timedelta(days=out.many)
    batch = AlertBatch(watch, (), message, developments=developments, since=since)
    return [render_update(words, batch, zone=ZONE, now=NOW, username=BOT)]


def sample_follows(words: Translations, out: Outside) -> list[str]:
    follows = [
        FollowedStory(Watch(n, ChatRef(7), out.title, n % 2 > 0, n + 1), NOW - timedelta(days=n))
        for n in range(min(4 * out.many, 20))
    ]
    return [render_follows(words, follows, zone=ZONE, now=NOW, username=BOT)]


def sample_saved_articles(words: Translations, out: Outside) -> list[str]:
    kept = (out.stored,) * min(out.many, PAGE_SIZE)
    page = SavedPage(kept, 0, PAGES * PAGE_SIZE, PAGE_SIZE)
    return [render_saved(words, page, zone=ZONE, now=NOW, username=BOT)]


def sample_digest(words: Translations, out: Outside) -> list[str]:
    digest = Digest(NOW, ZONE, out.items(20), more=3, is_late=True)
    return [part.html for part in render_digest(words, digest, BOT)]


def sample_resized_digest(words: Translations, out: Outside) -> list[str]:
    items = [replace(item, stored=replace(item.stored, id=n)) for n, item in enumerate(out.items(20), 1)]
    digests = [Digest(NOW, ZONE, tuple(some)) for some in (strip_summaries(items), items, items)]
    parts = render_digest(words, digests[1], BOT)
    resized = render_resized(words, digests, [part.article_ids for part in parts], BOT, is_listed=False)
    return [text for text in resized.messages if text is not None]


def sample_further_news(words: Translations, out: Outside) -> list[str]:
    further = Digest(NOW, ZONE, out.items(5), more=3)
    return [message.text for message in render_more(words, further, DigestPress(1), BOT)]


def sample_watches(words: Translations, out: Outside) -> list[str]:
    return [render_watches(words, [Watch(n, ChatRef(7), out.words, n % 2 > 0) for n in range(min(out.many, 20))])]


def sample_own_feeds(words: Translations, out: Outside) -> list[str]:
    feeds = [
        OwnFeed(
            n,
            FoundOwnFeed("https://kabar.example/rss", out.name, f"https://kabar.example/{n}?a&b"),
            PollState(is_active=n % 3 != 1, failures_in_a_row=n % 2, last_error=out.text),
        )
        for n in range(min(out.many, 5))
    ]
    return [render_feeds(words, feeds, most=5)]


def sample_own_articles(words: Translations, out: Outside) -> list[str]:
    item = OwnArticle(3, out.name, "https://kabar.example/panen?a=1&b=2", out.title[:200], out.text[:700], NOW)
    page = OwnPage((item,) * min(out.many, PAGE_SIZE), 1, PAGES * PAGE_SIZE, PAGE_SIZE)
    news = OwnNews((item,) * min(out.many, 8), out.many + 3)
    digest = Digest(NOW, ZONE, (), own=news)
    section = [part.html for part in render_digest(words, digest, BOT)]
    return [render_own_page(words, page, zone=ZONE, now=NOW), *section]


def sample_warnings(words: Translations, out: Outside) -> list[str]:
    """BMKG's texts are cut where they are read: those of earthquakes to 500 characters, headlines to 300."""
    later, centre = NOW + timedelta(hours=3), (-8.0, 112.6)
    settings = WarningSettings(ChatRef(7), (Place(out.name, centre, 10.0),) * min(out.many, 3))
    place, potential, felt = out.title[:500], f"Berpotensi tsunami {out.words}"[:500], out.text[:500]
    quake = Earthquake(NOW, centre, 6.4, 12, place, potential, felt)
    headline, description = out.title[:300], out.text[:5_000]
    page = "https://kabar.example/peta?a&b"
    weather = WeatherWarning(
        ("1",), NOW, out.words, headline, description, Severity.SEVERE, NOW, circles=((centre, 10.0),), web=page
    )
    hazards = [
        Hazard(1, 2, quake, NOW, later),
        Hazard(2, 1, weather, NOW, later),
        Hazard(3, 3, weather, NOW, later, is_cancelled=True),
        Hazard(4, 2, replace(weather, circles=()), NOW, later),
    ]
    message = OutboxMessage(MessageKind.WARNING, (1,), ChatRef(7), NOW)
    return [
        *(render_warning(words, WarningMessage(one, message, settings), zone=ZONE, now=NOW) for one in hazards),
        render_warning_settings(words, settings, [hazards[1]] * out.many, zone=ZONE, now=NOW),
        render_warning_settings(words, None, (), zone=ZONE, now=NOW),
    ]


def sample_backup_failure(words: Translations, out: Outside) -> list[str]:
    return [no_backup_text(words, out.text)]


def sample_switched_off_sources(words: Translations, out: Outside) -> list[str]:
    reports = [SourceReport(stored.source, error=out.text, moved_to=out.text) for stored in out.sources]
    return [part for render in (unreachable_parts, switched_off_parts, moved_parts) for part in render(words, reports)]


def sample_trends(words: Translations, out: Outside) -> list[str]:
    names = [TrendingName(out.name, 3, 2)] * out.many
    return [render_caption(words, Survey(Span.WEEK, NOW, out.covered, names), ZONE)]


def sample_schedule_offer(words: Translations, out: Outside) -> list[str]:
    days, topics = frozenset(range(5)), out.subscription.preferences.topics
    return [render_schedule_offer(words, ScheduleLink((time(7), time(18)), days, ZONE, topics))]


def sample_history(words: Translations, out: Outside) -> list[str]:
    article = out.article
    reports = (Report(1, article.title, article.outlet, article.category, NOW), Report(2, "Gempa", "Antara", None, NOW))
    stories = (DeliveredStory(1, article.title, NOW, reports),) * 20
    return [
        render_history(words, out.subscription, NOW, RECORDS),
        render_history(words, out.subscription, NOW, RECORDS, stories),
        render_history(words, None, None, ()),
    ]


def sample_no_results(words: Translations, out: Outside) -> list[str]:
    query = NewsQuery(words=out.words)
    meant, topics = (
        render_no_results(words, query, ZONE, meant=out.words),
        render_no_results(words, query, ZONE, topics=TOPICS),
    )
    return [meant, topics]


def sample_broadcast(words: Translations, out: Outside) -> list[str]:
    return [
        render_broadcast(words, Broadcast(1, out.text, state, 99, 5, total=1000, sent=8, failed=2), 1002)
        for state in BroadcastState
    ]


RENDERINGS: dict[str, Rendering] = {
    **{f"answer-{form.name.lower()}": sample_answer(form) for form in AnswerFormat if form is not AnswerFormat.STORY},
    **{
        f"edited-{form.name.lower()}": sample_edited_answer(form)
        for form in AnswerFormat
        if form is not AnswerFormat.STORY
    },
    "answer-rewritten": sample_rewritten_answer,
    "short-article": lambda words, out: render_full_article(words, out.article, ZONE),
    "debunking": lambda words, out: [render_debunking(words, out.check, ZONE).text],
    "story": lambda words, out: [render_story_view(words, out.story, ZONE)],
    "story-edit": lambda words, out: [render_edited_story(words, EditedStory.of(out.coverage, EDITS), ZONE)],
    "story-fact-check": lambda words, out: [
        render_story_view(words, replace(out.story, shown=replace(out.stored, article=out.check)), ZONE)
    ],
    "card": lambda words, out: [render_card(words, out.items(1)[0], ZONE)],
    "list-of-words": lambda words, out: sample_list(words, out, NewsQuery(words=out.words), Order.MOST_COVERED),
    "list-of-an-outlet": lambda words, out: sample_list(words, out, NewsQuery(outlet=out.name)),
    "nothing-found": sample_no_results,
    "saved": sample_saved_articles,
    "alert": sample_alert,
    "update": sample_update,
    "watches": sample_watches,
    "follows": sample_follows,
    "own-feeds": sample_own_feeds,
    "own-articles": sample_own_articles,
    "warnings": sample_warnings,
    "digest": sample_digest,
    "digest-resized": sample_resized_digest,
    "digest-more": sample_further_news,
    "digest-empty": lambda words, _: [p.html for p in render_digest(words, Digest(NOW, ZONE, ()), BOT)],
    "trends": sample_trends,
    "settings": lambda words, out: [render_settings(words, out.subscription, NOW, out.name)],
    "settings-tastes": lambda words, out: [render_view(words, View.TASTES, out.subscription)],
    "settings-words": lambda words, out: [render_view(words, View.WORDS, out.subscription)],
    "schedule-begun": lambda words, out: [render_schedule(words, out.subscription, NOW, is_new=True)],
    "schedule-told": lambda words, out: [render_schedule(words, out.subscription.stopped(), None, is_new=False)],
    "schedule-offered": sample_schedule_offer,
    "history": sample_history,
    "status": lambda words, _: [render_figures(words, FIGURES, ZONE, NOW)],
    "broadcast": sample_broadcast,
    "sources": lambda words, out: render_sources(words, out.sources, is_admin=False),
    "sources-admin": lambda words, out: render_sources(words, out.sources, is_admin=True),
    "sources-added": lambda words, out: render_addition(words, out.addition),
    "no-backup": sample_backup_failure,
    "sources-switched-off": sample_switched_off_sources,
    "questions": lambda words, _: [words.html(question) for question in QUESTIONS.values()],
    "errors": lambda words, out: [explain(words, error) for error in (*ERRORS, BadTime(out.words))],
    "greeting": lambda words, _: [render_greeting(words)],
    "help": lambda words, _: [
        render_help(words),
        render_help_elsewhere(words, BOT, has_inline=True, has_guest=True),
    ],
}
PLAIN = frozenset({"nothing-found", "broadcast", "errors"})
# These contain no text from outside.
FIXED = frozenset({"digest-empty", "questions", "greeting", "help", "status"})
