"""Lists of stories as readers see them, each story with one article and its coverage, and the searches behind buttons.

Every list is bounded and read from narrow indexes, so that a page costs the same however many articles are stored.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from summaries.model import Length, NewsItem, NewsPage, NewsQuery, Order, StoryWithCoverage, first_of_each_outlet
from summaries.storage import search_rules, values
from summaries.storage.sql.search import Listing, find_listing, read_list, suggest
from summaries.storage.sql.session import Row, Session, SqlStore, insertion, reads, to_json, writes
from summaries.storage.sql.stories import COVERAGE
from summaries.topic_model.topics import FACT_CHECKS

# Buttons of older lists answer that the list is out of date.
QUERIES_KEPT = timedelta(days=30)
# A query that is repeated sooner, as each page of a list does, is not written again.
REFRESHED_EVERY = timedelta(hours=1)
# The distinct names in an index, as one JSON list: each is found by one look behind the last, where DISTINCT would read
# all entries.
NAMES = """
WITH RECURSIVE names (key, name) AS (
    SELECT * FROM (SELECT {key}, {name} FROM story_articles WHERE {key} IS NOT NULL ORDER BY {key} LIMIT 1) f
    UNION ALL
    SELECT s.{key}, s.{name} FROM names n JOIN story_articles s ON s.article_id =
        (SELECT x.article_id FROM story_articles x WHERE x.{key} > n.key ORDER BY x.{key} LIMIT 1)
)
SELECT json_agg(l.name) FROM (SELECT n.name FROM names n ORDER BY {order}n.key) l
"""
OUTLETS = NAMES.format(key="outlet_key", name="outlet", order="")
CATEGORIES = NAMES.format(
    key="category",
    name="category",
    order="(SELECT count(*) FROM (SELECT 1 FROM story_articles s WHERE s.category = n.key LIMIT %s) c) DESC, ",
)
MOST_COVERED = """
SELECT a.id, a.title, a.url, a.outlet, t.outlet_count, a.text, s.length, s.method, s.language, s.spans,
    (SELECT count(DISTINCT coalesce(x.outlet, ''))
        FROM story_articles x WHERE x.story_id = t.id AND x.dated_at < %(since)s) AS earlier_outlets FROM
    (SELECT id, article_id, outlet_count, latest_at FROM
        (SELECT id, outlet_count, latest_at, CASE
            WHEN article_id IN (SELECT article_id FROM story_articles WHERE category = %(left_out)s)
            THEN (SELECT x.article_id FROM story_articles x WHERE x.story_id = stories.id
                AND coalesce(x.category, '') <> %(left_out)s
                ORDER BY x.is_free DESC, x.words DESC, x.article_id LIMIT 1)
            ELSE article_id END AS article_id
        FROM stories WHERE latest_at >= %(since)s AND latest_at < %(until)s AND NOT is_hidden) c
    WHERE article_id IS NOT NULL ORDER BY outlet_count DESC, latest_at DESC LIMIT %(limit)s) t
    JOIN articles a ON a.id = t.article_id
    JOIN summaries s ON s.article_id = a.id AND s.length = %(length)s
    ORDER BY t.outlet_count DESC, t.latest_at DESC
"""
LONGEST = "(SELECT sum((g.value ->> 1)::int - (g.value ->> 0)::int) FROM json_array_elements(y.spans::json) g)"
STORIES_OF = "SELECT article_id, story_id FROM story_articles WHERE article_id = ANY(%s::bigint[])"
# An article without a summary of the wanted length is shown with its longest one; summaries are compared only then. `x`
# is the article of the story's addition; most stories have none.
ITEMS = f"""
WITH page (story_id, article_id, place, total) AS ({{page}})
SELECT p.total, a.*, s.method, s.language, s.length, s.spans, {COVERAGE.format(story="p.story_id")} AS coverage,
    t.addition, t.is_disputed, x.id AS added_id, x.outlet AS added_outlet, x.published_at AS added_published_at,
    x.dated_at AS added_dated_at, x.text AS added_text
    FROM page p JOIN articles a ON a.id = p.article_id LEFT JOIN stories t ON t.id = p.story_id
    LEFT JOIN summaries s ON s.id = coalesce(
        (SELECT y.id FROM summaries y WHERE y.article_id = a.id AND y.length = %(length)s),
        (SELECT y.id FROM summaries y WHERE y.article_id = a.id ORDER BY {LONGEST} DESC LIMIT 1))
    LEFT JOIN articles x ON x.id = (t.addition::json ->> 'article_id')::bigint
    ORDER BY p.place
"""
GIVEN = ITEMS.format(
    page="SELECT (g.value ->> 0)::bigint, (g.value ->> 1)::bigint, (g.value ->> 2)::bigint, 0"
    " FROM json_array_elements(%(shown)s::json) g"
)


class NewsRows(SqlStore):
    """Implements `ports.NewsStore`."""

    async def list_page(
        self, query: NewsQuery, *, length: Length, number: int, size: int, order: Order = Order.NEWEST
    ) -> NewsPage:
        listing = find_listing(query, order, self.database.engine)
        if listing is None:
            return NewsPage((), 0, 0, size)
        if listing.is_in_period:
            return await self.database.read(lambda db: read_page(db, listing, length, number, size))
        return await self.database.engine.list_page(self.database, listing, length, number, size)

    @reads
    async def items(self, db: Session, article_ids: Sequence[int], *, length: Length) -> tuple[NewsItem, ...]:
        stories = dict(await db.tuples(STORIES_OF, [list(article_ids)]))
        shown = [(stories[article_id], article_id) for article_id in article_ids if article_id in stories]
        return await read_items(db, shown, length)

    async def most_covered(
        self, since: datetime, until: datetime, *, length: Length, limit: int
    ) -> tuple[StoryWithCoverage, ...]:
        wanted = {"since": since, "until": until, "limit": limit, "length": length.code, "left_out": FACT_CHECKS}
        return tuple(map(to_story_with_coverage, await self.database.rows(MOST_COVERED, wanted)))

    async def suggest(self, words: str) -> str | None:
        return await self.database.read(lambda db: suggest(db, words))

    async def outlets(self) -> tuple[str, ...]:
        return values.to_list(await self.database.value(OUTLETS) or ())

    async def categories(self) -> tuple[str, ...]:
        return values.to_list(await self.database.value(CATEGORIES, [search_rules.MOST_COUNTED]) or ())


class QueryRows(SqlStore):
    """Implements `ports.QueryStore`."""

    async def remember(self, query: NewsQuery, *, now: datetime) -> int:
        plain = values.plain_query(query)
        known = await self.database.row(
            "SELECT id FROM queries WHERE query = %s AND asked_at >= %s", [plain, now - REFRESHED_EVERY]
        )
        # Most lists are asked for often, and a reader waits for no write lock.
        return int(known["id"]) if known else await self._write(plain, now=now)

    @writes
    async def _write(self, db: Session, plain: str, *, now: datetime) -> int:
        # A random id: callback data can be forged, and anyone who guesses the id of a query sees its words.
        row = {"id": secrets.randbits(48), "query": plain, "asked_at": now}
        await db.run("DELETE FROM queries WHERE asked_at < %s", [now - QUERIES_KEPT])
        known = await db.value("UPDATE queries SET asked_at = %(asked_at)s WHERE query = %(query)s RETURNING id", row)
        if known is None:
            known = await db.value(f"{insertion('queries', row)} ON CONFLICT DO NOTHING RETURNING id", row)
        # Without an id, another process has just stored the query.
        return int(known or await db.value("SELECT id FROM queries WHERE query = %(query)s", row))

    async def recall(self, query_id: int) -> NewsQuery | None:
        found = await self.database.value("SELECT query FROM queries WHERE id = %s", [query_id])
        return values.to_query(found) if found else None


async def read_page(db: Session, listing: Listing, length: Length, number: int, size: int) -> NewsPage:
    """Return one page: read the list first, then the items of the page."""
    if listing.count is not None:
        total = int(await db.value(listing.count, listing.values))
        number = search_rules.clamp_page(number, total, size)
        wanted = {"size": min(size, total - number * size), "skipped": number * size}
        shown = await db.tuples(listing.statement, listing.values | wanted)
    else:
        listed = await read_list(db, listing)
        total = len(listed)
        number = search_rules.clamp_page(number, total, size)
        shown = listed[number * size : (number + 1) * size]
    return NewsPage(await read_items(db, shown, length), number, total, size)


async def read_items(db: Session, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
    """Return the items for pairs of (story, article), with summaries of `length` where there are any.

    Articles without any summary are left out.
    """
    if not shown:
        return ()
    places = to_json((story_id, article_id, place) for place, (story_id, article_id) in enumerate(shown))
    return to_items(await db.rows(GIVEN, {"shown": places, "length": length.code}))


def to_story_with_coverage(row: Row) -> StoryWithCoverage:
    summary = values.to_summary(values.to_text(row["text"]), row)
    return values.build(StoryWithCoverage, row, article_id=row["id"], summary=summary.text)


def to_items(found: Sequence[Row]) -> tuple[NewsItem, ...]:
    """Return the items from rows of `ITEMS`."""
    return tuple(
        NewsItem(
            stored := values.to_stored(row),
            values.to_summary(stored.article.text, row),
            first_of_each_outlet(values.to_coverage(row["coverage"])),
            values.to_marks(row),
        )
        for row in found
        if row["spans"] is not None
    )
