"""A database file looked over without changing it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlite_utils

from summaries.errors import StoreError
from summaries.storage import values
from summaries.storage.health import Health
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.backup import examine, opened
from summaries.storage.sqlite.database import translated
from summaries.storage.sqlite.file_checks import is_locked, last_backup
from summaries.storage.sqlite.schema import STEP_NAMES

if TYPE_CHECKING:
    from pathlib import Path

# Whether the index answers at all.
SEARCHED = "SELECT rowid FROM article_search WHERE article_search MATCH 'berita' LIMIT 1"


def look_over(path: Path) -> Health:
    """Read the whole file; the database may be in use meanwhile. Nothing is raised for a file that is not sound."""
    found = Health(is_in_use=is_locked(path), backup=last_backup(path))
    if not path.exists():
        return found
    found = replace(found, size_bytes=path.stat().st_size)
    try:
        found = replace(found, version=examine(path, mode="rw").version)
        return read_contents(path, replace(found, is_newest=True)) if found.version == STEP_NAMES[-1] else found
    except StoreError as error:
        return replace(found, fault=error)
    except sqlite3.Error as error:
        return replace(found, fault=StoreError(f"{path}: {error}"))


def read_contents(path: Path, found: Health) -> Health:
    """What stands in today's tables."""
    with opened(path, mode="rw") as connection, translated(path):
        db = sqlite_utils.Database(connection)
        (articles,) = connection.execute("SELECT count(*) FROM articles WHERE is_public").fetchone()
        (indexed,) = connection.execute("SELECT count(*) FROM article_search_docsize").fetchone()
        connection.execute(SEARCHED).fetchone()
        sources = rows.fetch_all(db.execute("SELECT * FROM sources ORDER BY key"))
        (due,) = connection.execute("SELECT min(next_due_at) FROM subscriptions WHERE is_active").fetchone()
        return replace(
            found,
            sources=tuple(map(values.to_stored_source, sources)),
            articles=articles,
            indexed=indexed,
            next_due_at=rows.to_optional_moment(due),
        )
