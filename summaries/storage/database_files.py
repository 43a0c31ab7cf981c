"""Database files: read and checked, and put in the place of another at once."""

from __future__ import annotations

import glob
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from summaries.errors import NotABackup, StoreDamaged, StoreError, StoreInUse
from summaries.storage.private_files import BESIDE, close_to_others, list_files
from summaries.storage.sql.schema import refuse_unknown_steps
from summaries.storage.sqlite.database import translate_errors
from summaries.storage.sqlite.file_checks import REPLACED, lock, release, warn_of_missing_log
from summaries.storage.sqlite.schema import STEP_NAMES

T = TypeVar("T")

# Without the search index: counting its words would read all of it.
TABLES = (
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name <> 'sqlite_schema'"
    " ORDER BY name"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """The migration steps of a database, and the number of rows by table."""

    steps: tuple[str, ...]
    rows: Mapping[str, int]

    @property
    def version(self) -> str:
        return self.steps[-1]


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Yield the path of an unfinished file. It becomes `target` at the end, or is deleted after an error.

    Raises:
        StoreError: `target` exists or cannot be written, or its folder is missing.
    """
    if os.path.lexists(target):
        raise StoreError(f"{target} is there already: name a file that is not")
    # A missing folder may be that of a disk that is not mounted: a new one would be on another disk.
    if not target.parent.exists():
        raise StoreError(f"there is no folder {target.parent}: create it, or mount its disk")
    with unfinished(target) as part:
        yield part
        move_into_place(part, target)


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Yield the path of a missing file beside `target`, so that a rename finishes it. Delete it if it is left.

    Raises:
        StoreError: it cannot be written.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        yield part
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink()


def examine(path: Path, *, mode: str = "ro") -> Contents:
    """Check the integrity of a database file and return its contents. The file is not changed.

    Raises:
        NotABackup: it is not a database of Ringkas.
        StoreTooNew: a newer version wrote it.
        StoreDamaged: it is damaged.
        StoreError: it cannot be read, or was made before the first release.
    """
    with open_database(path, mode=mode) as connection:
        contents = read_contents(connection, path)
        check_rows(connection, path, "integrity_check")
    return contents


def check_rows(connection: sqlite3.Connection, path: Path, pragma: str) -> None:
    """Check the open database with integrity_check or quick_check, and that no row refers to a missing one.

    Raises:
        StoreDamaged: it is damaged.
    """
    (result,) = connection.execute(f"PRAGMA {pragma}(1)").fetchone()
    if result != "ok":
        raise StoreDamaged(f"{path} is damaged ({result})")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StoreDamaged(f"{path} is damaged: rows in it belong to none")


def read_contents(connection: sqlite3.Connection, path: Path) -> Contents:
    """Return the contents of the open database.

    Raises:
        NotABackup, StoreTooNew: see `examine`.
    """
    tables = [name for (name,) in connection.execute(TABLES)]
    steps: list[str] = []
    if "_sqlite_migrations" in tables:
        found = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'ringkas' ORDER BY name")
        steps = [name for (name,) in found]
    # Ringkas creates no triggers: a file with one is not ours, and might run anything.
    if not steps or connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone() is not None:
        raise NotABackup(f"{path} is no database of Ringkas")
    refuse_unknown_steps(steps, STEP_NAMES, str(path), is_setting=False)
    counts = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    return Contents(tuple(steps), counts)


def describe(path: Path) -> Contents:
    """Return the steps and the row counts of the database at `path`, without checking it.

    Raises:
        NotABackup, StoreTooNew, StoreError: it cannot be read.
    """
    with open_database(path, mode="rw") as connection:
        return read_contents(connection, path)


@contextmanager
def open_database(path: Path, *, mode: str = "ro") -> Iterator[sqlite3.Connection]:
    """Open the database to read it. Mode "rw" lets SQLite remove its own files beside it afterwards.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    if not path.is_file():
        raise StoreError(f"there is no database at {path}")
    if mode == "rw":
        warn_of_missing_log(path)
    with (
        translate_errors(path),
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)) as connection,
    ):
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA busy_timeout = 10000")
        yield connection


def move_into_place(part: Path, target: Path) -> None:
    """Rename the finished file to `target`, durably."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def replace_database(path: Path, make: Callable[[Path], T], *, now: datetime) -> tuple[T, Contents, Path | None]:
    """Put the database that `make` writes to a new file at `path`, once it was checked. Return the result of `make`,
    the contents of the database, and the new path of the old one.

    Raises:
        StoreInUse: a bot runs on the database.
        StoreError: the file cannot be written; nothing was changed.
    """
    # A bot that started now would write to a file that is about to be replaced.
    try:
        file = lock(path)
    except StoreInUse as error:
        raise StoreInUse(f"a bot is running on {path}: stop it first") from error
    with ExitStack() as stack:
        stack.callback(release, file)
        # A symbolic link stays.
        path = path.resolve() if path.is_symlink() else path
        # A killed process left these files: no other process writes them while this one holds the lock.
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.part*"):
            left.unlink(missing_ok=True)
        with unfinished(path) as part:
            made = make(part)
            contents = examine(part)
            return made, contents, exchange(part, path, now=now)


def exchange(part: Path, path: Path, *, now: datetime) -> Path | None:
    """Make the finished file `part` the database at `path`, and return the new path of the old one."""
    replaced = None
    if path.exists():
        replaced = path.with_name(f"{path.name}{REPLACED}{now:%Y%m%dT%H%M%SZ}")
        if replaced.exists():
            raise StoreError(f"{replaced} is there already: try again in a second")
        # Writes the log into the file, unless the file is damaged or a command has it open.
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        close_to_others(list_files(path))
        # They may hold the newest changes, and SQLite would apply them to the new database.
        for ending in BESIDE:
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.rename(replaced.with_name(replaced.name + ending))
        # A second link first: a bot that starts in between would otherwise create an empty database.
        try:
            os.link(path, replaced)
        except OSError:
            path.rename(replaced)
    move_into_place(part, path)
    return replaced
