"""Which stories a query asks for, in PostgreSQL: each way of asking reads a bounded number of narrow rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from summaries.delivery.alerts import terms_of
from summaries.model import Order
from summaries.storage import search_rules
from summaries.storage.postgres.tsvector import to_query
from summaries.text.words import stem

if TYPE_CHECKING:
    from summaries.model import NewsQuery
    from summaries.storage.sql.session import Session

# How many articles hold a word that may have been meant is counted up to here.
MOST_HOLDING = 10_000
HIGHEST = 2**62

# How to look for words depends on how rare they are: a plan made for any word reads all articles for most. Whatever has
# words among its values is planned by them.
IN_PERIOD = "FROM stories WHERE latest_at >= %(since)s AND latest_at < %(until)s"
# Lists: (story, article to show, place in the list), a story once.
MOST_COVERED = f"""
SELECT id, article_id, row_number() OVER (ORDER BY outlet_count DESC, latest_at DESC, id DESC) FROM
    (SELECT id, article_id, outlet_count, latest_at {IN_PERIOD} ORDER BY latest_at DESC, id DESC LIMIT %(limit)s) t
"""
# The index holds all of `m`: of hundreds of articles no row is read.
TOLD_BY = """
SELECT DISTINCT ON (story_id) story_id, article_id, place FROM
    (SELECT m.story_id, m.article_id, row_number() OVER (ORDER BY {first}m.dated_at DESC, m.article_id DESC) AS place
    FROM (SELECT story_id, dated_at, article_id FROM story_articles WHERE {which}
    AND dated_at >= %(since)s AND dated_at < %(until)s ORDER BY dated_at DESC, article_id DESC LIMIT %(limit)s) m
    {joined}) p
    ORDER BY story_id, place
"""
OF_OUTLET, OF_CATEGORY = 'lower(outlet) = lower(%(name)s COLLATE "C")', "category = %(name)s"
WITH_WORDS = """
SELECT t.id, t.article_id, row_number() OVER (ORDER BY {first}t.latest_at DESC, t.id DESC) AS place FROM
    (SELECT DISTINCT s.story_id FROM
    (SELECT article_id FROM article_search WHERE terms @@ %(match)s::tsquery AND article_id BETWEEN %(low)s AND %(high)s
    ORDER BY article_id DESC LIMIT %(looked)s) f
    JOIN story_articles s ON s.article_id = f.article_id
    WHERE s.dated_at >= %(since)s AND s.dated_at < %(until)s) d
    JOIN stories t ON t.id = d.story_id
"""
# Pages: (story, article to show, place in the list, stories in all); of the newest, none but the page's are read.
NEWEST = f"""
SELECT id, article_id, row_number() OVER (ORDER BY latest_at DESC, id DESC),
    (SELECT count(*) FROM (SELECT {IN_PERIOD} LIMIT %(limit)s) c)
    FROM (SELECT id, article_id, latest_at {IN_PERIOD} ORDER BY latest_at DESC, id DESC
    LIMIT %(size)s OFFSET %(skipped)s) t
"""
PAGE = """
WITH listed (story_id, article_id, place) AS MATERIALIZED ({listed})
SELECT l.story_id, {shown}, l.place, (SELECT count(*) FROM listed) FROM listed l
    ORDER BY l.place LIMIT %(size)s OFFSET %(skipped)s
"""
ITS_OWN, ITS_BEST = "l.article_id", "(SELECT t.article_id FROM stories t WHERE t.id = l.story_id)"
PERIOD = "FROM story_articles WHERE dated_at >= %(since)s AND dated_at < %(until)s"
IS_LONG = f"SELECT 1 {PERIOD} LIMIT 1 OFFSET %(most)s"
WHOLE_PERIOD = f"SELECT coalesce(min(article_id), 1) AS low, coalesce(max(article_id), 0) AS high {PERIOD}"
FIRST_OF_PERIOD = f"SELECT min(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at LIMIT %(edge)s) f"
LAST_OF_PERIOD = f"SELECT max(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at DESC LIMIT %(edge)s) l"
SPELLINGS = """
SELECT word FROM search_words WHERE word >= %s AND word < %s AND length(word) BETWEEN %s AND %s ORDER BY word LIMIT %s
"""
HOLDING = "SELECT count(*) FROM (SELECT FROM article_search WHERE terms @@ %s::tsquery LIMIT %s) f"
WRITTEN = """
SELECT a.title || ' ' || substr(a.text, 1, %s) AS text FROM
    (SELECT article_id FROM article_search WHERE terms @@ %s::tsquery ORDER BY article_id DESC LIMIT %s) f
    JOIN articles a ON a.id = f.article_id
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of stories: the statement for a page of it, and its values but for `size` and `skipped`."""

    page: str
    values: dict[str, Any]


def listing_of(query: NewsQuery, order: Order) -> Listing:
    """The list that the query asks for."""
    if query.words is not None:
        listed, wanted = with_words(query, order)
        return Listing(page_of(listed), wanted)
    wanted = bounds_of(query, order)
    is_newest = order is Order.NEWEST
    if query.outlet is None and query.category is None:
        return Listing(NEWEST if is_newest else page_of(MOST_COVERED), wanted)
    # Who asks for an outlet is shown that outlet's own article.
    which, shown = (OF_CATEGORY, ITS_BEST) if query.outlet is None else (OF_OUTLET, ITS_OWN)
    joined = "" if is_newest else "JOIN stories t ON t.id = m.story_id"
    listed = TOLD_BY.format(first=first_of(order), which=which, joined=joined)
    return Listing(page_of(listed, shown), wanted | {"name": query.outlet or query.category})


def bounds_of(query: NewsQuery, order: Order) -> dict[str, Any]:
    return {
        "since": query.since or "-infinity",
        "until": query.until or "infinity",
        "limit": search_rules.MOST_LISTED if order is Order.NEWEST else search_rules.MOST_COMPARED,
    }


def first_of(order: Order) -> str:
    """What the order looks at before the date."""
    return "" if order is Order.NEWEST else "t.outlet_count DESC, "


def with_words(query: NewsQuery, order: Order) -> tuple[str, dict[str, Any]]:
    """The statement for the list of stories with the words, and its values: whatever the article's id."""
    wanted = bounds_of(query, order)
    match = {"match": to_query(terms_of(query.words or "")), "low": 0, "high": HIGHEST, "looked": wanted["limit"]}
    return WITH_WORDS.format(first=first_of(order)), wanted | match


def page_of(listed: str, shown: str = ITS_OWN) -> str:
    """The statement for a page of what the other one lists, each story shown by the article of that expression."""
    return PAGE.format(listed=listed, shown=shown)


def is_about_nothing(query: NewsQuery) -> bool:
    """Whether there are no words in what is to be looked for."""
    return query.words is not None and not to_query(terms_of(query.words))


def is_of_period(query: NewsQuery) -> bool:
    """Whether words are looked for in a period: it is not known then how many articles with them to look at."""
    return query.words is not None and (query.since is not None or query.until is not None)


async def stories_of_period(db: Session, query: NewsQuery, order: Order) -> list[search_rules.Shown]:
    """The stories of a period with the words: the newest with the words are looked through for it."""
    listed, wanted = with_words(query, order)
    wanted |= await bounds_of_period(db, query, wanted)
    most = min(search_rules.LOOKED_THROUGH_FIRST * wanted["limit"], search_rules.MOST_LOOKED_THROUGH)
    statement = f"{listed} ORDER BY place LIMIT %(limit)s"
    found = await db.tuples(statement, wanted | {"looked": most}, by_values=True)
    if len(found) < wanted["limit"] and most < search_rules.MOST_LOOKED_THROUGH:
        found = await db.tuples(statement, wanted | {"looked": search_rules.MOST_LOOKED_THROUGH}, by_values=True)
    return [(story_id, article_id) for story_id, article_id, _ in found[: search_rules.MOST_LISTED]]


async def bounds_of_period(db: Session, query: NewsQuery, wanted: dict[str, Any]) -> dict[str, int]:
    """Between which ids the articles of the period lie: ids grow as articles come in, so that they are close together.

    Of a period with very many it is where those of its first and of its last days lie.
    """
    if not await db.rows(IS_LONG, wanted | {"most": search_rules.MOST_LOOKED_THROUGH}):
        return dict(await db.row(WHOLE_PERIOD, wanted) or {"low": 1, "high": 0})
    edge = wanted | {"edge": search_rules.EDGE_OF_PERIOD}
    highest = await db.value(LAST_OF_PERIOD, edge) if query.until else HIGHEST
    return {"low": await db.value(FIRST_OF_PERIOD, edge), "high": highest}


async def suggest(db: Session, words: str) -> str | None:
    """See `ports.NewsStore.suggest`. Words in quotes are corrected too."""
    better = {}
    for word in search_rules.correctable(words):
        if await held_by(db, stem(word), most=1):
            continue
        meant = await nearest(db, word.lower())
        if meant is not None:
            better[word] = meant
    return search_rules.corrected(words, better)


async def held_by(db: Session, term: str, *, most: int) -> int:
    """How many articles hold the stem, counted up to `most`."""
    return int(await db.value(HOLDING, [to_query([term]), most], by_values=True))


async def nearest(db: Session, word: str) -> str | None:
    """The word of the news that is nearest to one that none holds: of those equally near, the one in more articles."""
    typed = stem(word)
    words = []
    for start in search_rules.starts_of(typed):
        shortest, longest = len(typed) - search_rules.FARTHEST, len(typed) + search_rules.FARTHEST
        bounds = [start, f"{start}\U0010ffff", shortest, longest, search_rules.MOST_SPELLINGS]
        words += [row["word"] for row in await db.rows(SPELLINGS, bounds)]
    # Articles change: some of the words may be in none by now.
    for terms in search_rules.by_distance(typed, words):
        # One alone needs only to be there.
        most = 1 if len(terms) == 1 else MOST_HOLDING
        held = [(-count, term) for term in terms if (count := await held_by(db, term, most=most))]
        if held:
            return await as_written(db, min(held)[1], word)
    return None


async def as_written(db: Session, term: str, typed: str) -> str:
    wanted = [search_rules.TEXT_FOR_SPELLING, to_query([term]), search_rules.ARTICLES_FOR_SPELLING]
    return search_rules.as_written([row["text"] for row in await db.rows(WRITTEN, wanted, by_values=True)], term, typed)
