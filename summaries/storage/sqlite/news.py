"""What readers see, in SQLite: stories in lists, each by one article and by how the outlets tell it.

Every list is bounded, and read from narrow indexes alone, so that a page costs the same however many articles are
stored.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from summaries.model import CoveredStory, NewsItem, NewsPage, NewsQuery, Order
from summaries.storage import search_rules, values
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.search import find_page, suggest
from summaries.storage.sqlite.stories import read_tellings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Length
    from summaries.storage.sqlite.database import Database

# The names in an index, each found by one look behind the last: to read it all takes long.
NAMES = """
WITH RECURSIVE names (name) AS (
    SELECT min({column}) FROM story_articles
    UNION ALL
    SELECT (SELECT min({column}) FROM story_articles WHERE {column} > names.name) FROM names WHERE names.name NOT NULL
)
SELECT name FROM names WHERE name NOT NULL
"""
# The texts of summaries are read only where there is none of the length.
ITEMS = """
SELECT a.*, s.method, s.language, s.length, s.spans FROM articles a JOIN summaries s ON s.id = coalesce(
    (SELECT x.id FROM summaries x WHERE x.article_id = a.id AND x.length = ?),
    (SELECT x.id FROM summaries x WHERE x.article_id = a.id ORDER BY length(x.text) DESC LIMIT 1))
    WHERE a.id IN (SELECT value FROM json_each(?))
"""


class SqliteNewsStore:
    """Fulfils `ports.NewsStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(
        self, query: NewsQuery, *, length: Length, number: int, size: int, order: Order = Order.NEWEST
    ) -> NewsPage:
        def work(db: sqlite_utils.Database) -> NewsPage:
            found = find_page(db, query, order, number, size)
            return NewsPage(read_items(db, found.shown, length), found.number, found.total, size)

        return await self._database.read(work)

    async def most_covered(self, since: datetime, *, length: Length, limit: int) -> tuple[CoveredStory, ...]:
        def work(db: sqlite_utils.Database) -> tuple[CoveredStory, ...]:
            found = db.execute(
                "SELECT a.id, a.title, a.url, a.outlet, t.outlet_count, s.text FROM"
                " (SELECT article_id, outlet_count, latest_at FROM stories WHERE latest_at >= :since"
                " ORDER BY outlet_count DESC, latest_at DESC LIMIT :limit) t"
                " JOIN articles a ON a.id = t.article_id"
                " JOIN summaries s ON s.article_id = a.id AND s.length = :length"
                " ORDER BY t.outlet_count DESC, t.latest_at DESC",
                {"since": rows.moment(since), "limit": limit, "length": length.code},
            )
            return tuple(CoveredStory(*row) for row in found)

        return await self._database.read(work)

    async def suggest(self, words: str) -> str | None:
        return await self._database.read(lambda db: suggest(db, words))

    async def outlets(self) -> tuple[str, ...]:
        names = NAMES.format(column="outlet COLLATE NOCASE")
        return await self._database.read(lambda db: tuple(name for (name,) in db.execute(names)))

    async def categories(self) -> tuple[str, ...]:
        def work(db: sqlite_utils.Database) -> tuple[str, ...]:
            counted = "SELECT count(*) FROM (SELECT 1 FROM story_articles s WHERE s.category = n.name LIMIT ?)"
            found = db.execute(
                f"SELECT name FROM ({NAMES.format(column='category')}) n ORDER BY ({counted}) DESC, name",
                [search_rules.MOST_COUNTED],
            )
            return tuple(name for (name,) in found)

        return await self._database.read(work)


def read_items(db: sqlite_utils.Database, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
    """The items of stories, each by the article named with it.

    An article that was stored before summaries of that length were is told by the longest that it has; one without
    any is left out.
    """
    if not shown:
        return ()
    found = db.execute(ITEMS, [length.code, json.dumps([article_id for _, article_id in shown])])
    by_article = {row["id"]: row for row in rows.fetch_all(found)}
    tellings = read_tellings(db, [story_id for story_id, _ in shown])
    return tuple(
        values.to_item(by_article[article_id], tellings[story_id])
        for story_id, article_id in shown
        if article_id in by_article
    )
