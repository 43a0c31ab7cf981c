"""Ports for programs that only read the news: public articles and stories, nothing of a chat."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from summaries import model
from summaries.ports.articles import NewsStore


class PublicNews(Protocol):
    """The stories that everybody may see, read in bulk for a site, without hidden stories.

    No method takes or returns anything of a chat, so that a use case over this port cannot publish chat data.
    """

    async def list_heads(self, *, limit: int) -> tuple[model.StoryHead, ...]:
        """Return the stories with the latest articles, at most `limit`, the newest first."""

    async def read_stories(self, story_ids: Collection[int], *, most: int) -> tuple[model.PublicStory, ...]:
        """Return those of the stories that exist and are not hidden, in the order of their ids.

        Of each story its best article is read, and the earliest `most` and the latest `most` of all.
        """


class PublicReader(NewsStore, PublicNews, Protocol):
    """The public articles and stories as readers see them, for other programs."""

    async def choose_top(self, since: datetime, now: datetime, preferences: model.Preferences) -> model.News:
        """Return the stories of a digest at `now` for a chat that has received nothing since `since`."""

    async def coverage(self, article_id: int) -> tuple[model.Coverage, ...]:
        """Return all articles of the article's story; see `StoryStore.coverage`."""

    async def chain(self, article_id: int) -> tuple[model.Coverage, ...]:
        """Return the stories in the chain of the article's story; see `StoryStore.chain`."""

    async def find(self, key: str) -> model.StoredArticle | None:
        """Return the public article with the key, also if its story is hidden."""

    async def read_many(
        self, article_ids: Sequence[int], length: model.Length
    ) -> Sequence[tuple[model.StoredArticle, model.Summary | None]]:
        """Return the public ones among the articles; see `ArticleStore.read_many`."""

    async def find_summary(self, article_id: int, length: model.Length) -> model.Summary | None:
        """Return the summary of that length if the article is public."""
