"""The operations that each database implements with SQL of its own: full-text search and pages of news.

`sqlite.engine` and `postgres.engine` implement them. Everything else is SQL that both databases accept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from summaries.model import Length, NewsPage, NewsQuery, Order
    from summaries.storage.sql.session import Session, Sessions


class Engine(Protocol):
    """The methods take the session in whose transaction they run.

    `article_search` is the full-text index of public articles: `search_id` is its column with the article's id, and
    `search_condition` holds for the rows that match `%(match)s`, a value from `match_all` or `match_any`. `size_bytes`
    is an expression for the size of the database.
    """

    search_id: str
    search_condition: str
    size_bytes: str

    def match_all(self, terms: Iterable[str]) -> str:
        """Return an expression for articles that contain all terms. A term of several stems matches them in a row."""

    def match_any(self, terms: Iterable[str]) -> str:
        """Return an expression for articles that contain one of the terms."""

    async def put_terms(self, db: Session, article_id: int, title: str, text: str) -> None:
        """Index the article by the stems of its title and text, in place of older ones."""

    async def list_page(
        self, database: Sessions, query: NewsQuery, length: Length, number: int, size: int, order: Order
    ) -> NewsPage:
        """Return a page of stories, in as few round trips as the database needs; see `ports.NewsStore.list_page`."""
