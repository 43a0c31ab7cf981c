"""The operations of `sql.engine.Engine` in SQLite, over an FTS5 index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.search_rules import is_spelling
from summaries.storage.sql.news import read_items
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summaries.model import Length, NewsItem
    from summaries.storage.sql.session import Session

STEMS = "SELECT rowid, title, text FROM article_search WHERE rowid = ANY(%s)"
WITH_PHRASE = "SELECT rowid FROM article_search WHERE article_search MATCH %s AND rowid >= %s"
PUT_TERMS = "INSERT OR REPLACE INTO article_search (rowid, title, text) VALUES (%s, %s, %s)"
ADD_WORD = "INSERT OR IGNORE INTO search_words (word) VALUES (%s)"
CHAT_TABLES = """
SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND c.name = 'chat_id' ORDER BY m.name
"""


class SqliteEngine:
    """Implements `Engine`."""

    search_id = "rowid"
    search_condition = "article_search MATCH %(match)s"
    size_bytes = "(SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)"

    def match_all(self, terms: Iterable[str]) -> str:
        return " AND ".join(map(quote, terms))

    def match_any(self, terms: Iterable[str]) -> str:
        return " OR ".join(map(quote, terms))

    async def put_terms(self, db: Session, article_id: int, title: str, text: str) -> None:
        await db.run(PUT_TERMS, [article_id, title, text])
        words = {word for word in (*title.split(), *text.split()) if is_spelling(word)}
        await db.run_many(ADD_WORD, [(word,) for word in words])

    async def read_items(self, db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
        return await read_items(db, shown, length)

    async def read_stems(self, db: Session, article_ids: Sequence[int]) -> list[tuple[int, str, str]]:
        return [(article_id, title, text) for article_id, title, text in await db.tuples(STEMS, [list(article_ids)])]

    async def find_phrases(self, db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
        stems = [phrase for phrase in map(stem_for_search, phrases) if phrase]
        if not stems:
            return frozenset()
        found = await db.tuples(WITH_PHRASE, [self.match_any(stems), first])
        return frozenset(article_id for (article_id,) in found)

    async def chat_tables(self, db: Session) -> list[str]:
        return [name for (name,) in await db.tuples(CHAT_TABLES)]

    async def move_rows(self, db: Session, table: str, old_chat_id: int, new_chat_id: int) -> None:
        await db.run(f"UPDATE OR IGNORE {table} SET chat_id = %s WHERE chat_id = %s", [new_chat_id, old_chat_id])
        await db.run(f"DELETE FROM {table} WHERE chat_id = %s", [old_chat_id])


def quote(term: str) -> str:
    """Return the term as an FTS5 string, so that nothing a person types is read as FTS5 syntax."""
    return '"' + term.replace('"', "") + '"'
