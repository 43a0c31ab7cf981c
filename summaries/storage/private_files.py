"""Permissions of files with messages of users: readable by their owner only, under any umask."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
EVERYBODY, NOT_THE_OWNER = 0o007, 0o077
# SQLite's log, the log's index and the rollback journal. It creates them with the permissions of the database itself.
WAL = "-wal"
BESIDE = (WAL, "-shm", "-journal")


def make_folder(folder: Path) -> None:
    """Create the folder and the missing ones above it, which `mkdir(parents=True)` would open to everybody.

    Raises:
        OSError: a folder cannot be created.
    """
    for missing in reversed([above for above in folder.parents if not above.exists()]):
        missing.mkdir(PRIVATE_FOLDER, exist_ok=True)
    folder.mkdir(PRIVATE_FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """Create an empty file.

    Raises:
        OSError: it cannot be created; FileExistsError: it exists.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))


def open_text(path: Path, mode: str, encoding: str = "ascii") -> IO[str]:
    """Open a file for writing ("w") or appending ("a+"); one that is missing is created.

    Raises:
        OSError: it cannot be opened.
    """
    flags = {"w": os.O_WRONLY | os.O_TRUNC, "a+": os.O_RDWR | os.O_APPEND}[mode]
    descriptor = os.open(path, flags | os.O_CREAT, PRIVATE_FILE)
    # Others could take a lock on a file that they can open.
    close_to_others([path])
    return os.fdopen(descriptor, mode, encoding=encoding, errors="surrogateescape")


def keep_private(path: Path) -> None:
    """Create the database's file, if it is missing, before SQLite does, and close an older one to others."""
    real = path.resolve()
    # An existing database must not be opened here: closing it would drop the locks of SQLite in this process. SQLite
    # reports a file that cannot be created.
    with suppress(OSError):
        make_file(real)
    close_to_others(list_files(real))


def list_files(path: Path) -> list[Path]:
    """Return the database's file and SQLite's own files beside it."""
    return [path, *(path.with_name(path.name + ending) for ending in BESIDE)]


def close_to_others(files: Iterable[Path], user: int | None = None) -> None:
    """Remove the permissions of others, which come from the umask, from the user's own files.

    Permissions of the group alone stay: somebody chose them.
    """
    if os.name != "posix":
        return
    user = os.geteuid() if user is None else user
    for file in files:
        # SQLite may remove its log meanwhile.
        with suppress(OSError):
            found = file.stat()
            if found.st_uid == user and found.st_mode & EVERYBODY:
                file.chmod(PRIVATE_FILE)
                log.info("closed %s to the other users of this machine, who could read it", file)


def find_open_to_others(files: Iterable[Path]) -> list[Path]:
    """Return the files that users other than their owner may read or write."""
    found = []
    for file in files:
        with suppress(OSError):
            if os.name == "posix" and file.stat().st_mode & NOT_THE_OWNER:
                found.append(file)
    return found
