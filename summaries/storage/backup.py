"""Back up a SQLite database while the bot writes to it and check the copy, or replace the database by a backup.

A backup is an export: rows without indexes, about a quarter of the database's size. A copy of the file, which other
programs can open, is made and restored as well. A PostgreSQL server is backed up with its own tools.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from summaries.errors import NotABackup, StoreDamaged, StoreError
from summaries.storage.database_files import (
    Contents,
    describe,
    examine,
    new_file,
    open_database,
    read_contents,
    replace_database,
)
from summaries.storage.private_files import make_file, make_folder
from summaries.storage.sqlite.database import translate_errors
from summaries.storage.sqlite.file_checks import describe_damage, find_last_backup, record_backup
from summaries.storage.state import sqlite
from summaries.storage.state.file import MEGABYTE, SPARE_BYTES, Manifest, is_export, open_state

__all__ = ["Contents", "Restored", "back_up", "describe", "find_last_backup", "restore"]

# The ending of a backup that is a copy of the file.
PLAIN = ".db"


def back_up(path: Path, target: Path, *, now: datetime) -> Contents:
    """Write the rows of the database at `path` into the new file `target`, or copy the database if the name ends with
    ".db". Return the contents.

    The backup is consistent even if the bot writes meanwhile. `target` appears only after the backup was checked, and
    is recorded as the last backup.

    Raises:
        StoreError: there is no database, or `target` exists or cannot be written, or would fill the disk.
        StoreDamaged: the database is damaged; no backup was kept.
    """
    try:
        with new_file(target) as part:
            contents = copy_checked(path, part) if target.suffix == PLAIN else export_checked(path, part, now)
    except StoreDamaged as error:
        raise StoreDamaged(describe_damage(path)) from error
    record_backup(path, target)
    return contents


def export_checked(path: Path, part: Path, now: datetime) -> Contents:
    """Export the database into the new file, and read the file through."""
    make_file(part)
    manifest = sqlite.write(path, part, now=now, bot_id=None)
    with open_state(part) as written:
        written.check()
    return contents_of(manifest)


def copy_checked(path: Path, part: Path) -> Contents:
    """Copy the database into the new file, and check the copy."""
    contents = copy(path, part, is_ours=True)
    try:
        is_sound = examine(part) == contents
    except NotABackup as error:
        raise StoreDamaged(str(error)) from error
    if not is_sound:
        raise StoreError(f"the copy in {part.parent} is not what was written: is its disk sound?")
    return contents


def contents_of(manifest: Manifest) -> Contents:
    return Contents(manifest.steps, {name: table.rows for name, table in manifest.tables.items()})


def copy(source: Path, target: Path, *, is_ours: bool = False) -> Contents:
    """Copy a consistent state of `source` into the new file `target`, and return its contents.

    `is_ours` is true for a database in use; files from elsewhere are opened read-only.

    Raises:
        StoreError: a file cannot be read or written.
        OSError: the folder of `target` cannot be written.
    """
    make_folder(target.parent)
    target.unlink(missing_ok=True)
    refuse_full_disk(source, target)
    make_file(target)
    with open_database(source, mode="rw" if is_ours else "ro") as origin:
        # One read transaction, so that counts and copy agree. It does not block writers.
        origin.execute("BEGIN")
        contents = read_contents(origin, source)
        with translate_errors(target), closing(sqlite3.connect(target)) as copied:
            origin.backup(copied)
            # A single file, without a write-ahead log.
            copied.execute("PRAGMA journal_mode = DELETE")
    return contents


def refuse_full_disk(source: Path, target: Path) -> None:
    """Raise StoreError if the copy would fill the disk, which the bot may write to as well."""
    if not source.is_file():
        return
    needed = source.stat().st_size + SPARE_BYTES
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise StoreError(
            f"the disk that holds {target.parent} is full: make room; it has {free // MEGABYTE} MB, and a copy needs"
            f" {needed // MEGABYTE} MB"
        )


@dataclass(frozen=True, slots=True)
class Restored:
    """The contents of the backup, and the new path of the database that it replaced, if any."""

    contents: Contents
    replaced: Path | None


def restore(backup: Path, path: Path, *, now: datetime) -> Restored:
    """Make a database from `backup`, check it, and put it at `path`.

    Raises:
        StoreInUse: a bot runs on the database.
        NotABackup, StoreTooNew, StoreDamaged, StoreError: see `examine`; nothing was changed.
    """
    if backup.exists() and path.exists() and backup.samefile(path):
        raise StoreError(f"{path} is the database itself: name one of its backups")

    def make(part: Path) -> Contents:
        if is_export(backup):
            return contents_of(sqlite.restore(part, backup))
        contents = examine(backup)
        copy(backup, part)
        return contents

    try:
        contents, _, replaced = replace_database(path, make, now=now)
    except StoreDamaged as error:
        raise StoreDamaged(f"{backup} is truncated or damaged: name another backup; nothing was changed") from error
    return Restored(contents, replaced)
