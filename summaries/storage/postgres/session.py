"""`Engine` and `Session` in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import tuple_row

from summaries.model import Length, NewsPage
from summaries.storage import search_rules
from summaries.storage.postgres.tsvector import to_query, to_vector
from summaries.storage.sql.news import ITEMS, to_items
from summaries.storage.sql.search import Listing
from summaries.storage.sql.session import Row, Sessions, Values
from summaries.storage.sql.session import Session as SharedSession

P = ParamSpec("P")
T = TypeVar("T")

PUT_TERMS = """
INSERT INTO article_search (article_id, title, terms) VALUES (%s, %s, %s::tsvector)
    ON CONFLICT (article_id) DO UPDATE SET title = excluded.title, terms = excluded.terms
"""
# Sorted, so that two writers cannot wait for each other.
ADD_WORDS = """
INSERT INTO search_words (word) SELECT w FROM unnest(%s::text[]) w
    WHERE NOT EXISTS (SELECT FROM search_words WHERE word = w) ORDER BY w COLLATE "C" ON CONFLICT DO NOTHING
"""
# (story, article to show, position in the list, number of stories). A window without an order numbers the rows as the
# list returns them.
PAGE_OF_ALL = "SELECT p.*, row_number() OVER (), ({count}) FROM ({statement}) p"
PAGE = """
WITH found (story_id, article_id, place) AS MATERIALIZED
    (SELECT i.story_id, i.article_id, row_number() OVER () FROM ({statement}) i (story_id, article_id)),
listed AS MATERIALIZED (SELECT DISTINCT ON (story_id) * FROM found ORDER BY story_id, place)
SELECT l.story_id, l.article_id, l.place, (SELECT count(*) FROM listed) FROM listed l
    ORDER BY l.place LIMIT %(size)s OFFSET %(skipped)s
"""


class PostgresEngine:
    """Implements `Engine`. A page of news is one statement: round trips take the time."""

    search_id = "article_id"
    search_condition = "terms @@ %(match)s::tsquery"
    title_stems = "(SELECT w.title FROM article_search w WHERE w.article_id = {0}.id)"
    days = "(extract(epoch FROM {0}) / 86400)::float8"
    size_bytes = "pg_database_size(current_database())"
    pause_factor = 0.0

    def match(self, terms: Iterable[str], *, is_any: bool = False) -> str:
        return to_query(terms, is_any=is_any)

    async def put_terms(self, db: SharedSession, article_id: int, title: str, text: str) -> None:
        vector, words = to_vector(title, text)
        await db.run(PUT_TERMS, [article_id, title, vector])
        await add_words(db, words)

    async def delete_terms(self, db: SharedSession, article_ids: Sequence[int]) -> None:
        """Do nothing: the rows are deleted with the articles, and replaced."""

    async def list_page(self, database: Sessions, listing: Listing, length: Length, number: int, size: int) -> NewsPage:
        async def read(number: int) -> list[Row]:
            skipped = number * size
            left = max(0, min(size, search_rules.MOST_LISTED - skipped))
            wanted = listing.values | {"size": left, "skipped": skipped, "length": length.code}
            return await database.rows(ITEMS.format(page=write_page(listing)), wanted, by_values=listing.is_search)

        # No list is longer than this.
        number = max(0, min(number, search_rules.MOST_LISTED))
        found = await read(number)
        if not found and number:
            # The page lies behind the last one.
            first = await read(0)
            number = search_rules.clamp_page(number, read_total(first), size)
            found = await read(number) if number else first
        return NewsPage(to_items(found), number, read_total(found), size)


async def add_words(db: SharedSession, words: Iterable[str]) -> None:
    """Add the words to those that a misspelt one may be corrected to."""
    await db.run(ADD_WORDS, [list(words)])


def write_page(listing: Listing) -> str:
    """Return the statement for a page of the list."""
    if listing.count is not None:
        return PAGE_OF_ALL.format(statement=listing.statement, count=listing.count)
    return PAGE.format(statement=listing.statement)


def read_total(found: Sequence[Row]) -> int:
    """Return the length of the list that a page of rows of `ITEMS` belongs to."""
    return min(found[0]["total"], search_rules.MOST_LISTED) if found else 0


class Session:
    """Implements `sql.session.Session` on one connection, for the time of a transaction.

    `place` is the schema of the bot's chats, `news` that of its news; both are empty for the first bot on the database.
    """

    engine = PostgresEngine()

    def __init__(self, connection: AsyncConnection[Row], place: str = "", news: str = "") -> None:
        self._connection = connection
        self._place = place
        self._news = news

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

    async def compute(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(work, *args, **kwargs)

    async def lock(self, *name: object) -> None:
        """Make other transactions that lock the same name wait until the end of this one."""
        parts = (*name, *filter(None, [self._news]))
        await self.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(map(str, parts))])

    async def lock_for_bot(self, *name: object) -> None:
        """Lock a name that each bot on the database has for itself."""
        await self.lock(*name, *filter(None, [self._place]))

    async def _execute(self, sql: str, values: Values, *, by_values: bool = False) -> AsyncCursor[Row]:
        # All statements are constants of this package; psycopg accepts bytes without requiring a literal. A statement
        # that is not prepared is planned each time.
        return await self._connection.execute(sql.encode(), values, prepare=False if by_values else None)
