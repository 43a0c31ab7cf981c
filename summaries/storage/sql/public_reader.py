"""The news without any chat, for programs that only read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from summaries.model import Coverage, Length, News, NewsRequest, Preferences, StoredArticle, Summary
from summaries.storage.sql.articles import ArticleRows
from summaries.storage.sql.digest_candidates import DigestNews
from summaries.storage.sql.news import NewsRows
from summaries.storage.sql.stories import StoryRows

# No chat has this id, so nothing was delivered to it.
NOBODY = 0


class PublicReaderRows(NewsRows):
    """Implements `ports.PublicReader`."""

    async def choose_top(self, since: datetime, now: datetime, preferences: Preferences) -> News:
        (news,) = await DigestNews(self.database).choose([NewsRequest(NOBODY, since, now, preferences)])
        return news

    async def coverage(self, article_id: int) -> tuple[Coverage, ...]:
        return await StoryRows(self.database).coverage(article_id)

    async def chain(self, article_id: int) -> tuple[Coverage, ...]:
        return await StoryRows(self.database).chain(article_id)

    async def find(self, key: str) -> StoredArticle | None:
        stored = await ArticleRows(self.database).find(key)
        return stored if stored is not None and stored.origin.is_public else None

    async def read_many(self, article_ids: Sequence[int], length: Length) -> list[tuple[StoredArticle, Summary | None]]:
        found = await ArticleRows(self.database).read_many(article_ids, length)
        return [(stored, summary) for stored, summary in found if stored.origin.is_public]

    async def find_summary(self, article_id: int, length: Length) -> Summary | None:
        articles = ArticleRows(self.database)
        stored = await articles.get(article_id)
        return await articles.find_summary(article_id, length) if stored and stored.origin.is_public else None
