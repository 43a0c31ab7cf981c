"""A PostgreSQL database that finds the statements that scan a table that grows.

The planner of PostgreSQL reads small tables whole, and the statistics of a test's tables change while it runs. So each
statement is planned in a database of its own, whose tables look large and have no statistics, with the ways to join
that suit only small tables turned off. A scan that is left has no index that it could use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, TypeAlias

import psycopg
from psycopg import AsyncConnection, AsyncCursor, Connection

from summaries.storage.postgres.connect import SESSION, PlainStrDumper, PlainStrDumperUnknown
from summaries.storage.postgres.database import Database
from summaries.storage.postgres.session import Session
from summaries.storage.sql.session import Row, Values
from tests.summaries.storage.plans import ALLOWED, SMALL_INDEXES, SMALL_TABLES

Plan: TypeAlias = Mapping[str, Any]
# Reading many rows is expensive.
SETTINGS = """
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
SET enable_memoize = off; SET cpu_tuple_cost = 10; SET cpu_index_tuple_cost = 10
"""
# (index, table, first column, whether it has all rows in which that column has a value)
INDEXES = """
SELECT c.relname, t.relname, a.name,
    i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = format('(%s IS NOT NULL)', a.name)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    CROSS JOIN pg_get_indexdef(i.indexrelid, 1, true) a (name)
    WHERE c.relnamespace = 'public'::regnamespace
"""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY oid"
# Statements that let a table take rows without values.
LOOSEN = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT IF EXISTS %%I CASCADE', conrelid::regclass, conname) FROM pg_constraint
    WHERE conrelid = %(table)s::regclass AND contype <> 'n'
UNION ALL
SELECT format('ALTER TABLE %%I ALTER %%I DROP NOT NULL', attrelid::regclass, attname) FROM pg_attribute
    WHERE attrelid = %(table)s::regclass AND attnum > 0 AND attnotnull AND attidentity = ''
"""
# Four rows take a page.
FILL = "INSERT INTO {0} (filler) SELECT repeat('x', 1900) FROM generate_series(1, 400)"
# Nodes that read all rows of the node below before they return the first.
READ_ALL = {"Sort", "Incremental Sort", "Aggregate", "Hash", "ModifyTable", "SetOp"}
# Parts of a plan of which no more rows are asked for than of the whole.
SAME_ROWS = {"Outer", "Subquery", "Member"}
IS_SET = re.compile(r"\(\w+ IS NOT NULL\)")


class Planner:
    """Plans statements in a database with the tables of Ringkas, which are empty and look large."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        enlarge_tables(connection)
        connection.execute(SESSION.encode())
        connection.execute(SETTINGS.encode())
        for dumper in (PlainStrDumper, PlainStrDumperUnknown):
            connection.adapters.register_dumper(str, dumper)
        self._tables: dict[str, str] = {}
        # By index: columns that a condition can be on. Two indexes of an empty table cost the same, so another one
        # than in a full table may be used.
        self._columns: dict[str, set[str]] = {}
        indexes = connection.execute(INDEXES.encode()).fetchall()
        for index, table, _, _ in indexes:
            self._tables[index] = table
            self._columns[index] = {
                column for other, of, column, is_full in indexes if other == index or (of == table and is_full)
            }
        # Statements without a scan, each with those of its values that are None: its plan depends on them.
        self._planned: set[tuple[str, tuple[bool, ...]]] = set()

    def find_scans(self, sql: str, values: Values) -> set[str]:
        """Return the tables and indexes that grow and that the statement reads from an end, without a limit."""
        given = values.values() if isinstance(values, Mapping) else values or ()
        key = (sql, tuple(value is None for value in given))
        if key in self._planned:
            return set()
        explained = self._connection.execute(f"EXPLAIN (FORMAT JSON) {sql}".encode(), values, prepare=False)
        ((plans,),) = explained.fetchall()
        found = {name for entry in plans for name in self._list_scans(entry["Plan"], is_limited=False)}
        if not found:
            self._planned.add(key)
        return found

    def _list_scans(self, plan: Plan, *, is_limited: bool) -> Iterator[str]:
        """Yield the tables and indexes that the plan scans; `is_limited` if only its first rows are asked for."""
        kind, index = plan["Node Type"], plan.get("Index Name")
        is_limited = kind == "Limit" or (is_limited and kind not in READ_ALL)
        if kind == "Seq Scan" and plan["Relation Name"] not in SMALL_TABLES:
            yield plan["Relation Name"]
        elif index and not is_limited and not self._is_bounded(index, plan):
            yield index
        parts = [
            set(self._list_scans(part, is_limited=is_limited and part["Parent Relationship"] in SAME_ROWS))
            for part in plan.get("Plans", ())
        ]
        # Of indexes that are read together, one that is bounded is enough: the planner adds others if they are cheap.
        if kind != "BitmapAnd" or all(parts):
            yield from chain(*parts)

    def _is_bounded(self, index: str, plan: Plan) -> bool:
        """Return whether the index is small, or a condition says where to begin or to end."""
        # The catalogue's tables have no entry.
        if index in SMALL_INDEXES or self._tables.get(index) in {None, *SMALL_TABLES}:
            return True
        # Columns of other tables have a prefix.
        condition = IS_SET.sub("", f"{plan.get('Index Cond')} {plan.get('Filter')}")
        columns = "|".join(map(re.escape, self._columns[index]))
        return re.search(rf"(?<![\w.])({columns}) (=|<|>|<=|>=|@@) ", condition) is not None


def enlarge_tables(connection: Connection[Any]) -> None:
    """Give each table a hundred pages. The rows are rolled back, but their pages stay."""
    tables = [table for (table,) in connection.execute(TABLES.encode()).fetchall()]
    for table in tables:
        # VACUUM would take the pages away.
        connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode())
    with connection.transaction(force_rollback=True):
        for table in tables:
            for (statement,) in connection.execute(LOOSEN.encode(), {"table": table}).fetchall():
                connection.execute(statement.encode())
            connection.execute(f"ALTER TABLE {table} ADD filler text".encode())
            connection.execute(FILL.format(table).encode())


class WatchedServer(Database):
    """A database that plans each new statement before it runs. `scans` are those that scan, with the tables."""

    planner: Planner

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.scans: list[tuple[str, set[str]]] = []

    def _session(self, connection: AsyncConnection[Row]) -> Session:
        made = super()._session(connection)
        return WatchedSession(connection, made._place, made._news, self)


class WatchedSession(Session):
    def __init__(self, connection: AsyncConnection[Row], place: str, news: str, server: WatchedServer) -> None:
        super().__init__(connection, place, news)
        self._server = server

    async def tuples(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[tuple[Any, ...]]:
        self._plan(sql, values)
        return await super().tuples(sql, values, by_values=by_values)

    async def run_many(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        rows = list(values)
        if rows:
            self._plan(sql, rows[0])
        await super().run_many(sql, rows)

    async def _execute(self, sql: str, values: Values, *, by_values: bool = False) -> AsyncCursor[Row]:
        self._plan(sql, values)
        return await super()._execute(sql, values, by_values=by_values)

    def _plan(self, sql: str, values: Values) -> None:
        if any(part in sql for part in ALLOWED):
            return
        if scanned := self._server.planner.find_scans(sql, values):
            self._server.scans.append((sql, scanned))


@contextmanager
def open_planner(url: str) -> Iterator[Planner]:
    """A planner in a database to which nothing was added but the tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield Planner(connection)
