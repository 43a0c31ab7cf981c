"""Group articles of several outlets into stories: one story per event.

An article becomes a `Signature` (plain data that a store can keep). A `StoryIndex` holds the signatures of the last
days and assigns each article to a story. `cluster` does the same for a batch, and `pick_best` selects the article shown
to readers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from summaries.model import get_outlet_key
from summaries.stories.index import WINDOW, Entry, StoryIndex, cluster
from summaries.stories.signature import Signature, make_signature

FULL_WORDS = 400
"""Beyond this length an article counts as complete, and more words give no advantage."""
_NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """One article of a story. `published_at` is aware; `is_free` is false for a paywalled article or an excerpt."""

    id: int
    outlet: str | None
    words: int
    published_at: datetime | None = None
    is_free: bool = True


def pick_best(articles: Collection[StoryArticle]) -> StoryArticle:
    """Select the article to show: a free one, then nearly the longest, then the earliest.

    Raises:
        ValueError: `articles` is empty.
    """
    if not articles:
        raise ValueError("a story without articles has no best one")
    open_ones = [article for article in articles if article.is_free] or list(articles)
    enough = _NEARLY * max(min(article.words, FULL_WORDS) for article in open_ones)
    full = [article for article in open_ones if article.words >= enough]
    return min(full, key=_sort_key)


def count_outlets(articles: Collection[StoryArticle]) -> int:
    """Count the outlets of the story."""
    return len({get_outlet_key(article.outlet) for article in articles})


def _sort_key(article: StoryArticle) -> tuple[bool, float, int, int]:
    moment = article.published_at
    return (moment is None, moment.timestamp() if moment else 0.0, -article.words, article.id)
