"""Which stories a query asks for, in PostgreSQL: each way of asking reads a bounded number of narrow rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summaries.model import Order
from summaries.storage import finding
from summaries.storage.postgres.terms import to_query
from summaries.text.stems import stem
from summaries.watching import terms_of

if TYPE_CHECKING:
    from summaries.model import NewsQuery
    from summaries.storage.postgres.session import Row, Session

# How many articles hold a word that may have been meant is counted up to here.
MOST_HOLDING = 10_000
HIGHEST = 2**62

OF_OUTLET = """
SELECT s.story_id, s.article_id, t.outlet_count FROM
    (SELECT story_id, dated_at, article_id FROM story_articles WHERE lower(outlet) = lower(%(name)s COLLATE "C")
    AND dated_at >= %(since)s AND dated_at < %(until)s ORDER BY dated_at DESC, article_id DESC LIMIT %(limit)s) s
    JOIN stories t ON t.id = s.story_id ORDER BY s.dated_at DESC, s.article_id DESC
"""
OF_CATEGORY = """
SELECT t.id, t.article_id, t.outlet_count FROM
    (SELECT story_id, dated_at, article_id FROM story_articles WHERE category = %(name)s
    AND dated_at >= %(since)s AND dated_at < %(until)s ORDER BY dated_at DESC, article_id DESC LIMIT %(limit)s) s
    JOIN stories t ON t.id = s.story_id ORDER BY s.dated_at DESC, s.article_id DESC
"""
ALL = """
SELECT id, article_id, outlet_count FROM stories WHERE latest_at >= %(since)s AND latest_at < %(until)s
    ORDER BY latest_at DESC, id DESC LIMIT %(limit)s
"""
PERIOD = "FROM story_articles WHERE dated_at >= %(since)s AND dated_at < %(until)s"
IS_LONG = f"SELECT 1 {PERIOD} LIMIT 1 OFFSET %(most)s"
WHOLE_PERIOD = f"SELECT coalesce(min(article_id), 1) AS low, coalesce(max(article_id), 0) AS high {PERIOD}"
FIRST_OF_PERIOD = f"SELECT min(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at LIMIT %(edge)s) f"
LAST_OF_PERIOD = f"SELECT max(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at DESC LIMIT %(edge)s) l"
WITH_WORDS = """
SELECT t.id, t.article_id, t.outlet_count FROM
    (SELECT article_id FROM article_search WHERE terms @@ %(match)s::tsquery AND article_id BETWEEN %(low)s AND %(high)s
    ORDER BY article_id DESC LIMIT %(looked)s) f
    JOIN story_articles s ON s.article_id = f.article_id JOIN stories t ON t.id = s.story_id
    WHERE s.dated_at >= %(since)s AND s.dated_at < %(until)s
    GROUP BY t.id ORDER BY t.latest_at DESC, t.id DESC
"""
SPELLINGS = """
SELECT word FROM search_words WHERE word >= %s AND word < %s AND length(word) BETWEEN %s AND %s ORDER BY word LIMIT %s
"""
HOLDING = "SELECT count(*) FROM (SELECT FROM article_search WHERE terms @@ %s::tsquery LIMIT %s) f"
WRITTEN = """
SELECT a.title || ' ' || substr(a.text, 1, %s) AS text FROM
    (SELECT article_id FROM article_search WHERE terms @@ %s::tsquery ORDER BY article_id DESC LIMIT %s) f
    JOIN articles a ON a.id = f.article_id
"""


async def find_stories(db: Session, query: NewsQuery, order: Order) -> list[tuple[int, int]]:
    """The stories that the query asks for, each with the article to show."""
    limit = finding.MOST_LISTED if order is Order.NEWEST else finding.MOST_COMPARED
    found = await candidates(db, query, limit)
    return finding.shown_stories(((a, b, c) for a, b, c in (row.values() for row in found)), order)


async def candidates(db: Session, query: NewsQuery, limit: int) -> list[Row]:
    """(story, article to show, outlets) of the newest, the newest first; a story may come more than once."""
    wanted: dict[str, Any] = {
        "since": query.since or "-infinity",
        "until": query.until or "infinity",
        "limit": limit,
        "name": query.outlet or query.category,
    }
    if query.words is not None:
        return await with_words(db, query, wanted)
    if query.outlet is not None:
        # Who asks for an outlet is shown that outlet's own article.
        return await db.rows(OF_OUTLET, wanted)
    if query.category is not None:
        return await db.rows(OF_CATEGORY, wanted)
    return await db.rows(ALL, wanted)


async def with_words(db: Session, query: NewsQuery, wanted: dict[str, Any]) -> list[Row]:
    match = to_query(terms_of(query.words or ""))
    if not match:
        return []
    wanted = wanted | {"match": match}
    if query.since is None and query.until is None:
        return await db.rows(WITH_WORDS, wanted | {"low": 0, "high": HIGHEST, "looked": wanted["limit"]})
    wanted |= await bounds_of_period(db, query, wanted)
    first = min(finding.LOOKED_THROUGH_FIRST * wanted["limit"], finding.MOST_LOOKED_THROUGH)
    found = await db.rows(WITH_WORDS, wanted | {"looked": first})
    if len(found) < wanted["limit"] and first < finding.MOST_LOOKED_THROUGH:
        return await db.rows(WITH_WORDS, wanted | {"looked": finding.MOST_LOOKED_THROUGH})
    return found


async def bounds_of_period(db: Session, query: NewsQuery, wanted: dict[str, Any]) -> dict[str, int]:
    """Between which ids the articles of the period lie: ids grow as articles come in, so that they are close together.

    Of a period with very many it is where those of its first and of its last days lie.
    """
    if not await db.rows(IS_LONG, wanted | {"most": finding.MOST_LOOKED_THROUGH}):
        return dict(await db.row(WHOLE_PERIOD, wanted) or {"low": 1, "high": 0})
    edge = wanted | {"edge": finding.EDGE_OF_PERIOD}
    highest = await db.value(LAST_OF_PERIOD, edge) if query.until else HIGHEST
    return {"low": await db.value(FIRST_OF_PERIOD, edge), "high": highest}


async def suggest(db: Session, words: str) -> str | None:
    """See `ports.NewsStore.suggest`. Words in quotes are corrected too."""
    better = {}
    for word in finding.correctable(words):
        if await held_by(db, stem(word), most=1):
            continue
        meant = await nearest(db, word.lower())
        if meant is not None:
            better[word] = meant
    return finding.corrected(words, better)


async def held_by(db: Session, term: str, *, most: int) -> int:
    """How many articles hold the stem, counted up to `most`."""
    return int(await db.value(HOLDING, [to_query([term]), most]))


async def nearest(db: Session, word: str) -> str | None:
    """The word of the news that is nearest to one that none holds: of those equally near, the one in more articles."""
    typed = stem(word)
    words = []
    for start in finding.starts_of(typed):
        shortest, longest = len(typed) - finding.FARTHEST, len(typed) + finding.FARTHEST
        bounds = [start, f"{start}\U0010ffff", shortest, longest, finding.MOST_SPELLINGS]
        words += [row["word"] for row in await db.rows(SPELLINGS, bounds)]
    # Articles change: some of the words may be in none by now.
    for terms in finding.by_distance(typed, words):
        held = [(-count, term) for term in terms if (count := await held_by(db, term, most=MOST_HOLDING))]
        if held:
            return await as_written(db, min(held)[1], word)
    return None


async def as_written(db: Session, term: str, typed: str) -> str:
    wanted = [finding.TEXT_FOR_SPELLING, to_query([term]), finding.ARTICLES_FOR_SPELLING]
    return finding.as_written([row["text"] for row in await db.rows(WRITTEN, wanted)], term, typed)
