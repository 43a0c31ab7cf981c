"""Measure updates of followed stories: chats follow stories for 30 simulated days of real news, and get digests.

    python -m benchmarks.quality.follows --data DIR [--since DAY] [--chats N] [--read]

DIR holds articles/articles.jsonl, modern/articles/*.jsonl and stories/dev.jsonl. The days are those with most dated
articles, or those from DAY on. Articles are added when they were published, and clustered and linked as in the bot.
Each chat follows some of the stories that two outlets cover, twenty at a time; every other chat gets two digests a day.
`--read` prints the updates. Exits with 1 if a sentence was sent twice, or if the chat knew more than a fifth of the
content words.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from benchmarks.report import table
from summaries.articles.prepare import prepare
from summaries.delivery import DeliveryService, Outbox
from summaries.delivery.alerts import SETTLED, AlertingService
from summaries.digests.compose import DigestComposer
from summaries.digests.schedule import find_next_due
from summaries.errors import NothingToSummarize
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.study import StudyService
from summaries.model import (
    LONG,
    MEDIUM,
    SHORT,
    AlertBatch,
    Article,
    ChatRef,
    DeliveryPart,
    Digest,
    Origin,
    Subscription,
    Watch,
)
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store
from summaries.stories.novelty import measure_repetition
from summaries.text.cleaning import clean
from summaries.text.dates import parse_date
from summaries.upkeep import UpkeepService

T = TypeVar("T")
P = ParamSpec("P")

SPAN = timedelta(days=30)
STEP = timedelta(minutes=10)
ZONE = "Asia/Jakarta"
MAX_FOLLOWS = 20
MAX_REPEATED = 0.2


@dataclass
class Followed:
    """A follow with the texts that were sent to its chat about the chain, and the articles of the chain shown there."""

    watch: Watch
    began_at: datetime
    ended_at: datetime | None = None
    texts: list[str] = field(default_factory=list)
    shown: set[int] = field(default_factory=set)
    updates: int = 0


@dataclass
class Simulation:
    """A bot's services over a store, with a clock that only the simulation moves. It fulfils the outbox's ports."""

    store: Store
    now: datetime
    chats: int
    is_read: bool
    follows: dict[int, Followed] = field(default_factory=dict)
    sent: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    shares: list[tuple[int, int]] = field(default_factory=list)
    twice: int = 0
    seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        clock: Callable[[], datetime] = lambda: self.now  # noqa: E731
        outbox = Outbox(
            store=self.store.outbox,
            line=self,
            subscriptions=self.store.subscriptions,
            notifier=self,
            clock=clock,
            chance=lambda: 0.5,
        )
        self.writer = ArticleWriter(stories=self.store.stories, offload=run_inline, clock=clock)
        self.study = StudyService(studies=self.store.studies, offload=run_inline, clock=clock)
        self.upkeep = UpkeepService(self.store.upkeep, clock)
        self.alerts = AlertingService(
            alerts=self.store.alerts, send=self.send_alert, outbox=outbox, offload=run_inline, clock=clock
        )
        composer = DigestComposer(
            deliveries=self.store.deliveries, render=render, offload=run_inline, clock=clock, patience=timedelta()
        )
        self.digests = DeliveryService(
            deliveries=self.store.deliveries, composing=composer, messenger=self, outbox=outbox, clock=clock
        )

    async def turn(self, chat: ChatRef) -> None: ...

    async def reach(self) -> None: ...

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None: ...

    async def send(self, chat: ChatRef, html: str, **_: object) -> int:
        """Take a message of a digest, which is the article's id."""
        article = await self.store.articles.get(int(html))
        summary = await self.store.articles.find_summary(int(html), SHORT)
        if article is None or summary is None:
            return 1
        self.sent[chat.chat_id].update(sentence.text for sentence in summary.sentences)
        watch = await self.store.watches.find_follow(chat.chat_id, article.id)
        if watch is not None:
            self.follows[watch.id].texts += [article.article.title, summary.text]
            self.follows[watch.id].shown.add(article.id)
        return 1

    send_plain = send

    async def send_alert(self, chat: ChatRef, batch: AlertBatch) -> int:
        followed = self.follows[batch.watch.id]
        sentences = [sentence.text for one in batch.developments for sentence in one.sentences]
        self.shares.append(measure_repetition(followed.texts, sentences))
        self.twice += sum(sentence in self.sent[chat.chat_id] for sentence in sentences)
        self.sent[chat.chat_id].update(sentences)
        if self.is_read:
            known, count = self.shares[-1]
            print(f"\n{self.now:%d.%m. %H:%M} {known}/{count} {batch.watch.words}", *sentences, sep="\n  ")
        followed.texts += sentences
        followed.shown.update(one.coverage.article_id for one in batch.developments)
        followed.updates += 1
        return 1

    async def step(self, articles: Sequence[PreparedArticle], until: datetime) -> None:
        for article in articles:
            self.now = max(self.now, article.article.published_at or self.now)
            await self.writer.add(article, origin=Origin.FEED)
        self.now = until
        await self.study.study()
        self.now += SETTLED
        await self.alerts.look()
        await self.alerts.send_due()
        await self.digests.prepare_due()
        await self.digests.send_due()

    async def subscribe(self) -> None:
        for chat_id in range(1, self.chats + 1, 2):
            digest = Subscription(ChatRef(chat_id), (time(7), time(18)), ZONE)
            due = find_next_due(digest.times, ZONE, self.now)
            await self.store.subscriptions.put(digest, next_due_at=due, now=self.now)

    async def follow_some(self) -> None:
        """Let the chats follow the stories that two outlets cover by now, and end quiet follows."""
        await self.upkeep.forget()
        for chat_id in range(1, self.chats + 1):
            kept = {watch.id for watch in await self.store.watches.of_chat(chat_id)}
            for number, followed in self.follows.items():
                if followed.watch.chat.chat_id == chat_id and number not in kept:
                    followed.ended_at = followed.ended_at or self.now
        found = await self.store.news.most_covered(self.now - timedelta(days=1), self.now, length=SHORT, limit=60)
        for story in found:
            chat = ChatRef(1 + story.article_id % self.chats)
            if story.outlet_count > 1 and story.article_id not in self.seen:
                self.seen.add(story.article_id)
                await self._follow(chat, story.article_id, story.title)

    async def _follow(self, chat: ChatRef, article_id: int, title: str) -> None:
        watch = await self.store.watches.follow(chat, article_id, title, most=MAX_FOLLOWS, now=self.now)
        if watch is None or watch.id in self.follows:
            return
        found = [await self.store.articles.find_summary(article_id, length) for length in (MEDIUM, LONG)]
        texts = [title, *(summary.text for summary in found if summary)]
        self.follows[watch.id] = Followed(watch, self.now, texts=texts, shown={article_id})
        self.sent[chat.chat_id].update(sentence.text for summary in found if summary for sentence in summary.sentences)


async def run_inline(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return work(*args, **kwargs)


def render(digest: Digest) -> Sequence[DeliveryPart]:
    return [DeliveryPart(n, str(item.stored.id), (item.stored.id,)) for n, item in enumerate(digest.items)]


def read_news(data: Path, since: datetime | None) -> list[PreparedArticle]:
    """Return the dated articles of the 30 days with most of them, or of those after `since`, the oldest first."""
    dated: dict[str, Article] = {}
    for path in (data / "articles" / "articles.jsonl", data / "stories" / "dev.jsonl", *find_modern(data)):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            at = parse_moment(row.get("date") or "")
            if at is not None and row.get("text"):
                text = clean(row["text"]).text
                article = Article(row["title"], text, row["url"], row["outlet"], published_at=at)
                dated.setdefault(row["url"] or row["id"], article)
    articles = sorted(dated.values(), key=lambda article: article.published_at or datetime.max.replace(tzinfo=UTC))
    times = [article.published_at for article in articles if article.published_at]
    first = since or max(times, key=lambda at: bisect_left(times, at + SPAN) - bisect_left(times, at))
    return list(prepare_all(articles[bisect_left(times, first) : bisect_left(times, first + SPAN)]))


def find_modern(data: Path) -> list[Path]:
    return sorted((data / "modern" / "articles").glob("*.jsonl"))


def parse_moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return parse_date(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def prepare_all(articles: Sequence[Article]) -> Iterator[PreparedArticle]:
    for article in articles:
        try:
            yield prepare(article)
        except NothingToSummarize:
            continue


async def simulate(store: Store, news: Sequence[PreparedArticle], chats: int, *, is_read: bool) -> Simulation:
    times = [article.article.published_at or datetime.max.replace(tzinfo=UTC) for article in news]
    simulation = Simulation(store, times[0] - STEP, chats, is_read)
    await simulation.subscribe()
    place, until = 0, times[0]
    while until < times[0] + SPAN:
        until += STEP
        after = bisect_left(times, until)
        await simulation.step(news[place:after], until)
        place = after
        if until.minute < STEP.seconds // 60:
            await simulation.follow_some()
    return simulation


async def count_reached(simulation: Simulation) -> tuple[int, int]:
    """Return how many later stories of the followed chains an update or a digest brought, and how many there were."""
    reached = total = 0
    for followed in simulation.follows.values():
        for best in await simulation.store.stories.chain(followed.watch.article_id or 0):
            reports = await simulation.store.stories.coverage(best.article_id)
            began_at = min(report.added_at for report in reports)
            if followed.began_at < began_at and (followed.ended_at is None or began_at < followed.ended_at):
                total += 1
                reached += not followed.shown.isdisjoint(report.article_id for report in reports)
    return reached, total


async def run(news: Sequence[PreparedArticle], chats: int, *, is_read: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"sqlite:///{folder}/news.db")
        simulation = await simulate(store, news, chats, is_read=is_read)
        reached, stories = await count_reached(simulation)
        await store.close()
    known, words = (sum(counts) for counts in zip(*simulation.shares, strict=True)) if simulation.shares else (0, 0)
    follows = simulation.follows.values()
    lasted = [(one.ended_at or simulation.now) - one.began_at for one in follows]
    days = sum(lasted, timedelta()) / timedelta(days=1)
    above = sum(k > MAX_REPEATED * n for k, n in simulation.shares)
    busiest = max(one.updates for one in follows)
    share = known / words
    print(
        table(
            ("", "value"),
            [
                ("articles", len(news)),
                ("follows", len(follows)),
                ("updates", len(simulation.shares)),
                ("content words that were sent before", f"{share:.1%}"),
                ("updates with more than a fifth of such words", above),
                ("sentences sent twice", simulation.twice),
                ("updates per follow and day", f"{len(simulation.shares) / days:.3f}"),
                ("updates of the follow with most", busiest),
                ("later stories of the chains", stories),
                ("of which an update or digest brought", reached),
            ],
        )
    )
    return int(simulation.twice > 0 or share > MAX_REPEATED)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--since", type=parse_moment, help="the first day, such as 2026-05-06")
    parser.add_argument("--chats", type=int, default=20)
    parser.add_argument("--read", action="store_true", help="print the updates")
    options = parser.parse_args()
    return asyncio.run(run(read_news(options.data, options.since), options.chats, is_read=options.read))


if __name__ == "__main__":
    sys.exit(main())
