"""Stories, and the lists of them that readers see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from summaries.model.articles import StoredArticle, Summary


@dataclass(frozen=True, slots=True)
class NewsItem:
    """What lists and digests show of an article: the article and its summary."""

    stored: StoredArticle
    summary: Summary


@dataclass(frozen=True, slots=True)
class NewsQuery:
    """Which public articles to list, newest first: all of a topic, of an outlet, or those that hold every word."""

    category: str | None = None
    outlet: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class NewsPage:
    """One page of a list. `number` counts from 0."""

    items: tuple[NewsItem, ...]
    number: int
    total: int
    size: int

    @property
    def has_previous(self) -> bool:
        return self.number > 0

    @property
    def has_next(self) -> bool:
        return (self.number + 1) * self.size < self.total

    @property
    def count(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.size))
