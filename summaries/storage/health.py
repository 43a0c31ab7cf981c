"""Public interface to the state of a database and of the SQLite library, for `ringkas doctor`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlite_utils

from summaries.errors import StoreError
from summaries.model import HazardSource, StoredSource
from summaries.storage import is_postgres, sqlite_path, values
from summaries.storage.database_files import examine as examine_database
from summaries.storage.database_files import open_database
from summaries.storage.sqlite.database import translate_errors
from summaries.storage.sqlite.file_checks import find_last_backup, is_locked
from summaries.storage.sqlite.schema import STEP_NAMES

# Raises if the index cannot be read.
SEARCHED = "SELECT rowid FROM article_search WHERE article_search MATCH 'berita' LIMIT 1"


# Growth is measured over the days before the last article was added: the bot may not have run since.
GROWTH_DAYS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Growth:
    """Size of a database file, its number of public articles, how many were added a day in the last week (0: unknown),
    and when the oldest one was added."""

    size_bytes: int = 0
    articles: int = 0
    articles_a_day: float = 0.0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """State of a database. `version` is None if there is no database yet, or if it cannot be read; then `fault` is set.

    `growth` (of a file), `sources`, `hazards` (BMKG's documents), `articles` (public ones), `indexed` (those in the
    search index), `next_due_at` and `unknown_at` (the due time of the last digest with this outcome) are read only from
    a database of the newest version. `bots` are the ids of the bots that share it, if it has a list of them, and
    `tick_ages_s` the times since the ticks of a running fleet last ended.
    """

    version: str | None = None
    is_newest: bool = False
    fault: StoreError | None = None
    size_bytes: int = 0
    is_in_use: bool = False
    backup: Path | None = None
    growth: Growth | None = None
    sources: tuple[StoredSource, ...] = ()
    hazards: tuple[HazardSource, ...] = ()
    articles: int = 0
    indexed: int = 0
    next_due_at: datetime | None = None
    unknown_at: datetime | None = None
    bots: tuple[int, ...] = ()
    tick_ages_s: Mapping[str, float] = field(default_factory=dict)


async def examine(url: str, *, pool_size: int) -> Health:
    """Read through the database at `url`. Nothing is changed, and a bot may use it meanwhile.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
        ModuleNotFoundError: the packages for PostgreSQL are not installed.
    """
    if is_postgres(url):
        from summaries.storage.postgres.health import examine_server

        return await examine_server(url, pool_size=pool_size)
    return examine_file(sqlite_path(url))


def examine_file(path: Path) -> Health:
    """Read through the file, which may be in use. Nothing is raised: `fault` says why it cannot be used."""
    found = Health(is_in_use=is_locked(path), backup=find_last_backup(path))
    if not path.exists():
        return found
    found = replace(found, size_bytes=path.stat().st_size)
    try:
        found = replace(found, version=examine_database(path, mode="rw").version)
        return read_contents(path, replace(found, is_newest=True)) if found.version == STEP_NAMES[-1] else found
    except StoreError as error:
        return replace(found, fault=error)
    except sqlite3.Error as error:
        return replace(found, fault=StoreError(f"{path}: {error}"))


def read_contents(path: Path, found: Health) -> Health:
    """Add the contents of the tables of the newest version."""
    with open_database(path, mode="rw") as connection, translate_errors(path):
        db = sqlite_utils.Database(connection)
        (articles,) = connection.execute("SELECT count(*) FROM articles WHERE is_public").fetchone()
        (indexed,) = connection.execute("SELECT count(*) FROM article_search_docsize").fetchone()
        connection.execute(SEARCHED).fetchone()
        sources = db.query("SELECT * FROM sources ORDER BY key")
        hazards = db.query("SELECT * FROM hazard_sources ORDER BY key")
        (due,) = connection.execute("SELECT min(next_due_at) FROM subscriptions WHERE is_active").fetchone()
        (unknown,) = connection.execute("SELECT max(due_at) FROM deliveries WHERE outcome = 'unknown'").fetchone()
        return replace(
            found,
            growth=read_growth(connection, found.size_bytes),
            sources=tuple(map(values.to_stored_source, sources)),
            hazards=tuple(values.build(HazardSource, row) for row in hazards),
            articles=articles,
            indexed=indexed,
            next_due_at=values.to_optional_moment(due),
            unknown_at=values.to_optional_moment(unknown),
        )


def measure_growth(path: Path) -> Growth:
    """Return the growth of the database at `path`, which a bot may use meanwhile.

    Raises:
        StoreError: it cannot be read.
    """
    with open_database(path, mode="rw") as connection:
        return read_growth(connection, path.stat().st_size)


def read_growth(connection: sqlite3.Connection, size_bytes: int) -> Growth:
    query = "SELECT count(*), min(added_at), max(added_at) FROM articles WHERE is_public"
    articles, *added = connection.execute(query).fetchone()
    try:
        oldest_at, newest_at = map(values.to_optional_moment, added)
    except ValueError:
        # Not written by Ringkas.
        return Growth(size_bytes, articles)
    if oldest_at is None or newest_at is None:
        return Growth(size_bytes)
    since = max(oldest_at, newest_at - GROWTH_DAYS)
    recent = "SELECT count(*) FROM articles WHERE is_public AND added_at > ?"
    (count,) = connection.execute(recent, [values.stored_moment(since)]).fetchone()
    days = (newest_at - since) / timedelta(days=1)
    return Growth(size_bytes, articles, count / days if days >= 1 else 0.0, oldest_at)


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
