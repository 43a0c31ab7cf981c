"""The operations of `sql.session.Engine` in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.postgres.news import list_page
from summaries.storage.postgres.tsvector import to_any_query, to_query, to_vector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summaries.model import Length, NewsPage, NewsQuery, Order
    from summaries.storage.sql.session import Session, Sessions

PUT_TERMS = """
INSERT INTO article_search (article_id, title, text, terms) VALUES (%s, %s, %s, %s::tsvector)
    ON CONFLICT (article_id) DO UPDATE SET title = excluded.title, text = excluded.text, terms = excluded.terms
"""
# Sorted, so that two writers cannot wait for each other.
ADD_WORDS = """
INSERT INTO search_words (word) SELECT w FROM unnest(%s::text[]) w
    WHERE NOT EXISTS (SELECT FROM search_words WHERE word = w) ORDER BY w COLLATE "C" ON CONFLICT DO NOTHING
"""


class PostgresEngine:
    """Implements `Engine`."""

    search_id = "article_id"
    search_condition = "terms @@ %(match)s::tsquery"
    size_bytes = "pg_database_size(current_database())"

    def match_all(self, terms: Iterable[str]) -> str:
        return to_query(terms)

    def match_any(self, terms: Iterable[str]) -> str:
        return to_any_query(terms)

    async def put_terms(self, db: Session, article_id: int, title: str, text: str) -> None:
        vector, words = to_vector(title, text)
        await db.run(PUT_TERMS, [article_id, title, text, vector])
        await add_words(db, words)

    async def list_page(
        self, database: Sessions, query: NewsQuery, length: Length, number: int, size: int, order: Order
    ) -> NewsPage:
        return await list_page(database, query, length, number, size, order)


async def add_words(db: Session, words: Iterable[str]) -> None:
    """Add the words to those that a misspelt one may be corrected to."""
    await db.run(ADD_WORDS, [list(words)])
