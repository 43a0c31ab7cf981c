"""The operations of `sql.session.Engine` in SQLite, over an FTS5 index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.search_rules import is_spelling
from summaries.storage.sql.news import read_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summaries.model import Length, NewsPage
    from summaries.storage.sql.search import Listing
    from summaries.storage.sql.session import Session, Sessions

PUT_TERMS = "INSERT OR REPLACE INTO article_search (rowid, title, text) VALUES (%s, %s, %s)"
ADD_WORDS = "INSERT OR IGNORE INTO search_words (word) SELECT value FROM json_each(%s)"


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
        words = filter(is_spelling, {*title.split(), *text.split()})
        await db.run(ADD_WORDS, [list(words)])

    async def list_page(self, database: Sessions, listing: Listing, length: Length, number: int, size: int) -> NewsPage:
        return await database.read(lambda db: read_page(db, listing, length, number, size))


def quote(term: str) -> str:
    """Return the term as an FTS5 string, so that nothing a person types is read as FTS5 syntax."""
    return '"' + term.replace('"', "") + '"'
