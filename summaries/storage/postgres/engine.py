"""The operations of `sql.engine.Engine` in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.postgres.tsvector import to_any_query, to_query, to_vector
from summaries.storage.sql.news import read_items
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summaries.model import Length, NewsItem
    from summaries.storage.sql.session import Session

STEMS = """
SELECT article_id, title, text FROM article_search WHERE article_id = ANY(%s::bigint[]) ORDER BY article_id
"""
PUT_TERMS = """
INSERT INTO article_search (article_id, title, text, terms) VALUES (%s, %s, %s, %s::tsvector)
    ON CONFLICT (article_id) DO UPDATE SET title = excluded.title, text = excluded.text, terms = excluded.terms
"""
# Sorted, so that two writers cannot wait for each other.
ADD_WORDS = """
INSERT INTO search_words (word) SELECT w FROM unnest(%s::text[]) w
    WHERE NOT EXISTS (SELECT FROM search_words WHERE word = w) ORDER BY w COLLATE "C" ON CONFLICT DO NOTHING
"""
WITH_PHRASE = "SELECT article_id FROM article_search WHERE terms @@ %s::tsquery AND article_id >= %s"
CHAT_TABLES = """
SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attname = 'chat_id' ORDER BY 1
"""
# The other columns of each unique index that includes the chat.
UNIQUE_WITH_CHAT = """
SELECT array_agg(a.attname::text) FILTER (WHERE a.attname <> 'chat_id') AS columns FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indisunique AND i.indrelid = %s::regclass
    GROUP BY i.indexrelid HAVING bool_or(a.attname = 'chat_id')
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

    async def read_items(self, db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
        return await read_items(db, shown, length)

    async def read_stems(self, db: Session, article_ids: Sequence[int]) -> list[tuple[int, str, str]]:
        return [(article_id, title, text) for article_id, title, text in await db.tuples(STEMS, [list(article_ids)])]

    async def find_phrases(self, db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
        query = to_any_query(map(stem_for_search, phrases))
        if not query:
            return frozenset()
        return frozenset(row["article_id"] for row in await db.rows(WITH_PHRASE, [query, first], by_values=True))

    async def chat_tables(self, db: Session) -> list[str]:
        return [row["name"] for row in await db.rows(CHAT_TABLES)]

    async def move_rows(self, db: Session, table: str, old_chat_id: int, new_chat_id: int) -> None:
        ids = {"old": old_chat_id, "new": new_chat_id}
        for unique in await db.rows(UNIQUE_WITH_CHAT, [table]):
            same = "".join(f" AND theirs.{column} = mine.{column}" for column in unique["columns"] or ())
            await db.run(
                f"DELETE FROM {table} mine WHERE chat_id = %(old)s AND EXISTS"
                f" (SELECT FROM {table} theirs WHERE theirs.chat_id = %(new)s{same})",
                ids,
            )
        await db.run(f"UPDATE {table} SET chat_id = %(new)s WHERE chat_id = %(old)s", ids)


async def add_words(db: Session, words: Iterable[str]) -> None:
    """Add the words to those that a misspelt one may be corrected to."""
    await db.run(ADD_WORDS, [list(words)])
