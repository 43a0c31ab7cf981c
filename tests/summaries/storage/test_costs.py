"""The cost of views and the tick in SQLite's statements and steps of its machine: unlike times, these are the
same on every machine. benchmarks/store.py measures the times.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.archive import fill, subscribe
from benchmarks.news import TOPICS, vocabulary
from summaries.digests.compose import make_next_due_finder
from summaries.model import MEDIUM, NewsQuery, Order
from summaries.storage import search_rules
from summaries.storage.sql.deliveries import DeliveryRows
from summaries.storage.sql.news import NewsRows
from summaries.storage.sql.session import Session
from summaries.storage.sql.stories import StoryRows
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.session import SqliteSession
from summaries.storage.values import stored_moment
from summaries.text.words import stem_for_search

pytestmark = pytest.mark.bench

# Numbers of articles. Both fill every list, even the list of one of 200 outlets.
SMALL, LARGE = 2_000, 6_000
LISTED, COMPARED = 10, 50
DUE = 50
LEASE = timedelta(minutes=5)
# SQLite calls the progress handler after this many steps; the rest at the end of a statement is not counted.
STEP = 10
PAGE = 5
# Statements that the search index runs on its own tables.
IN_ITSELF = re.compile(r"article_search_|data_version")

# A word that is its own stem and occurs in most of the generated articles.
COMMON = next(word for word in vocabulary()[0] if stem_for_search(word) == word)

Ask = Callable[[Database], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Cost:
    statements: int
    steps: int


@pytest.fixture
def filled_databases(tmp_path: Path) -> dict[int, Path]:
    """Databases with so many articles, and as many chats whose digests are due tomorrow."""
    paths = {size: tmp_path / f"{size}.db" for size in (SMALL, LARGE)}
    for size, path in paths.items():
        fill(path, size)
        with closing(sqlite3.connect(path)) as db:
            subscribe(db, range(1, size + 1), datetime.now(UTC) + timedelta(days=1))
    return paths


async def measure_cost(path: Path, ask: Ask) -> Cost:
    """Return the cost of the second call."""
    database = await Database.open(path)
    statements: list[str] = []
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += STEP

    async def watch(db: Session) -> None:
        assert isinstance(db, SqliteSession)
        db.connection.set_trace_callback(lambda text: statements.append(text) if not IN_ITSELF.search(text) else None)
        db.connection.set_progress_handler(step, STEP)

    try:
        await make_due(database)
        await ask(database)
        await make_due(database)
        await database.read(watch)
        statements.clear()
        steps = 0
        await ask(database)
        return Cost(len(statements), steps)
    finally:
        await database.close()


async def make_due(database: Database) -> None:
    due = "UPDATE subscriptions SET next_due_at = %s WHERE chat_id <= %s"
    await database.run(due, [stored_moment(datetime.now(UTC)), DUE])


def make_list_query(query: NewsQuery, number: int = 0, order: Order = Order.NEWEST) -> Ask:
    return lambda database: NewsRows(database).list_page(query, length=MEDIUM, number=number, size=PAGE, order=order)


async def create_and_claim_due(database: Database) -> None:
    deliveries, now = DeliveryRows(database), datetime.now(UTC)
    assert await deliveries.create_due(now=now, limit=2 * DUE, next_due=make_next_due_finder(now)) == DUE
    claimed = await deliveries.claim(now=now, lease_until=now + LEASE, limit=2 * DUE)
    assert len(claimed) == DUE


# Limits of statements (BEGIN, the queries and COMMIT) and of steps, which grow with the stories of the list and of the
# page, or with the chats that are due. The steps are 1.5 times the measured ones, because versions of SQLite differ.
VIEWS: dict[str, tuple[Ask, int, int]] = {
    "newest": (make_list_query(NewsQuery()), 5, 1_400),
    "the second page": (make_list_query(NewsQuery(), 1), 5, 1_400),
    "a topic": (make_list_query(NewsQuery(category=TOPICS[0])), 4, 1_300),
    "a region": (make_list_query(NewsQuery(region="35")), 4, 1_300),
    "an outlet": (make_list_query(NewsQuery(outlet="Media 7")), 4, 900),
    "most covered": (make_list_query(NewsQuery(), order=Order.MOST_COVERED), 4, 2_300),
    "a common word": (make_list_query(NewsQuery(words=COMMON)), 4, 3_400),
    "a story": (lambda database: StoryRows(database).coverage(7), 3, 150),
    "begin and claim": (create_and_claim_due, 11, 450 * DUE),
}


async def test_view_cost_does_not_grow_with_the_database(
    filled_databases: dict[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_rules, "MOST_LISTED", LISTED)
    monkeypatch.setattr(search_rules, "MOST_COMPARED", COMPARED)
    for name, (ask, statements, steps) in VIEWS.items():
        small, large = [await measure_cost(filled_databases[size], ask) for size in (SMALL, LARGE)]
        assert small.statements == large.statements <= statements, name
        assert large.steps <= 1.1 * small.steps + 100, name
        assert large.steps <= steps, name
