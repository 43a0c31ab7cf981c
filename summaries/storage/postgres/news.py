"""What readers see, in PostgreSQL: stories in lists, each by one article and by how the outlets tell it.

Every list is bounded, and read from narrow indexes alone, so that a page costs the same however many articles are
stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import CoveredStory, NewsItem, NewsPage, NewsQuery, Order
from summaries.storage import search_rules, values
from summaries.storage.postgres.search import is_about_nothing, is_of_period, listing_of, stories_of_period, suggest
from summaries.storage.postgres.stories import TOLD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from summaries.model import Length
    from summaries.storage.postgres.database import Database
    from summaries.storage.sql.session import Row, Session

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
# A page's items are one statement, however they were found: what takes long is the way to the server and back.
ITEMS = f"""
WITH page (story_id, article_id, place, total) AS ({{page}})
SELECT p.total, a.*, s.method, s.language, s.length, s.spans, {TOLD.format(story="p.story_id")} AS told
    FROM page p JOIN articles a ON a.id = p.article_id LEFT JOIN LATERAL
    (SELECT * FROM summaries x WHERE x.article_id = a.id
    ORDER BY x.length = %(length)s DESC, length(x.text) DESC LIMIT 1) s ON true
    ORDER BY p.place
"""
GIVEN = ITEMS.format(page="SELECT g.*, 0 FROM unnest(%(stories)s::bigint[], %(articles)s::bigint[]) WITH ORDINALITY g")


class PostgresNewsStore:
    """Fulfils `ports.NewsStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(
        self, query: NewsQuery, *, length: Length, number: int, size: int, order: Order = Order.NEWEST
    ) -> NewsPage:
        if is_about_nothing(query):
            return NewsPage((), 0, 0, size)
        if is_of_period(query):
            return await self._database.read(lambda db: page_of_period(db, query, length, number, size, order))
        # No page lies behind the last story.
        number = max(0, min(number, search_rules.MOST_LISTED))
        found = await self._page(query, length, number, size, order)
        if not found and number:
            first = await self._page(query, length, 0, size, order)
            number = search_rules.page_shown(number, total_of(first), size)
            found = await self._page(query, length, number, size, order) if number else first
        return NewsPage(to_items(found), number, total_of(found), size)

    async def _page(self, query: NewsQuery, length: Length, number: int, size: int, order: Order) -> list[Row]:
        """The rows of `ITEMS` for the page, which may not be there."""
        listing, skipped = listing_of(query, order), number * size
        place = {
            "size": max(0, min(size, search_rules.MOST_LISTED - skipped)),
            "skipped": skipped,
            "length": length.code,
        }
        statement, is_search = ITEMS.format(page=listing.page), query.words is not None
        return await self._database.rows(statement, listing.values | place, by_values=is_search)

    async def most_covered(self, since: datetime, *, length: Length, limit: int) -> tuple[CoveredStory, ...]:
        wanted = {"since": since, "limit": limit, "length": length.code}
        return tuple(CoveredStory(*row.values()) for row in await self._database.rows(MOST_COVERED, wanted))

    async def suggest(self, words: str) -> str | None:
        return await self._database.read(lambda db: suggest(db, words))

    async def outlets(self) -> tuple[str, ...]:
        return tuple(row["name"] for row in await self._database.rows(OUTLETS))

    async def categories(self) -> tuple[str, ...]:
        return tuple(row["name"] for row in await self._database.rows(CATEGORIES, [search_rules.MOST_COUNTED]))


async def page_of_period(
    db: Session, query: NewsQuery, length: Length, number: int, size: int, order: Order
) -> NewsPage:
    found = search_rules.page_of(await stories_of_period(db, query, order), number, size)
    return NewsPage(await read_items(db, found.shown, length), found.number, found.total, size)


async def read_items(db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
    """The items of stories, each by the article named with it.

    An article that was stored before summaries of that length were is told by the longest that it has; one without
    any is left out.
    """
    if not shown:
        return ()
    stories, articles = zip(*shown, strict=True)
    wanted = {"stories": list(stories), "articles": list(articles), "length": length.code}
    return to_items(await db.rows(GIVEN, wanted))


def to_items(found: Sequence[Row]) -> tuple[NewsItem, ...]:
    """The items from rows of `ITEMS`."""
    return tuple(
        values.to_item(row, tuple(map(values.to_telling, row["told"]))) for row in found if row["spans"] is not None
    )


def total_of(found: Sequence[Row]) -> int:
    """How many stories the list has whose page these rows of `ITEMS` are."""
    return min(found[0]["total"], search_rules.MOST_LISTED) if found else 0
