"""A `Session` over SQLite, whose coroutines never wait: `drive` runs them on the database's own thread."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from summaries.errors import StoreDamaged
from summaries.model import Length, NewsPage
from summaries.storage.search_rules import is_spelling
from summaries.storage.sql.news import read_page
from summaries.storage.sql.search import Listing
from summaries.storage.sql.session import Row, Session, Sessions, Values
from summaries.storage.sqlite.dialect import dialect
from summaries.storage.values import stored_moment, to_text
from summaries.text.words import stem_for_search

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

encode_list = json.JSONEncoder(ensure_ascii=False).encode
# The forms that SQLite stores: times as text that sorts, lists as JSON. It converts booleans to numbers.
ENCODERS: Mapping[type, Callable[[Any], str]] = {datetime: stored_moment, list: encode_list, tuple: encode_list}


def encode(value: Any) -> Any:
    """Return a value in the form that SQLite stores."""
    encoder = ENCODERS.get(type(value))
    return value if encoder is None else encoder(value)


def encode_all(values: Values) -> Any:
    """Return the values of a statement, each encoded."""
    if not values:
        return ()
    find = ENCODERS.get
    if isinstance(values, dict):
        return {
            name: value if (encoder := find(type(value))) is None else encoder(value) for name, value in values.items()
        }
    return [value if (encoder := find(type(value))) is None else encoder(value) for value in values]


PUT_TERMS = "INSERT INTO article_search (rowid, title, text) VALUES (%s, %s, %s)"
# DELETE would make the stems twice.
DELETE_TERMS = """
INSERT INTO article_search (article_search, rowid, title, text)
    SELECT 'delete', id, title, text FROM article_stems WHERE id = ANY(%s::bigint[])
"""
# Each write to the index adds a segment. By default FTS5 merges segments during some commits: hundreds of pages, or the
# whole index, while other writes wait. Here each article merges at most the number of pages below. Fewer pages would
# spread a merge over more articles, each of which changes all segments in it. FTS5 cannot split the merge of one word's
# entries, 6 MB for the most frequent word in a million articles.
MERGE = "INSERT INTO article_search (article_search, rank) VALUES ('merge', %s)"
PAGES_PER_PUT, PAGES_PER_DELETION = 32, 4
SET_AUTOMERGE = "INSERT INTO article_search (article_search, rank) VALUES ('automerge', ?)"
SEGMENTS_AT_ONCE = 4
ADD_WORDS = "INSERT OR IGNORE INTO search_words (word) SELECT value FROM json_each(%s)"


class SqliteEngine:
    """Implements `Engine`."""

    search_id = "rowid"
    search_condition = "article_search MATCH %(match)s"
    title_stems = "stem_title({0}.title)"
    days = "julianday({0})"
    size_bytes = "(SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)"
    # The bot shares its processors and one write lock with the deletion.
    pause_factor = 3.0

    def match(self, terms: Iterable[str], *, is_any: bool = False) -> str:
        return (" OR " if is_any else " AND ").join(map(quote, terms))

    async def put_terms(self, db: Session, article_id: int, title: str, text: str) -> None:
        await db.run(PUT_TERMS, [article_id, title, text])
        await db.run(MERGE, [PAGES_PER_PUT])
        words = filter(is_spelling, {*title.split(), *text.split()})
        await db.run(ADD_WORDS, [list(words)])

    async def delete_terms(self, db: Session, article_ids: Sequence[int]) -> None:
        await db.run(DELETE_TERMS, [list(article_ids)])
        await db.run(MERGE, [PAGES_PER_DELETION * len(article_ids)])

    async def list_page(self, database: Sessions, listing: Listing, length: Length, number: int, size: int) -> NewsPage:
        return await database.read(lambda db: read_page(db, listing, length, number, size))


@contextmanager
def merging_at_once(connection: sqlite3.Connection) -> Iterator[None]:
    """Let FTS5 merge segments as it likes while a file that nobody else uses is filled."""
    connection.execute(SET_AUTOMERGE, [SEGMENTS_AT_ONCE])
    yield
    connection.execute(SET_AUTOMERGE, [0])


def add_functions(connection: sqlite3.Connection) -> None:
    """Define the SQL functions that the view `article_stems` needs."""
    connection.create_function("stem_title", 1, stem_for_search, deterministic=True)
    connection.create_function("stem_text", 1, stem_text, deterministic=True)


def stem_text(stored: bytes) -> str:
    """Return the stems of a stored text. A damaged text has none: its article can still be replaced and deleted."""
    try:
        return stem_for_search(to_text(stored))
    except StoreDamaged as error:
        log.warning("%s; its words stay in the search index", error)
        return ""


def quote(term: str) -> str:
    """Return the term as an FTS5 string, so that nothing a person types is read as FTS5 syntax."""
    return '"' + term.replace('"', "") + '"'


class SqliteSession:
    """Implements `sql.session.Session`."""

    engine = SqliteEngine()

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def _execute(self, sql: str, values: Values) -> Any:
        return self.connection.execute(dialect(sql), encode_all(values))

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
        count = int(self._execute(sql, values).rowcount)
        # sqlite3 does not count for a statement that begins with WITH.
        return count if count >= 0 else int(self.connection.execute("SELECT changes()").fetchone()[0])

    async def run_many(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]]) -> None:
        self.connection.executemany(dialect(sql), [encode_all(one) for one in values])

    async def compute(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the work at once: sessions run on a thread of their own."""
        return work(*args, **kwargs)

    async def lock(self, *name: object) -> None:
        """Do nothing: SQLite has one writer at a time."""

    lock_for_bot = lock


def drive(work: Awaitable[T]) -> T:
    """Return the result of work that never waits."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("a SQLite session never waits")
