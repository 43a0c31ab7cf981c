"""Statements for lists of stories, and the correction of misspelt words. Each reads a bounded number of narrow rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from summaries.delivery.alerts import terms_of
from summaries.model import Order
from summaries.storage import search_rules, values
from summaries.text.words import stem

if TYPE_CHECKING:
    from summaries.model import NewsQuery
    from summaries.storage.sql.engine import Engine
    from summaries.storage.sql.session import Session

EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
HIGHEST_ID = 2**62

# Lists: (story, article to show, position in the list), each story once.
IN_PERIOD = "FROM stories WHERE latest_at >= %(since)s AND latest_at < %(until)s"
MOST_COVERED = f"""
SELECT id, article_id, row_number() OVER (ORDER BY outlet_count DESC, latest_at DESC, id DESC) FROM
    (SELECT id, article_id, outlet_count, latest_at FROM
        (SELECT id, article_id, outlet_count, latest_at {IN_PERIOD} ORDER BY latest_at DESC, id DESC LIMIT %(limit)s) n
    ORDER BY outlet_count DESC, latest_at DESC, id DESC LIMIT %(listed)s) c
"""
# An index covers `m`: no row is read for the hundreds of articles.
OF_ARTICLES = """
SELECT story_id, article_id, place FROM
    (SELECT m.story_id, m.article_id, row_number() OVER (ORDER BY {first}m.dated_at DESC, m.article_id DESC) AS place,
        row_number() OVER (PARTITION BY m.story_id ORDER BY {first}m.dated_at DESC, m.article_id DESC) AS number
    FROM (SELECT story_id, dated_at, article_id FROM story_articles WHERE {which}
        AND dated_at >= %(since)s AND dated_at < %(until)s ORDER BY dated_at DESC, article_id DESC LIMIT %(limit)s) m
    {joined}) p
    WHERE number = 1
"""
# PostgreSQL plans each search for its own words: a plan for an average word reads most articles for a common one.
WITH_WORDS = """
SELECT t.id, t.article_id, row_number() OVER (ORDER BY {first}t.latest_at DESC, t.id DESC) AS place FROM
    (SELECT DISTINCT s.story_id FROM
        (SELECT {id} AS article_id FROM article_search WHERE {condition} AND {id} BETWEEN %(low)s AND %(high)s
        ORDER BY {id} DESC LIMIT %(looked)s) f
    JOIN story_articles s ON s.article_id = f.article_id
    WHERE s.dated_at >= %(since)s AND s.dated_at < %(until)s) d
    JOIN stories t ON t.id = d.story_id
"""
# Pages: (story, article to show, position in the list, number of stories). Of all news only the page is read.
NEWEST = f"""
SELECT id, article_id, row_number() OVER (ORDER BY latest_at DESC, id DESC),
    (SELECT count(*) FROM (SELECT 1 {IN_PERIOD} LIMIT %(limit)s) c)
    FROM (SELECT id, article_id, latest_at {IN_PERIOD} ORDER BY latest_at DESC, id DESC
        LIMIT %(size)s OFFSET %(skipped)s) t
"""
PAGE = """
WITH listed (story_id, article_id, place) AS MATERIALIZED ({listed})
SELECT l.story_id, {shown}, l.place, (SELECT count(*) FROM listed) FROM listed l
    ORDER BY l.place LIMIT %(size)s OFFSET %(skipped)s
"""
OWN_ARTICLE, BEST_ARTICLE = "l.article_id", "(SELECT t.article_id FROM stories t WHERE t.id = l.story_id)"
PERIOD = "FROM story_articles WHERE dated_at >= %(since)s AND dated_at < %(until)s"
IS_LONG = f"SELECT 1 {PERIOD} LIMIT 1 OFFSET %(most)s"
WHOLE_PERIOD = f"SELECT coalesce(min(article_id), 1) AS low, coalesce(max(article_id), 0) AS high {PERIOD}"
START_OF_PERIOD = f"SELECT min(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at LIMIT %(edge)s) f"
END_OF_PERIOD = f"SELECT max(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at DESC LIMIT %(edge)s) l"

SPELLINGS = """
SELECT word FROM search_words WHERE word >= %s AND word < %s AND length(word) BETWEEN %s AND %s ORDER BY word LIMIT %s
"""
HOLDING = "SELECT count(*) FROM (SELECT 1 FROM article_search WHERE {condition} LIMIT %(most)s) f"
WRITTEN = """
SELECT a.title || ' ' || substr(a.text, 1, %(length)s) AS text FROM
    (SELECT {id} AS article_id FROM article_search WHERE {condition} ORDER BY {id} DESC LIMIT %(most)s) f
    JOIN articles a ON a.id = f.article_id
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of stories: the statement for a page of it, and its values except `size` and `skipped`."""

    page: str
    values: dict[str, Any]


def find_listing(query: NewsQuery, order: Order, engine: Engine) -> Listing:
    """Return the list that the query asks for."""
    if query.words is not None:
        listed, wanted = find_words(query, order, engine)
        return Listing(PAGE.format(listed=listed, shown=OWN_ARTICLE), wanted)
    wanted = bounds(query, order)
    is_newest = order is Order.NEWEST
    if query.outlet is None and query.category is None:
        return Listing(NEWEST if is_newest else PAGE.format(listed=MOST_COVERED, shown=OWN_ARTICLE), wanted)
    # The list of an outlet shows the outlet's own articles.
    if query.outlet is not None:
        which, name, shown = "outlet_key = %(name)s", values.outlet_key(query.outlet), OWN_ARTICLE
    else:
        which, name, shown = "category = %(name)s", query.category, BEST_ARTICLE
    joined = "" if is_newest else "JOIN stories t ON t.id = m.story_id"
    listed = OF_ARTICLES.format(first=sorted_first(order), which=which, joined=joined)
    return Listing(PAGE.format(listed=listed, shown=shown), wanted | {"name": name})


def bounds(query: NewsQuery, order: Order) -> dict[str, Any]:
    """Return the period, and how many of the newest stories or articles to read."""
    limit = search_rules.MOST_LISTED if order is Order.NEWEST else search_rules.MOST_COMPARED
    period = {"since": query.since or EARLIEST, "until": query.until or LATEST}
    return {**period, "limit": limit, "listed": search_rules.MOST_LISTED}


def sorted_first(order: Order) -> str:
    """Return the part of ORDER BY that comes before the date."""
    return "" if order is Order.NEWEST else "t.outlet_count DESC, "


def find_words(query: NewsQuery, order: Order, engine: Engine) -> tuple[str, dict[str, Any]]:
    """Return the statement for the list of stories that contain the words, and its values for articles of any id."""
    wanted = bounds(query, order)
    match = engine.match_all(terms_of(query.words or ""))
    statement = WITH_WORDS.format(first=sorted_first(order), id=engine.search_id, condition=engine.search_condition)
    return statement, wanted | {"match": match, "low": 0, "high": HIGHEST_ID, "looked": wanted["limit"]}


def has_no_words(query: NewsQuery) -> bool:
    """Return whether a search has no words to look for."""
    return query.words is not None and not terms_of(query.words)


def is_in_period(query: NewsQuery) -> bool:
    """Return whether words are searched in a period: it is unknown then how many articles must be read."""
    return query.words is not None and (query.since is not None or query.until is not None)


async def search_period(db: Session, query: NewsQuery, order: Order) -> list[search_rules.Shown]:
    """Return the stories of a period that contain the words, from the newest articles that contain them."""
    listed, wanted = find_words(query, order, db.engine)
    wanted |= await find_ids(db, query, wanted)
    most = min(search_rules.LOOKED_THROUGH_FIRST * wanted["limit"], search_rules.MOST_LOOKED_THROUGH)
    statement = f"{listed} ORDER BY place LIMIT %(limit)s"
    found = await db.tuples(statement, wanted | {"looked": most}, by_values=True)
    if len(found) < wanted["limit"] and most < search_rules.MOST_LOOKED_THROUGH:
        found = await db.tuples(statement, wanted | {"looked": search_rules.MOST_LOOKED_THROUGH}, by_values=True)
    return [(story_id, article_id) for story_id, article_id, _ in found[: search_rules.MOST_LISTED]]


async def find_ids(db: Session, query: NewsQuery, wanted: dict[str, Any]) -> dict[str, int]:
    """Return the lowest and the highest id of the period's articles. Ids grow over time, so the range is narrow.

    For a long period, its first and last articles are sampled.
    """
    if not await db.rows(IS_LONG, wanted | {"most": search_rules.MOST_LOOKED_THROUGH}):
        return dict(await db.row(WHOLE_PERIOD, wanted) or {"low": 1, "high": 0})
    edge = wanted | {"edge": search_rules.EDGE_OF_PERIOD}
    highest = await db.value(END_OF_PERIOD, edge) if query.until else HIGHEST_ID
    return {"low": await db.value(START_OF_PERIOD, edge), "high": highest}


async def suggest(db: Session, words: str) -> str | None:
    """Return the words with unknown ones corrected, quoted ones too; see `ports.NewsStore.suggest`."""
    better = {}
    for word in search_rules.correctable(words):
        if await count_holding(db, stem(word), most=1):
            continue
        meant = await find_nearest(db, word.lower())
        if meant is not None:
            better[word] = meant
    return search_rules.corrected(words, better)


async def count_holding(db: Session, term: str, *, most: int) -> int:
    """Return how many articles contain the stem, up to `most`."""
    statement = HOLDING.format(condition=db.engine.search_condition)
    return int(await db.value(statement, {"match": db.engine.match_all([term]), "most": most}, by_values=True))


async def find_nearest(db: Session, word: str) -> str | None:
    """Return the word of the news that is nearest to `word`; of equally near ones, the most frequent."""
    typed = stem(word)
    words = []
    for start in search_rules.starts_of(typed):
        shortest, longest = len(typed) - search_rules.FARTHEST, len(typed) + search_rules.FARTHEST
        limits = [start, f"{start}\U0010ffff", shortest, longest, search_rules.MOST_SPELLINGS]
        words += [found for (found,) in await db.tuples(SPELLINGS, limits)]
    # Articles change: some of the words may no longer be in any.
    for terms in search_rules.by_distance(typed, words):
        # A single candidate only has to exist.
        most = 1 if len(terms) == 1 else search_rules.MOST_COMPARED
        counted = terms[: search_rules.MOST_COUNTED_SPELLINGS]
        held = [(-count, term) for term in counted if (count := await count_holding(db, term, most=most))]
        if held:
            return await read_spelling(db, min(held)[1], word)
    return None


async def read_spelling(db: Session, term: str, typed: str) -> str:
    """Return the form of the stem in recent articles that is nearest to `typed`."""
    statement = WRITTEN.format(id=db.engine.search_id, condition=db.engine.search_condition)
    wanted = {
        "match": db.engine.match_all([term]),
        "length": search_rules.TEXT_FOR_SPELLING,
        "most": search_rules.ARTICLES_FOR_SPELLING,
    }
    found = await db.tuples(statement, wanted, by_values=True)
    return search_rules.as_written([text for (text,) in found], term, typed)
