"""Public interface to the state of a database and of the SQLite library, for `ringkas doctor`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.storage.url import is_postgres, sqlite_path

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from summaries.errors import StoreError
    from summaries.model import StoredSource


@dataclass(frozen=True, slots=True)
class Health:
    """State of a database. `version` is None if there is no database yet, or if it cannot be read; then `fault` is set.

    `sources`, `articles` (public ones), `indexed` (those in the search index) and `next_due_at` are read only from a
    database of the newest version. `bots` are the ids of the bots that share it, if it has a list of them.
    """

    version: str | None = None
    is_newest: bool = False
    fault: StoreError | None = None
    size_bytes: int = 0
    is_in_use: bool = False
    backup: Path | None = None
    sources: tuple[StoredSource, ...] = ()
    articles: int = 0
    indexed: int = 0
    next_due_at: datetime | None = None
    bots: tuple[int, ...] = ()


async def examine(url: str, *, pool_size: int) -> Health:
    """Read through the database at `url`. Nothing is changed, and a bot may use it meanwhile.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
        ModuleNotFoundError: the packages for PostgreSQL are not installed.
    """
    if is_postgres(url):
        from summaries.storage.postgres.health import look_over as look_over_server

        return await look_over_server(url, pool_size=pool_size)
    from summaries.storage.sqlite.health import look_over as look_over_file

    return look_over_file(sqlite_path(url))


def sqlite_version() -> tuple[int, ...]:
    return tuple(map(int, sqlite3.sqlite_version.split(".")))


def has_fts5() -> bool:
    """Return whether SQLite was built with its full-text search."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5 (a)")
        except sqlite3.OperationalError:
            return False
    return True
