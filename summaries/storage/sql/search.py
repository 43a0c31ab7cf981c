"""Statements for lists of stories, and the correction of misspelt words. Each reads a bounded number of narrow rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from summaries.delivery.alerts import terms_of
from summaries.model import NewsQuery, Order
from summaries.storage import search_rules, values
from summaries.storage.sql.session import Engine, Session
from summaries.text.words import split_words, stem, stem_for_search

# As text, which both databases compare with times.
EARLIEST, LATEST = "0001-01-01T00:00:00+00:00", "9999-12-31T00:00:00+00:00"
HIGHEST_ID = 2**62

# Lists: (story, article to show) in the order of the list. A story may come more than once: its first row counts.
IN_PERIOD = "FROM stories WHERE NOT is_hidden AND latest_at >= %(since)s AND latest_at < %(until)s"
COUNT = f"SELECT count(*) FROM (SELECT 1 {IN_PERIOD} LIMIT %(limit)s) c"
# The stories with the newest articles, by the age of the article that is shown.
NEWEST = f"""
SELECT n.id, n.article_id FROM
    (SELECT id, article_id {IN_PERIOD} ORDER BY latest_at DESC, id DESC LIMIT %(limit)s) n
    JOIN story_articles b ON b.article_id = n.article_id
    ORDER BY b.dated_at DESC, n.id DESC LIMIT %(size)s OFFSET %(skipped)s
"""
MOST_COVERED = f"""
SELECT id, article_id FROM
    (SELECT id, article_id, outlet_count, latest_at {IN_PERIOD} ORDER BY latest_at DESC, id DESC LIMIT %(limit)s) n
    ORDER BY outlet_count DESC, latest_at DESC, id DESC LIMIT %(listed)s
"""
# An index covers these: no row is read for the hundreds of articles.
NEWEST_OF = """
SELECT story_id, article_id FROM story_articles WHERE {which} AND dated_at >= %(since)s AND dated_at < %(until)s
    AND story_id NOT IN (SELECT id FROM stories WHERE is_hidden)
    ORDER BY dated_at DESC, article_id DESC LIMIT %(limit)s
"""
IS_IN_REGION = """
article_id IN (SELECT article_id FROM region_articles WHERE region = %(name)s AND dated_at >= %(since)s
    AND dated_at < %(until)s ORDER BY dated_at DESC, article_id DESC LIMIT %(limit)s)
"""
NEWEST_WITH_DATE = NEWEST_OF.replace("article_id FROM", "article_id, dated_at FROM")
# A topic's list shows the best article of each story, an outlet's list the outlet's own.
NEWEST_OF_TOPIC = f"""
SELECT m.story_id, t.article_id FROM ({NEWEST_OF}) m JOIN stories t ON t.id = m.story_id
    JOIN story_articles b ON b.article_id = t.article_id ORDER BY b.dated_at DESC, t.id DESC
"""
MOST_COVERED_OF = f"""
SELECT m.story_id, {{shown}} FROM ({NEWEST_WITH_DATE}) m JOIN stories t ON t.id = m.story_id
    ORDER BY t.outlet_count DESC, m.dated_at DESC, m.article_id DESC
"""
# PostgreSQL plans each search for its own words: a plan for an average word reads most articles for a common one.
WITH_WORDS = """
SELECT t.id, t.article_id{more} FROM
    (SELECT {id} AS article_id FROM article_search WHERE {condition} AND {id} BETWEEN %(low)s AND %(high)s
    ORDER BY {id} DESC LIMIT %(looked)s) f
    JOIN story_articles s ON s.article_id = f.article_id JOIN stories t ON t.id = s.story_id
    JOIN story_articles b ON b.article_id = t.article_id
    WHERE s.dated_at >= %(since)s AND s.dated_at < %(until)s AND NOT t.is_hidden
    GROUP BY t.id, b.dated_at ORDER BY {first}b.dated_at DESC, t.id DESC
"""
# The newest of these, by relevance and age: a story's age counts as less, the more of the words are in the title of its
# newest article with them. Only the titles of the stories in the list are read.
BY_RELEVANCE = """
SELECT r.id, r.article_id FROM
    (SELECT t.id, t.article_id, t.latest_at, max({days}) OVER () - {days} + 1 AS age, ({hits}) * 1.0 / {count} AS hits
    FROM (SELECT l.*, {title_stems} AS title FROM ({found} LIMIT %(listed)s) l JOIN articles a ON a.id = l.found) t) r
    ORDER BY r.age / (1 + %(title_weight)s * r.hits), r.latest_at DESC, r.id DESC
"""
HIT = "CASE WHEN ' ' || t.title || ' ' LIKE %(term{n})s THEN 1 ELSE 0 END"
PERIOD = "FROM story_articles WHERE dated_at >= %(since)s AND dated_at < %(until)s"
IS_LONG = f"SELECT 1 {PERIOD} LIMIT 1 OFFSET %(most)s"
WHOLE_PERIOD = f"SELECT coalesce(min(article_id), 1) AS low, coalesce(max(article_id), 0) AS high {PERIOD}"
START_OF_PERIOD = f"SELECT min(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at LIMIT %(edge)s) f"
END_OF_PERIOD = f"SELECT max(a) FROM (SELECT article_id AS a {PERIOD} ORDER BY dated_at DESC LIMIT %(edge)s) l"

PHRASES = "SELECT {id} FROM article_search WHERE {condition} AND {id} >= %(first)s"
PUBLIC = "SELECT id, title, text FROM articles WHERE id = ANY(%s::bigint[]) AND is_public ORDER BY id"
SPELLINGS = """
SELECT word FROM search_words WHERE word >= %s AND word < %s AND length(word) BETWEEN %s AND %s ORDER BY word LIMIT %s
"""
HOLDING = "SELECT count(*) FROM (SELECT 1 FROM article_search WHERE {condition} LIMIT %(most)s) f"
WRITTEN = """
SELECT a.title, a.text FROM
    (SELECT {id} AS article_id FROM article_search WHERE {condition} ORDER BY {id} DESC LIMIT %(most)s) f
    JOIN articles a ON a.id = f.article_id
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of stories.

    `statement` returns the whole list. For the list of all news it returns one page, with the values `size` and
    `skipped`, and `count` the length of the list. A search `is_in_period` if it has dates: it is unknown then how many
    articles must be read.
    """

    statement: str
    values: dict[str, Any]
    count: str | None = None
    is_search: bool = False
    is_in_period: bool = False


def find_listing(query: NewsQuery, order: Order, engine: Engine) -> Listing | None:
    """Return the list that the query asks for, or None for a search without words to look for."""
    wanted = bounds(query, order)
    is_newest = order is Order.NEWEST
    if query.words is not None:
        if not (terms := terms_of(query.words)):
            return None
        wanted |= {"match": engine.match(terms), "low": 0, "high": HIGHEST_ID, "looked": wanted["limit"]}
        if is_newest:
            statement = rank(terms, engine)
            wanted |= {f"term{n}": f"% {term} %" for n, term in enumerate(terms)}
            wanted |= {"title_weight": search_rules.TITLE_WEIGHT}
        else:
            first = "t.outlet_count DESC, "
            statement = WITH_WORDS.format(first=first, more="", id=engine.search_id, condition=engine.search_condition)
        return Listing(statement, wanted, is_search=True, is_in_period=bool(query.since or query.until))
    if query.outlet is None and query.category is None and query.region is None:
        return Listing(NEWEST, wanted, count=COUNT) if is_newest else Listing(MOST_COVERED, wanted)
    if query.outlet is not None:
        listed = NEWEST_OF if is_newest else MOST_COVERED_OF
        name = values.outlet_key(query.outlet)
        return Listing(listed.format(which="outlet_key = %(name)s", shown="m.article_id"), wanted | {"name": name})
    listed = NEWEST_OF_TOPIC if is_newest else MOST_COVERED_OF
    which = IS_IN_REGION if query.region else "category = %(name)s"
    return Listing(listed.format(which=which, shown="t.article_id"), wanted | {"name": query.region or query.category})


def rank(terms: Sequence[str], engine: Engine) -> str:
    """Return the statement for stories with the terms, by relevance and age; its values are `term0`, `term1`, …"""
    found = WITH_WORDS.format(
        first="",
        more=", t.latest_at, max(f.article_id) AS found",
        id=engine.search_id,
        condition=engine.search_condition,
    )
    return BY_RELEVANCE.format(
        found=found,
        title_stems=engine.title_stems.format("a"),
        days=engine.days.format("t.latest_at"),
        hits=" + ".join(HIT.format(n=n) for n in range(len(terms))),
        count=len(terms),
    )


def bounds(query: NewsQuery, order: Order) -> dict[str, Any]:
    """Return the period, and how many of the newest stories or articles to read."""
    limit = search_rules.MOST_LISTED if order is Order.NEWEST else search_rules.MOST_COMPARED
    period = {"since": query.since or EARLIEST, "until": query.until or LATEST}
    return {**period, "limit": limit, "listed": search_rules.MOST_LISTED}


async def read_list(db: Session, listing: Listing) -> list[search_rules.Shown]:
    """Return the whole list, except the list of all news.

    For words in a period, the newest articles that contain them are read first, and more if they yield too little.
    """
    if not listing.is_in_period:
        found = await db.tuples(listing.statement, listing.values, by_values=listing.is_search)
        return found[: search_rules.MOST_LISTED] if listing.is_search else search_rules.drop_repeated(found)
    wanted = listing.values | await find_ids(db, listing.values)
    most = min(search_rules.LOOKED_THROUGH_FIRST * wanted["limit"], search_rules.MOST_LOOKED_THROUGH)
    found = await db.tuples(listing.statement, wanted | {"looked": most}, by_values=True)
    if len(found) < wanted["limit"] and most < search_rules.MOST_LOOKED_THROUGH:
        wanted["looked"] = search_rules.MOST_LOOKED_THROUGH
        found = await db.tuples(listing.statement, wanted, by_values=True)
    return found[: search_rules.MOST_LISTED]


async def find_ids(db: Session, wanted: dict[str, Any]) -> dict[str, int]:
    """Return the lowest and the highest id of the period's articles. Ids grow over time, so the range is narrow.

    For a long period, its first and last articles are sampled.
    """
    if not await db.rows(IS_LONG, wanted | {"most": search_rules.MOST_LOOKED_THROUGH}):
        return dict(await db.row(WHOLE_PERIOD, wanted) or {"low": 1, "high": 0})
    edge = wanted | {"edge": search_rules.EDGE_OF_PERIOD}
    highest = await db.value(END_OF_PERIOD, edge) if wanted["until"] != LATEST else HIGHEST_ID
    return {"low": await db.value(START_OF_PERIOD, edge), "high": highest}


async def find_phrases(db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
    """Return the public articles with ids from `first` on that contain one of the phrases in any inflection."""
    stems = [phrase for phrase in map(stem_for_search, phrases) if phrase]
    if not stems:
        return frozenset()
    statement = PHRASES.format(id=db.engine.search_id, condition=db.engine.search_condition)
    found = await db.tuples(statement, {"match": db.engine.match(stems, is_any=True), "first": first}, by_values=True)
    return frozenset(article_id for (article_id,) in found)


async def read_stems(db: Session, article_ids: Sequence[int]) -> list[tuple[int, str, str]]:
    """Return (article, stems of its title, stems of its text) of public articles, by article."""
    return await db.compute(stem_articles, await db.tuples(PUBLIC, [list(article_ids)]))


def stem_articles(rows: Sequence[Sequence[Any]]) -> list[tuple[int, str, str]]:
    return [
        (article_id, stem_for_search(title), stem_for_search(values.to_text(text))) for article_id, title, text in rows
    ]


async def suggest(db: Session, words: str) -> str | None:
    """Return the words with unknown ones corrected, quoted ones too; see `ports.NewsStore.suggest`."""
    corrected = words
    for word in dict.fromkeys(split_words(words)):
        if len(word) < search_rules.SHORTEST_CORRECTED or not word.isalpha():
            continue
        if stem(word) in search_rules.load_usual_stems() or await count_holding(db, [stem(word)], most=1):
            continue
        if meant := await find_nearest(db, word.lower()):
            corrected = re.sub(rf"\b{re.escape(word)}\b", meant, corrected)
    if corrected == words or not await count_holding(db, terms_of(corrected), most=1):
        return None
    return corrected


async def count_holding(db: Session, terms: Sequence[str], *, most: int) -> int:
    """Return how many articles contain all the stems, up to `most`."""
    statement = HOLDING.format(condition=db.engine.search_condition)
    return int(await db.value(statement, {"match": db.engine.match(terms), "most": most}, by_values=True))


async def find_nearest(db: Session, word: str) -> str | None:
    """Return the word of the news that is nearest to `word`; of equally near ones, the most frequent."""
    typed = stem(word)
    words = []
    # The first two letters, and with them swapped.
    for start in dict.fromkeys((typed[:2], typed[1::-1])):
        shortest, longest = len(typed) - search_rules.FARTHEST, len(typed) + search_rules.FARTHEST
        limits = [start, f"{start}\U0010ffff", shortest, longest, search_rules.MOST_SPELLINGS]
        words += [found for (found,) in await db.tuples(SPELLINGS, limits)]
    # Articles change: some of the words may no longer be in any.
    usual = search_rules.load_usual_stems()
    for terms in search_rules.group_by_distance(typed, words):
        # A single candidate is compared with none.
        most = search_rules.MIN_HOLDING if len(terms) == 1 else search_rules.MOST_COMPARED
        held = []
        for term in terms[: search_rules.MOST_COUNTED_SPELLINGS]:
            count = await count_holding(db, [term], most=most)
            if count >= (1 if term in usual else search_rules.MIN_HOLDING):
                held.append((-count, term))
        if held:
            return await read_spelling(db, min(held)[1], word)
    return None


async def read_spelling(db: Session, term: str, typed: str) -> str:
    """Return the form of the stem in recent articles that is nearest to `typed`."""
    statement = WRITTEN.format(id=db.engine.search_id, condition=db.engine.search_condition)
    wanted = {"match": db.engine.match([term]), "most": search_rules.ARTICLES_FOR_SPELLING}
    found = await db.tuples(statement, wanted, by_values=True)
    texts = [f"{title} {values.to_text(text)[: search_rules.TEXT_FOR_SPELLING]}" for title, text in found]
    return search_rules.choose_spelling(texts, term, typed)
