"""Another database put in the place of the one that is there, which is kept beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from summaries.errors import StoreError, StoreInUse
from summaries.storage.private_files import BESIDE, close_to_others, files_of
from summaries.storage.sqlite.backup import copy, examine, part_of, put_in_place, remove
from summaries.storage.sqlite.file_checks import REPLACED, lock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from summaries.storage.sqlite.backup import Contents


@dataclass(frozen=True, slots=True)
class Restored:
    """What the database holds now, and where the one that it replaced was put, if there was one."""

    contents: Contents
    replaced: Path | None


def restore(backup: Path, path: Path, *, now: datetime) -> Restored:
    """Put a copy of `backup` at `path`. Until the copy was found sound, nothing is changed.

    Raises:
        StoreInUse: a bot runs on the database.
        NotABackup, StoreTooNew, StoreDamaged, StoreError: see `copying.examine`; nothing was changed.
    """
    if backup.exists() and path.exists() and backup.samefile(path):
        raise StoreError(f"{path} is the database itself: name one of its backups")
    # A bot that starts meanwhile would work on a file that is about to be set aside.
    with closing(lock_alone(path)):
        path = real(path)
        examine(backup)
        part = part_of(path)
        try:
            copy(backup, part)
            contents = examine(part)
            replaced = put_over(part, path, now=now)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}") from error
        finally:
            remove(part)
    return Restored(contents, replaced)


def lock_alone(path: Path) -> IO[str]:
    """The lock that keeps bots away from the database.

    Raises:
        StoreInUse: one runs on it.
    """
    try:
        return lock(path)
    except StoreInUse as error:
        raise StoreInUse(f"a bot is running on {path}: stop it first") from error


def real(path: Path) -> Path:
    """Where the database is that a link leads to: it stays there, and the link too."""
    return path.resolve() if path.is_symlink() else path


def put_over(part: Path, path: Path, *, now: datetime) -> Path | None:
    """Let the whole file at `part` become the database at `path`; where the one before it is now."""
    replaced = None
    if path.exists():
        replaced = path.with_name(f"{path.name}{REPLACED}{now:%Y%m%dT%H%M%SZ}")
        if replaced.exists():
            raise StoreError(f"{replaced} is there already: try again in a second")
        # Afterwards all of it is in the one file, unless it is damaged, or a command has it open.
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        close_to_others(files_of(path))
        # They hold the newest changes; a log of the old database beside the new one would be taken for the new one's.
        for ending in BESIDE:
            beside = path.with_name(path.name + ending)
            if beside.exists():
                beside.rename(replaced.with_name(replaced.name + ending))
        # A second name first: at no moment is there no database, which a bot that starts would make anew.
        try:
            os.link(path, replaced)
        except OSError:
            path.rename(replaced)
    put_in_place(part, path)
    return replaced
