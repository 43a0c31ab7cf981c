"""Stories, and the lists of them that readers see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from summaries.model.articles import StoredArticle, Summary


@dataclass(frozen=True, slots=True)
class Coverage:
    """How one article tells a story: enough to name its outlet and to link to it."""

    article_id: int
    title: str
    outlet: str | None
    url: str | None
    category: str | None
    published_at: datetime | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """One event, as one or several outlets tell it.

    `best` is the article to show (see `stories.pick_best`). `tellings` are all articles, the earliest first;
    `latest_at` is when the newest of them appeared.
    """

    id: int
    best: StoredArticle
    tellings: tuple[Coverage, ...]
    outlet_count: int
    latest_at: datetime

    @property
    def links(self) -> tuple[Coverage, ...]:
        """Each outlet's first article."""
        return first_of_each_outlet(self.tellings)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic keys of its articles, the most frequent first."""
        return tuple(topic for topic, _ in Counter(t.category for t in self.tellings if t.category).most_common())

    def new_since(self, moment: datetime) -> tuple[Coverage, ...]:
        """What came in at that moment or later."""
        return tuple(telling for telling in self.tellings if telling.added_at >= moment)


def first_of_each_outlet(tellings: Sequence[Coverage]) -> tuple[Coverage, ...]:
    """Each outlet's first in the order given: names in any case; those of unknown outlets count as one outlet's."""
    firsts: dict[str, Coverage] = {}
    for telling in tellings:
        firsts.setdefault((telling.outlet or "").strip().casefold(), telling)
    return tuple(firsts.values())


@dataclass(frozen=True, slots=True)
class NewsItem:
    """What lists and digests show of a story: one of its articles with its summary, and each outlet's first article."""

    stored: StoredArticle
    summary: Summary
    coverage: tuple[Coverage, ...] = ()


class Order(StrEnum):
    """Which stories come first in a list."""

    NEWEST = "n"
    MOST_COVERED = "c"


@dataclass(frozen=True, slots=True)
class NewsQuery:
    """Which stories to list: all, or those of a topic, or of an outlet, or that hold every word.

    Words in double quotes stand together in that order. `since` is the first moment of the articles, `until` the first
    one after them.
    """

    category: str | None = None
    outlet: str | None = None
    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoryWithCoverage:
    """What a survey of a period shows of a story: its best article's title, link and summary, and how many outlets tell
    it."""

    article_id: int
    title: str
    url: str | None
    outlet: str | None
    outlet_count: int
    summary: str


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
