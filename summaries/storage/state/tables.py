"""Tables of an export, and checks of their rows.

Each value is checked by its column, and each row by reading it as the bot does: a malformed one would stop the bot
repeatedly.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import sqlite_utils

from summaries.digests.schedule import load_zone
from summaries.model import ChatRef, Outcome, Reason
from summaries.storage import values
from summaries.storage.state.file import Value
from summaries.storage.values import stored_moment
from summaries.stories import Signature

Reader = Callable[[Mapping[str, Any]], object]

# Without the search index and its words, which are rebuilt from the articles, and without the list of migrations, which
# is in the manifest.
TABLES = (
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    " AND name NOT IN ('_sqlite_migrations', 'search_words') ORDER BY name"
)
MOMENT = re.compile(r".*(?:_at|_until|_since)|not_before")
# The outlet's own date keeps the outlet's UTC offset.
ZONED = "published_at"
# Columns in which an empty text means "before every moment".
MAY_BE_EMPTY = frozenset({("bodies", "created_at"), ("watch_state", "added_at")})
SMALLEST, LARGEST = -(2**63), 2**63 - 1
# Tables that have rows in a new database. Their rows may be replaced, except for sources that an admin added.
ALWAYS_FILLED = frozenset({"sources", "story_state", "watch_state"})
COUNTING = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `may_be_null` is also false for primary keys, for which SQLite would make up a number."""

    table: str
    name: str
    kind: str
    may_be_null: bool

    def check(self, value: Value) -> None:
        """Raise ValueError for a value that Ringkas would not write into this column."""
        if value is None:
            if not self.may_be_null:
                raise ValueError(f"{self.name} is missing")
            return
        wanted = {"INTEGER": int, "TEXT": str, "BLOB": bytes, "REAL": float}[self.kind]
        if type(value) is not wanted:
            raise ValueError(f"{self.name} is not {self.kind}")
        if isinstance(value, int) and not SMALLEST <= value <= LARGEST:
            raise ValueError(f"{self.name} is too large")
        if isinstance(value, str):
            self._check_text(value)

    def _check_text(self, value: str) -> None:
        # Raises for lone surrogates. SQLite's own functions stop at a NUL, and PostgreSQL refuses it.
        value.encode("utf-8")
        if "\x00" in value:
            raise ValueError(f"{self.name} has a NUL")
        if self.name == ZONED:
            if datetime.fromisoformat(value).tzinfo is None:
                raise ValueError(f"{self.name} has no offset")
        elif MOMENT.fullmatch(self.name) and not (value == "" and (self.table, self.name) in MAY_BE_EMPTY):
            # SQLite compares moments as text: one in another notation would never be due.
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None or stored_moment(moment) != value:
                raise ValueError(f"{self.name} is no moment")


def tables_of(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TABLES)]


def columns_of(connection: sqlite3.Connection, table: str) -> dict[str, Column]:
    found = connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', [table])
    return {name: Column(table, name, kind.upper(), not notnull and not pk) for name, kind, notnull, pk in found}


def counting_tables(connection: sqlite3.Connection) -> set[str]:
    """Return the tables that never use a number twice, even after its row was deleted."""
    return {name for (name,) in connection.execute(COUNTING)}


def sequences_of(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the last number used in each of the `counting_tables` that had a row."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone() is None:
        return {}
    return dict(connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall())


AT_ONCE = 500


def check_meaning(db: sqlite_utils.Database) -> None:
    """Read all rows. Raises ValueError or another error for the first malformed one, with its table in a note."""
    for table, (query, read) in READERS.items():
        for row in each(db, query):
            try:
                read(row)
            except Exception as error:
                error.add_note(table)
                raise
    check_numbers(db)


def each(db: sqlite_utils.Database, query: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of the query by column name, without holding all of them in memory."""
    cursor = db.execute(query)
    names = [column[0] for column in cursor.description]
    while found := cursor.fetchmany(AT_ONCE):
        for row in found:
            yield dict(zip(names, row, strict=True))


def check_numbers(db: sqlite_utils.Database) -> None:
    """Raise ValueError if the next number of a story, or the revision, was used already."""
    states = list(db.query("SELECT revision, next_story FROM story_state"))
    (last_story,) = db.execute("SELECT coalesce(max(id), 0) FROM stories").fetchone()
    (last_revision,) = db.execute("SELECT coalesce(max(revision), 0) FROM signatures").fetchone()
    if len(states) != 1 or states[0]["next_story"] <= last_story or states[0]["revision"] < last_revision:
        raise ValueError("the numbers of stories do not fit the stories")


def read_summary(row: Mapping[str, Any]) -> None:
    summary = values.to_summary(row["article_text"], row)
    end = 0
    for sentence in summary.sentences:
        if not end <= sentence.start < sentence.end <= len(row["article_text"]):
            raise ValueError("a sentence outside its article")
        end = sentence.end


def read_subscription(row: Mapping[str, Any]) -> None:
    subscription = values.to_subscription(row)
    load_zone(subscription.zone)
    if row["is_active"] not in (0, 1) or not subscription.times or not subscription.days <= frozenset(range(7)):
        raise ValueError("no hours or no days")
    for column in ("topics", "outlets", "include_words", "exclude_words"):
        texts(row[column])


def read_delivery(row: Mapping[str, Any]) -> None:
    ChatRef(row["chat_id"], row["thread_id"])
    load_zone(row["zone"])
    if row["outcome"] is not None:
        Outcome(row["outcome"])
    if row["reason"] is not None:
        Reason(row["reason"])


def read_source(row: Mapping[str, Any]) -> None:
    stored = values.to_stored_source(row)
    if urlsplit(stored.source.url).scheme not in {"http", "https"}:
        raise ValueError("a source that is no address")
    texts(row["hosts"])


def read_article(row: Mapping[str, Any]) -> None:
    values.to_stored(row)
    texts(row["authors"])


def texts(stored: str) -> None:
    check_list(stored, str)


def numbers(stored: str) -> None:
    check_list(stored, int)


def check_list(stored: str, kind: type) -> None:
    found = json.loads(stored)
    if not isinstance(found, list) or any(type(value) is not kind for value in found):
        raise ValueError(f"no list of {kind.__name__}")


READERS: Mapping[str, tuple[str, Reader]] = {
    "articles": ("SELECT * FROM articles", read_article),
    "summaries": (
        "SELECT s.*, a.text AS article_text FROM summaries s JOIN articles a ON a.id = s.article_id",
        read_summary,
    ),
    "signatures": ("SELECT * FROM signatures", lambda row: Signature.from_plain(json.loads(row["signature"]))),
    "listings": ("SELECT * FROM listings", lambda row: texts(row["titles"])),
    "queries": ("SELECT * FROM queries", lambda row: values.to_query(row["query"])),
    "sources": ("SELECT * FROM sources", read_source),
    "subscriptions": ("SELECT * FROM subscriptions", read_subscription),
    "deliveries": ("SELECT * FROM deliveries", read_delivery),
    "bodies": ("SELECT * FROM bodies", lambda row: numbers(row["article_ids"])),
    "answered_messages": ("SELECT * FROM answered_messages", lambda row: numbers(row["answer_ids"])),
}
