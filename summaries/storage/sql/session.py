"""The interface that both databases give to the shared statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]
Values: TypeAlias = Sequence[Any] | Mapping[str, Any] | None


class Session(Protocol):
    """Statements inside one transaction. The SQL is PostgreSQL's, with %s or %(name)s for values."""

    async def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[Row]:
        """Return the rows. With `by_values` PostgreSQL plans the statement for these values."""

    async def tuples(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[tuple[Any, ...]]:
        """Return the rows as tuples."""

    async def row(self, sql: str, values: Values = None) -> Row | None:
        """Return the first row, or None."""

    async def value(self, sql: str, values: Values = None, *, by_values: bool = False) -> Any:
        """Return the first column of the first row, or None without a row."""

    async def run(self, sql: str, values: Values = None) -> int:
        """Return the number of rows that the statement changed."""

    async def run_many(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        """Run the statement once for each of the values."""

    async def alone(self, *what: object) -> None:
        """Keep other transactions that name the same thing waiting until the end of this one."""

    async def alone_of_bot(self, *what: object) -> None:
        """Do the same among the transactions of one bot."""


class Sessions(Protocol):
    """A database: each call is one transaction."""

    @property
    def owner(self) -> str:
        """Return the name of this process, for leases."""

    async def read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return the result of work that only reads. It may run again after a rollback."""

    async def write(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return the result of work that writes. It may run again after a rollback."""

    async def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[Row]:
        """Return the rows of one statement."""

    async def row(self, sql: str, values: Values = None) -> Row | None:
        """Return the first row of one statement, or None."""

    async def value(self, sql: str, values: Values = None) -> Any:
        """Return the first column of the first row of one statement, or None."""

    async def run(self, sql: str, values: Values = None) -> int:
        """Return the number of rows that one statement changed."""
