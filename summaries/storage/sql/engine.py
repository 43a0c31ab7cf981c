"""The operations that each database implements with SQL of its own: full-text search, bulk copies, and the like.

`sqlite.engine` and `postgres.engine` implement them. Everything else is SQL that both databases accept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summaries.model import Length, NewsItem
    from summaries.storage.sql.session import Session


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

    async def read_items(self, db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
        """Return the items for pairs of (story, article), with summaries of `length` where there are any."""

    async def read_stems(self, db: Session, article_ids: Sequence[int]) -> list[tuple[int, str, str]]:
        """Return (article, stems of its title, stems of its text) from the search index, by article."""

    async def find_phrases(self, db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
        """Return the public articles with ids from `first` on that contain one of the phrases in any inflection."""

    async def chat_tables(self, db: Session) -> list[str]:
        """Return the tables with a column `chat_id`."""

    async def move_rows(self, db: Session, table: str, old_chat_id: int, new_chat_id: int) -> None:
        """Give a table's rows of the old chat to the new one, and delete those that collide with its own."""
