"""Measure the SQLite store as it grows, and write the section of docs/measurements/benchmark-details.md.

    python -m benchmarks.store [--sizes N ...] [--rounds N] [--archives DIR] [--smoke]

A size is a number of articles and of chats with a digest. Every query runs through the store's ports, some in turn with
the fewest plain SQL statements that read the same rows. Archives in DIR are reused. `--smoke` writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.archive import open_archive, subscribe
from benchmarks.news import TOPICS, vocabulary
from benchmarks.report import DETAILS, describe_machine, publish, table
from benchmarks.rounds import percentile, time_call
from summaries.digests.compose import make_next_due_finder
from summaries.model import MEDIUM, NewsQuery
from summaries.storage import Store, open_store
from summaries.storage.search_rules import MOST_LISTED
from summaries.storage.values import stored_moment
from summaries.text.words import stem_for_search

SECTION = "The store as it grows"
SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 200
SMOKE_SIZE, SMOKE_ROUNDS = 300, 3
# Milliseconds for the 95th percentile at the largest size.
BARS = {"/berita": 10.0, "/cari, two words": 50.0}
PAGE = 5
DUE_AT_ONCE = 100
LEASE = timedelta(minutes=5)
Query = Callable[[], Awaitable[object]]
PlainQuery = Callable[[], object]

NEWEST = """
SELECT id, article_id, (SELECT count(*) FROM (SELECT 1 FROM stories LIMIT :listed))
    FROM stories ORDER BY latest_at DESC, id DESC LIMIT :page
"""
WITH_WORDS = """
WITH found (id, article_id, latest_at) AS MATERIALIZED (SELECT t.id, t.article_id, t.latest_at FROM
    (SELECT rowid FROM article_search WHERE article_search MATCH :match ORDER BY rowid DESC LIMIT :listed) f
    JOIN story_articles s ON s.article_id = f.rowid JOIN stories t ON t.id = s.story_id GROUP BY t.id)
SELECT id, article_id, (SELECT count(*) FROM found) FROM found ORDER BY latest_at DESC, id DESC LIMIT :page
"""
ARTICLES = """
SELECT a.*, s.spans FROM articles a JOIN summaries s ON s.article_id = a.id AND s.length = '60w'
    WHERE a.id IN (SELECT value FROM json_each(?))
"""
COVERAGE = """
SELECT s.story_id, a.id, a.title, a.outlet, a.url, a.category, a.published_at, s.added_at FROM story_articles s
    JOIN articles a ON a.id = s.article_id WHERE s.story_id IN (SELECT value FROM json_each(?)) ORDER BY s.dated_at
"""
STORY_OF = "SELECT story_id FROM story_articles WHERE article_id = ?"


class PlainSqlite:
    """The same queries in plain SQL, over one connection in the calling thread; rows stay tuples."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def newest(self) -> object:
        return self._cards(self._db.execute(NEWEST, {"page": PAGE, "listed": MOST_LISTED}).fetchall())

    def search(self, match: str) -> object:
        bounds = {"page": PAGE, "listed": MOST_LISTED, "match": match}
        return self._cards(self._db.execute(WITH_WORDS, bounds).fetchall())

    def story(self, article_id: int) -> object:
        return self._all(COVERAGE, [story_id for (story_id,) in self._db.execute(STORY_OF, [article_id])])

    def subscription(self, chat_id: int) -> object:
        return self._db.execute("SELECT * FROM subscriptions WHERE chat_id = ?", [chat_id]).fetchone()

    def _cards(self, stories: Sequence[Sequence[Any]]) -> object:
        articles = self._all(ARTICLES, [row[1] for row in stories])
        return stories, articles, self._all(COVERAGE, [row[0] for row in stories])

    def _all(self, statement: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        return self._db.execute(statement, [json.dumps(ids)]).fetchall()


@dataclass(frozen=True, slots=True)
class Timing:
    """Percentiles of a query in milliseconds, and the median of plain SQL if there is an equivalent."""

    name: str
    p50: float
    p95: float
    p99: float
    plain: float | None

    @classmethod
    def over(cls, name: str, seconds: Sequence[float], plain_s: Sequence[float]) -> Timing:
        p50, p95, p99 = (1000 * percentile(seconds, percent) for percent in (50, 95, 99))
        return cls(name, p50, p95, p99, 1000 * median(plain_s) if plain_s else None)


@dataclass(frozen=True, slots=True)
class Size:
    """All queries at one size, and the bytes of the file per article."""

    count: int
    timings: tuple[Timing, ...]
    article_bytes: float


def measure(path: Path, count: int, rounds: int) -> Size:
    """Query the archive with `count` articles after subscribing as many chats."""
    file_bytes = path.stat().st_size
    with closing(sqlite3.connect(path)) as db:
        (articles,) = db.execute("SELECT count(*) FROM articles").fetchone()
        # Left by an earlier run over this archive.
        db.execute("DELETE FROM deliveries")
        db.execute("DELETE FROM subscriptions")
        subscribe(db, range(1, count + 1), datetime.now(UTC) + timedelta(days=1))
    return Size(count, asyncio.run(run_queries(path, count, rounds)), file_bytes / articles)


async def run_queries(path: Path, count: int, rounds: int) -> tuple[Timing, ...]:
    store = await open_store(f"sqlite:///{path}")
    timings = []
    try:
        with closing(sqlite3.connect(path)) as db:
            for name, query, plain_query in make_queries(store, PlainSqlite(db), count):
                ours_s: list[float] = []
                plain_s: list[float] = []
                for _ in range(rounds):
                    ours_s.append(await time_call(query))
                    if plain_query is not None:
                        began = time.perf_counter()
                        plain_query()
                        plain_s.append(time.perf_counter() - began)
                timings.append(Timing.over(name, ours_s, plain_s))
            timings += await time_claims(store, path, count, rounds)
    finally:
        await store.close()
    return tuple(timings)


def make_queries(store: Store, plain: PlainSqlite, count: int) -> list[tuple[str, Query, PlainQuery | None]]:
    """Return name, query and its plain equivalent; each call asks for another random row."""
    rng = random.Random(count)
    words, _ = vocabulary()
    # The archive is not stemmed: only words that are their own stems match.
    stems = [word for word in words[:4_000] if stem_for_search(word) == word]
    common, rare = stems[:100], stems[-400:]

    def page(query: NewsQuery, number: int = 0) -> Awaitable[object]:
        return store.news.list_page(query, length=MEDIUM, number=number, size=PAGE)

    def search(pick: Callable[[], str]) -> tuple[Query, PlainQuery]:
        return lambda: page(NewsQuery(words=pick())), lambda: plain.search(pick())

    def search_a_year() -> Awaitable[object]:
        until = datetime.now(UTC)
        return page(NewsQuery(words=rng.choice(common), since=until - timedelta(days=365), until=until))

    def any_id() -> int:
        return 1 + rng.randrange(count)

    return [
        ("/berita", lambda: page(NewsQuery()), plain.newest),
        ("/berita, page 20", lambda: page(NewsQuery(), 20), None),
        ("/berita, a topic", lambda: page(NewsQuery(category=TOPICS[0])), None),
        ("/berita, an outlet", lambda: page(NewsQuery(outlet="Media 7")), None),
        ("/cari, a rare word", *search(lambda: rng.choice(rare))),
        ("/cari, two words", *search(lambda: f"{rng.choice(common)} {rng.choice(rare)}")),
        ("/cari, a common word", *search(lambda: rng.choice(common))),
        ("/cari, a common word in a year", search_a_year, None),
        ("a misspelt word", lambda: store.news.suggest(swap_letters(rng.choice(rare), rng)), None),
        ("a story's page", lambda: store.stories.coverage(any_id()), lambda: plain.story(any_id())),
        # One row: the cost of the database's thread and back.
        ("a chat's subscription", lambda: store.subscriptions.find(any_id()), lambda: plain.subscription(any_id())),
    ]


def swap_letters(word: str, rng: random.Random) -> str:
    """Return the word with two neighbouring letters swapped."""
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


async def time_claims(store: Store, path: Path, count: int, rounds: int) -> list[Timing]:
    """Create and claim the deliveries of a hundred due chats."""
    rng = random.Random(count)
    created_s: list[float] = []
    claimed_s: list[float] = []
    with closing(sqlite3.connect(path)) as other:
        for _ in range(max(2, rounds // 4)):
            now = make_due(other, rng, count)
            create = partial(
                store.deliveries.create_due, now=now, limit=DUE_AT_ONCE, next_due=make_next_due_finder(now)
            )
            created_s.append(await time_call(create))
            claim = partial(store.deliveries.claim, now=now, lease_until=now + LEASE, limit=DUE_AT_ONCE)
            claimed_s.append(await time_call(claim))
    return [Timing.over("a hundred deliveries created", created_s, []), Timing.over("a hundred claimed", claimed_s, [])]


def make_due(db: sqlite3.Connection, rng: random.Random, count: int) -> datetime:
    """Make a hundred random chats due now, and return the time."""
    now = datetime.now(UTC)
    chosen = rng.sample(range(1, count + 1), min(DUE_AT_ONCE, count))
    with db:
        db.executemany(
            "UPDATE subscriptions SET next_due_at = ? WHERE chat_id = ?", [(stored_moment(now), n) for n in chosen]
        )
    return now


def render(sizes: Sequence[Size], rounds: int) -> str:
    rows: list[list[str]] = []
    for timings in zip(*(size.timings for size in sizes), strict=True):
        cells = [f"{one.p50:.2f} · {one.p95:.2f} · {one.p99:.2f}" for one in timings]
        rows.append([timings[0].name, *cells, " · ".join(f"{one.p50 / one.plain:.1f}" for one in timings if one.plain)])
    rows.append(["bytes of the file per article", *(f"{size.article_bytes:,.0f}" for size in sizes), ""])
    heads = ("median · p95 · p99, ms", *(f"{size.count:,}" for size in sizes), "medians, times plain SQL")
    last = {timing.name: timing for timing in sizes[-1].timings}
    verdicts = [
        f"{name} {last[name].p95:.1f} ms ({'under' if last[name].p95 < bar else 'not under'} {bar:g})"
        for name, bar in BARS.items()
    ]
    return (
        "SQLite, made-up articles of some 120 words, and as many chats with a digest. Each query ran"
        f" {rounds} times (creating and claiming a quarter as often) through the store's ports, in turn with plain SQL:"
        " one connection in the calling thread, the fewest statements that read the same rows.\n\n"
        f"{table(heads, rows)}\n\np95 at {sizes[-1].count:,}: {'; '.join(verdicts)}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--archives", type=Path, help="keep the archives in this folder, for the next time")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    counts, rounds = ([SMOKE_SIZE], SMOKE_ROUNDS) if options.smoke else (options.sizes, options.rounds)
    sizes = []
    with TemporaryDirectory(prefix="ringkas-") as folder:
        for count in counts:
            sizes.append(measure(open_archive(options.archives or Path(folder), count), count, rounds))
            print(f"{count:,} measured", flush=True)
    text = f"{describe_machine('SQLite', 'sqlite-utils')}\n{render(sizes, rounds)}"
    publish(SECTION, text, is_trial=options.smoke, page=DETAILS)


if __name__ == "__main__":
    main()
