"""Tables of an export, and the values that their columns may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from summaries.storage.values import stored_moment

if TYPE_CHECKING:
    import sqlite3

    from summaries.storage.state.file import Value

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
