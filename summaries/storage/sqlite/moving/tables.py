"""The tables that are moved, and what may stand in their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    import sqlite3

    from summaries.storage.state_file import Value

# The search index is made anew from the articles, the notes of migrations by migrating.
TABLES = (
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    " AND name <> '_sqlite_migrations' ORDER BY name"
)
MOMENT = re.compile(r".*(?:_at|_until|_since)|not_before")
# An outlet's own date keeps its own offset.
ZONED = "published_at"
# What was stored before it was noted when, and what may be sent at once.
MAY_BE_EMPTY = frozenset({("bodies", "created_at"), ("broadcast_messages", "not_before"), ("watch_state", "added_at")})
SMALLEST, LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `may_be_null` is false for keys too, to which SQLite would give a number."""

    table: str
    name: str
    kind: str
    may_be_null: bool

    def check(self, value: Value) -> None:
        """Raise ValueError for a value that Ringkas would not have written there."""
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
        # Lone surrogates are no text, and SQLite's own functions stop at a NUL.
        value.encode("utf-8")
        if "\x00" in value:
            raise ValueError(f"{self.name} has a NUL")
        if self.name == ZONED:
            if datetime.fromisoformat(value).tzinfo is None:
                raise ValueError(f"{self.name} has no offset")
        elif MOMENT.fullmatch(self.name) and not (value == "" and (self.table, self.name) in MAY_BE_EMPTY):
            # Moments are compared as text: another way to write one would never be due.
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None or rows.moment(moment) != value:
                raise ValueError(f"{self.name} is no moment")


def tables_of(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TABLES)]


def columns_of(connection: sqlite3.Connection, table: str) -> dict[str, Column]:
    found = connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', [table])
    return {name: Column(table, name, kind.upper(), not notnull and not pk) for name, kind, notnull, pk in found}
