"""One size of the store: what readers and the tick ask of it, timed."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import quantiles
from typing import TYPE_CHECKING

import sqlite_utils
from summaries.storage.sqlite.news import read_items
from summaries.storage.sqlite.search import find_page
from summaries.storage.sqlite.stories import read_story
from summaries.storage.sqlite.subscriptions import read_subscription

from benchmarks.delivery.fill import subscribe
from benchmarks.ingest.news import TOPICS, vocabulary
from benchmarks.store.bare import BareSqlite
from summaries.digests.compose import NextDueFinder
from summaries.model import MEDIUM, NewsQuery, Order
from summaries.storage import open_store
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.rows import moment
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from pathlib import Path

    from summaries.storage import Store

PAGE = 5
DUE_AT_ONCE = 100
LEASE = timedelta(minutes=5)

Ask = Callable[[], Awaitable[object]]
Work = Callable[[sqlite_utils.Database], object]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one question, asked many times; and medians of SQLite alone where there is a like for it, and of
    what is done on the database's thread."""

    name: str
    p50: float
    p95: float
    p99: float
    bare: float | None = None
    on_thread: float | None = None

    @classmethod
    def of(
        cls, name: str, seconds: list[float], bare: list[float] | None = None, on_thread: list[float] | None = None
    ) -> Timed:
        others = (percentiles(taken)[0] if taken else None for taken in (bare, on_thread))
        return cls(name, *percentiles(seconds), *others)


@dataclass(frozen=True, slots=True)
class Measured:
    """All questions at one size, and the bytes of the file for each article."""

    size: int
    timed: tuple[Timed, ...]
    bytes_each: float


def percentiles(seconds: list[float]) -> tuple[float, float, float]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return 1000 * cuts[49], 1000 * cuts[94], 1000 * cuts[98]


def measure(path: Path, size: int, rounds: int) -> Measured:
    """Ask the archive of `size` articles, once as many chats are subscribed."""
    bytes_ = path.stat().st_size
    with closing(sqlite3.connect(path)) as db:
        (articles,) = db.execute("SELECT count(*) FROM articles").fetchone()
        # Of an archive that was asked before, the chats of then.
        db.execute("DELETE FROM deliveries")
        db.execute("DELETE FROM subscriptions")
        subscribe(db, range(1, size + 1), datetime.now(UTC) + timedelta(days=1))
    return Measured(size, asyncio.run(ask_all(path, size, rounds)), bytes_ / articles)


async def ask_all(path: Path, size: int, rounds: int) -> tuple[Timed, ...]:
    store = await open_store(f"sqlite:///{path}")
    bare = BareSqlite(path)
    thread = await Database.open(path)
    works = on_thread(size)
    try:
        timed = [
            await ask_often(name, ask, alone, rounds, thread, works.get(name))
            for name, ask, alone in questions(store, bare, size)
        ]
        timed += await claim_often(store, bare, path, size, rounds)
    finally:
        bare.close()
        await thread.close()
        await store.close()
    return tuple(timed)


def on_thread(size: int) -> dict[str, Work]:
    """What the store does on the database's thread for some of the questions."""
    rng = random.Random(size)

    def newest(db: sqlite_utils.Database) -> object:
        return read_items(db, find_page(db, NewsQuery(), Order.NEWEST, 0, PAGE).shown, MEDIUM)

    return {
        "/berita": newest,
        "a story's page": lambda db: read_story(db, 1 + rng.randrange(size)),
        "a chat's digest": lambda db: read_subscription(db, 1 + rng.randrange(size)),
    }


def questions(store: Store, bare: BareSqlite, size: int) -> list[tuple[str, Ask, Callable[[], object] | None]]:
    rng = random.Random(size)
    words, _ = vocabulary()
    # What is stored here went through no stemmer: only such words are found.
    plain = [word for word in words[:4_000] if stem_for_search(word) == word]
    common, rare = plain[:100], plain[-400:]

    def listed(number: int = 0, **query: str) -> Ask:
        return lambda: store.news.list_page(NewsQuery(**query), length=MEDIUM, number=number, size=PAGE)

    def searched(pick: Callable[[], str]) -> tuple[Ask, Callable[[], object]]:
        return (
            lambda: store.news.list_page(NewsQuery(words=pick()), length=MEDIUM, number=0, size=PAGE),
            lambda: bare.search(pick()),
        )

    return [
        ("/berita", listed(), bare.newest),
        ("/berita, page 20", listed(20), None),
        ("/berita, a topic", listed(category=TOPICS[0]), None),
        ("/berita, an outlet", listed(outlet="Media 7"), None),
        ("/cari, a rare word", *searched(lambda: rng.choice(rare))),
        ("/cari, two words", *searched(lambda: f"{rng.choice(common)} {rng.choice(rare)}")),
        ("/cari, a common word", *searched(lambda: rng.choice(common))),
        ("/cari, a common word in a year", lambda: year_of(store, rng.choice(common)), None),
        ("a word with a slip", lambda: store.news.suggest(slipped(rng.choice(rare), rng)), None),
        (
            "a story's page",
            lambda: store.stories.find(1 + rng.randrange(size)),
            lambda: bare.story(1 + rng.randrange(size)),
        ),
        # Next to nothing: what is left is the way to the database's thread and back.
        (
            "a chat's digest",
            lambda: store.subscriptions.find(1 + rng.randrange(size)),
            lambda: bare.chat(1 + rng.randrange(size)),
        ),
    ]


def year_of(store: Store, word: str) -> Awaitable[object]:
    until = datetime.now(UTC)
    query = NewsQuery(words=word, since=until - timedelta(days=365), until=until)
    return store.news.list_page(query, length=MEDIUM, number=0, size=PAGE)


def slipped(word: str, rng: random.Random) -> str:
    """The word with two letters swapped, as a quick thumb does."""
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


async def ask_often(
    name: str, ask: Ask, alone: Callable[[], object] | None, rounds: int, thread: Database, work: Work | None
) -> Timed:
    """Ask in turn with SQLite alone, so that a slow moment of the machine hits both."""
    ours, bare, inside = [], [], []

    def clocked(db: sqlite_utils.Database, work: Work) -> float:
        began = time.perf_counter()
        work(db)
        return time.perf_counter() - began

    for _ in range(rounds):
        began = time.perf_counter()
        await ask()
        ours.append(time.perf_counter() - began)
        if alone is not None:
            began = time.perf_counter()
            alone()
            bare.append(time.perf_counter() - began)
        if work is not None:
            inside.append(await thread.read(partial(clocked, work=work)))
    return Timed.of(name, ours, bare, inside)


async def claim_often(store: Store, bare: BareSqlite, path: Path, size: int, rounds: int) -> list[Timed]:
    """Among `size` subscribed chats a hundred become due: begin their deliveries, then claim them. As many are SQLite's
    alone, before."""
    rng = random.Random(size)
    timed: list[list[float]] = [[], [], [], []]
    begun_alone, claimed_alone, begun, claimed = timed
    with closing(sqlite3.connect(path)) as other:
        for _ in range(max(2, rounds // 4)):
            now = make_due(other, rng, size)
            began = time.perf_counter()
            bare.begin(moment(now), moment(now + timedelta(days=1)), DUE_AT_ONCE)
            begun_alone.append(time.perf_counter() - began)
            began = time.perf_counter()
            bare.claim(moment(now), moment(now + LEASE), DUE_AT_ONCE)
            claimed_alone.append(time.perf_counter() - began)
            now = make_due(other, rng, size)
            began = time.perf_counter()
            await store.deliveries.open_due(now=now, limit=DUE_AT_ONCE, next_due=NextDueFinder(now))
            begun.append(time.perf_counter() - began)
            began = time.perf_counter()
            await store.deliveries.claim(now=now, lease_until=now + LEASE, limit=DUE_AT_ONCE)
            claimed.append(time.perf_counter() - began)
    return [
        Timed.of("the tick: a hundred due", begun, begun_alone),
        Timed.of("a hundred claimed", claimed, claimed_alone),
    ]


def make_due(db: sqlite3.Connection, rng: random.Random, size: int) -> datetime:
    """Let a hundred chats' digests be due at the moment that is returned."""
    now = datetime.now(UTC)
    chosen = rng.sample(range(1, size + 1), min(DUE_AT_ONCE, size))
    with db:
        db.executemany("UPDATE subscriptions SET next_due_at = ? WHERE chat_id = ?", [(moment(now), n) for n in chosen])
    return now
