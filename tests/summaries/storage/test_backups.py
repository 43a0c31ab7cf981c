"""Backups of the file: taken during writes, checked and restored; refused ones leave the database as it was."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlite_utils

from summaries.errors import NotABackup, StoreDamaged, StoreError, StoreInUse, StoreTooNew
from summaries.model import Article, ChatRef, ChatSettings, Origin, Subscription, Summary
from summaries.storage import Store, open_store
from summaries.storage.backup import back_up, restore
from summaries.storage.database_files import examine
from summaries.storage.health import Growth, measure_growth
from summaries.storage.sqlite.file_checks import find_last_backup
from summaries.storage.sqlite.schema import STEP_NAMES
from summaries.storage.sqlite.session import add_functions
from summaries.storage.state.file import MEASURED_BYTES, SPARE_BYTES

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
Write = Callable[[Store, int], Awaitable[None]]


def dump_all(path: Path) -> list[str]:
    """All that a database holds, byte for byte."""
    with closing(sqlite3.connect(path)) as connection:
        add_functions(connection)
        return list(connection.iterdump())


def dump_rows(path: Path) -> list[str]:
    """All that a database holds, but for when its tables were made, and how the search index lays out its words."""
    with closing(sqlite3.connect(path)) as connection:
        add_functions(connection)
        # Counts also the changes of an unfinished step.
        connection.execute("UPDATE stories SET version = 0")
        found = [line for line in connection.iterdump() if not re.match('INSERT INTO "(_sqlite|article_search_)', line)]
        # A restored database has its indexes in another order.
        return sorted([*found, *map(str, connection.execute("SELECT rowid, * FROM article_search"))])


def list_files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def make_url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def write(make_article: Make, summarize_first: Summarize, now: datetime) -> Write:
    """The n-th thing that happens to a database: an article, a chat, its digest."""

    async def write(store: Store, number: int) -> None:
        article = make_article(number)
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
        subscription = Subscription(ChatRef(number), (time(7),), "Asia/Jakarta")
        await store.subscriptions.put(subscription, next_due_at=now, now=now)
        await store.chats.put(ChatSettings(number, "en"), now=now)

    return write


async def create_database(path: Path, count: int, write: Write) -> Path:
    store = await open_store(make_url(path))
    for number in range(1, count + 1):
        await write(store, number)
    await store.close()
    return path


async def test_backup_during_writes_restores_an_equal_database(tmp_path: Path, write: Write, now: datetime) -> None:
    path = tmp_path / "ringkas.db"
    store = await open_store(make_url(path), is_bot=True)
    written = 0
    is_over, is_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal written
        while not is_over.is_set():
            await write(store, written + 1)
            written += 1
            if written % 20 == 0:
                is_on.set()

    working = asyncio.create_task(work())
    backups = []
    for number in range(3):
        await is_on.wait()
        is_on.clear()
        before = written
        # The second one is a plain copy of the file.
        target = tmp_path / f"backup-{number}.{'db' if number == 1 else 'zip'}"
        contents = await asyncio.to_thread(back_up, path, target, now=now)
        backups.append((before, target, contents))
    is_over.set()
    await working
    await store.close()
    for before, target, contents in backups:
        # Each step's last write is a row of chat_settings: so many steps are in the backup whole.
        whole = contents.rows["chat_settings"]
        assert before <= whole <= written
        new = tmp_path / f"new-{target.stem}.db"
        assert restore(target, new, now=now).contents == contents
        assert target.suffix == ".zip" or dump_all(new) == dump_all(target)
        again = await create_database(tmp_path / f"again-{target.stem}.db", whole, write)
        # A step that was under way is in it to where it had come, so it is finished on both before they are compared.
        for database in (again, new):
            reopened = await open_store(make_url(database))
            await write(reopened, whole + 1)
            await reopened.close()
        assert dump_rows(again) == dump_rows(new)


async def test_damaged_text_is_backed_up_and_restored_as_it_is(
    tmp_path: Path, write: Write, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    path = await create_database(tmp_path / "ringkas.db", 2, write)
    with closing(sqlite3.connect(path)) as connection, connection:
        add_functions(connection)
        connection.execute("UPDATE articles SET text = substr(text, 9) WHERE id = 2")
    back_up(path, tmp_path / "copy.zip", now=now)
    restore(tmp_path / "copy.zip", tmp_path / "new.db", now=now)
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(tmp_path / "new.db")) as new:
        articles = "SELECT * FROM articles ORDER BY id"
        assert old.execute(articles).fetchall() == new.execute(articles).fetchall()
    assert "article 2 is exported with a damaged text" in caplog.text


@pytest.mark.parametrize("name", ["copy.zip", "copy.db"])
async def test_backup_is_a_single_private_file(tmp_path: Path, write: Write, now: datetime, name: str) -> None:
    path = await create_database(tmp_path / "ringkas.db", 2, write)
    target = tmp_path / "away" / name
    target.parent.mkdir()
    contents = back_up(path, target, now=now)
    assert (contents.version, contents.rows["articles"]) == (STEP_NAMES[-1], 2)
    assert [file.name for file in target.parent.iterdir()] == [name]
    assert target.stat().st_mode & 0o777 == 0o600
    assert restore(target, tmp_path / "new.db", now=now).contents == contents
    assert dump_rows(tmp_path / "new.db") == dump_rows(path)
    assert target.suffix == ".zip" or examine(target) == contents
    assert find_last_backup(path) == target
    # It is the one that is named when the database is damaged.
    path.write_bytes(b"x" * 5000)
    with pytest.raises(StoreDamaged, match=rf"its last backup is {target}: .*ringkas restore"):
        await open_store(make_url(path))
    target.unlink()
    with pytest.raises(StoreDamaged, match="no backup lies beside it"):
        await open_store(make_url(path))


@pytest.mark.parametrize("ending", ["zip", "db"])
async def test_backup_overwrites_nothing_and_leaves_no_partial_file(
    tmp_path: Path, write: Write, now: datetime, ending: str
) -> None:
    path = await create_database(tmp_path / "ringkas.db", 1, write)
    target = tmp_path / f"copy.{ending}"
    target.write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        back_up(path, target, now=now)
    assert target.read_text() == "mine"
    other = tmp_path / f"other.{ending}"
    with pytest.raises(StoreError, match=r"there is no database at .*none\.db"):
        back_up(tmp_path / "none.db", other, now=now)
    with pytest.raises(StoreError, match="cannot write"):
        back_up(path, target / other.name, now=now)
    with pytest.raises(StoreError, match=r"there is no folder .*usb.*: create it, or mount its disk"):
        back_up(path, tmp_path / "usb" / "ringkas" / other.name, now=now)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO saved_articles VALUES (7, 99, '')")
    with pytest.raises(StoreDamaged):
        back_up(path, other, now=now)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM saved_articles")
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        back_up(path, other, now=now)
    assert list_files(tmp_path) == {"ringkas.db", target.name}


async def test_backup_is_refused_when_the_disk_would_fill_up(
    tmp_path: Path, write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await create_database(tmp_path / "ringkas.db", 1, write)
    free = SPARE_BYTES + path.stat().st_size - 1

    def usage(_: Path) -> SimpleNamespace:
        return SimpleNamespace(free=free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    for name in ("copy.db", "copy.zip"):
        with pytest.raises(StoreError, match=r"is full: make room; (it has )?50 MB"):
            back_up(path, tmp_path / name, now=now)
        assert list_files(tmp_path) == {"ringkas.db"}
    free += 1
    back_up(path, tmp_path / "copy.db", now=now)
    free = SPARE_BYTES + MEASURED_BYTES
    back_up(path, tmp_path / "copy.zip", now=now)


async def test_restore_through_a_symlink_keeps_the_symlink(tmp_path: Path, write: Write, now: datetime) -> None:
    (tmp_path / "far").mkdir()
    path = await create_database(tmp_path / "far" / "real.db", 1, write)
    link = tmp_path / "ringkas.db"
    link.symlink_to(path)
    back_up(link, tmp_path / "copy.db", now=now)
    restored = restore(tmp_path / "copy.db", link, now=now)
    assert link.is_symlink()
    assert restored.replaced is not None
    assert restored.replaced.parent == path.parent
    assert dump_all(link) == dump_all(path) == dump_all(tmp_path / "copy.db")


async def test_replaced_database_is_kept_with_its_wal(tmp_path: Path, write: Write, now: datetime) -> None:
    path = await create_database(tmp_path / "ringkas.db", 2, write)
    backup = tmp_path / "copy.db"
    back_up(path, backup, now=now)
    # A command has the database open, and its newest changes are in the write-ahead log.
    store = await open_store(make_url(path))
    await write(store, 3)
    restored = restore(backup, path, now=now)
    await store.close()
    assert restored.replaced == tmp_path / f"ringkas.db.replaced-{now:%Y%m%dT%H%M%SZ}"
    assert restored.contents.rows["articles"] == 2
    assert dump_all(path) == dump_all(backup)
    with closing(sqlite3.connect(restored.replaced)) as kept:
        assert kept.execute("SELECT count(*) FROM articles").fetchone() == (3,)
    # A replaced database is no backup.
    assert find_last_backup(path) == backup
    with pytest.raises(StoreError, match="there already"):
        restore(backup, path, now=now)
    assert restore(backup, path, now=now + timedelta(seconds=1)).replaced is not None


async def test_damaged_database_is_replaced(tmp_path: Path, write: Write, now: datetime) -> None:
    path = await create_database(tmp_path / "ringkas.db", 2, write)
    back_up(path, tmp_path / "copy.db", now=now)
    path.write_bytes(b"rusak" * 1000)
    restored = restore(tmp_path / "copy.db", path, now=now)
    assert restored.replaced is not None
    assert restored.replaced.read_bytes() == b"rusak" * 1000
    store = await open_store(make_url(path))
    assert await store.subscriptions.find(2) is not None
    await store.close()


async def test_refused_restore_changes_nothing(tmp_path: Path, write: Write, now: datetime) -> None:
    path = await create_database(tmp_path / "ringkas.db", 1, write)
    before = path.read_bytes()
    good, packed = tmp_path / "good.db", tmp_path / "good.zip"
    back_up(path, good, now=now)
    back_up(path, packed, now=now)
    refused: dict[str, tuple[type[StoreError], str]] = {
        "none.db": (StoreError, "there is no database"),
        "text.db": (StoreDamaged, "truncated or damaged: name another backup; nothing was changed$"),
        "half.db": (StoreDamaged, "half.db is truncated or damaged: name another backup"),
        "other.db": (NotABackup, "no database of Ringkas"),
        "newer.db": (StoreTooNew, "m999_dreams"),
        "damaged.db": (StoreDamaged, "damaged.db is truncated or damaged"),
        "orphans.db": (StoreDamaged, "truncated or damaged"),
        "trigger.db": (NotABackup, "no database of Ringkas"),
        "ringkas.db": (StoreError, "the database itself"),
        "half.zip": (NotABackup, "half.zip is not a sound export"),
        "changed.zip": (NotABackup, "changed.zip.* is not a sound export"),
        "other.zip": (NotABackup, "no export of Ringkas"),
    }
    (tmp_path / "half.zip").write_bytes(packed.read_bytes()[: packed.stat().st_size // 2])
    (tmp_path / "changed.zip").write_bytes(packed.read_bytes().replace(b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfe"))
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "")
    (tmp_path / "text.db").write_text("Halo. " * 1000)
    (tmp_path / "half.db").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    other = sqlite_utils.Database(tmp_path / "other.db")
    other.table("queries").insert({"id": 1})
    other.close()
    for name, change in {
        "newer.db": "INSERT INTO _sqlite_migrations VALUES (99, 'ringkas', 'm999_dreams', '2030')",
        "orphans.db": "INSERT INTO saved_articles VALUES (7, 99, '')",
        "trigger.db": "CREATE TRIGGER t AFTER INSERT ON articles BEGIN DELETE FROM subscriptions; END",
        "damaged.db": "",
    }.items():
        (tmp_path / name).write_bytes(good.read_bytes())
        with closing(sqlite3.connect(tmp_path / name)) as connection, connection:
            connection.execute(change)
    content = bytearray(good.read_bytes())
    content[-4096 * 3 :] = b"\xff" * 4096 * 3
    (tmp_path / "damaged.db").write_bytes(content)
    names = list_files(tmp_path)
    for name, (kind, says) in refused.items():
        with pytest.raises(kind, match=says):
            restore(tmp_path / name, path, now=now)
        assert path.read_bytes() == before, name
    assert list_files(tmp_path) == names | {"ringkas.db.lock"}


async def test_restore_is_refused_while_a_bot_runs(tmp_path: Path, write: Write, now: datetime) -> None:
    path = await create_database(tmp_path / "ringkas.db", 1, write)
    back_up(path, tmp_path / "copy.db", now=now)
    bot = await open_store(make_url(path), is_bot=True)
    with pytest.raises(StoreInUse, match="stop it first"):
        restore(tmp_path / "copy.db", path, now=now)
    await bot.close()
    restore(tmp_path / "copy.db", path, now=now)
    # Afterwards one may start again.
    await (await open_store(make_url(path), is_bot=True)).close()


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from summaries.storage import backup, database_files
from summaries.storage.state import sqlite
folder, moment = Path(sys.argv[1]), datetime(2026, 11, 30, tzinfo=UTC)
path, file = folder / "ringkas.db", folder / "good.zip"
for of, name in ((sqlite, "fill"), (sqlite, "make_index"), (database_files, "exchange"),
                 (database_files, "move_into_place"), (None, "")):
    if os.fork() == 0:
        if of is not None:
            setattr(of, name, lambda *_, **__: os._exit(9))
        backup.restore(file, path, now=moment)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.wait()[1])
    backup.examine(path)
    print(name, status, sorted(entry.name.replace(str(os.getpid()), "") for entry in folder.iterdir()), flush=True)
    for kept in folder.glob("*.replaced-*"):
        kept.unlink()
"""


async def test_killed_restore_leaves_a_database_and_can_be_repeated(
    tmp_path: Path, write: Write, now: datetime
) -> None:
    path = await create_database(tmp_path / "ringkas.db", 1, write)
    back_up(path, tmp_path / "good.zip", now=now)
    before = dump_rows(path)
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    found = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    steps = [line.split(" ", 2) for line in found.stdout.splitlines()]
    assert [(name, code) for name, code, _ in steps] == [
        ("fill", "9"),
        ("make_index", "9"),
        ("exchange", "9"),
        ("move_into_place", "9"),
        ("", "0"),
    ]
    # The last one removed the partial files of the others.
    assert all(".part" in files for *_, files in steps[:-1])
    assert ".part" not in steps[-1][2]
    assert dump_rows(path) == before


async def test_growth_is_that_of_the_week_before_the_last_article(
    tmp_path: Path, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    path = tmp_path / "ringkas.db"
    store = await open_store(make_url(path))
    assert measure_growth(path) == Growth(path.stat().st_size)
    for number, days_ago in enumerate((20, 9, 8, 3, 2.5, 2.5, 2), start=1):
        article = make_article(number)
        then = now - timedelta(days=days_ago)
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=then)
        if number == 1:
            assert measure_growth(path).articles_a_day == 0
    await store.close()
    assert measure_growth(path) == Growth(path.stat().st_size, 7, 5 / 7, now - timedelta(days=20))
