"""Segments of SQLite's search index are merged in small steps: other writes wait while one runs."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from summaries.storage.sqlite.database import PAGE_SIZE
from summaries.storage.sqlite.schema import migrations
from summaries.storage.sqlite.session import (
    PAGES_PER_DELETION,
    PAGES_PER_PUT,
    PUT_TERMS,
    SqliteEngine,
    SqliteSession,
    add_functions,
    drive,
)
from summaries.storage.values import stored_text

ARTICLES, NEW_ID = 60, 1_000
PUT_ARTICLE = """
INSERT INTO articles (id, key, title, text, origin, is_public, dated_at, added_at, updated_at)
    VALUES (:id, :id, 'Panen Padi', :text, 'feed', 1, '', '', '')
"""
TEXT = "panen padi di desa"
# FTS5 would merge so many at once.
SEGMENTS = 18
# The bits of a page's id before those of its segment.
SEGMENT_SHIFT = 37
# A write also changes other pages: it adds a segment, and updates the list of segments and the first page of each
# segment that is being merged.
OTHER_PAGES = 4 * SEGMENTS


class Index:
    """The search index of a file with articles and large segments."""

    def __init__(self, connection: sqlite3.Connection, log: Path) -> None:
        self.connection = connection
        self.session = SqliteSession(connection)
        self._log = log
        add_functions(connection)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        self._frame_bytes = int(page_bytes) + 24

    def write(self, work: Callable[[SqliteSession], Awaitable[None]]) -> int:
        """Return the number of pages that the write changed."""
        before = self._log.stat().st_size if self._log.exists() else 0
        with self.connection:
            drive(work(self.session))
        return (self._log.stat().st_size - before) // self._frame_bytes

    def put(self, article_id: int, text: str) -> int:
        return self.write(lambda db: db.engine.put_terms(db, article_id, "Panen Padi", text))

    def count_segments(self) -> int:
        query = "SELECT DISTINCT id >> ? AS segment FROM article_search_data WHERE segment > 0"
        return len(self.connection.execute(query, [SEGMENT_SHIFT]).fetchall())

    def find(self, word: str) -> list[int]:
        query = "SELECT rowid FROM article_search WHERE article_search MATCH ? ORDER BY rowid"
        return [row[0] for row in self.connection.execute(query, [word])]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    path = tmp_path / "ringkas.db"
    chance = random.Random(1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(PAGE_SIZE)
        sqlite_utils.Database(connection).enable_wal()
        migrations.apply(sqlite_utils.Database(connection))
        index = Index(connection, path.with_name("ringkas.db-wal"))
        for article_id in range(1, ARTICLES + 1):
            connection.execute(PUT_ARTICLE, {"id": article_id, "text": stored_text(TEXT)})
            index.put(article_id, TEXT)
        for number in range(SEGMENTS):
            text = " ".join(f"kata{chance.randrange(10**9)}" for _ in range(8_000))
            pages = index.write(lambda db: add_segment(db, NEW_ID + number, f"padi {text}"))  # noqa: B023
            assert SEGMENTS * pages > 2 * (PAGES_PER_PUT + OTHER_PAGES)
        yield index


async def add_segment(db: SqliteSession, article_id: int, text: str) -> None:
    await db.run(PUT_TERMS, [article_id, "", text])


def test_articles_merge_few_pages_and_all_segments_in_the_end(index: Index) -> None:
    known = index.find("padi")
    assert index.count_segments() > SEGMENTS
    changed = [index.put(2 * NEW_ID + number, "jagung") for number in range(60)]
    assert max(changed) <= PAGES_PER_PUT + OTHER_PAGES
    assert index.count_segments() < SEGMENTS / 2
    assert index.find("padi") == [*known, *range(2 * NEW_ID, 2 * NEW_ID + 60)]


def test_deletion_merges_as_many_pages_as_its_articles_pay_for(index: Index) -> None:
    step = 10
    for first in range(1, ARTICLES, step):
        gone = list(range(first, first + step))
        changed = index.write(lambda db: SqliteEngine().delete_terms(db, gone))  # noqa: B023
        assert changed <= PAGES_PER_DELETION * step + OTHER_PAGES
    assert index.find("padi")[0] >= NEW_ID
