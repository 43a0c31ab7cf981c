"""A SQLite file: opened, checked, migrated, and used by three threads: one writes, one reads, one copies the log.

In WAL mode a reader waits neither for a write of this process nor for another process that holds the write lock. SQLite
would copy the log into the file (a checkpoint) at the end of some write, for which the next ones would wait.

A start checks the file for a moment. A clean stop does not prove it sound, since disks and copies fail too, so a bot
checks the rest of a large file while it runs.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import sqlite_utils

from summaries.errors import StoreBusy, StoreDamaged, StoreError
from summaries.storage.private_files import keep_private, make_folder
from summaries.storage.sql.schema import refuse_unknown_steps
from summaries.storage.sql.session import Session, Sessions, to_json
from summaries.storage.sqlite.file_checks import (
    MAX_CHECK_S,
    MAX_START_CHECK_S,
    check,
    describe_damage,
    find_last_backup,
    lock,
    release,
    warn_of_missing_log,
)
from summaries.storage.sqlite.schema import STEP_NAMES, migrations
from summaries.storage.sqlite.session import SqliteEngine, SqliteSession, add_functions, drive
from summaries.storage.sqlite.write_queue import WriteQueue

T = TypeVar("T")

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 10_000
# For new files. With the default of 4,096 bytes, articles waste a fifth of their pages, and the file takes 4% more.
PAGE_SIZE = "PRAGMA page_size = 8192"
# A running bot checks a large file once its start is over, for which it needs the processor, and then pauses two thirds
# of the time.
CHECK_AFTER_S = 30.0
CHECK_SLICE_S, CHECK_PAUSE_S = 0.0015, 0.003
# The log is copied after writes that changed so many rows: often, so that no copy keeps the disk busy for long.
ROWS_PER_COPY = 500
# While writes come so fast that the copying thread never gets to the end, each adds to the log. From this size on, 16
# MiB, they wait for a copy.
MAX_LOG_PAGES = "PRAGMA wal_autocheckpoint = 2000"
COPY_LOG = "PRAGMA wal_checkpoint(PASSIVE)"
# Copies in a row, each of the pages that were written during the last one.
MAX_COPIES = 3


class Database(Sessions):
    """Runs work in transactions on the threads that own the connections. Open with `await Database.open(path)`."""

    owner = ""
    engine = SqliteEngine()
    place = "main"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._read_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-read")
        self._writes = WriteQueue(self._thread, self._write)
        self._connection: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._copy_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-copy")
        self._copier: sqlite3.Connection | None = None
        self._rows_copied = 0
        self._lock = ExitStack()
        self._check: asyncio.Task[None] | None = None
        self._is_closing = threading.Event()
        self._damage: str | None = None

    @classmethod
    async def open(cls, path: Path, *, is_bot: bool = False) -> Database:
        """Open or create the file and upgrade it to the newest version. Only one bot may have it open.

        Raises:
            StoreBusy, StoreInUse, StoreDamaged, StoreTooNew, StoreError: nothing was changed.
        """
        database = cls(path)
        try:
            warn_of_missing_log(path)
            if is_bot:
                database._lock.callback(release, lock(path))
            run = asyncio.get_running_loop().run_in_executor
            database._connection, is_checked = await run(database._thread, connect, path)
            database._reader = await run(database._read_thread, connect_reader, path)
        except BaseException:
            await database.close()
            raise
        if is_bot and not is_checked:
            database._check = asyncio.create_task(database._check_file())
        return database

    @classmethod
    async def open_reader(cls, path: Path) -> Database:
        """Open a file that a bot has created, only to read it, also while the bot uses it.

        Raises:
            StoreBusy, StoreDamaged, StoreTooNew, StoreError: it cannot be read; the message says how to fix that.
        """
        database = cls(path)
        try:
            run = asyncio.get_running_loop().run_in_executor
            database._reader = await run(database._read_thread, connect_reader_alone, path)
        except BaseException:
            await database.close()
            raise
        return database

    async def _check_file(self) -> None:
        """Check a large file while the bot uses it. After damage was found, all work raises StoreDamaged."""
        try:
            await asyncio.to_thread(check_file, self.path, self._is_closing.wait)
        except StoreDamaged as error:
            self._damage = str(error)
            log.error("%s", error)  # noqa: TRY400  (the message is complete)
        except (StoreError, sqlite3.Error) as error:
            log.warning("%s could not be checked: %s", self.path, error)

    async def everywhere(self) -> tuple[Database, ...]:
        return (self,)

    all_bots = everywhere

    async def read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._read_thread, self._read, work)

    async def write(self, work: Callable[[Session], Awaitable[T]]) -> T:
        self._usable(self._connection)
        result: T = await self._writes.put(work)
        return result

    async def share_run(self, statements: tuple[str, ...], row: Sequence[Any]) -> bool:
        self._usable(self._connection)
        written: bool = await self._writes.put(as_work(statements), is_shared=True, value=row)
        return written

    read_one = read
    write_one = write

    def _read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        return self._run(lambda db: drive(work(db)), self._usable(self._reader), "BEGIN")

    def _write(self, work: Callable[[SqliteSession], T]) -> T:
        # IMMEDIATE: a transaction that reads first and writes later would fail if another process wrote in between.
        connection = self._usable(self._connection)
        result = self._run(work, connection, "BEGIN IMMEDIATE")
        if connection.total_changes - self._rows_copied >= ROWS_PER_COPY:
            self._rows_copied = connection.total_changes
            self._copy_thread.submit(self._copy_log)
        return result

    def _copy_log(self) -> None:
        """Copy the log into the file. SQLite can then write it from its beginning again."""
        # The writer's connection copies in the end, too, and its errors are reported.
        with suppress(sqlite3.Error):
            self._copier = self._copier or connect_reader(self.path)
            for _ in range(MAX_COPIES):
                _, pages, copied = self._copier.execute(COPY_LOG).fetchone()
                if copied == pages:
                    break

    def _run(self, work: Callable[[SqliteSession], T], connection: sqlite3.Connection, begin: str) -> T:
        with translate_errors(self.path):
            connection.execute(begin)
            try:
                result = work(SqliteSession(connection))
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            return result

    def _usable(self, connection: sqlite3.Connection | None) -> sqlite3.Connection:
        """Return the connection unless it is closed or the file is damaged."""
        if connection is None:
            raise StoreError("the database is closed")
        if self._damage is not None:
            raise StoreDamaged(self._damage)
        return connection

    async def close(self) -> None:
        """Finish the waiting writes and close the file. Closing twice is harmless."""
        run = asyncio.get_running_loop().run_in_executor
        self._is_closing.set()
        if self._check is not None:
            await self._check
        if self._reader is not None:
            await run(self._read_thread, self._close_reader)
        # The last connection writes the log into the file.
        if self._connection is not None:
            await run(self._thread, self._finish)
        for thread in (self._read_thread, self._thread, self._copy_thread):
            thread.shutdown()
        self._lock.close()

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _close_copier(self) -> None:
        if self._copier is not None:
            self._copier.close()

    def _finish(self) -> None:
        self._writes.run_all()
        self._copy_thread.submit(self._close_copier).result()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@lru_cache(maxsize=64)
def as_work(statements: tuple[str, ...]) -> Callable[[Session, Sequence[Sequence[Any]]], Awaitable[list[bool]]]:
    """Return the work that runs the statements for rows: the same function each time, by which values are gathered."""

    async def work(db: Session, rows: Sequence[Sequence[Any]]) -> list[bool]:
        values = {"rows": to_json(rows)}
        returned = [{key for key, *_ in await db.tuples(statement, values)} for statement in statements][-1]
        return [row[0] in returned for row in rows]

    return work


def connect(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open and migrate the database, for the calling thread only. Return whether all of the file was checked, too."""
    with translate_errors(path):
        try:
            make_folder(path.parent)
        except OSError as error:
            raise StoreError(f"cannot create the folder of the database {path}: {error.strerror}") from error
        is_new = not path.exists()
        # SQLite would take an empty file for a new database.
        if not is_new and path.stat().st_size == 0 and find_last_backup(path) is not None:
            raise StoreDamaged(describe_damage(path))
        keep_private(path)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
        try:
            is_checked = prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        if is_new and (backup := find_last_backup(path)):
            log.warning("%s was not there: this is a new database, though %s is a backup of one", path, backup)
        elif is_new:
            log.info("%s was not there: this is a new database", path)
        return connection, is_checked


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a second connection, which cannot write, for the calling thread only."""
    with translate_errors(path):
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
        connection.execute("PRAGMA query_only = ON")
        add_functions(connection)
        return connection


def connect_reader_alone(path: Path) -> sqlite3.Connection:
    """Open the only connection of a process that never writes; refuse a file of another version."""
    if not path.is_file() or not path.stat().st_size:
        raise StoreError(f"{path} is not there: start the bot first, which creates it")
    with ExitStack() as stack, translate_errors(path):
        connection = stack.enter_context(closing(connect_reader(path)))
        applied = [step.name for step in migrations.applied(sqlite_utils.Database(connection))]
        refuse_unknown_steps(applied, STEP_NAMES, str(path))
        if len(applied) < len(STEP_NAMES):
            raise StoreError(f"{path} is older than this version: start the bot first, which updates it")
        stack.pop_all()
        return connection


def check_file(path: Path, wait: Callable[[float], bool]) -> None:
    """Check the integrity of a file in use, see `file_checks.check`, beginning `CHECK_AFTER_S` from now.

    `wait` waits for so many seconds and returns False, or returns True at once when the check is to stop.
    """
    if wait(CHECK_AFTER_S):
        return
    began = time.monotonic()

    def pause() -> bool:
        nonlocal began
        if time.monotonic() - began < CHECK_SLICE_S:
            return False
        is_stopped = wait(CHECK_PAUSE_S)
        began = time.monotonic()
        return is_stopped

    with translate_errors(path), closing(connect_reader(path)) as connection:
        check(connection, path, max_s=MAX_CHECK_S, is_stopped=pause)


def prepare(connection: sqlite3.Connection, path: Path) -> bool:
    """Set the connection up and migrate its database. Return whether all of the file was checked."""
    db = sqlite_utils.Database(connection)
    connection.execute(PAGE_SIZE)
    add_functions(connection)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    refuse_unknown_steps([step.name for step in migrations.applied(db)], STEP_NAMES, str(path))
    is_checked = check(connection, path, max_s=MAX_START_CHECK_S)
    db.enable_wal()
    connection.execute("PRAGMA foreign_keys = ON")
    # With NORMAL, a power cut in WAL mode may lose the last transactions, and so send digests twice.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(MAX_LOG_PAGES)
    migrations.apply(db)
    return is_checked


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Translate sqlite3's errors into ours."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        primary = code & 0xFF if code is not None else None
        if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StoreBusy(f"{path} is in use by another process: stop it, or try again") from error
        if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise StoreDamaged(describe_damage(path)) from error
        # SQLite reports a full disk quota as a write error.
        if primary == sqlite3.SQLITE_FULL or code in {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}:
            raise StoreError(f"the disk that holds {path} is full: make room") from error
        if primary in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}:
            raise StoreError(
                f"cannot open or write {path}: check that the folder exists and is writable ({error})"
            ) from error
        raise
