"""The numbered steps from an empty file to today's tables. A step that was released is never edited: add another.

Tables and columns have plain names, so that the file is pleasant to open with sqlite-utils or Datasette. Moments are
ISO 8601 text in UTC with a fixed width, so that they sort as text; `published_at` alone keeps the outlet's own offset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

from summaries.storage.sqlite.admin_schema import BROADCAST_COPIES, BROADCASTS, CLAIMS
from summaries.storage.sqlite.answers_schema import ANSWERS, RESTING_WATCHES, SEARCHING, SPELLINGS, WATCHES
from summaries.storage.sqlite.digests_schema import LEDGER, REFERENCES
from summaries.storage.sqlite.schema import (
    ARTICLES,
    CHAT_SETTINGS,
    DARK_CHARTS,
    DIGESTS,
    LISTINGS,
    PLACES,
    POLLING,
    PREFERENCES,
    PROVENANCE,
    QUERIES,
    SOURCES,
    STORIES,
)

if TYPE_CHECKING:
    import sqlite_utils

migrations = Migrations("ringkas")


def execute_all(db: sqlite_utils.Database, script: str) -> None:
    """Run each statement of the script. `executescript` would end the migration's transaction."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def m001_articles(db: sqlite_utils.Database) -> None:
    execute_all(db, ARTICLES)


@migrations()
def m002_sources(db: sqlite_utils.Database) -> None:
    execute_all(db, SOURCES)


@migrations()
def m003_digests(db: sqlite_utils.Database) -> None:
    execute_all(db, DIGESTS)


@migrations()
def m004_queries(db: sqlite_utils.Database) -> None:
    execute_all(db, QUERIES)


@migrations()
def m005_polling(db: sqlite_utils.Database) -> None:
    execute_all(db, POLLING)


@migrations()
def m006_stories(db: sqlite_utils.Database) -> None:
    execute_all(db, STORIES)


@migrations()
def m007_listings(db: sqlite_utils.Database) -> None:
    execute_all(db, LISTINGS)


@migrations()
def m008_chat_settings(db: sqlite_utils.Database) -> None:
    execute_all(db, CHAT_SETTINGS)


@migrations()
def m009_preferences(db: sqlite_utils.Database) -> None:
    execute_all(db, PREFERENCES)


@migrations()
def m010_places(db: sqlite_utils.Database) -> None:
    execute_all(db, PLACES)


@migrations()
def m011_answers(db: sqlite_utils.Database) -> None:
    execute_all(db, ANSWERS)


@migrations()
def m012_searching(db: sqlite_utils.Database) -> None:
    execute_all(db, SEARCHING)


@migrations()
def m013_watches(db: sqlite_utils.Database) -> None:
    execute_all(db, WATCHES)


@migrations()
def m014_broadcasts(db: sqlite_utils.Database) -> None:
    execute_all(db, BROADCASTS)


@migrations()
def m015_dark_charts(db: sqlite_utils.Database) -> None:
    execute_all(db, DARK_CHARTS)


@migrations()
def m016_ledger(db: sqlite_utils.Database) -> None:
    execute_all(db, LEDGER)


@migrations()
def m017_resting_watches(db: sqlite_utils.Database) -> None:
    execute_all(db, RESTING_WATCHES)


@migrations()
def m018_spellings(db: sqlite_utils.Database) -> None:
    execute_all(db, SPELLINGS)


@migrations()
def m019_references(db: sqlite_utils.Database) -> None:
    execute_all(db, REFERENCES)


@migrations()
def m020_broadcast_copies(db: sqlite_utils.Database) -> None:
    execute_all(db, BROADCAST_COPIES)


@migrations()
def m021_terms_in_rows(db: sqlite_utils.Database) -> None:
    """PostgreSQL's alone: SQLite's index needs no rows."""


@migrations()
def m022_claims(db: sqlite_utils.Database) -> None:
    execute_all(db, CLAIMS)


@migrations()
def m023_provenance(db: sqlite_utils.Database) -> None:
    execute_all(db, PROVENANCE)


# The steps' names, oldest first; sqlite-utils tells only those that a database has or lacks.
STEPS = tuple(step.name for step in migrations._migrations)  # noqa: SLF001
