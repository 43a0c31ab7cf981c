"""Ports for articles, lists of stories and searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from summaries.model import (
    Article,
    Length,
    Listed,
    NewsItem,
    NewsPage,
    NewsQuery,
    Order,
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
        """Add the article with its summaries, or update the one with the same key (see `urls.article_key`).

        `owner` is the chat that an article without an address belongs to.

        An update keeps id and `added_at`, replaces text and summaries, and may make a private article public, never the
        reverse. A new public article is a story of its own; see `StoryStore.put_many` for others.
        """

    async def find(self, key: str) -> StoredArticle | None: ...

    async def get(self, article_id: int) -> StoredArticle | None: ...

    async def read_many(
        self, article_ids: Sequence[int], length: Length
    ) -> Sequence[tuple[StoredArticle, Summary | None]]:
        """Return the articles that exist, in the order of their ids in `article_ids`, with their summaries of that
        length."""

    async def listed(self, keys: Sequence[str]) -> Mapping[str, Listed]:
        """Return the known public articles for keys of articles or of listings."""

    async def find_claims(self, terms: Mapping[str, float], *, limit: int) -> tuple[StoredArticle, ...]:
        """Return the public fact-checks whose claims have the most of the weighted terms, at most `limit`."""

    async def find_summary(self, article_id: int, length: Length) -> Summary | None: ...

    async def list_summaries(self, *, after: int, limit: int) -> Sequence[tuple[int, StoredArticle, Summary]]:
        """Return up to `limit` summaries of public articles, each with its id and its article: those with the lowest
        ids above `after`."""

    async def put_summary(self, article_id: int, summary: Summary) -> None:
        """Add the summary, or replace the article's summary of that length."""


class NewsStore(Protocol):
    """Lists of stories for readers."""

    async def list_page(
        self, query: NewsQuery, *, length: Length, number: int, size: int, order: Order = Order.NEWEST
    ) -> NewsPage:
        """Return a page of stories, each with its best article and its summary of that length.

        An outlet's list shows the outlet's newest article of each story. `NEWEST` orders a search by relevance and age:
        words in the title make a story count as younger. `MOST_COVERED` orders the newest few thousand stories. A list
        ends after a few hundred stories; a `number` past the last page gives the last page.
        """

    async def items(self, article_ids: Sequence[int], *, length: Length) -> tuple[NewsItem, ...]:
        """Return the stories of public articles with these articles in this order, and their summaries of `length`.

        Articles that were deleted are left out.
        """

    async def most_covered(
        self, since: datetime, until: datetime, *, length: Length, limit: int
    ) -> tuple[StoryWithCoverage, ...]:
        """Return the stories with their latest news in that period that most outlets cover, newest first among
        equals."""

    async def suggest(self, words: str) -> str | None:
        """Return a corrected spelling that articles contain, or None.

        Words that no article contains and that are unusual in Indonesian news are replaced by similar ones that are
        usual, or that several articles contain.
        """

    async def outlets(self) -> tuple[str, ...]:
        """Return the names of all outlets with public articles, in alphabetical order."""

    async def categories(self) -> tuple[str, ...]:
        """Return the topic keys of all public articles, those with many articles first."""


class QueryStore(Protocol):
    """Searches behind buttons: callback data is limited to 64 bytes, a search may be longer."""

    async def remember(self, query: NewsQuery, *, now: datetime) -> int:
        """Return the query's id, which cannot be guessed and lasts for a month after its last use."""

    async def recall(self, query_id: int) -> NewsQuery | None: ...
