"""Checks before a database file is used: the lock of its bot, its integrity, its last backup."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from summaries.errors import StoreDamaged, StoreError, StoreInUse
from summaries.storage.private_files import BESIDE, WAL, make_folder, open_text

log = logging.getLogger(__name__)

# Seconds for which a start checks the file: a small database is read as a whole, a large one in part.
MAX_START_CHECK_S = 0.1
# Seconds for which a running bot checks a large one: some gigabytes. Meanwhile SQLite's log cannot be reset, and grows.
MAX_CHECK_S = 60.0
# Steps of SQLite between two looks at the clock. Reading a page is one, and takes a slow disk some milliseconds.
STEPS_BETWEEN_CHECKS = 200
BACKUPS = ("{stem}*.bak", "{stem}*.backup", "{name}.*", "backups/{stem}*", "backup/{stem}*")
# The file with the path of the last backup.
NOTE = ".last-backup"
# Part of the name of a database that `restore` replaced: it may be damaged, so it is no backup.
REPLACED = ".replaced-"
# Files beside the database that are not backups.
LOCK = ".lock"
NO_BACKUPS = (LOCK, *BESIDE, ".part", NOTE)


def lock(path: Path) -> IO[str]:
    """Return the open lock file that makes this process the only bot on the database until it ends.

    Raises:
        StoreInUse: another bot runs on it.
        StoreError: the lock file cannot be written.
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
        # The system releases the lock when the process ends.
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
        # The lock holds; only the process id is missing, for example on a full disk.
        log.warning("cannot write into %s: %s", file_path, error.strerror)
    return file


def release(file: IO[str]) -> None:
    """Release the lock after the database was closed. The process id in the file marks a bot that was killed."""
    with suppress(OSError):
        file.truncate(0)
    file.close()


def warn_of_missing_log(path: Path) -> None:
    """After a bot was killed, warn if SQLite's log is missing, which held its latest changes. Warn once."""
    lock_file, log_file = path.with_name(path.name + LOCK), path.with_name(path.name + WAL)
    with suppress(OSError):
        if lock_file.stat().st_size == 0 or is_locked(path):
            return
        if path.exists() and not log_file.exists():
            log.warning(
                "the bot on %s was killed, and %s is missing: its latest changes are lost, unless another program"
                " opened the database since",
                path,
                log_file.name,
            )
        os.truncate(lock_file, 0)


def is_locked(path: Path) -> bool:
    """Return whether a bot runs on the database."""
    try:
        with path.with_name(path.name + LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def check(
    connection: sqlite3.Connection, path: Path, *, max_s: float, is_stopped: Callable[[], bool] = lambda: False
) -> bool:
    """Check the integrity of the file for at most `max_s`, and return whether all of it was checked.

    Raises:
        StoreDamaged: the file is damaged.
    """
    deadline = time.monotonic() + max_s
    connection.set_progress_handler(lambda: is_stopped() or time.monotonic() > deadline, STEPS_BETWEEN_CHECKS)
    try:
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return False
    finally:
        connection.set_progress_handler(None, 0)
    if result != "ok":
        raise StoreDamaged(describe_damage(path))
    return True


def describe_damage(path: Path) -> str:
    """Return the message for a damaged file, with the backup to restore."""
    backup = find_last_backup(path)
    if backup is None:
        how = "no backup lies beside it: move the file away to start with a new one"
    else:
        how = f"its last backup is {backup}: stop the bot, then take it with `ringkas restore`"
    return f"{path} is not a sound SQLite database; {how}"


def record_backup(path: Path, backup: Path) -> None:
    """Store the path of the database's last backup."""
    note = path.with_name(path.name + NOTE)
    try:
        with open_text(note, "w", "utf-8") as file:
            file.write(f"{backup.resolve()}\n")
    except OSError as error:
        log.warning("cannot write %s: %s", note, error.strerror)


def find_last_backup(path: Path) -> Path | None:
    """Return the newest backup of the database: the recorded one, or a file named like one beside it or in backups/."""
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
