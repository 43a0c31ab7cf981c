"""The same articles and chats in SQLite and in PostgreSQL, asked the same questions in turn."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.delivery.fill import subscribe
from benchmarks.ingest.fill import fill
from benchmarks.ingest.news import make_news
from benchmarks.store.bare import BareSqlite
from benchmarks.store.measuring import questions
from summaries.articles.prepare import prepare
from summaries.model import Article, Origin
from summaries.storage import open_store
from summaries.storage.state import export_state, import_state

if TYPE_CHECKING:
    from pathlib import Path

    from summaries.storage import Store

POOL_SIZE = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """Medians of one question in milliseconds."""

    name: str
    sqlite: float
    postgres: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Both stores at one size; how long the copy took, and the bytes of each database for an article."""

    size: int
    asked: tuple[Asked, ...]
    move_s: float
    sqlite_bytes: float
    postgres_bytes: float


def compare(path: Path, url: str, size: int, rounds: int) -> Compared:
    """Fill a SQLite database, copy it into the empty PostgreSQL database at `url`, and ask both."""
    fill(path, size)
    with closing(sqlite3.connect(path)) as db:
        subscribe(db, range(1, size + 1), datetime.now(UTC) + timedelta(days=1))
        db.execute("ANALYZE")
    began = time.perf_counter()
    state, now = path.with_suffix(".zip"), datetime.now(UTC)
    export_state(f"sqlite:///{path}", state, now=now, bot_id=None)
    import_state(state, url, now=now, bot_id=None, pool_size=POOL_SIZE)
    move_s = time.perf_counter() - began
    return asyncio.run(ask_both(path, url, size, rounds, move_s))


async def ask_both(path: Path, url: str, size: int, rounds: int, move_s: float) -> Compared:
    analyse(url)
    stores = [await open_store(f"sqlite:///{path}"), await open_store(url, pool_size=POOL_SIZE)]
    bare = BareSqlite(path)
    asked = []
    for (name, ask, _), (_, ask_other, _) in zip(*(questions(store, bare, size) for store in stores), strict=True):
        taken: tuple[list[float], list[float]] = [], []
        for _ in range(rounds):
            for seconds, question in zip(taken, (ask, ask_other), strict=True):
                began = time.perf_counter()
                await question()
                seconds.append(1000 * (time.perf_counter() - began))
        asked.append(Asked(name, *(median(seconds) for seconds in taken)))
    asked.append(Asked("an article comes in", *[await put_often(store, rounds) for store in stores]))
    now = datetime.now(UTC)
    sizes = [(await store.figures.count(now=now)).database_bytes / size for store in stores]
    bare.close()
    for store in stores:
        await store.close()
    return Compared(size, tuple(asked), move_s, *sizes)


def analyse(url: str) -> None:
    """What the server does by itself within minutes."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as server:
        server.execute("VACUUM ANALYZE")


async def put_often(store: Store, rounds: int) -> float:
    """The median of milliseconds that one article takes which is ready to be stored."""
    taken = []
    now = datetime.now(UTC)
    for (item,) in make_news(rounds, 1, seed=7, now=now):
        url = f"https://baru.example{item.path}"
        prepared = prepare(Article(item.title, "\n\n".join(item.paragraphs), url, published_at=item.published_at))
        state = (await store.stories.changes(after=2**62, since=now, limit=1)).state
        began = time.perf_counter()
        await store.stories.put_many(
            [prepared],
            {prepared.key: state.next_story},
            known=state,
            next_story=state.next_story + 1,
            keep_since=now - timedelta(days=3),
            origin=Origin.FEED,
            now=now,
        )
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)
