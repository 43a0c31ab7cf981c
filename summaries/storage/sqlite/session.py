"""A `Session` over SQLite: the same calls as PostgreSQL's, answered at once on the database's own thread."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from summaries.storage.sqlite.rows import moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    import sqlite_utils

    from summaries.storage.sql.session import Row, Session, Values
    from summaries.storage.sqlite.database import Database

T = TypeVar("T")


def mark(match: re.Match[str]) -> str:
    return f":{match.group(2)}" if match.group(2) else "?"


# What PostgreSQL says and SQLite says otherwise, in this order.
WORDS = (
    (
        re.compile(r"<> ALL\(\s*%(\((\w+)\)s|s)(::\w+\[\])?\s*\)"),
        lambda m: f"NOT IN (SELECT value FROM json_each({mark(m)}))",
    ),
    (
        re.compile(r"= ANY\s?\(\s*%(\((\w+)\)s|s)(::\w+\[\])?\s*\)"),
        lambda m: f"IN (SELECT value FROM json_each({mark(m)}))",
    ),
    (re.compile(r"\bFOR UPDATE(?: OF \w+)?(?: SKIP LOCKED)?"), lambda _: ""),
    (re.compile(r", lease_owner = (%\(owner\)s|NULL)"), lambda _: ""),
    (re.compile(r"::\w+(\[\])?"), lambda _: ""),
    (re.compile(r"%(\((\w+)\)s|s)"), mark),
    (re.compile(r"EXISTS \(\s*SELECT FROM"), lambda _: "EXISTS (SELECT 1 FROM"),
    (re.compile(r"\bleast\("), lambda _: "min("),
    (re.compile(r"\bctid\b"), lambda _: "rowid"),
)


@lru_cache(maxsize=512)
def dialect(sql: str) -> str:
    """The statement as SQLite understands it."""
    for pattern, said in WORDS:
        sql = pattern.sub(said, sql)
    return sql


def encode(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case datetime():
            return moment(value)
        case list() | tuple():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def encoded(values: Values) -> Any:
    if isinstance(values, Mapping):
        return {name: encode(value) for name, value in values.items()}
    return [encode(value) for value in values or ()]


class SqliteSession:
    """One transaction; see `postgres.session.Session`. Nothing here ever waits, so `drive` can run it on the thread."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self.raw = db

    def _execute(self, sql: str, values: Values) -> Any:
        return self.raw.conn.execute(dialect(sql), encoded(values))

    async def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[Row]:
        cursor = self._execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    async def tuples(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[tuple[Any, ...]]:
        return list(self._execute(sql, values))

    async def row(self, sql: str, values: Values = None) -> Row | None:
        cursor = self._execute(sql, values)
        row = cursor.fetchone()
        return None if row is None else dict(zip([column[0] for column in cursor.description], row, strict=True))

    async def value(self, sql: str, values: Values = None, *, by_values: bool = False) -> Any:
        row = self._execute(sql, values).fetchone()
        return row[0] if row else None

    async def run(self, sql: str, values: Values = None) -> int:
        return int(self._execute(sql, values).rowcount)

    async def run_many(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        self.raw.conn.executemany(dialect(sql), [encoded(one) for one in values])

    async def alone(self, *what: object) -> None:
        """A writer is alone on SQLite."""

    alone_of_bot = alone


def drive(work: Awaitable[T]) -> T:
    """Return the result of work that never waits."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("a SQLite session never waits")


class SqliteSessions:
    """A `Database` for shared stores."""

    owner = ""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        return await self._database.read(lambda db: drive(work(SqliteSession(db))))

    async def write(self, work: Callable[[Session], Awaitable[T]]) -> T:
        return await self._database.write(lambda db: drive(work(SqliteSession(db))))

    async def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[Row]:
        return await self.read(lambda db: db.rows(sql, values))

    async def row(self, sql: str, values: Values = None) -> Row | None:
        return await self.read(lambda db: db.row(sql, values))

    async def value(self, sql: str, values: Values = None) -> Any:
        return await self.read(lambda db: db.value(sql, values))

    async def run(self, sql: str, values: Values = None) -> int:
        return await self.write(lambda db: db.run(sql, values))
