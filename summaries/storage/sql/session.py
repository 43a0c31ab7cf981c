"""The interface through which the shared statements reach either database: `Session`, `Sessions` and `Engine`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar

from summaries.storage.values import stored_moment

if TYPE_CHECKING:
    from summaries.model import Length, NewsPage
    from summaries.storage.sql.search import Listing

T = TypeVar("T")
P = ParamSpec("P")
S = TypeVar("S", bound="SqlStore")
Row: TypeAlias = dict[str, Any]
Values: TypeAlias = Sequence[Any] | Mapping[str, Any] | None


class Engine(Protocol):
    """The methods take the session in whose transaction they run.

    `article_search` is the full-text index of public articles: `search_id` is its column with the article's id, and
    `search_condition` holds for the rows that match `%(match)s`, a value from `match`. `title_stems` is an expression
    for the stems in the title of the article `{0}`, `days` one for the time `{0}` in days, `size_bytes` one for the
    size of the database. `pause_factor` is that of `ports.UpkeepStore`.
    """

    search_id: str
    search_condition: str
    title_stems: str
    days: str
    size_bytes: str
    pause_factor: float

    def match(self, terms: Iterable[str], *, is_any: bool = False) -> str:
        """Return an expression for articles that contain all terms, or one of them if `is_any`.

        A term of several stems matches them in a row.
        """

    async def put_terms(self, db: Session, article_id: int, title: str, text: str) -> None:
        """Index the article, which is stored already, by the stems of its title and text."""

    async def delete_terms(self, db: Session, article_ids: Sequence[int]) -> None:
        """Take public articles out of the index. They are still stored, and are changed or deleted next."""

    async def list_page(self, database: Sessions, listing: Listing, length: Length, number: int, size: int) -> NewsPage:
        """Return a page of stories, in as few round trips as the database needs; see `ports.NewsStore.list_page`."""


class Session(Protocol):
    """Statements inside one transaction.

    Write SQL that PostgreSQL and SQLite accept unchanged, with %s or %(name)s for values, a list as one value, and
    `EXISTS (SELECT 1 …)`. `sqlite.dialect` translates a few constructs of PostgreSQL and refuses the others. For
    anything else, add a method to `Engine`.
    """

    @property
    def engine(self) -> Engine:
        """Return the operations whose SQL differs."""

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

    async def compute(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of work that takes the processor, off the event loop; implements `ports.Offload`."""

    async def lock(self, *name: object) -> None:
        """Make other transactions that lock the same name wait until the end of this one."""

    async def lock_for_bot(self, *name: object) -> None:
        """Lock a name that each bot on the database has for itself."""


class Sessions(Protocol):
    """A database: each call is one transaction. `owner` is the name of this process, for leases."""

    owner: str
    engine: Engine

    @property
    def place(self) -> str:
        """Return the schema of the bot's chats, quoted for statements."""

    @property
    def news(self) -> str:
        """Return the schema of the bot's news, quoted for statements."""

    async def everywhere(self) -> Sequence[Sessions]:
        """Return the database with the chats of each bot that ever shared this bot's news."""

    async def all_bots(self) -> Sequence[Sessions]:
        """Return the database with the chats and the news of each bot that was ever on it, the first bot's first."""

    async def read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return the result of work that only reads, on one consistent state. It may run again after a rollback."""

    async def write(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return the result of work that writes, once it is on disk.

        The work may run again after a rollback, so it must change nothing but the database and return plain values.
        """

    async def share_run(self, statements: tuple[str, ...], row: Sequence[Any]) -> bool:
        """Run statements that read rows with `json_array_elements(%(rows)s::json)` as one transaction.

        They run once for all the rows that wait at the same time; see `to_json`. If that fails, each row is written
        alone and raises its own error. Return whether the last statement has returned the row's first value.

        PostgreSQL runs them in one round trip, all on the state before the first: none may depend on another. They may
        run twice if the server goes away, so that a repetition must return the same and change nothing.
        """

    async def read_one(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return the result of one statement that reads."""

    async def write_one(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return the result of one statement that writes. It may run twice if the server goes away."""

    # These return the coroutine of the next layer: another coroutine around it would take time in each call.

    def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> Coroutine[Any, Any, list[Row]]:
        """Return the rows of one statement."""
        return self.read_one(lambda db: db.rows(sql, values, by_values=by_values))

    def row(self, sql: str, values: Values = None) -> Coroutine[Any, Any, Row | None]:
        """Return the first row of one statement, or None."""
        return self.read_one(lambda db: db.row(sql, values))

    def value(self, sql: str, values: Values = None) -> Coroutine[Any, Any, Any]:
        """Return the first column of the first row of one statement, or None."""
        return self.read_one(lambda db: db.value(sql, values))

    def run(self, sql: str, values: Values = None) -> Coroutine[Any, Any, int]:
        """Return the number of rows that one statement changed; see `write_one`."""
        return self.write_one(lambda db: db.run(sql, values))


class SqlStore:
    """Base of the stores: statements over one database."""

    def __init__(self, database: Sessions) -> None:
        self.database = database


def reads(
    method: Callable[Concatenate[S, Session, P], Awaitable[T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make the method of a store one transaction, which only reads. Callers pass no session; see `Sessions.read`."""

    @wraps(method)
    def transaction(store: S, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return store.database.read(lambda db: method(store, db, *args, **kwargs))

    return transaction


def writes(
    method: Callable[Concatenate[S, Session, P], Awaitable[T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make the method of a store one transaction. Callers pass no session; see `Sessions.write`."""

    @wraps(method)
    def transaction(store: S, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
        return store.database.write(lambda db: method(store, db, *args, **kwargs))

    return transaction


def to_json(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as one value for a statement, which reads them with `json_array_elements(%s::json)`.

    Each row is a JSON list; `(value ->> 0)::bigint` is its first column. Times become text in SQLite's format, which
    PostgreSQL casts with `::timestamptz`.
    """
    return _encoder.encode([list(row) for row in rows])


def rows_with(**types: str) -> str:
    """Return SQL for the rows of `%(rows)s`, a value of `to_json`, named `mark`; the columns have these types."""
    columns = (f"(value ->> {place})::{kind} AS {name}" for place, (name, kind) in enumerate(types.items()))
    return f"(SELECT {', '.join(columns)} FROM json_array_elements(%(rows)s::json)) mark"


def _encode(value: object) -> object:
    if isinstance(value, datetime):
        return stored_moment(value)
    raise TypeError(f"{type(value).__name__} is not a value of a statement")


_encoder = json.JSONEncoder(default=_encode, ensure_ascii=False)


def assignments(columns: Iterable[str]) -> str:
    """Return "a = %(a)s, b = %(b)s": the columns set to the values of their names."""
    return ", ".join(f"{name} = %({name})s" for name in columns)


def upsertion(table: str, columns: Iterable[str], key: Sequence[str]) -> str:
    """Return the statement that inserts a row, or updates the one with the same `key`, which keeps its `created_at`."""
    names = list(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in {*key, "created_at"})
    return f"{insertion(table, names)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"


def insertion(table: str, columns: Iterable[str]) -> str:
    """Return the statement that inserts a row with values of these names."""
    names = list(columns)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f'%({name})s' for name in names)})"
