"""Both databases are upgraded from a populated first version; databases of other versions are refused unchanged."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from summaries.errors import StoreError, StoreTooNew
from summaries.model import SHORT, NewsQuery
from summaries.storage import Store, open_store, sqlite_path
from summaries.storage.postgres import schema as postgres_schema
from summaries.storage.sql.schema import STEPS, Step
from summaries.storage.sqlite import database as sqlite_database
from summaries.storage.sqlite import schema as sqlite_schema
from summaries.storage.values import to_list
from tests.postgres_server import STORES, new_database

Furnish = Callable[..., Awaitable[None]]

# A migration of a later version, with statements for both parts and a type that differs between the databases.
SECOND = Step(
    "m002_moods",
    "ALTER TABLE articles ADD COLUMN mood text NOT NULL DEFAULT 'calm';\nCREATE TABLE moods (name text PRIMARY KEY);",
    "ALTER TABLE chat_settings ADD COLUMN moods text[] NOT NULL DEFAULT '{}';",
)


@pytest.fixture(params=STORES)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a database that no other test uses, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ringkas.db'}"
        return
    with new_database(request.getfixturevalue("postgres_server")) as url:
        yield url


def run_query(url: str, sql: str) -> list[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(sqlite_path(url))) as db, db:
            return db.execute(sql).fetchall()
    with psycopg.connect(url, autocommit=True) as server:
        cursor = server.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def set_applied(url: str, names: Iterable[str]) -> None:
    """Let the database say that these steps were applied to it."""
    if url.startswith("sqlite"):
        run_query(url, "DELETE FROM _sqlite_migrations")
        for name in names:
            run_query(url, f"INSERT INTO _sqlite_migrations VALUES (NULL, 'ringkas', '{name}', '2026')")  # noqa: S608
    else:
        run_query(url, "DELETE FROM ringkas_steps")
        for name in names:
            run_query(url, f"INSERT INTO ringkas_steps VALUES ('{name}')")  # noqa: S608


async def read_contents(store: Store, now: datetime) -> list[object]:
    figures = await store.figures.count(now=now)
    return [
        [getattr(figures, name) for name in figures.__dataclass_fields__ if name != "database_bytes"],
        await store.news.list_page(NewsQuery(words="padi"), length=SHORT, number=0, size=9),
        await store.stories.coverage(1),
        await store.sources.all(),
        await store.subscriptions.find(7),
        await store.chats.find(7),
        await store.watches.of_chat(7),
        await store.saved.page(7, number=0, size=9),
        await store.deliveries.ledger(limit=9),
        await store.answers.recall(7, 11),
    ]


async def test_populated_first_version_is_upgraded(
    new_url: str, populate: Furnish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(new_url, pool_size=2)
    await populate(store, now)
    before = await read_contents(store, now)
    await store.close()

    steps = (*STEPS, SECOND)
    with monkeypatch.context() as later:
        later.setattr(sqlite_database, "migrations", sqlite_schema.new_migrations(steps))
        later.setattr(sqlite_database, "STEP_NAMES", tuple(step.name for step in steps))
        later.setattr(postgres_schema, "STEPS", (*postgres_schema.STEPS, SECOND))
        store = await open_store(new_url, pool_size=2)
        assert await read_contents(store, now) == before
        await populate(store, now + timedelta(hours=1), chat_id=8, number=2)
        await store.close()
    assert run_query(new_url, "SELECT DISTINCT mood FROM articles") == [("calm",)]
    assert run_query(new_url, "SELECT count(*) FROM moods") == [(0,)]
    assert [to_list(moods) for (moods,) in run_query(new_url, "SELECT moods FROM chat_settings")] == [(), ()]
    with pytest.raises(StoreTooNew, match="m002_moods"):
        await open_store(new_url, pool_size=2)


@pytest.mark.parametrize("applied", [["m001_articles", "m002_sources"], ["m017_tables", "m018_spellings"]])
async def test_prerelease_database_is_refused_unchanged(
    new_url: str, populate: Furnish, now: datetime, applied: list[str]
) -> None:
    store = await open_store(new_url, pool_size=2)
    await populate(store, now)
    before = await read_contents(store, now)
    await store.close()
    set_applied(new_url, applied)
    with pytest.raises(StoreError, match=r"made before the first release .* set DATABASE_URL to a new database"):
        await open_store(new_url, pool_size=2)
    set_applied(new_url, [step.name for step in STEPS])
    store = await open_store(new_url, pool_size=2)
    assert await read_contents(store, now) == before
    await store.close()


async def test_database_of_a_newer_version_is_refused_unchanged(new_url: str) -> None:
    await (await open_store(new_url, pool_size=2)).close()
    set_applied(new_url, [STEPS[0].name, "m999_dreams"])
    tables = "SELECT name FROM sqlite_master ORDER BY name"
    if not new_url.startswith("sqlite"):
        tables = "SELECT relname FROM pg_class ORDER BY relname"
    before = run_query(new_url, tables)
    with pytest.raises(StoreTooNew, match="m999_dreams"):
        await open_store(new_url, pool_size=2)
    assert run_query(new_url, tables) == before
