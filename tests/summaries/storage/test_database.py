"""The file itself: opened, upgraded, refused; transactions that hold or leave nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import sqlite_utils

from summaries.errors import InvalidSettings, StoreBusy, StoreDamaged, StoreError, StoreInUse
from summaries.model import NewsQuery
from summaries.storage import open_store, sqlite_path
from summaries.storage.sql.schema import TABLES
from summaries.storage.sql.session import Session, rows_with
from summaries.storage.sqlite import database as database_module
from summaries.storage.sqlite import file_checks
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.schema import migrations
from summaries.storage.sqlite.session import SqliteSession
from tests.summaries.storage.plans import find_scans

PUT_WORDS = "INSERT INTO search_words (word) SELECT value FROM json_each(%s)"
COUNT = "SELECT count(*) FROM queries"
PUT_QUERIES = f"""
INSERT INTO queries (id, query, asked_at) SELECT id, query, asked_at
    FROM {rows_with(id="bigint", query="text", asked_at="timestamptz")} WHERE true ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608  (names of ours)


def test_foreign_keys_are_indexed() -> None:
    db = sqlite_utils.Database(memory=True)
    migrations.apply(db)
    referring = [(table.name, key.column) for table in db.tables for key in table.foreign_keys]
    led = {(table.name, index.columns[0]) for table in db.tables for index in table.indexes}
    led |= {(table.name, table.pks[0]) for table in db.tables}
    db.close()
    assert len(referring) > 10
    assert set(referring) - led == set()


@pytest.mark.parametrize(
    ("sql", "scanned"),
    [
        ("SELECT text FROM articles WHERE title = ?", {"articles"}),
        ("SELECT min(id) FROM stories WHERE latest_at >= ?", {"stories"}),
        ("DELETE FROM outbox WHERE sent_at < ?", {"outbox"}),
        ("SELECT id FROM stories WHERE added_at < ? ORDER BY added_at", set()),
        ("DELETE FROM articles WHERE id = ?", set()),
    ],
)
def test_statement_that_scans_a_growing_table_is_found(sql: str, scanned: set[str]) -> None:
    """The fixture `store` relies on it."""
    db = sqlite_utils.Database(memory=True)
    migrations.apply(db)
    assert find_scans(db.conn, sql, ["2026"]) == scanned
    db.close()


def test_every_column_and_primary_key_is_read_from_the_definitions() -> None:
    """Exports to PostgreSQL rely on it. A step that changes a table needs a change of `read_tables`."""
    db = sqlite_utils.Database(memory=True)
    migrations.apply(db)
    of_its_own = ("_sqlite", "sqlite_", "article_")
    tables = [table for table in db.tables if not table.name.startswith(of_its_own)]
    made = {table.name: ([column.name for column in table.columns], tuple(table.pks)) for table in tables}
    db.close()
    assert {name: (list(table.columns), table.keys[0]) for name, table in TABLES.items()} == made


async def test_new_file_has_safe_pragmas_and_views(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "new" / "ringkas.db")

    async def read_pragmas(db: Session) -> dict[str, object]:
        names = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        return {name: await db.value(f"PRAGMA {name}") for name in names}

    pragmas = await database.write(read_pragmas)
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000, "synchronous": 2}
    views = await database.rows("SELECT name FROM sqlite_master WHERE type = 'view'")
    assert [row["name"] for row in views] == ["news", "digests", "article_stems"]
    await database.close()


async def test_failed_write_is_rolled_back(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "ringkas.db")

    async def fail(db: Session) -> None:
        await db.run("INSERT INTO queries (query, asked_at) VALUES ('a', 'b')")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    assert await database.value(COUNT) == 0
    await database.close()


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 40, b"x" * 5000])
async def test_damaged_file_is_reported_and_unchanged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match=r"damaged\.db"):
        await open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content


async def test_emptied_file_is_not_reinitialized(tmp_path: Path) -> None:
    path = tmp_path / "emptied.db"
    path.touch()
    backup = tmp_path / "emptied.db.2026-11-01"
    backup.write_bytes(b"a backup")
    with pytest.raises(StoreDamaged, match=r"its last backup is .*emptied\.db\.2026-11-01"):
        await open_store(f"sqlite:///{path}")
    assert path.read_bytes() == b""
    # Without a backup nothing was lost: somebody made the file beforehand.
    backup.unlink()
    await (await open_store(f"sqlite:///{path}")).close()


async def test_new_database_beside_a_backup_logs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "ringkas.db.2026-11-01").write_bytes(b"a backup")
    await (await open_store(f"sqlite:///{tmp_path}/ringkas.db")).close()
    assert [record.levelname for record in caplog.records if "this is a new database, though" in record.message] == [
        "WARNING"
    ]


async def test_invalid_path_raises_a_readable_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot create the folder"):
        await open_store(f"sqlite:///{tmp_path / 'file' / 'ringkas.db'}")
    with pytest.raises(StoreError, match="cannot open or write"):
        await open_store(f"sqlite:///{tmp_path}")


async def test_locked_database_raises_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 20)
    path = tmp_path / "ringkas.db"
    store = await open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="another process"):
        await store.subscriptions.deactivate(7, now=now)
    other.rollback()
    assert await store.subscriptions.deactivate(7, now=now) is False
    other.close()
    await store.close()


async def test_read_waits_for_no_write_lock(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "ringkas.db"
    store = await open_store(f"sqlite:///{path}")
    query = NewsQuery(words="padi")
    query_id = await store.queries.remember(query, now=now)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(store.subscriptions.deactivate(7, now=now))
        # The write would wait for ten seconds.
        async with asyncio.timeout(8):
            assert await store.queries.recall(query_id) == query
            assert await store.queries.remember(query, now=now) == query_id
        assert not waiting.done()
        other.execute("ROLLBACK")
        assert await waiting is False
    await store.close()


async def test_closed_store_refuses_work_and_closes_twice(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'ringkas.db'}")
    await store.close()
    with pytest.raises((StoreError, RuntimeError)):
        await store.sources.all()
    await store.close()


async def test_concurrent_calls_are_serialized(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'ringkas.db'}")
    now = datetime.fromisoformat("2026-11-23T00:00:00+00:00")
    ids = await asyncio.gather(*(store.queries.remember(NewsQuery(words=f"kata {n}"), now=now) for n in range(50)))
    assert len(set(ids)) == 50
    await store.close()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///ringkas.db", Path("ringkas.db")),
        ("sqlite:////var/lib/ringkas.db", Path("/var/lib/ringkas.db")),
        ("sqlite:///data/berita saya.db", Path("data/berita saya.db")),
    ],
)
def test_sqlite_path_is_taken_from_the_url(url: str, path: Path) -> None:
    assert sqlite_path(url) == path


@pytest.mark.parametrize("url", ["", "ringkas.db", "sqlite://ringkas.db", "sqlite:///", "sqlite:///x/", "mysql:///x"])
def test_invalid_database_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match="DATABASE_URL must look like"):
        sqlite_path(url)


async def test_queued_writes_share_a_commit_and_fail_separately(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "ringkas.db")
    commits = 0

    def count() -> None:
        nonlocal commits
        commits += 1

    insert = "INSERT INTO queries (query, asked_at) VALUES (%s, '')"

    async def fail(db: Session) -> None:
        await db.run(insert, ["99"])
        raise LookupError

    wait, begun = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hold(db: Session) -> None:
        assert isinstance(db, SqliteSession)
        db.connection.set_trace_callback(lambda sql: count() if sql == "COMMIT" else None)
        loop.call_soon_threadsafe(begun.set)
        wait.wait(10)

    holding = asyncio.create_task(database.read(hold))
    await begun.wait()
    together = [asyncio.create_task(database.run(insert, [str(number)])) for number in range(5)]
    await asyncio.sleep(0)
    wait.set()
    assert await asyncio.gather(*together) == [1] * 5
    await holding
    # The read's own, and one for all five.
    assert commits <= 3
    results = await asyncio.gather(
        *(database.run(insert, [str(number)]) for number in (5, 6)),
        database.write(fail),
        return_exceptions=True,
    )
    assert results[:2] == [1, 1]
    assert isinstance(results[2], LookupError)
    assert await database.value(COUNT) == 7
    await database.close()


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("is_broken", [False, True])
async def test_log_is_copied_after_many_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_broken: bool
) -> None:
    if is_broken:
        monkeypatch.setattr(database_module, "COPY_LOG", "SELECT broken")
    database = await Database.open(path := tmp_path / "ringkas.db")
    values = [str(number) for number in range(database_module.ROWS_PER_COPY)]
    before = path.read_bytes()
    await database.run(PUT_WORDS, [values[:10]])
    await database.run(PUT_WORDS, [values[10:]])
    if not is_broken:
        await asyncio.to_thread(wait_until, lambda: path.read_bytes() != before)
    # After a copy that failed, the log is copied when the file is closed.
    await database.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM search_words").fetchone() == (len(values),)


async def test_shared_statements_run_once_and_fail_separately(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "ringkas.db")
    inserts: list[str] = []
    wait, begun = threading.Event(), threading.Event()

    async def hold(db: Session) -> None:
        assert isinstance(db, SqliteSession)
        db.connection.set_trace_callback(lambda sql: inserts.append(sql) if "INSERT" in sql else None)
        begun.set()
        wait.wait(10)

    # The thread is busy with another write, so these come together. The third has no time.
    holding = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(begun.wait, 10)
    rows = [(1, "satu", ""), (2, "dua", ""), (3, "tiga", None), (4, "empat", "")]
    writes = [asyncio.create_task(database.share_run((PUT_QUERIES,), row)) for row in rows]
    await asyncio.sleep(0)
    wait.set()
    await holding
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(results.pop(2), sqlite3.IntegrityError)
    assert results == [True, True, True]
    # All at once, then each alone.
    assert len(inserts) == 1 + 4
    assert not await database.share_run((PUT_QUERIES,), rows[3])
    assert await database.value(COUNT) == 3
    await database.close()


async def test_close_stores_queued_writes_and_refuses_later_ones(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    database = await Database.open(path)
    insert = "INSERT INTO queries (query, asked_at) VALUES (%s, '')"
    writes = [asyncio.create_task(database.run(insert, [str(number)])) for number in range(300)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*writes) == [1] * 300
    with pytest.raises(StoreError, match="closed"):
        await database.run(insert, ["late"])
    again = await Database.open(path)
    assert await again.value(COUNT) == 300
    await again.close()


async def test_second_bot_on_a_database_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ringkas.db'}"
    bot = await open_store(url, is_bot=True)
    with pytest.raises(StoreInUse, match=r"another bot \(process \d+\)"):
        await open_store(url, is_bot=True)
    # Commands may look at it.
    await (await open_store(url)).close()
    await bot.close()
    await (await open_store(url, is_bot=True)).close()


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ([], "no backup lies beside it"),
        (["ringkas.db-wal", "ringkas.db.lock"], "no backup lies beside it"),
        (["ringkas.db.2026-11-01"], "ringkas.db.2026-11-01"),
        (["backups/ringkas-1.db", "backups/ringkas-2.db"], "ringkas-2.db"),
    ],
)
async def test_corrupt_database_error_names_its_latest_backup(tmp_path: Path, files: list[str], named: str) -> None:
    path = tmp_path / "ringkas.db"
    store = await open_store(f"sqlite:///{path}")
    await store.close()
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    path.write_bytes(content)
    (tmp_path / "backups").mkdir()
    for age, name in enumerate(reversed(files)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    with pytest.raises(StoreDamaged, match=named):
        await open_store(f"sqlite:///{path}")
    assert path.read_bytes() == bytes(content)


async def test_running_bot_finds_damage_that_its_start_did_not_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ringkas.db"
    await (await open_store(f"sqlite:///{path}")).close()
    with closing(sqlite3.connect(path)) as file:
        (page,) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'queries'").fetchone()
    content = bytearray(path.read_bytes())
    content[4096 * (page - 1) : 4096 * page] = b"\xff" * 4096
    path.write_bytes(content)
    monkeypatch.setattr(database_module, "MAX_START_CHECK_S", 0)
    monkeypatch.setattr(database_module, "CHECK_AFTER_S", 0)
    monkeypatch.setattr(file_checks, "STEPS_BETWEEN_CHECKS", 1)
    # A command does not last long enough for a check in the background.
    await (await open_store(f"sqlite:///{path}")).close()
    store = await open_store(f"sqlite:///{path}", is_bot=True)

    async def use() -> None:
        async with asyncio.timeout(10):
            while True:
                await store.sources.all()

    with pytest.raises(StoreDamaged, match="no backup lies beside it"):
        await use()
    assert "is not a sound SQLite database" in caplog.text
    await store.close()


@pytest.mark.parametrize("begins_after_s", [0, 3600], ids=["that runs", "that would begin later"])
async def test_close_ends_the_check_of_a_large_file(
    begins_after_s: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ringkas.db"
    waiting = threading.Event()
    whole_file = database_module.check_file

    def check_file(path: Path, wait: Callable[[float], bool]) -> None:
        def note(seconds: float) -> bool:
            waiting.set()
            return wait(seconds)

        whole_file(path, note)

    monkeypatch.setattr(database_module, "MAX_START_CHECK_S", 0)
    monkeypatch.setattr(database_module, "CHECK_AFTER_S", begins_after_s)
    monkeypatch.setattr(database_module, "CHECK_SLICE_S", 0)
    monkeypatch.setattr(database_module, "CHECK_PAUSE_S", 3600)
    monkeypatch.setattr(file_checks, "STEPS_BETWEEN_CHECKS", 1)
    monkeypatch.setattr(database_module, "check_file", check_file)
    store = await open_store(f"sqlite:///{path}", is_bot=True)
    assert await asyncio.to_thread(waiting.wait, 30)
    assert await store.sources.all() == ()
    await store.close()


KILLED = """
import asyncio, os, sys
from pathlib import Path
from summaries.storage import open_store
from summaries.model import NewsQuery
from datetime import UTC, datetime

async def main():
    store = await open_store(sys.argv[1], is_bot=True)
    await store.queries.remember(NewsQuery(words="padi"), now=datetime(2026, 11, 23, tzinfo=UTC))
    os._exit(9)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database whose bot was killed."""
    folder = tmp_path_factory.mktemp("killed")
    done = subprocess.run([sys.executable, "-c", KILLED, f"sqlite:///{folder / 'ringkas.db'}"], check=False)
    assert done.returncode == 9
    return folder


@pytest.mark.parametrize("is_bot", [True, False], ids=["a bot", "a command"])
@pytest.mark.parametrize("lost", [("-wal",), ("-wal", "-shm"), ()], ids=["the log", "all files beside it", "nothing"])
async def test_missing_log_of_a_killed_bot_is_reported_once(
    tmp_path: Path, killed: Path, caplog: pytest.LogCaptureFixture, lost: tuple[str, ...], is_bot: bool
) -> None:
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    url = f"sqlite:///{tmp_path / 'ringkas.db'}"
    for ending in lost:
        (tmp_path / f"ringkas.db{ending}").unlink()
    for _ in range(2):
        await (await open_store(url, is_bot=is_bot)).close()
    assert caplog.text.count("was killed, and ringkas.db-wal is missing") == bool(lost)


async def test_clean_stop_is_not_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        store = await open_store(f"sqlite:///{tmp_path / 'ringkas.db'}", is_bot=True)
        # A command beside the bot.
        await (await open_store(f"sqlite:///{tmp_path / 'ringkas.db'}")).close()
        await store.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_new_file_has_large_pages(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    await (await Database.open(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA page_size").fetchone() == (8192,)
