"""Public interface to the backups of a SQLite database. A PostgreSQL server is backed up with its own tools."""

from __future__ import annotations

from pathlib import Path

from summaries.storage.sqlite.backup import Contents, Restored, back_up, open_database, read_contents, restore
from summaries.storage.sqlite.file_checks import find_last_backup

__all__ = ["Contents", "Restored", "back_up", "describe", "find_last_backup", "restore"]


def describe(path: Path) -> Contents:
    """Return the version and the row counts of the database at `path`, without checking it.

    Raises:
        NotABackup, StoreTooNew, StoreError: it cannot be read.
    """
    with open_database(path, mode="rw") as connection:
        return read_contents(connection, path)
