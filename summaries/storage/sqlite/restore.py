"""Replace a database by a backup, and keep the old one beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from summaries.errors import StoreError, StoreInUse
from summaries.storage.private_files import BESIDE, close_to_others, list_files
from summaries.storage.sqlite.backup import copy, examine, move_into_place, part_path, remove
from summaries.storage.sqlite.file_checks import REPLACED, lock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from summaries.storage.sqlite.backup import Contents


@dataclass(frozen=True, slots=True)
class Restored:
    """The contents of the restored database, and the new path of the one that it replaced, if any."""

    contents: Contents
    replaced: Path | None


def restore(backup: Path, path: Path, *, now: datetime) -> Restored:
    """Put a copy of `backup` at `path`, once the copy was checked.

    Raises:
        StoreInUse: a bot runs on the database.
        NotABackup, StoreTooNew, StoreDamaged, StoreError: see `backup.examine`; nothing was changed.
    """
    if backup.exists() and path.exists() and backup.samefile(path):
        raise StoreError(f"{path} is the database itself: name one of its backups")
    # A bot that started now would write to a file that is about to be replaced.
    with closing(lock_alone(path)):
        path = resolve_link(path)
        examine(backup)
        part = part_path(path)
        try:
            copy(backup, part)
            contents = examine(part)
            replaced = replace_database(part, path, now=now)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}") from error
        finally:
            remove(part)
    return Restored(contents, replaced)


def lock_alone(path: Path) -> IO[str]:
    """Return the lock that keeps bots away from the database.

    Raises:
        StoreInUse: a bot runs on it.
    """
    try:
        return lock(path)
    except StoreInUse as error:
        raise StoreInUse(f"a bot is running on {path}: stop it first") from error


def resolve_link(path: Path) -> Path:
    """Return the path that a symbolic link leads to, so that the link stays."""
    return path.resolve() if path.is_symlink() else path


def replace_database(part: Path, path: Path, *, now: datetime) -> Path | None:
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
