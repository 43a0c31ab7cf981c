"""Whether a database file may be used: nobody else runs on it, it is sound, and where its last backup is."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import time
from typing import IO, TYPE_CHECKING

from summaries.errors import StoreDamaged, StoreError, StoreInUse

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

# A large database is not read through at every start.
LONGEST_CHECK_S = 2.0
STEPS_BETWEEN_LOOKS = 10_000
BACKUPS = ("{stem}*.bak", "{stem}*.backup", "{name}.*", "backups/{stem}*", "backup/{stem}*")
# SQLite's own files beside the database, and ours.
NO_BACKUPS = (".lock", "-wal", "-shm", "-journal")


def lock(path: Path) -> IO[str]:
    """The open lock file that makes this process the only bot on the database for as long as it lives.

    Raises:
        StoreInUse: another bot runs on it.
        StoreError: the lock file can't be written.
    """
    file_path = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = file_path.open("a+", encoding="ascii")
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


def damaged_text(path: Path) -> str:
    """What is wrong with the file, and which backup to take."""
    backup = last_backup(path)
    how = f"its last backup is {backup}" if backup else "no backup lies beside it"
    return f"{path} is not a sound SQLite database; {how}. Restore a backup, or move the file away to start anew"


def last_backup(path: Path) -> Path | None:
    """The youngest file that by its name is a backup of the database, in its folder or one called backups."""
    found = {
        file
        for pattern in BACKUPS
        for file in path.parent.glob(pattern.format(stem=path.stem, name=path.name))
        if file.is_file() and file != path and not file.name.endswith(NO_BACKUPS)
    }
    return max(found, key=lambda file: file.stat().st_mtime, default=None)
