"""The operations of `sql.engine.Engine` in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.postgres.news import read_items
from summaries.storage.postgres.tsvector import to_any_query
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Length, NewsItem
    from summaries.storage.sql.session import Session

STEMS = """
SELECT article_id, title, text FROM article_search WHERE article_id = ANY(%s::bigint[]) ORDER BY article_id
"""
WITH_PHRASE = "SELECT article_id FROM article_search WHERE terms @@ %s::tsquery AND article_id >= %s"


class PostgresEngine:
    """Implements `Engine`."""

    async def read_items(self, db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
        return await read_items(db, shown, length)

    async def read_stems(self, db: Session, article_ids: Sequence[int]) -> list[tuple[int, str, str]]:
        return [(article_id, title, text) for article_id, title, text in await db.tuples(STEMS, [list(article_ids)])]

    async def find_phrases(self, db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
        query = to_any_query(map(stem_for_search, phrases))
        if not query:
            return frozenset()
        return frozenset(row["article_id"] for row in await db.rows(WITH_PHRASE, [query, first], by_values=True))
