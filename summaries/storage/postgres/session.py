"""Statements inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from psycopg.rows import tuple_row

if TYPE_CHECKING:
    from psycopg import AsyncConnection, AsyncCursor

Row: TypeAlias = dict[str, Any]
Values: TypeAlias = Sequence[Any] | Mapping[str, Any] | None


class Session:
    """One connection for the time of a transaction. Values stand in statements as %s or %(name)s.

    `place` tells several bots on one database apart.
    """

    def __init__(self, connection: AsyncConnection[Row], place: str = "") -> None:
        self._connection = connection
        self._place = place

    async def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[Row]:
        """The rows; `by_values` lets the server plan for these values, where others need another plan."""
        return await (await self._execute(sql, values, by_values=by_values)).fetchall()

    async def tuples(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[tuple[Any, ...]]:
        async with self._connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(sql.encode(), values, prepare=False if by_values else None)
            return await cursor.fetchall()

    async def row(self, sql: str, values: Values = None) -> Row | None:
        return await (await self._execute(sql, values)).fetchone()

    async def value(self, sql: str, values: Values = None, *, by_values: bool = False) -> Any:
        """The first column of the first row, or None without a row."""
        row = await (await self._execute(sql, values, by_values=by_values)).fetchone()
        return next(iter(row.values())) if row else None

    async def run(self, sql: str, values: Values = None) -> int:
        """How many rows the statement changed."""
        return (await self._execute(sql, values)).rowcount

    async def run_many(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        """The statement once for each of the values, in one go."""
        async with self._connection.cursor() as cursor:
            await cursor.executemany(sql.encode(), values)

    async def copy(self, table: str, columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add the rows in one go."""
        into = f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()
        async with self._connection.cursor() as cursor, cursor.copy(into) as stream:
            for row in rows:
                await stream.write_row(row)

    async def alone(self, *what: object) -> None:
        """Wait until no other transaction is at work on the thing that `what` names, and keep others away until the end
        of this one."""
        await self.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(map(str, what))])

    async def alone_of_bot(self, *what: object) -> None:
        """As `alone`, where the thing is the bot's own: other bots are not kept away."""
        await self.alone(*what, *filter(None, [self._place]))

    async def _execute(self, sql: str, values: Values, *, by_values: bool = False) -> AsyncCursor[Row]:
        # All statements are constants of this package; bytes are what psycopg takes without asking for a literal. What
        # is not prepared is planned each time.
        return await self._connection.execute(sql.encode(), values, prepare=False if by_values else None)


def assignments(columns: Iterable[str]) -> str:
    """ "a = %(a)s, b = %(b)s": the columns set to the values of their names."""
    return ", ".join(f"{name} = %({name})s" for name in columns)


def insertion(table: str, columns: Iterable[str]) -> str:
    """The statement that inserts a row with values of these names."""
    names = list(columns)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f'%({name})s' for name in names)})"
