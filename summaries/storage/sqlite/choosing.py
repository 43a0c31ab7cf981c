"""Which stories a chat's next digest may tell, in SQLite: those that it was not told of, and that it wants."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from summaries.digest import Candidate, Member, select
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.news import read_items
from summaries.text.stems import search_stems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import Any

    import sqlite_utils

    from summaries.model import NewsItem, Preferences

# Stories with something new, and those of messages that never reached the chat, though they came before the last
# digest; without those that it was told of.
FRESH = """
WITH fresh (id) AS (
    SELECT id FROM stories WHERE added_at >= :since
    UNION
    SELECT s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id, json_each(p.article_ids) j
        JOIN story_articles s ON s.article_id = j.value
        WHERE d.chat_id = :chat_id AND d.finished_at >= :since AND p.state IN ('failed', 'pending')
), told (id) AS (
    SELECT s.story_id FROM told_articles t JOIN story_articles s ON s.article_id = t.article_id
        WHERE t.chat_id = :chat_id
)
"""
NEWEST = (
    FRESH + "SELECT t.id, t.article_id, count(*) OVER () FROM fresh JOIN stories t ON t.id = fresh.id"
    " WHERE t.id NOT IN (SELECT id FROM told) ORDER BY t.latest_at DESC, t.id DESC LIMIT :limit"
)
ALL = (
    FRESH + "SELECT t.id, t.article_id, s.article_id, s.outlet, s.category FROM fresh JOIN stories t ON t.id = fresh.id"
    " JOIN story_articles s ON s.story_id = t.id WHERE t.id NOT IN (SELECT id FROM told)"
    " ORDER BY t.latest_at DESC, t.id DESC, s.dated_at DESC, s.article_id DESC"
)
FOLDED = """
SELECT DISTINCT t.id, t.article_id FROM alerts a JOIN story_articles s ON s.article_id = a.article_id
    JOIN stories t ON t.id = s.story_id
    WHERE a.chat_id = :chat_id AND a.state = 'folded' AND a.created_at >= :since AND NOT EXISTS (
        SELECT 1 FROM told_articles d JOIN story_articles o ON o.article_id = d.article_id
        WHERE d.chat_id = :chat_id AND o.story_id = t.id)
    ORDER BY t.latest_at DESC, t.id DESC
"""


def read_news_for(
    db: sqlite_utils.Database, chat_id: int, since: datetime, preferences: Preferences, limit: int
) -> tuple[tuple[NewsItem, ...], int]:
    """See `ports.DeliveryStore.news_for`."""
    values = {"chat_id": chat_id, "since": rows.moment(since), "limit": limit}
    # What the chat waits for, and wants in its digest, comes first, whatever else it chose.
    folded = [(story_id, article_id) for story_id, article_id in db.execute(FOLDED, values)]
    if preferences.has_filter:
        chosen = wanted(db, values, preferences)
        total = len({story_id for story_id, _ in (*folded, *chosen)})
    else:
        found = db.execute(NEWEST, values).fetchall()
        chosen = [(story_id, article_id) for story_id, article_id, _ in found]
        total = max(int(found[0][2]) if found else 0, len(folded))
    shown = dict(folded)
    for story_id, article_id in chosen:
        shown.setdefault(story_id, article_id)
    return read_items(db, list(shown.items())[:limit], preferences.length), total


def wanted(db: sqlite_utils.Database, values: dict[str, Any], preferences: Preferences) -> list[tuple[int, int]]:
    """The new stories that the chat wants, each with the article to show."""
    candidates = list(read_candidates(db, values))
    # A story may grow for days: its articles are looked up from the oldest on, not the whole archive.
    first = min((member.article_id for story in candidates for member in story.members), default=0)
    return list(
        select(
            candidates,
            preferences,
            including=articles_with(db, preferences.include, first),
            excluding=articles_with(db, preferences.exclude, first),
        )
    )


def read_candidates(db: sqlite_utils.Database, values: dict[str, Any]) -> Iterator[Candidate]:
    found = db.execute(ALL, {"chat_id": values["chat_id"], "since": values["since"]})
    for (story_id, best_id), told in groupby(found, key=lambda row: (row[0], row[1])):
        yield Candidate(story_id, best_id, tuple(Member(*row[2:]) for row in told))


def articles_with(db: sqlite_utils.Database, phrases: Sequence[str], first: int) -> frozenset[int]:
    """The public articles from an id on in whose title or text one of the phrases stands, whatever its endings."""
    stems = [phrase for phrase in map(search_stems, phrases) if phrase]
    if not stems:
        return frozenset()
    # The stems of a phrase are letters and digits alone: in quotes nothing of them is FTS5 syntax.
    expression = " OR ".join(f'"{phrase}"' for phrase in stems)
    found = db.execute(
        "SELECT rowid FROM article_search WHERE article_search MATCH ? AND rowid >= ?", [expression, first]
    )
    return frozenset(article_id for (article_id,) in found)
