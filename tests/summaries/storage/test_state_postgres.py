"""Export and import with PostgreSQL: complete, compared, in one transaction, and only into an empty database."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from summaries.errors import NotABackup, StoreError, StoreInUse
from summaries.model import SHORT, Membership, NewsQuery
from summaries.storage import Fleet, Store, open_fleet, open_store
from summaries.storage.compression import zstd
from summaries.storage.sql.schema import Table
from summaries.storage.state import export_state, import_state, postgres
from summaries.storage.state.postgres import comparable, to_server
from tests.postgres_server import new_database

Furnish = Callable[..., Awaitable[None]]
NUMBERS = range(1, 8)
BOT, OTHER_BOT = 111, 222
AT = "2026-11-23T05:00:00.000000+00:00"
WORKER = Membership("worker", "1.0", 1, ("answers",), 0)


class ImportKilled(BaseException):
    """The process ends here."""


@pytest.fixture
async def populated(tmp_path: Path, populate: Furnish, now: datetime) -> Path:
    """A SQLite database with some rows of everything."""
    path = tmp_path / "ringkas.db"
    store = await open_store(f"sqlite:///{path}")
    for number in NUMBERS:
        await populate(store, now + timedelta(minutes=number), chat_id=number, number=number)
    fresh = await store.alerts.fresh(until=now + timedelta(hours=1), oldest=now, limit=99)
    await store.alerts.put([], looked_at=fresh, now=now, pace=timedelta())
    await store.close()
    return path


async def read_content(store: Store, now: datetime) -> list[object]:
    """Return the data that readers, chats and admins see."""
    figures = await store.figures.count(now=now)
    found: list[object] = [
        [getattr(figures, name) for name in figures.__dataclass_fields__ if name != "database_bytes"],
        await store.news.list_page(NewsQuery(words="padi"), length=SHORT, number=0, size=50),
        await store.news.suggest("panan"),
        await store.sources.all(),
        await store.deliveries.ledger(limit=50),
        await store.blocks.all(),
        await store.stories.changes(after=0, since=now - timedelta(days=9), limit=50),
        await store.deliveries.latest_created_at(),
    ]
    for number in NUMBERS:
        found += [
            await store.subscriptions.find(number),
            await store.chats.find(number),
            await store.questions.latest(number),
            await store.watches.of_chat(number),
            await store.saved.page(number, number=0, size=9),
            await store.answers.recall(number, 11),
            await store.stories.coverage(number),
            await store.broadcasts.find(number),
        ]
    return found


def read_tables(file: Path) -> dict[str, list[Any]]:
    """Return the sorted rows of each table in the export."""
    with zipfile.ZipFile(file) as archive:
        names = json.loads(archive.read("manifest.json"))["tables"]
        lines = {name: zstd.decompress(archive.read(f"tables/{name}.jsonl.zst")) for name in names}
        return {name: sorted(found.splitlines()) for name, found in lines.items()}


def read_manifest(file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return found


@pytest.fixture
def exported(populated: Path, tmp_path: Path, now: datetime) -> Path:
    """An export of that database."""
    export_state(f"sqlite:///{populated}", tmp_path / "state.zip", now=now, bot_id=BOT)
    return tmp_path / "state.zip"


async def import_file(file: Path, url: str, now: datetime, **more: Any) -> Any:
    return await asyncio.to_thread(import_state, file, url, now=now, bot_id=BOT, pool_size=2, **more)


async def export_file(url: str, file: Path, now: datetime, bot_id: int | None = BOT) -> Any:
    return await asyncio.to_thread(export_state, url, file, now=now, bot_id=bot_id, pool_size=2)


async def test_sqlite_database_is_moved_to_postgres(
    exported: Path, populated: Path, postgres_url: str, populate: Furnish, now: datetime
) -> None:
    reported: list[tuple[str, int, int]] = []
    done = await import_file(exported, postgres_url, now, report=lambda *counts: reported.append(counts))
    assert done.rows["articles"] == 2 * len(NUMBERS)
    assert {(table, total) for table, copied, total in reported if copied == total} == set(done.rows.items())
    # The test sees nothing in an empty table.
    assert [table for table, count in done.rows.items() if not count] == []
    old, new = [await open_store(url, pool_size=2) for url in (f"sqlite:///{populated}", postgres_url)]
    assert await read_content(new, now) == await read_content(old, now)
    # New rows get new numbers.
    await populate(new, now + timedelta(hours=1), chat_id=99, number=99)
    await populate(old, now + timedelta(hours=1), chat_id=99, number=99)
    assert await read_content(new, now) == await read_content(old, now)
    for store in (old, new):
        await store.close()


async def test_postgres_export_has_the_same_rows(
    exported: Path, postgres_url: str, postgres_server: str, tmp_path: Path, now: datetime
) -> None:
    await import_file(exported, postgres_url, now)
    counts = await export_file(postgres_url, tmp_path / "back.zip", now)
    before, after = read_tables(exported), read_tables(tmp_path / "back.zip")
    assert after == before
    assert counts["articles"] == len(after["articles"])
    old, new = read_manifest(exported), read_manifest(tmp_path / "back.zip")
    assert {name: new[name] for name in ("sequences", "steps", "bot_id")} == {
        name: old[name] for name in ("sequences", "steps", "bot_id")
    }
    # It can be imported into either kind of database.
    with new_database(postgres_server) as other:
        for url in (f"sqlite:///{tmp_path / 'back.db'}", other):
            done = await import_file(tmp_path / "back.zip", url, now)
            await export_file(url, tmp_path / "again.zip", now)
            assert read_tables(tmp_path / "again.zip") == before
            assert done.rows["articles"] == counts["articles"]
            (tmp_path / "again.zip").unlink()


def test_sequences_continue_after_the_import(exported: Path, populated: Path, postgres_url: str, now: datetime) -> None:
    with closing(sqlite3.connect(populated)) as connection, connection:
        connection.execute("UPDATE sqlite_sequence SET seq = 70 WHERE name = 'broadcasts'")
    exported.unlink()
    export_state(f"sqlite:///{populated}", exported, now=now, bot_id=BOT)
    import_state(exported, postgres_url, now=now, bot_id=BOT, pool_size=2)
    with psycopg.connect(postgres_url) as server:
        assert server.execute("SELECT nextval(pg_get_serial_sequence('broadcasts', 'id'))").fetchone() == (71,)


async def test_interrupted_import_changes_nothing(exported: Path, postgres_url: str, now: datetime) -> None:
    def kill(table: str, copied: int, total: int) -> None:
        if table == "subscriptions":
            raise ImportKilled

    with pytest.raises(ImportKilled):
        await import_file(exported, postgres_url, now, report=kill)
    store = await open_store(postgres_url, pool_size=2)
    assert (await store.figures.count(now=now)).articles == 0
    await store.close()
    done = await import_file(exported, postgres_url, now)
    assert done.rows["subscriptions"] == len(NUMBERS)


@pytest.mark.parametrize(
    ("table", "spoiling"),
    [
        ("chat_settings", "UPDATE chat_settings SET language = 'jv'"),
        ("subscriptions", "UPDATE subscriptions SET next_due_at = next_due_at + interval '1 microsecond'"),
        ("article_search", "UPDATE article_search SET terms = 'lain'"),
        ("saved_articles", "DELETE FROM saved_articles"),
        ("blocked_chats", "INSERT INTO blocked_chats VALUES (5, now())"),
    ],
)
async def test_differing_row_rolls_back_the_import(
    exported: Path, postgres_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch, table: str, spoiling: str
) -> None:
    real = postgres.copy

    async def spoiled(db: Any, copied: Table, rows: Any) -> None:
        await real(db, copied, rows)
        if copied.name == table:
            await db.run(spoiling)

    monkeypatch.setattr(postgres, "copy", spoiled)
    with pytest.raises(StoreError, match=table):
        await import_file(exported, postgres_url, now)
    with psycopg.connect(postgres_url) as server:
        assert server.execute("SELECT count(*) FROM articles").fetchone() == (0,)


async def test_rows_are_copied_in_batches(
    exported: Path, postgres_url: str, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "BATCH", 3)
    sizes: list[int] = []
    real = postgres.copy

    async def counted(db: Any, table: Table, rows: Any) -> None:
        sizes.append(len(rows))
        await real(db, table, rows)

    monkeypatch.setattr(postgres, "copy", counted)
    await import_file(exported, postgres_url, now)
    await export_file(postgres_url, tmp_path / "back.zip", now)
    assert max(sizes) == 3
    assert read_tables(tmp_path / "back.zip")["articles"] == read_tables(exported)["articles"]


async def test_import_needs_an_empty_database(exported: Path, postgres_url: str, now: datetime) -> None:
    bot = await open_store(postgres_url, is_bot=True, pool_size=2)
    with pytest.raises(StoreInUse):
        await import_file(exported, postgres_url, now)
    await bot.queries.remember(NewsQuery(words="padi"), now=now)
    await bot.close()
    with pytest.raises(StoreError, match=r"is in use \(queries: 1\).*name an empty database"):
        await import_file(exported, postgres_url, now)


def test_damaged_file_changes_nothing(exported: Path, postgres_url: str, tmp_path: Path, now: datetime) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes(exported.read_bytes()[:-200])
    with pytest.raises(NotABackup, match="not a sound export"):
        import_state(cut, postgres_url, now=now, bot_id=BOT, pool_size=2)
    with psycopg.connect(postgres_url) as server:
        assert server.execute("SELECT count(*) FROM articles").fetchone() == (0,)


@pytest.fixture
def new_url(postgres_server: str) -> Iterator[str]:
    """A database of its own: the tables of a fleet stay in the shared one."""
    with new_database(postgres_server) as url:
        yield url


async def test_one_bot_of_a_fleet_is_exported_alone(
    new_url: str, populate: Furnish, tmp_path: Path, now: datetime
) -> None:
    fleet: Fleet = await open_fleet(new_url, WORKER, pool_size=2, bot_ids=[BOT, OTHER_BOT])
    await populate(fleet.stores[BOT], now, chat_id=7, number=1)
    await populate(fleet.stores[OTHER_BOT], now, chat_id=8, number=2)
    await fleet.store.close()
    with pytest.raises(StoreError, match=r"2 bots share .*: set TELEGRAM_BOT_TOKEN to one of them"):
        await export_file(new_url, tmp_path / "none.zip", now, bot_id=None)
    with pytest.raises(StoreError, match="no bot with the id 333"):
        await export_file(new_url, tmp_path / "none.zip", now, bot_id=333)
    for bot_id, chat_id in ((BOT, 7), (OTHER_BOT, 8)):
        await export_file(new_url, tmp_path / f"{bot_id}.zip", now, bot_id=bot_id)
        new = tmp_path / f"{bot_id}.db"
        await import_file(tmp_path / f"{bot_id}.zip", f"sqlite:///{new}", now)
        with closing(sqlite3.connect(new)) as connection:
            assert connection.execute("SELECT chat_id FROM subscriptions").fetchall() == [(chat_id,)]
            # The news are shared.
            assert connection.execute("SELECT count(*) FROM stories").fetchone() == (2,)
    with pytest.raises(StoreError, match="1 other bots share the news"):
        await import_file(tmp_path / f"{BOT}.zip", new_url, now)


@pytest.mark.parametrize(
    ("value", "kind", "stored", "compared"),
    [
        (None, "text", None, None),
        (None, "timestamptz", None, None),
        (None, "text[]", None, None),
        (7, "bigint", 7, 7),
        (b"\0a", "bytea", b"\0a", b"\0a"),
        (AT, "timestamptz", AT, AT),
        (1, "boolean", True, 1),
        (0, "boolean", False, 0),
        ("[]", "text[]", [], []),
        ('["padi", "a\\u0000b"]', "text[]", ["padi", "a\0b"], ["padi", "a\ufffdb"]),
        ("[1, 2]", "bigint[]", [1, 2], [1, 2]),
    ],
)
def test_value_is_converted_for_storage_and_comparison(value: Any, kind: str, stored: Any, compared: Any) -> None:
    assert to_server(value, kind) == stored
    assert comparable(value, kind) == compared


def test_fraction_is_compared_as_postgres_stores_it() -> None:
    # PostgreSQL returns 0.57735026 for the weight of a claim of three terms.
    assert comparable(1 / 3**0.5, "real") == comparable(0.57735026, "real") != comparable(0.57735, "real")
