"""Which stories a query asks for, in SQLite: each way of asking reads a bounded number of narrow rows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from summaries.delivery.alerts import terms_of
from summaries.model import Order
from summaries.storage import search_rules
from summaries.storage.sqlite import rows
from summaries.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlite_utils

    from summaries.model import NewsQuery

_FIRST, _LAST = "0001", "9999"
HIGHEST = 2**62

PERIOD = "FROM stories WHERE latest_at >= :since AND latest_at < :until"
COUNT = f"SELECT count(*) FROM (SELECT 1 {PERIOD} LIMIT :listed)"
NEWEST = f"SELECT id, article_id {PERIOD} ORDER BY latest_at DESC, id DESC LIMIT :size OFFSET :skipped"
MOST_COVERED = f"""
SELECT id, article_id FROM
    (SELECT id, article_id, outlet_count, latest_at {PERIOD} ORDER BY latest_at DESC, id DESC LIMIT :limit)
    ORDER BY outlet_count DESC, latest_at DESC, id DESC LIMIT :size OFFSET :skipped
"""
# The index holds all of this: of hundreds of articles no row is read.
NEWEST_OF = """
SELECT story_id, article_id, dated_at FROM story_articles WHERE {} AND dated_at >= :since AND dated_at < :until
    ORDER BY dated_at DESC, article_id DESC LIMIT :limit
"""
MOST_COVERED_OF = f"""
SELECT s.story_id, s.article_id FROM ({NEWEST_OF}) s JOIN stories t ON t.id = s.story_id
    ORDER BY t.outlet_count DESC, s.dated_at DESC, s.article_id DESC
"""
OF_OUTLET, OF_CATEGORY = "outlet = :name COLLATE NOCASE", "category = :name"
WITH_WORDS = """
SELECT t.id, t.article_id FROM
    (SELECT rowid FROM article_search WHERE article_search MATCH :match AND rowid BETWEEN :low AND :high
    ORDER BY rowid DESC LIMIT :looked) f
    JOIN story_articles s ON s.article_id = f.rowid JOIN stories t ON t.id = s.story_id
    WHERE s.dated_at >= :since AND s.dated_at < :until
    GROUP BY t.id ORDER BY {}t.latest_at DESC, t.id DESC
"""


def find_page(db: sqlite_utils.Database, query: NewsQuery, order: Order, number: int, size: int) -> search_rules.Found:
    """The page of the stories that the query asks for, each with the article to show."""
    values: dict[str, Any] = {
        "since": rows.moment(query.since) if query.since else _FIRST,
        "until": rows.moment(query.until) if query.until else _LAST,
        "limit": search_rules.MOST_LISTED if order is Order.NEWEST else search_rules.MOST_COMPARED,
    }
    if query.words is not None:
        return search_rules.page_of(with_words(db, query, values, order)[: search_rules.MOST_LISTED], number, size)
    if query.outlet is not None:
        # Who asks for an outlet is shown that outlet's own article.
        return search_rules.page_of(told_by(db, OF_OUTLET, values | {"name": query.outlet}, order), number, size)
    if query.category is not None:
        stories = told_by(db, OF_CATEGORY, values | {"name": query.category}, order)
        return by_best(db, search_rules.page_of(stories, number, size))
    return all_stories(db, values, order, number, size)


def all_stories(
    db: sqlite_utils.Database, values: dict[str, Any], order: Order, number: int, size: int
) -> search_rules.Found:
    """Only how many there are, and the page itself, are read."""
    (total,) = db.execute(COUNT, values | {"listed": search_rules.MOST_LISTED}).fetchone()
    shown = search_rules.page_shown(number, total, size)
    place = {"size": min(size, total - shown * size), "skipped": shown * size}
    statement = NEWEST if order is Order.NEWEST else MOST_COVERED
    return search_rules.Found(db.execute(statement, values | place).fetchall(), shown, total)


def told_by(db: sqlite_utils.Database, which: str, values: dict[str, Any], order: Order) -> list[search_rules.Shown]:
    """The stories that such articles tell, each with the first of them."""
    statement = NEWEST_OF if order is Order.NEWEST else MOST_COVERED_OF
    found = db.execute(statement.format(which), values).fetchall()
    return search_rules.shown_stories((story_id, article_id) for story_id, article_id, *_ in found)


def by_best(db: sqlite_utils.Database, found: search_rules.Found) -> search_rules.Found:
    """The same page, each story with its best article."""
    stories = [story_id for story_id, _ in found.shown]
    best = dict(
        db.execute(
            "SELECT id, article_id FROM stories WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(stories)]
        )
    )
    return replace(found, shown=[(story_id, best[story_id]) for story_id in stories])


def with_words(
    db: sqlite_utils.Database, query: NewsQuery, values: dict[str, Any], order: Order
) -> list[search_rules.Shown]:
    """Those with the words: of a period, the newest with the words are looked through for it."""
    statement = WITH_WORDS.format("" if order is Order.NEWEST else "t.outlet_count DESC, ")
    values = values | {"match": match_expression(query.words or "")}
    if query.since is None and query.until is None:
        return looked_through(db, statement, values | {"low": 0, "high": HIGHEST}, values["limit"])
    values |= bounds_of_period(db, query, values)
    first = min(search_rules.LOOKED_THROUGH_FIRST * values["limit"], search_rules.MOST_LOOKED_THROUGH)
    found = looked_through(db, statement, values, first)
    if len(found) < values["limit"] and first < search_rules.MOST_LOOKED_THROUGH:
        return looked_through(db, statement, values, search_rules.MOST_LOOKED_THROUGH)
    return found


def bounds_of_period(db: sqlite_utils.Database, query: NewsQuery, values: dict[str, Any]) -> dict[str, int]:
    """Between which ids the articles of the period lie: ids grow as articles come in, so that they are close together.

    Of a period with very many it is where those of its first and of its last days lie.
    """
    period = "FROM story_articles WHERE dated_at >= :since AND dated_at < :until"
    most = values | {"most": search_rules.MOST_LOOKED_THROUGH}
    if db.execute(f"SELECT 1 {period} LIMIT 1 OFFSET :most", most).fetchone() is None:
        lowest, highest = db.execute(f"SELECT min(article_id), max(article_id) {period}", values).fetchone()
        return {"low": lowest or 1, "high": highest or 0}
    edge = values | {"edge": search_rules.EDGE_OF_PERIOD}
    first = f"SELECT article_id AS id {period} ORDER BY dated_at LIMIT :edge"
    last = f"SELECT article_id AS id {period} ORDER BY dated_at DESC LIMIT :edge"
    (lowest,) = db.execute(f"SELECT min(id) FROM ({first})", edge).fetchone()
    (highest,) = db.execute(f"SELECT max(id) FROM ({last})", edge).fetchone() if query.until else (HIGHEST,)
    return {"low": lowest, "high": highest}


def looked_through(
    db: sqlite_utils.Database, statement: str, values: dict[str, Any], most: int
) -> list[search_rules.Shown]:
    """The stories of the newest `most` articles with the words, as far as they are of the period."""
    return db.execute(statement, values | {"looked": most}).fetchall()


def match_expression(words: str) -> str:
    """An FTS5 expression for articles that hold the stems of all the words; words in quotes together, in their order.

    Each stem is quoted, so that nothing a person types is taken for FTS5 syntax.
    """
    terms = terms_of(words)
    return " AND ".join(f'"{term.replace(chr(34), "")}"' for term in terms) if terms else '""'


def suggest(db: sqlite_utils.Database, words: str) -> str | None:
    """See `ports.NewsStore.suggest`. Words in quotes are corrected too."""
    unknown = [word for word in search_rules.correctable(words) if not is_known(db, stem(word))]
    found = ((word, nearest(db, word.lower())) for word in unknown)
    return search_rules.corrected(words, {word: better for word, better in found if better is not None})


def is_known(db: sqlite_utils.Database, term: str) -> bool:
    found = db.execute("SELECT 1 FROM article_search WHERE article_search MATCH ? LIMIT 1", [f'"{term}"'])
    return found.fetchone() is not None


def nearest(db: sqlite_utils.Database, word: str) -> str | None:
    """The word of the news that is nearest to one that none holds: of those equally near, the one in more articles."""
    typed = stem(word)
    for terms in search_rules.by_distance(typed, spellings(db, typed)):
        counts = {term: articles_with(db, term) for term in terms[: search_rules.MOST_COUNTED_SPELLINGS]}
        # The articles of a stem may be gone.
        if any(counts.values()):
            return as_written(db, max(counts, key=counts.__getitem__), word)
    return None


def articles_with(db: sqlite_utils.Database, term: str) -> int:
    """How many articles hold the stem; very many are not all counted."""
    counted = "SELECT count(*) FROM (SELECT 1 FROM article_search WHERE article_search MATCH ? LIMIT ?)"
    return int(db.execute(counted, [f'"{term}"', search_rules.MOST_COMPARED]).fetchone()[0])


def spellings(db: sqlite_utils.Database, typed: str) -> Iterator[str]:
    """Stems that the typed one may have been meant for."""
    for start in search_rules.starts_of(typed):
        shortest, longest = len(typed) - search_rules.FARTHEST, len(typed) + search_rules.FARTHEST
        found = db.execute(
            "SELECT word FROM search_words WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ? LIMIT ?",
            [start, f"{start}\U0010ffff", shortest, longest, search_rules.MOST_SPELLINGS],
        )
        yield from (term for (term,) in found)


def as_written(db: sqlite_utils.Database, term: str, typed: str) -> str:
    found = db.execute(
        "SELECT a.title || ' ' || substr(a.text, 1, ?) FROM"
        " (SELECT rowid FROM article_search WHERE article_search MATCH ? ORDER BY rowid DESC LIMIT ?) f"
        " JOIN articles a ON a.id = f.rowid",
        [search_rules.TEXT_FOR_SPELLING, f'"{term}"', search_rules.ARTICLES_FOR_SPELLING],
    )
    return search_rules.as_written((text for (text,) in found), term, typed)
