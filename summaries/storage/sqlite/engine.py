"""The operations of `sql.engine.Engine` in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.sqlite import news
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlite_utils

    from summaries.model import Length, NewsItem
    from summaries.storage.sql.session import Session

STEMS = "SELECT rowid, title, text FROM article_search WHERE rowid = ANY(%s)"
WITH_PHRASE = "SELECT rowid FROM article_search WHERE article_search MATCH %s AND rowid >= %s"


class SqliteEngine:
    """Implements `Engine` on one connection."""

    def __init__(self, connection: sqlite_utils.Database) -> None:
        self._connection = connection

    async def read_items(
        self,
        db: Session,  # noqa: ARG002  (it reads with the connection)
        shown: Sequence[tuple[int, int]],
        length: Length,
    ) -> tuple[NewsItem, ...]:
        return news.read_items(self._connection, shown, length)

    async def read_stems(self, db: Session, article_ids: Sequence[int]) -> list[tuple[int, str, str]]:
        return [(article_id, title, text) for article_id, title, text in await db.tuples(STEMS, [list(article_ids)])]

    async def find_phrases(self, db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
        stems = [phrase for phrase in map(stem_for_search, phrases) if phrase]
        if not stems:
            return frozenset()
        # Stems of a phrase are letters and digits only: inside quotes they cannot be read as FTS5 syntax.
        expression = " OR ".join(f'"{phrase}"' for phrase in stems)
        return frozenset(article_id for (article_id,) in await db.tuples(WITH_PHRASE, [expression, first]))
