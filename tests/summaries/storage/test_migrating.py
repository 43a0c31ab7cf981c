"""A SQLite database copied into PostgreSQL: whole, compared, resumable, and never mixed with something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from summaries.errors import InvalidSettings, StoreError, StoreInUse
from summaries.model import SHORT, NewsQuery
from summaries.storage import Store, move_store, open_store
from summaries.storage.postgres.copy_from_sqlite import Moving
from summaries.storage.postgres.database import Database
from summaries.storage.sqlite.database import Database as SqliteDatabase

Furnish = Callable[..., Awaitable[None]]
NUMBERS = range(1, 8)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
async def furnished(tmp_path: Path, furnish: Furnish, now: datetime) -> Path:
    """A SQLite database with some rows of everything."""
    path = tmp_path / "ringkas.db"
    store = await open_store(f"sqlite:///{path}")
    for number in NUMBERS:
        await furnish(store, now + timedelta(minutes=number), chat_id=number, number=number)
    fresh = await store.alerts.fresh(until=now + timedelta(hours=1), oldest=now, limit=99)
    await store.alerts.put([], looked_at=fresh, now=now, pace=timedelta())
    await store.close()
    return path


async def content(store: Store, now: datetime) -> list[object]:
    """What readers, chats and admins see."""
    figures = await store.figures.count(now=now)
    found: list[object] = [
        [getattr(figures, name) for name in figures.__dataclass_fields__ if name != "database_bytes"],
        await store.news.list_page(NewsQuery(words="padi"), length=SHORT, number=0, size=50),
        await store.news.suggest("panan"),
        await store.sources.all(),
        await store.deliveries.ledger(limit=50),
        await store.blocks.all(),
        await store.stories.changes(after=0, since=now - timedelta(days=9), limit=50),
        await store.deliveries.opened_last(),
    ]
    for number in NUMBERS:
        found += [
            await store.subscriptions.find(number),
            await store.chats.find(number),
            await store.questions.latest(number),
            await store.watches.of_chat(number),
            await store.saved.page(number, number=0, size=9),
            await store.answers.recall(number, 11),
            await store.stories.find(number),
            await store.broadcasts.find(number),
        ]
    return found


def silent(table: str, copied: int, total: int) -> None:
    """Nobody is told."""


async def test_a_database_moves_whole_and_goes_on_there(
    furnished: Path, postgres_url: str, furnish: Furnish, now: datetime
) -> None:
    told: list[tuple[str, int, int]] = []
    counts = await move_store(furnished, postgres_url, lambda *done: told.append(done), pool_size=2)
    assert counts["articles"] == 2 * len(NUMBERS)
    assert {(table, total) for table, copied, total in told if copied == total} == {
        (table, count) for table, count in counts.items() if count
    }
    # Something of everything was there to be copied.
    assert [table for table, count in counts.items() if not count] == []
    old, new = [await open_store(url, pool_size=2) for url in (f"sqlite:///{furnished}", postgres_url)]
    assert await content(new, now) == await content(old, now)
    # New rows get new numbers.
    await furnish(new, now + timedelta(hours=1), chat_id=99, number=99)
    await furnish(old, now + timedelta(hours=1), chat_id=99, number=99)
    assert await content(new, now) == await content(old, now)
    for store in (old, new):
        await store.close()


async def test_a_copy_that_was_killed_goes_on_where_it_was(furnished: Path, postgres_url: str, now: datetime) -> None:
    done: list[tuple[str, int]] = []

    def kill(table: str, copied: int, total: int) -> None:
        done.append((table, copied))
        if len(done) % 9 == 0:
            raise Killed

    kills, counts = 0, None
    while counts is None:
        target = await Database.open(postgres_url, pool_size=2, may_be_copy=True)
        source = await SqliteDatabase.open(furnished)
        try:
            counts = await Moving(source, target, kill, batch=3).run()
        except Killed:
            kills += 1
        finally:
            await source.close()
            await target.close()
        if counts is None:
            # Until all is there, nothing else uses it.
            with pytest.raises(StoreError, match="run `ringkas migrate-store` again"):
                await open_store(postgres_url, pool_size=2)
    assert kills >= 3
    # Nothing was copied twice.
    assert len(done) == len(set(done))
    store = await open_store(postgres_url, pool_size=2)
    assert (await store.figures.count(now=now)).articles == counts["story_articles"] == len(NUMBERS)
    await store.close()


async def test_what_is_not_the_same_is_named(furnished: Path, postgres_url: str) -> None:
    target = await Database.open(postgres_url, pool_size=2)
    source = await SqliteDatabase.open(furnished)

    async def spoil(sql: str) -> None:
        await target.run(sql)

    moving = Moving(source, target, silent)
    tables = {table.name: table for table in await moving._tables()}
    await moving.run()
    for table, spoiling in (
        ("chat_settings", "UPDATE chat_settings SET language = 'id' WHERE chat_id = 3"),
        ("subscriptions", "UPDATE subscriptions SET next_due_at = next_due_at + interval '1 microsecond'"),
        ("article_search", "UPDATE article_search SET terms = 'lain' WHERE article_id = 1"),
        ("saved_articles", "DELETE FROM saved_articles WHERE chat_id = 3"),
        ("blocked_chats", "INSERT INTO blocked_chats VALUES (5, now())"),
    ):
        assert await moving._compare(tables[table]) > 0
        await spoil(spoiling)
        with pytest.raises(StoreError, match=f"{table} .*--anew"):
            await moving._compare(tables[table])
    await source.close()
    await target.close()


async def test_nothing_is_mixed_with_something_else(
    furnished: Path, postgres_url: str, tmp_path: Path, now: datetime
) -> None:
    with pytest.raises(InvalidSettings, match="must name the PostgreSQL database"):
        await move_store(furnished, f"sqlite:///{tmp_path / 'b.db'}", silent)
    bot = await open_store(f"sqlite:///{furnished}", is_bot=True)
    with pytest.raises(StoreInUse):
        await move_store(furnished, postgres_url, silent, pool_size=2)
    await bot.close()
    store = await open_store(postgres_url, pool_size=2)
    await store.queries.remember(NewsQuery(words="padi"), now=now)
    await store.close()
    with pytest.raises(StoreError, match=r"something .* already \(queries\)"):
        await move_store(furnished, postgres_url, silent, pool_size=2)
    counts = await move_store(furnished, postgres_url, silent, pool_size=2, anew=True)
    assert counts["queries"] == len(NUMBERS)
