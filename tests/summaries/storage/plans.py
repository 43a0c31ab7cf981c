"""A SQLite database that finds the statements that scan a table that grows.

SQLite plans without statistics here, as in production. So a plan does not depend on the number of rows, and an empty
database shows whether a statement would scan a full one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from summaries.storage.sql.broadcasts import AUDIENCE
from summaries.storage.sql.figures import OF_CHATS, SOURCES
from summaries.storage.sql.retention import RULES
from summaries.storage.sql.session import Values
from summaries.storage.sqlite.database import Database
from summaries.storage.sqlite.dialect import dialect
from summaries.storage.sqlite.session import SqliteSession, encode_all

T = TypeVar("T")

# Tables with few rows, even after years: one for each source or document of BMKG, decision of an administrator, or
# blocked chat. The number of own feeds is limited.
SMALL_TABLES = {
    "sources", "story_state", "watch_state", "broadcasts", "story_edits", "blocked_chats", "sqlite_sequence",
    "own_feeds", "hazard_sources",
}  # fmt: skip
# Indexes of the few rows that wait for something, or are hidden.
SMALL_INDEXES = {
    "stories_hidden", "stories_stale", "stories_unlinked", "story_edits_in_effect", "broadcasts_sending",
    "deliveries_open", "watches_due", "subscriptions_due",
}  # fmt: skip
# Parts of statements that may scan: a broadcast is sent to every chat, an administrator asked for the numbers of chats
# and of articles, the log of digests and the list for a site begin at the end of an index, a chat that wants warnings
# is the first of its index, and `ringkas prune --dry-run` counts.
ALLOWED = (
    AUDIENCE,
    OF_CHATS,
    SOURCES,
    "FROM warning_settings WHERE listens_since IS NOT NULL LIMIT 1",
    "FROM deliveries WHERE true ORDER BY due_at DESC",
    "FROM stories WHERE NOT is_hidden ORDER BY latest_at DESC, id DESC LIMIT",
    *(rule.count for rule in RULES.values()),
)
# Operations of SQLite's machine that begin at an end of a table or an index.
FROM_AN_END = ("Rewind", "Last")
UNTIL_A_BOUND = ("IdxGE", "IdxGT", "IdxLE", "IdxLT")
OPENS = ("OpenRead", "OpenWrite", "ReopenIdx")
# Statements that were explained in this process: their plans are the same in every test.
_explained: set[str] = set()


class WatchedFile(Database):
    """A database that explains each new statement before it runs. `scans` are those that scan, with the tables."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.scans: list[tuple[str, set[str]]] = []

    def _run(self, work: Callable[[SqliteSession], T], connection: sqlite3.Connection, begin: str) -> T:
        return super()._run(lambda db: work(WatchedSession(db.connection, self.scans)), connection, begin)


class WatchedSession(SqliteSession):
    def __init__(self, connection: sqlite3.Connection, scans: list[tuple[str, set[str]]]) -> None:
        super().__init__(connection)
        self._scans = scans

    def _execute(self, sql: str, values: Values) -> Any:
        self._explain(sql, values)
        return super()._execute(sql, values)

    async def run_many(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        rows = list(values)
        if rows:
            self._explain(sql, rows[0])
        await super().run_many(sql, rows)

    def _explain(self, sql: str, values: Values) -> None:
        if sql in _explained or any(part in sql for part in ALLOWED):
            return
        if scanned := find_scans(self.connection, dialect(sql), values):
            self._scans.append((sql, scanned))
        else:
            _explained.add(sql)


def find_scans(connection: sqlite3.Connection, sql: str, values: Values) -> set[str]:
    """Return the tables and indexes that grow and that the statement reads from an end."""
    names = {
        root: (name, table)
        for name, table, root in connection.execute("SELECT name, tbl_name, rootpage FROM sqlite_master")
    }
    scanned = set()
    for program in read_programs(connection, sql, values):
        bounded = {cursor for operation, cursor, _ in program if operation in UNTIL_A_BOUND}
        opened: dict[int, tuple[str, str]] = {}
        for operation, cursor, root in program:
            if operation in OPENS and root in names:
                opened[cursor] = names[root]
            elif operation in FROM_AN_END and cursor in opened and cursor not in bounded:
                name, table = opened[cursor]
                if table not in SMALL_TABLES and name not in SMALL_INDEXES:
                    scanned.add(name)
    return scanned


def read_programs(connection: sqlite3.Connection, sql: str, values: Values) -> list[list[tuple[str, int, int]]]:
    """Return the operations of the statement with two operands each, and those of each foreign key that it acts on.

    Each program has cursors of its own.
    """
    programs: list[list[tuple[str, int, int]]] = []
    for address, operation, first, second, *_ in connection.execute(f"EXPLAIN {sql}", encode_all(values)):
        if address == 0:
            programs.append([])
        programs[-1].append((operation, first, second))
    return programs
