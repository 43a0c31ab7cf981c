"""Articles and searches in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from summaries.model import Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from summaries.model import (
        Article,
        Length,
        Listed,
        NewsPage,
        NewsQuery,
        Origin,
        StoredArticle,
        StoryWithCoverage,
        Summary,
    )


class ArticleStore(Protocol):
    """Articles and their summaries."""

    async def put(
        self,
        article: Article,
        summaries: Sequence[Summary],
        *,
        origin: Origin,
        now: datetime,
        owner: int | None = None,
    ) -> StoredArticle:
        """Add the article with its summaries, or update the one with the same key (see `canonical.article_key`).

        `owner` is the chat that an article without an address belongs to.

        An update keeps id and `added_at`, replaces text and summaries, and may widen the origin from chat to public,
        never narrow it. A public article that is new is a story of its own; see `StoryStore.put_many` for others.
        """
        ...

    async def find(self, key: str) -> StoredArticle | None: ...

    async def get(self, article_id: int) -> StoredArticle | None: ...

    async def listed(self, keys: Sequence[str]) -> Mapping[str, Listed]:
        """The public articles that those of `keys` lead to that are known: their own keys, or those of listings."""
        ...

    async def find_summary(self, article_id: int, length: Length) -> Summary | None: ...

    async def put_summary(self, article_id: int, summary: Summary, *, now: datetime) -> None:
        """Add the summary, or replace the article's summary of that length."""
        ...


class NewsStore(Protocol):
    """Stories as readers see them."""

    async def list_page(
        self, query: NewsQuery, *, length: Length, number: int, size: int, order: Order = Order.NEWEST
    ) -> NewsPage:
        """A page of stories, each by its best article with its summary of that length.

        In an outlet's list it is that outlet's newest article of the story. The most covered are those among some
        thousand of the newest. A list ends after some hundred stories; `number` past the last page gives the last page.
        """
        ...

    async def most_covered(self, since: datetime, *, length: Length, limit: int) -> tuple[StoryWithCoverage, ...]:
        """The stories with news since then that most outlets tell, the newest first among equals."""
        ...

    async def suggest(self, words: str) -> str | None:
        """The words as they were perhaps meant: those that no article holds replaced by the likeliest that some do."""
        ...

    async def outlets(self) -> tuple[str, ...]:
        """The names of all outlets with public articles, in alphabetical order."""
        ...

    async def categories(self) -> tuple[str, ...]:
        """The topic keys of all public articles; those with many articles first."""
        ...


class QueryStore(Protocol):
    """Searches behind buttons: callback data holds 64 bytes, a person's words may be longer."""

    async def remember(self, query: NewsQuery, *, now: datetime) -> int:
        """The query's id, which nobody can guess; it lasts for a month after it was asked last."""
        ...

    async def recall(self, query_id: int) -> NewsQuery | None: ...
