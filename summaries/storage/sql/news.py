"""Lists of stories as readers see them: each story with one article and its coverage.

Every list is bounded and read from narrow indexes, so that a page costs the same however many articles are stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from summaries.model import NewsItem, NewsPage, NewsQuery, Order, StoryWithCoverage
from summaries.storage import search_rules, values
from summaries.storage.sql.search import find_listing, has_no_words, is_in_period, read_list, suggest
from summaries.storage.sql.session import to_json
from summaries.storage.sql.stories import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from summaries.model import Length
    from summaries.storage.sql.session import Row, Session, Sessions

# The distinct names in an index: each is found by one look behind the last, where DISTINCT would read all entries.
NAMES = """
WITH RECURSIVE names (key) AS (
    SELECT (SELECT {key} FROM story_articles WHERE {key} IS NOT NULL ORDER BY {key} LIMIT 1)
    UNION ALL
    SELECT (SELECT {key} FROM story_articles s WHERE s.{key} > names.key ORDER BY {key} LIMIT 1)
    FROM names WHERE names.key IS NOT NULL
)
SELECT {name} FROM names n WHERE n.key IS NOT NULL ORDER BY {order}n.key
"""
OUTLETS = NAMES.format(
    key="outlet_key", name="(SELECT s.outlet FROM story_articles s WHERE s.outlet_key = n.key LIMIT 1)", order=""
)
CATEGORIES = NAMES.format(
    key="category",
    name="n.key",
    order="(SELECT count(*) FROM (SELECT 1 FROM story_articles s WHERE s.category = n.key LIMIT %s) c) DESC, ",
)
MOST_COVERED = """
SELECT a.id, a.title, a.url, a.outlet, t.outlet_count, s.text FROM
    (SELECT article_id, outlet_count, latest_at FROM stories WHERE latest_at >= %(since)s
    ORDER BY outlet_count DESC, latest_at DESC LIMIT %(limit)s) t
    JOIN articles a ON a.id = t.article_id
    JOIN summaries s ON s.article_id = a.id AND s.length = %(length)s
    ORDER BY t.outlet_count DESC, t.latest_at DESC
"""
# An article without a summary of the wanted length is shown with its longest one; summaries are compared only then.
ITEMS = f"""
WITH page (story_id, article_id, place, total) AS ({{page}})
SELECT p.total, a.*, s.method, s.language, s.length, s.spans, {COVERAGE.format(story="p.story_id")} AS coverage
    FROM page p JOIN articles a ON a.id = p.article_id LEFT JOIN summaries s ON s.id = coalesce(
        (SELECT x.id FROM summaries x WHERE x.article_id = a.id AND x.length = %(length)s),
        (SELECT x.id FROM summaries x WHERE x.article_id = a.id ORDER BY length(x.text) DESC LIMIT 1))
    ORDER BY p.place
"""
GIVEN = ITEMS.format(
    page="SELECT (g.value ->> 0)::bigint, (g.value ->> 1)::bigint, (g.value ->> 2)::bigint, 0"
    " FROM json_array_elements(%(shown)s::json) g"
)


class NewsRows:
    """Implements `ports.NewsStore`."""

    def __init__(self, database: Sessions) -> None:
        self._database = database

    async def list_page(
        self, query: NewsQuery, *, length: Length, number: int, size: int, order: Order = Order.NEWEST
    ) -> NewsPage:
        if has_no_words(query):
            return NewsPage((), 0, 0, size)
        if is_in_period(query):
            return await self._database.read(lambda db: read_page(db, query, length, number, size, order))
        return await self._database.engine.list_page(self._database, query, length, number, size, order)

    async def most_covered(self, since: datetime, *, length: Length, limit: int) -> tuple[StoryWithCoverage, ...]:
        wanted = {"since": since, "limit": limit, "length": length.code}
        return tuple(StoryWithCoverage(*row.values()) for row in await self._database.rows(MOST_COVERED, wanted))

    async def suggest(self, words: str) -> str | None:
        return await self._database.read(lambda db: suggest(db, words))

    async def outlets(self) -> tuple[str, ...]:
        return tuple(name for row in await self._database.rows(OUTLETS) for name in row.values())

    async def categories(self) -> tuple[str, ...]:
        found = await self._database.rows(CATEGORIES, [search_rules.MOST_COUNTED])
        return tuple(name for row in found for name in row.values())


async def read_page(db: Session, query: NewsQuery, length: Length, number: int, size: int, order: Order) -> NewsPage:
    """Return one page: read the list first, then the items of the page."""
    listing = find_listing(query, order, db.engine)
    if listing.count is not None:
        total = int(await db.value(listing.count, listing.values))
        shown = search_rules.clamp_page(number, total, size)
        wanted = {"size": min(size, total - shown * size), "skipped": shown * size}
        found = search_rules.Found(await db.tuples(listing.statement, listing.values | wanted), shown, total)
    else:
        found = search_rules.cut_page(await read_list(db, query, order), number, size)
    if listing.is_best_shown:
        stories = [story_id for story_id, _ in found.shown]
        best = dict(await db.tuples("SELECT id, article_id FROM stories WHERE id = ANY(%s::bigint[])", [stories]))
        found = replace(found, shown=[(story_id, best[story_id]) for story_id in stories])
    return NewsPage(await read_items(db, found.shown, length), found.number, found.total, size)


async def read_items(db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
    """Return the items for pairs of (story, article), with summaries of `length` where there are any.

    Articles without any summary are left out.
    """
    if not shown:
        return ()
    places = to_json((story_id, article_id, place) for place, (story_id, article_id) in enumerate(shown))
    return to_items(await db.rows(GIVEN, {"shown": places, "length": length.code}))


def to_items(found: Sequence[Row]) -> tuple[NewsItem, ...]:
    """Return the items from rows of `ITEMS`."""
    return tuple(values.to_item(row, values.to_coverage(row["coverage"])) for row in found if row["spans"] is not None)
