"""A `Session` over one connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import tuple_row

from summaries.storage.postgres.engine import PostgresEngine
from summaries.storage.sql.session import Row, Values


class Session:
    """Implements `sql.session.Session` on one connection, for the time of a transaction.

    `place` is the schema of the bot's chats, or empty for the first bot on the database.
    """

    engine = PostgresEngine()

    def __init__(self, connection: AsyncConnection[Row], place: str = "") -> None:
        self._connection = connection
        self._place = place

    async def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[Row]:
        return await (await self._execute(sql, values, by_values=by_values)).fetchall()

    async def tuples(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[tuple[Any, ...]]:
        async with self._connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(sql.encode(), values, prepare=False if by_values else None)
            return await cursor.fetchall()

    async def row(self, sql: str, values: Values = None) -> Row | None:
        return await (await self._execute(sql, values)).fetchone()

    async def value(self, sql: str, values: Values = None, *, by_values: bool = False) -> Any:
        row = await (await self._execute(sql, values, by_values=by_values)).fetchone()
        return next(iter(row.values())) if row else None

    async def run(self, sql: str, values: Values = None) -> int:
        return (await self._execute(sql, values)).rowcount

    async def run_many(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        async with self._connection.cursor() as cursor:
            await cursor.executemany(sql.encode(), values)

    async def copy(self, table: str, columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add the rows to the table with COPY."""
        into = f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()
        async with self._connection.cursor() as cursor, cursor.copy(into) as stream:
            for row in rows:
                await stream.write_row(row)

    async def lock(self, *name: object) -> None:
        """Make other transactions that lock the same name wait until the end of this one."""
        await self.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(map(str, name))])

    async def lock_for_bot(self, *name: object) -> None:
        """Lock a name that each bot on the database has for itself."""
        await self.lock(*name, *filter(None, [self._place]))

    async def _execute(self, sql: str, values: Values, *, by_values: bool = False) -> AsyncCursor[Row]:
        # All statements are constants of this package; psycopg accepts bytes without requiring a literal. A statement
        # that is not prepared is planned each time.
        return await self._connection.execute(sql.encode(), values, prepare=False if by_values else None)
