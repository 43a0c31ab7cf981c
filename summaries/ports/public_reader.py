"""Port for programs that only read the news: public articles and stories, nothing of a chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from summaries import model


class PublicReader(Protocol):
    """The public articles and stories as readers see them. Methods that have no text here are those of `NewsStore`,
    `ArticleStore` and `StoryStore`."""

    async def list_page(
        self,
        query: model.NewsQuery,
        *,
        length: model.Length,
        number: int,
        size: int,
        order: model.Order = model.Order.NEWEST,
    ) -> model.NewsPage: ...

    async def suggest(self, words: str) -> str | None: ...

    async def outlets(self) -> tuple[str, ...]: ...

    async def categories(self) -> tuple[str, ...]: ...

    async def choose_top(self, since: datetime, now: datetime, preferences: model.Preferences) -> model.News:
        """Return the stories of a digest at `now` for a chat that has received nothing since `since`."""

    async def coverage(self, article_id: int) -> tuple[model.Coverage, ...]: ...

    async def chain(self, article_id: int) -> tuple[model.Coverage, ...]: ...

    async def find(self, key: str) -> model.StoredArticle | None:
        """Return the public article with the key, also if its story is hidden."""

    async def read_many(
        self, article_ids: Sequence[int], length: model.Length
    ) -> Sequence[tuple[model.StoredArticle, model.Summary | None]]:
        """Return the public ones among the articles; see `ArticleStore.read_many`."""

    async def find_summary(self, article_id: int, length: model.Length) -> model.Summary | None:
        """Return the summary of that length if the article is public."""
