"""A database file looked over without changing it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlite_utils

from summaries.errors import StoreError
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.copying import examine, opened
from summaries.storage.sqlite.database import translated
from summaries.storage.sqlite.migrations import STEPS
from summaries.storage.sqlite.safety import is_locked, last_backup
from summaries.storage.sqlite.sources import fetch

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from summaries.model import StoredSource

# Whether the index answers at all.
SEARCHED = "SELECT rowid FROM article_search WHERE article_search MATCH 'berita' LIMIT 1"


@dataclass(frozen=True, slots=True)
class Health:
    """How a database is. Without a `version` there is none yet, or it can't be read: then `fault` says why.

    What stands in today's tables is told of a database of the newest version only: `sources`, how many articles are
    public and how many can be searched, and the earliest digest that is due.
    """

    version: str | None = None
    fault: StoreError | None = None
    size_bytes: int = 0
    is_in_use: bool = False
    backup: Path | None = None
    sources: tuple[StoredSource, ...] = ()
    articles: int = 0
    indexed: int = 0
    next_due_at: datetime | None = None

    @property
    def is_newest(self) -> bool:
        return self.version == STEPS[-1]


def look_over(path: Path) -> Health:
    """Read the whole file; the database may be in use meanwhile. Nothing is raised for a file that is not sound."""
    is_in_use, backup = is_locked(path), last_backup(path)
    if not path.exists():
        return Health(is_in_use=is_in_use, backup=backup)
    size = path.stat().st_size
    version = None
    try:
        version = examine(path, mode="rw").version
        if version != STEPS[-1]:
            return Health(version, size_bytes=size, is_in_use=is_in_use, backup=backup)
        with opened(path, mode="rw") as connection, translated(path):
            db = sqlite_utils.Database(connection)
            (articles,) = connection.execute("SELECT count(*) FROM articles WHERE is_public").fetchone()
            (indexed,) = connection.execute("SELECT count(*) FROM article_search_docsize").fetchone()
            connection.execute(SEARCHED).fetchone()
            (due,) = connection.execute("SELECT min(next_due_at) FROM subscriptions WHERE is_active").fetchone()
            sources = fetch(db, "ORDER BY key")
    except StoreError as error:
        return Health(version, error, size, is_in_use, backup)
    except sqlite3.Error as error:
        return Health(version, StoreError(f"{path}: {error}"), size, is_in_use, backup)
    return Health(version, None, size, is_in_use, backup, sources, articles, indexed, rows.to_optional_moment(due))
