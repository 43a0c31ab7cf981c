"""Which stories chats' next digests may tell, in SQLite: those that they were not told of, and that they want."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from summaries.storage import digest_candidates
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.news import read_items
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.digests.select import Candidate
    from summaries.model import News, NewsWish

# Stories with something new, and those of messages that never, or not surely, reached the chat, though they came before
# the last digest.
ALL = """
WITH fresh (id) AS (SELECT id FROM stories WHERE added_at >= ? UNION SELECT value FROM json_each(?))
SELECT t.id, t.article_id, s.article_id, s.outlet, s.category FROM fresh JOIN stories t ON t.id = fresh.id
    JOIN story_articles s ON s.story_id = t.id
    ORDER BY t.latest_at DESC, t.id DESC, s.dated_at DESC, s.article_id DESC
"""
UNTOLD = """
SELECT d.chat_id, d.finished_at, s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j JOIN story_articles s ON s.article_id = j.value
    WHERE d.has_untold AND d.chat_id IN (SELECT value FROM json_each(?)) AND p.state <> 'sent'
"""
# What the chat was told of, and what messages on their way will tell.
TOLD = """
SELECT t.chat_id, s.story_id FROM told_articles t JOIN story_articles s ON s.article_id = t.article_id
    WHERE t.chat_id IN (SELECT value FROM json_each(:chats)) AND t.article_id >= :first
UNION
SELECT d.chat_id, s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j JOIN story_articles s ON s.article_id = j.value
    WHERE d.finished_at IS NULL AND p.state <> 'failed' AND d.chat_id IN (SELECT value FROM json_each(:chats))
"""
# What a chat waits for, and wants in its digest.
FOLDED = """
SELECT DISTINCT a.chat_id, a.created_at, t.id, t.article_id FROM alerts a
    JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id
    WHERE a.state = 'folded' AND a.chat_id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
        SELECT 1 FROM told_articles d JOIN story_articles o ON o.article_id = d.article_id
        WHERE d.chat_id = a.chat_id AND o.story_id = t.id)
    ORDER BY t.latest_at DESC, t.id DESC
"""


def choose_news(db: sqlite_utils.Database, wishes: Sequence[NewsWish], limit: int) -> tuple[News, ...]:
    """See `ports.DeliveryStore.choose_news`."""
    chats = json.dumps([wish.chat_id for wish in wishes])
    wanted = wanted_by(db, wishes, digest_candidates.to_untold(db.execute(UNTOLD, [chats])))
    first = min((choice.first for choice in wanted), default=0)
    told = digest_candidates.to_told(db.execute(TOLD, {"chats": chats, "first": first}))
    folded = digest_candidates.to_folded(db.execute(FOLDED, [chats]))
    plans = digest_candidates.plan(wishes, wanted, told, folded, limit)
    items = {
        (length, item.stored.id): item
        for length, shown in digest_candidates.shown_by_length(plans).items()
        for item in read_items(db, shown, length)
    }
    return digest_candidates.fill(plans, items)


def wanted_by(
    db: sqlite_utils.Database, wishes: Sequence[NewsWish], untold: digest_candidates.Untold
) -> list[digest_candidates.Choice]:
    """What each wish is for; what wishes have in common is read once."""
    candidates: dict[tuple[datetime, frozenset[int]], tuple[Candidate, ...]] = {}
    made: dict[tuple[object, ...], digest_candidates.Choice] = {}
    wanted = []
    for wish in wishes:
        lost = digest_candidates.untold_of(wish, untold)
        key = digest_candidates.key_of(wish, lost)
        if key not in made:
            if (wish.since, lost) not in candidates:
                found = db.execute(ALL, [rows.moment(wish.since), json.dumps(sorted(lost))])
                candidates[wish.since, lost] = digest_candidates.to_candidates(found)
            stories, wants = candidates[wish.since, lost], wish.preferences
            first = digest_candidates.first_of(stories)
            including, excluding = (articles_with(db, words, first) for words in (wants.include, wants.exclude))
            made[key] = digest_candidates.choose(stories, wants, including, excluding)
        wanted.append(made[key])
    return wanted


def articles_with(db: sqlite_utils.Database, phrases: Sequence[str], first: int) -> frozenset[int]:
    """The public articles from an id on in whose title or text one of the phrases stands, whatever its endings."""
    stems = [phrase for phrase in map(stem_for_search, phrases) if phrase]
    if not stems:
        return frozenset()
    # The stems of a phrase are letters and digits alone: in quotes nothing of them is FTS5 syntax.
    expression = " OR ".join(f'"{phrase}"' for phrase in stems)
    found = db.execute(
        "SELECT rowid FROM article_search WHERE article_search MATCH ? AND rowid >= ?", [expression, first]
    )
    return frozenset(article_id for (article_id,) in found)
