"""Which stories a query asks for, in SQLite: each way of asking reads a bounded number of narrow rows."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from rapidfuzz.distance import OSA

from summaries.model import Order
from summaries.storage.sqlite import rows
from summaries.text.stems import stem
from summaries.text.words import words as words_of
from summaries.watching import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import sqlite_utils

    from summaries.model import NewsQuery

# Nobody turns a hundred pages; what is older is found by its words.
MOST_LISTED = 500
# The most covered stories are looked for among so many of the newest.
MOST_COMPARED = 5_000
# Articles with the words that are looked at for those of a period.
MOST_LOOKED_THROUGH = 20_000
# Words of the index that are compared with one that it does not hold, and how far they may be from it.
MOST_SPELLINGS = 5_000
FARTHEST, FARTHEST_SHORT = 2, 1
SHORT_WORD = 5
SHORTEST_CORRECTED = 4
# Articles that are looked through for the way in which a stem is written.
ARTICLES_FOR_SPELLING = 3

_FIRST, _LAST = "0001", "9999"


def find_stories(db: sqlite_utils.Database, query: NewsQuery, order: Order) -> list[tuple[int, int]]:
    """The stories that the query asks for, each with the article to show."""
    limit = MOST_LISTED if order is Order.NEWEST else MOST_COMPARED
    firsts: dict[int, tuple[int, int]] = {}
    for story_id, article_id, outlet_count in candidates(db, query, limit):
        firsts.setdefault(story_id, (article_id, outlet_count))
    found = [(story_id, article_id, count) for story_id, (article_id, count) in firsts.items()]
    if order is Order.MOST_COVERED:
        found.sort(key=lambda story: -story[2])
    return [(story_id, article_id) for story_id, article_id, _ in found[:MOST_LISTED]]


def candidates(db: sqlite_utils.Database, query: NewsQuery, limit: int) -> Iterable[tuple[int, int, int]]:
    """(story, article to show, outlets) of the newest, the newest first; a story may come more than once."""
    values: dict[str, Any] = {
        "since": rows.moment(query.since) if query.since else _FIRST,
        "until": rows.moment(query.until) if query.until else _LAST,
        "limit": limit,
        "name": query.outlet or query.category,
    }
    if query.words is not None:
        return with_words(db, query, values)
    if query.outlet is not None:
        # Who asks for an outlet is shown that outlet's own article.
        return db.execute(
            "SELECT s.story_id, s.article_id, t.outlet_count FROM"
            " (SELECT story_id, dated_at, article_id FROM story_articles WHERE outlet = :name COLLATE NOCASE"
            " AND dated_at >= :since AND dated_at < :until ORDER BY dated_at DESC, article_id DESC LIMIT :limit) s"
            " JOIN stories t ON t.id = s.story_id ORDER BY s.dated_at DESC, s.article_id DESC",
            values,
        )
    if query.category is not None:
        return db.execute(
            "SELECT t.id, t.article_id, t.outlet_count FROM"
            " (SELECT story_id, dated_at, article_id FROM story_articles WHERE category = :name"
            " AND dated_at >= :since AND dated_at < :until ORDER BY dated_at DESC, article_id DESC LIMIT :limit) s"
            " JOIN stories t ON t.id = s.story_id ORDER BY s.dated_at DESC, s.article_id DESC",
            values,
        )
    return db.execute(
        "SELECT id, article_id, outlet_count FROM stories WHERE latest_at >= :since AND latest_at < :until"
        " ORDER BY latest_at DESC, id DESC LIMIT :limit",
        values,
    )


def with_words(db: sqlite_utils.Database, query: NewsQuery, values: dict[str, Any]) -> Iterable[tuple[int, int, int]]:
    low, high = 0, 2**62
    has_period = query.since is not None or query.until is not None
    if has_period:
        # Ids grow as articles come in: those of a period lie close together, however many others have the words.
        first, last, count = db.execute(
            "SELECT coalesce(min(article_id), 1), coalesce(max(article_id), 0), count(*) FROM"
            " (SELECT article_id FROM story_articles WHERE dated_at >= :since AND dated_at < :until LIMIT :most)",
            values | {"most": MOST_LOOKED_THROUGH + 1},
        ).fetchone()
        low, high = (first, last) if count <= MOST_LOOKED_THROUGH else (low, high)
    return db.execute(
        "SELECT t.id, t.article_id, t.outlet_count FROM"
        " (SELECT rowid FROM article_search WHERE article_search MATCH :match AND rowid BETWEEN :low AND :high"
        " ORDER BY rowid DESC LIMIT :looked) f"
        " JOIN story_articles s ON s.article_id = f.rowid JOIN stories t ON t.id = s.story_id"
        " WHERE s.dated_at >= :since AND s.dated_at < :until"
        " GROUP BY t.id ORDER BY t.latest_at DESC, t.id DESC",
        values
        | {
            "match": match_expression(query.words or ""),
            "low": low,
            "high": high,
            "looked": MOST_LOOKED_THROUGH if has_period else values["limit"],
        },
    )


def match_expression(words: str) -> str:
    """An FTS5 expression for articles that hold the stems of all the words; words in quotes together, in their order.

    Each stem is quoted, so that nothing a person types is taken for FTS5 syntax.
    """
    terms = terms_of(words)
    return " AND ".join(f'"{term.replace(chr(34), "")}"' for term in terms) if terms else '""'


def suggest(db: sqlite_utils.Database, words: str) -> str | None:
    """See `ports.NewsStore.suggest`. Words in quotes are corrected too."""
    corrected, is_other = words, False
    for word in dict.fromkeys(words_of(words)):
        if len(word) < SHORTEST_CORRECTED or not word.isalpha() or is_known(db, stem(word)):
            continue
        better = nearest(db, word.lower())
        if better is not None:
            corrected = re.sub(rf"\b{re.escape(word)}\b", better, corrected)
            is_other = True
    return corrected if is_other else None


def is_known(db: sqlite_utils.Database, term: str) -> bool:
    found = db.execute("SELECT 1 FROM article_search WHERE article_search MATCH ? LIMIT 1", [f'"{term}"'])
    return found.fetchone() is not None


def nearest(db: sqlite_utils.Database, word: str) -> str | None:
    """The word of the news that is nearest to one that none holds: of those equally near, the one in more articles."""
    typed = stem(word)
    farthest = FARTHEST if len(typed) > SHORT_WORD else FARTHEST_SHORT
    best: tuple[int, int, str] | None = None
    for term, count in spellings(db, typed):
        distance = OSA.distance(typed, term, score_cutoff=farthest)
        if distance <= farthest and (best is None or (distance, -count) < best[:2]):
            best = (distance, -count, term)
    return None if best is None else as_written(db, best[2], word)


def spellings(db: sqlite_utils.Database, typed: str) -> Iterator[tuple[str, int]]:
    """Stems that begin as the typed one, or with its first two letters swapped, and how many articles hold each."""
    for start in dict.fromkeys((typed[:2], typed[1::-1])):
        found = db.execute(
            "SELECT term, doc FROM article_words WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
            [start, f"{start}\U0010ffff", len(typed) - FARTHEST, len(typed) + FARTHEST],
        )
        yield from islice(found, MOST_SPELLINGS)


def as_written(db: sqlite_utils.Database, term: str, typed: str) -> str:
    """How the news writes the stem, of its forms the one nearest to what was typed."""
    found = db.execute(
        "SELECT a.title || ' ' || substr(a.text, 1, 5000) FROM"
        " (SELECT rowid FROM article_search WHERE article_search MATCH ? ORDER BY rowid DESC LIMIT ?) f"
        " JOIN articles a ON a.id = f.rowid",
        [f'"{term}"', ARTICLES_FOR_SPELLING],
    )
    forms = {form for (text,) in found for form in words_of(text.lower()) if stem(form) == term}
    return min(forms, key=lambda form: (OSA.distance(form, typed), form), default=term)
