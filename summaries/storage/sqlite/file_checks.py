"""Whether a database file may be used: nobody else runs on it, it is sound, and where its last backup is."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from summaries.errors import StoreDamaged, StoreError, StoreInUse
from summaries.storage.private_files import BESIDE, make_folder, open_text

log = logging.getLogger(__name__)

# A large database is not read through at every start.
LONGEST_CHECK_S = 2.0
STEPS_BETWEEN_LOOKS = 10_000
BACKUPS = ("{stem}*.bak", "{stem}*.backup", "{name}.*", "backups/{stem}*", "backup/{stem}*")
# Where the last backup is noted, wherever it was made.
NOTE = ".last-backup"
# The name of a database that another one was put in place of: it may be the damaged one.
REPLACED = ".replaced-"
# SQLite's own files beside the database, and ours.
LOCK = ".lock"
NO_BACKUPS = (LOCK, *BESIDE, ".part", NOTE)


def lock(path: Path) -> IO[str]:
    """The open lock file that makes this process the only bot on the database for as long as it lives.

    Raises:
        StoreInUse: another bot runs on it.
        StoreError: the lock file can't be written.
    """
    file_path = path.with_name(path.name + LOCK)
    try:
        make_folder(path.parent)
        file = open_text(file_path, "a+")
    except OSError as error:
        if isinstance(error, FileExistsError | NotADirectoryError) or not path.parent.is_dir():
            raise StoreError(f"cannot create the folder of the database {path}: {error.strerror}") from error
        raise StoreError(f"cannot write {file_path}: {error.strerror}") from error
    try:
        # The lock goes with the process, however that ends.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read(20).strip() or "unknown"
        file.close()
        raise StoreInUse(
            f"another bot (process {holder}) is running on {path}: stop it first, or give this one another DATABASE_URL"
        ) from error
    try:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
    except OSError as error:
        # Only the number is missing, such as on a full disk.
        log.warning("cannot write into %s: %s", file_path, error.strerror)
    return file


def is_locked(path: Path) -> bool:
    """Whether a bot runs on the database."""
    try:
        with path.with_name(path.name + LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Read through the file, at most for `LONGEST_CHECK_S`.

    Raises:
        StoreDamaged: it is not sound.
    """
    deadline = time.monotonic() + LONGEST_CHECK_S
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
    try:
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return
    finally:
        connection.set_progress_handler(None, 0)
    if result != "ok":
        raise StoreDamaged(damaged_text(path))


def refuse_emptied(path: Path) -> None:
    """To SQLite a file of no bytes is a new database; where there is a backup, it is what is left of an old one.

    Raises:
        StoreDamaged: it is.
    """
    if path.stat().st_size == 0 and last_backup(path) is not None:
        raise StoreDamaged(damaged_text(path))


def damaged_text(path: Path) -> str:
    """What is wrong with the file, and which backup to take."""
    backup = last_backup(path)
    if backup is None:
        how = "no backup lies beside it: move the file away to start anew"
    else:
        how = f"its last backup is {backup}: stop the bot, then take it with `ringkas restore`"
    return f"{path} is not a sound SQLite database; {how}"


def note_backup(path: Path, backup: Path) -> None:
    """Remember where the database's last backup is."""
    note = path.with_name(path.name + NOTE)
    try:
        with open_text(note, "w", "utf-8") as file:
            file.write(f"{backup.resolve()}\n")
    except OSError as error:
        log.warning("cannot write %s: %s", note, error.strerror)


def last_backup(path: Path) -> Path | None:
    """The youngest backup of the database: the one noted, or a file that by its name is one, in its folder or one
    called backups."""
    found = {
        file
        for pattern in BACKUPS
        for file in path.parent.glob(pattern.format(stem=path.stem, name=path.name))
        if file.is_file() and file != path and not file.name.endswith(NO_BACKUPS) and REPLACED not in file.name
    }
    with suppress(OSError, ValueError):
        noted = Path(path.with_name(path.name + NOTE).read_text(encoding="utf-8", errors="surrogateescape").strip())
        if noted.is_file():
            found.add(noted)
    return max(found, key=lambda file: file.stat().st_mtime, default=None)
