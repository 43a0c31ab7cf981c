"""A whole database copied while others write to it, and the copy checked."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.errors import NotABackup, StoreDamaged, StoreError
from summaries.storage.private_files import make_file, make_folder
from summaries.storage.sql.schema import refuse_unknown_steps
from summaries.storage.sqlite.database import translated
from summaries.storage.sqlite.file_checks import damaged_text, note_backup
from summaries.storage.sqlite.schema import STEP_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# A table of the search index's words is made from the index: to count it is to read the whole index.
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"

MEGABYTE = 1024 * 1024
# What the bot may want of the disk while a copy is written.
SPARE_BYTES = 50 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: its newest migration step, and the rows of each table."""

    version: str
    rows: Mapping[str, int]


def back_up(path: Path, target: Path) -> Contents:
    """Copy the database at `path` into the new file `target`, which is there only when the copy was found sound.

    Others may write meanwhile: the copy is the database of one moment. What the copy holds is told, and the copy is
    remembered as the database's last backup.

    Raises:
        StoreError: there is no database, `target` is there already or can't be written.
        StoreDamaged: the database is not sound, so its copy is of no use; there is none.
    """
    if os.path.lexists(target):
        raise StoreError(f"{target} is there already: name a file that is not")
    part = part_of(target)
    try:
        contents = copy(path, part, is_ours=True)
        try:
            is_sound = examine(part) == contents
        except (NotABackup, StoreDamaged) as error:
            raise StoreDamaged(damaged_text(path)) from error
        if not is_sound:
            raise StoreError(f"the copy in {target.parent} is not what was written: is its disk sound?")
        put_in_place(part, target)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    finally:
        remove(part)
    note_backup(path, target)
    return contents


def part_of(target: Path) -> Path:
    """Where the file grows until it is whole: beside its place, so that it gets there in one step."""
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def remove(part: Path) -> None:
    """Leave nothing of a file that did not get to its place."""
    with suppress(OSError):
        part.unlink()


def copy(source: Path, target: Path, *, is_ours: bool = False) -> Contents:
    """Copy one state of `source` into `target`, which is made anew; what that state holds.

    `is_ours`: the source is a database in use. A file from elsewhere is only read.

    Raises:
        StoreError: it can't be read or written.
        OSError: `target`'s folder can't be written.
    """
    make_folder(target.parent)
    target.unlink(missing_ok=True)
    refuse_full_disk(source, target)
    make_file(target)
    with opened(source, mode="rw" if is_ours else "ro") as origin:
        # One read transaction around it all: counts and copy are of the same moment, and writers go on beside it.
        origin.execute("BEGIN")
        contents = read_contents(origin, source)
        with translated(target), closing(sqlite3.connect(target)) as copied:
            origin.backup(copied)
            # A single file, however the database itself is kept.
            copied.execute("PRAGMA journal_mode = DELETE")
    return contents


def refuse_full_disk(source: Path, target: Path) -> None:
    """Raise StoreError where the copy would fill the disk: the bot may write to the same one."""
    if not source.is_file():
        return
    needed = source.stat().st_size + SPARE_BYTES
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise StoreError(
            f"the disk that holds {target.parent} is full: make room; it has {free // MEGABYTE} MB, and a copy needs"
            f" {needed // MEGABYTE} MB"
        )


def examine(path: Path, *, mode: str = "ro") -> Contents:
    """Read through a whole database file; what it holds. It is not changed.

    Raises:
        NotABackup: it is no database of Ringkas.
        StoreTooNew: a newer version wrote it.
        StoreError: it was made before the first release.
        StoreDamaged: it is not sound.
        StoreError: it can't be read.
    """
    with opened(path, mode=mode) as connection:
        contents = read_contents(connection, path)
        (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if result != "ok":
            raise StoreDamaged(f"{path} is damaged ({result})")
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise StoreDamaged(f"{path} is damaged: rows in it belong to none")
    return contents


def read_contents(connection: sqlite3.Connection, path: Path) -> Contents:
    """What the open database holds.

    Raises:
        NotABackup, StoreTooNew: see `examine`.
    """
    tables = [name for (name,) in connection.execute(TABLES)]
    steps: list[str] = []
    if "_sqlite_migrations" in tables:
        found = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'ringkas' ORDER BY name")
        steps = [name for (name,) in found]
    # Ringkas makes no triggers: what runs by itself in a file from elsewhere is none of ours.
    if not steps or connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone() is not None:
        raise NotABackup(f"{path} is no database of Ringkas")
    refuse_unknown_steps(steps, STEP_NAMES, str(path), is_setting=False)
    counts = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    return Contents(steps[-1], counts)


@contextmanager
def opened(path: Path, *, mode: str = "ro") -> Iterator[sqlite3.Connection]:
    """The database at the path, to be read. One who may not write leaves SQLite's files beside it.

    Raises:
        StoreError: there is none, or it can't be read.
    """
    if not path.is_file():
        raise StoreError(f"there is no database at {path}")
    with translated(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA busy_timeout = 10000")
        yield connection


def put_in_place(part: Path, target: Path) -> None:
    """Let the whole file take its place, for good: a power cut afterwards finds it there."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
