"""The operations that each database implements with SQL of its own: full-text search, bulk copies, and the like.

`sqlite.engine` and `postgres.engine` implement them. Everything else is SQL that both databases accept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Length, NewsItem
    from summaries.storage.sql.session import Session


class Engine(Protocol):
    """The methods take the session in whose transaction they run."""

    async def read_items(self, db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
        """Return the items for pairs of (story, article), with summaries of `length` where there are any."""

    async def read_stems(self, db: Session, article_ids: Sequence[int]) -> list[tuple[int, str, str]]:
        """Return (article, stems of its title, stems of its text) from the search index, by article."""

    async def find_phrases(self, db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
        """Return the public articles with ids from `first` on that contain one of the phrases in any inflection."""
