"""Measure updates of followed stories: chats follow stories for 30 simulated days of real news, and get digests.

    python -m benchmarks.quality.follows --data DIR [--since DAY] [--read]

DIR holds articles/articles.jsonl, modern/articles/*.jsonl and stories/dev.jsonl. The days are those with most dated
articles, or those from DAY on. Articles are added when they were published, and grouped and linked as in the bot. Each
of 20 chats follows some of each hour's most covered stories, 20 at a time; every other chat gets two digests a day.
`--read` prints the updates. Exits with 1 if a sentence was sent twice, or if more than a fifth of the content words of
all updates had been sent to the chat for the chain before.
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
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from benchmarks.report import table
from summaries import model
from summaries.articles.prepare import prepare
from summaries.delivery import DeliveryService, Outbox
from summaries.delivery.alerts import SETTLED, AlertingService
from summaries.digests.compose import DigestComposer
from summaries.digests.schedule import find_next_due
from summaries.errors import NothingToSummarize
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.study import StudyService
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store
from summaries.stories.novelty import measure_repetition
from summaries.text.cleaning import clean
from summaries.text.dates import parse_date
from summaries.upkeep import UpkeepService

T = TypeVar("T")
P = ParamSpec("P")

SPAN, STEP, HOUR, DAY = timedelta(days=30), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
ZONE = "Asia/Jakarta"
CHATS, MAX_FOLLOWS = 20, 20
MAX_REPEATED = 0.2


@dataclass
class Followed:
    """A follow with the texts that were sent to its chat about the chain, and the articles of the chain shown there."""

    watch: model.Watch
    began_at: datetime
    texts: list[str]
    shown: set[int]
    ended_at: datetime | None = None
    updates: int = 0


class Simulation:
    """A bot's services over a store, with a clock that only the simulation moves. It fulfils the outbox's ports."""

    def __init__(self, store: Store, now: datetime, *, is_read: bool) -> None:
        self.store, self.now, self.is_read = store, now, is_read
        self.follows: dict[int, Followed] = {}
        self.sent: defaultdict[int, set[str]] = defaultdict(set)
        self.shares: list[tuple[int, int]] = []
        self.twice = 0
        self.next_choice = now
        clock: Callable[[], datetime] = lambda: self.now  # noqa: E731
        outbox = Outbox(
            store=store.outbox,
            line=self,
            subscriptions=store.subscriptions,
            notifier=self,
            clock=clock,
            chance=lambda: 0.5,
        )
        self.writer = ArticleWriter(stories=store.stories, offload=run_inline, clock=clock)
        self.study = StudyService(studies=store.studies, offload=run_inline, clock=clock)
        self.upkeep = UpkeepService(store.upkeep, clock)
        self.alerts = AlertingService(
            alerts=store.alerts, send=self.send_alert, outbox=outbox, offload=run_inline, clock=clock
        )
        deliveries = store.deliveries
        composer = DigestComposer(
            deliveries=deliveries, render=render, offload=run_inline, clock=clock, patience=timedelta()
        )
        self.digests = DeliveryService(
            deliveries=deliveries, composing=composer, messenger=self, outbox=outbox, clock=clock
        )

    async def turn(self, chat: model.ChatRef) -> None: ...

    async def reach(self) -> None: ...

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None: ...

    async def send(self, chat: model.ChatRef, html: str, **_: object) -> int:
        """Take a message of a digest, which is the id of an article."""
        article = await self.store.articles.get(int(html))
        summary = await self.store.articles.find_summary(int(html), model.SHORT)
        if article is not None and summary is not None:
            self.sent[chat.chat_id].update(sentence.text for sentence in summary.sentences)
            if watch := await self.store.watches.find_follow(chat.chat_id, article.id):
                self.follows[watch.id].texts += [article.article.title, summary.text]
                self.follows[watch.id].shown.add(article.id)
        return 1

    send_plain = send

    async def send_alert(self, chat: model.ChatRef, batch: model.AlertBatch) -> int:
        followed = self.follows[batch.watch.id]
        sentences = [sentence.text for one in batch.developments for sentence in one.sentences]
        known, count = measure_repetition(followed.texts, sentences)
        self.shares.append((known, count))
        self.twice += sum(sentence in self.sent[chat.chat_id] for sentence in sentences)
        self.sent[chat.chat_id].update(sentences)
        if self.is_read:
            print(f"\n{self.now:%d.%m. %H:%M} {known}/{count} {batch.watch.words}", *sentences, sep="\n  ")
        followed.texts += sentences
        followed.shown.update(one.coverage.article_id for one in batch.developments)
        followed.updates += 1
        return 1

    async def run(self, news: Sequence[PreparedArticle]) -> None:
        for chat_id in range(1, CHATS + 1, 2):
            digest = model.Subscription(model.ChatRef(chat_id), (time(7), time(18)), ZONE)
            due = find_next_due(digest.times, ZONE, self.now)
            await self.store.subscriptions.put(digest, next_due_at=due, now=self.now)
        times, place, end = [one.article.published_at or self.now for one in news], 0, self.now + SPAN
        while self.now < end:
            is_quiet = place == bisect_left(times, self.now + HOUR)
            until = self.now + (HOUR if is_quiet else STEP)
            for article in news[place : (place := bisect_left(times, until))]:
                self.now = max(self.now, article.article.published_at or self.now)
                await self.writer.add(article, origin=model.Origin.FEED)
            self.now = until
            await self.study.study()
            self.now += SETTLED
            await self.alerts.look()
            await self.alerts.send_due()
            await self.digests.prepare_due()
            await self.digests.send_due()
            self.now = until
            if until >= self.next_choice:
                self.next_choice = until + HOUR
                await self._follow_some()

    async def _follow_some(self) -> None:
        """End quiet follows, and let chats follow the stories that most outlets cover by now."""
        await self.upkeep.forget()
        left = {watch.id for chat in range(1, CHATS + 1) for watch in await self.store.watches.of_chat(chat)}
        for number in self.follows.keys() - left:
            self.follows[number].ended_at = self.follows[number].ended_at or self.now
        known = {one.watch.article_id for one in self.follows.values()}
        for story in await self.store.news.most_covered(self.now - DAY, self.now, length=model.SHORT, limit=5):
            if story.article_id not in known:
                await self._follow(model.ChatRef(1 + story.article_id % CHATS), story.article_id, story.title)

    async def _follow(self, chat: model.ChatRef, article_id: int, title: str) -> None:
        watch = await self.store.watches.follow(chat, article_id, title, most=MAX_FOLLOWS, now=self.now)
        if watch is not None and watch.id not in self.follows:
            found = [await self.store.articles.find_summary(article_id, one) for one in (model.MEDIUM, model.LONG)]
            texts = [title, *(summary.text for summary in found if summary)]
            self.follows[watch.id] = Followed(watch, self.now, texts, {article_id})

    async def count_reached(self) -> tuple[int, int]:
        """Return how many later stories of the followed chains were in an update or a digest, and how many exist."""
        reached = total = 0
        for one in self.follows.values():
            for best in await self.store.stories.chain(one.watch.article_id or 0):
                reports = await self.store.stories.coverage(best.article_id)
                began_at = min(report.added_at for report in reports)
                if one.began_at < began_at < (one.ended_at or self.now):
                    total += 1
                    reached += not one.shown.isdisjoint(report.article_id for report in reports)
        return reached, total


async def run_inline(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return work(*args, **kwargs)


def render(digest: model.Digest) -> Sequence[model.DeliveryPart]:
    return [model.DeliveryPart(n, str(item.stored.id), (item.stored.id,)) for n, item in enumerate(digest.items)]


def read_news(data: Path, since: datetime | None) -> list[PreparedArticle]:
    """Return the dated articles of the 30 days with most of them, or of those from `since` on, the oldest first."""
    dated: dict[str, tuple[datetime, model.Article]] = {}
    modern = sorted((data / "modern" / "articles").glob("*.jsonl"))
    for path in (data / "articles" / "articles.jsonl", data / "stories" / "dev.jsonl", *modern):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            at = parse_date(row.get("date") or "")
            if at is not None and row.get("text"):
                article = model.Article(
                    row["title"], clean(row["text"]).text, row["url"], row["outlet"], published_at=at
                )
                dated.setdefault(row["url"] or row["id"], (at, article))
    found = sorted(dated.values(), key=lambda pair: pair[0])
    times = [at for at, _ in found]
    first = since or max(times, key=lambda at: bisect_left(times, at + SPAN) - bisect_left(times, at))
    return list(prepare_all([one for at, one in found if first <= at < first + SPAN]))


def prepare_all(articles: Sequence[model.Article]) -> Iterator[PreparedArticle]:
    for article in articles:
        try:
            yield prepare(article)
        except NothingToSummarize:
            continue


async def measure(news: Sequence[PreparedArticle], *, is_read: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"sqlite:///{folder}/news.db")
        first_at = min(one.article.published_at for one in news if one.article.published_at)
        simulation = Simulation(store, first_at, is_read=is_read)
        await simulation.run(news)
        reached, stories = await simulation.count_reached()
        await store.close()
    shares, follows = simulation.shares, simulation.follows.values()
    lasted = [(one.ended_at or simulation.now) - one.began_at for one in follows]
    repeated = sum(known for known, _ in shares) / max(1, sum(count for _, count in shares))
    rows = (
        ("articles", len(news)),
        ("follows", len(follows)),
        ("updates", len(shares)),
        ("content words that had been sent before", f"{repeated:.1%}"),
        ("updates with more than a fifth of such words", sum(known > MAX_REPEATED * n for known, n in shares)),
        ("sentences sent twice", simulation.twice),
        ("updates per follow and day", f"{len(shares) / max(1, sum(lasted, timedelta()) / DAY):.3f}"),
        ("updates of the busiest follow", max((one.updates for one in follows), default=0)),
        ("later stories of the chains", stories),
        ("of which an update or a digest brought", reached),
    )
    print(table(("", "value"), rows))
    return int(simulation.twice > 0 or repeated > MAX_REPEATED)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--since", type=parse_date, help="the first day, such as 2026-05-06")
    parser.add_argument("--read", action="store_true", help="print the updates")
    options = parser.parse_args()
    return asyncio.run(measure(read_news(options.data, options.since), is_read=options.read))


if __name__ == "__main__":
    sys.exit(main())
