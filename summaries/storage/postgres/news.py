"""What readers see, in PostgreSQL: stories in lists, each by one article and by how the outlets tell it.

Every list is bounded, and read from narrow indexes alone, so that a page costs the same however many articles are
stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import CoveredStory, NewsItem, NewsPage, NewsQuery, Order
from summaries.storage import finding, values
from summaries.storage.postgres.searching import find_stories, suggest
from summaries.storage.postgres.stories import read_tellings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from summaries.model import Length
    from summaries.storage.postgres.database import Database
    from summaries.storage.postgres.session import Session

# The names in an index, each found by one look behind the last: to read it all takes long.
NAMES = """
WITH RECURSIVE names (name, key) AS (
    (SELECT {column}, {key} FROM story_articles WHERE {key} IS NOT NULL ORDER BY {key} LIMIT 1)
    UNION ALL
    SELECT n.* FROM names, LATERAL
        (SELECT {column}, {key} FROM story_articles WHERE {key} > names.key ORDER BY {key} LIMIT 1) n
)
SELECT name FROM names n
"""
OUTLETS = NAMES.format(column="outlet", key="lower(outlet)") + "ORDER BY key"
CATEGORIES = (
    NAMES.format(column="category", key="category")
    + "ORDER BY (SELECT count(*) FROM (SELECT FROM story_articles s WHERE s.category = n.name LIMIT %s) c) DESC, name"
)
MOST_COVERED = """
SELECT a.id, a.title, a.url, a.outlet, t.outlet_count, s.text FROM
    (SELECT article_id, outlet_count, latest_at FROM stories WHERE latest_at >= %(since)s
    ORDER BY outlet_count DESC, latest_at DESC LIMIT %(limit)s) t
    JOIN articles a ON a.id = t.article_id
    JOIN summaries s ON s.article_id = a.id AND s.length = %(length)s
    ORDER BY t.outlet_count DESC, t.latest_at DESC
"""
ITEMS = """
SELECT a.*, s.method, s.language, s.length, s.spans FROM articles a JOIN LATERAL
    (SELECT * FROM summaries x WHERE x.article_id = a.id
    ORDER BY x.length = %s DESC, length(x.text) DESC LIMIT 1) s ON true
    WHERE a.id = ANY(%s::bigint[])
"""


class PostgresNewsStore:
    """Fulfils `ports.NewsStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(
        self, query: NewsQuery, *, length: Length, number: int, size: int, order: Order = Order.NEWEST
    ) -> NewsPage:
        async def work(db: Session) -> NewsPage:
            found = await find_stories(db, query, order)
            shown = finding.page_shown(number, len(found), size)
            items = await read_items(db, found[shown * size : (shown + 1) * size], length)
            return NewsPage(items, shown, len(found), size)

        return await self._database.read(work)

    async def most_covered(self, since: datetime, *, length: Length, limit: int) -> tuple[CoveredStory, ...]:
        wanted = {"since": since, "limit": limit, "length": length.code}
        return tuple(CoveredStory(*row.values()) for row in await self._database.rows(MOST_COVERED, wanted))

    async def suggest(self, words: str) -> str | None:
        return await self._database.read(lambda db: suggest(db, words))

    async def outlets(self) -> tuple[str, ...]:
        return tuple(row["name"] for row in await self._database.rows(OUTLETS))

    async def categories(self) -> tuple[str, ...]:
        return tuple(row["name"] for row in await self._database.rows(CATEGORIES, [finding.MOST_COUNTED]))


async def read_items(db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
    """The items of stories, each by the article named with it.

    An article that was stored before summaries of that length were is told by the longest that it has; one without
    any is left out.
    """
    if not shown:
        return ()
    found = await db.rows(ITEMS, [length.code, [article_id for _, article_id in shown]])
    by_article = {row["id"]: row for row in found}
    tellings = await read_tellings(db, [story_id for story_id, _ in shown])
    return tuple(
        values.to_item(by_article[article_id], tellings[story_id])
        for story_id, article_id in shown
        if article_id in by_article
    )
