"""Which stories chats' next digests may tell, in PostgreSQL; the decisions are those of `choices`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage import digest_candidates
from summaries.storage.postgres.news import read_items
from summaries.storage.postgres.tsvector import to_any_query
from summaries.text.words import stem_for_search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from summaries.digests.select import Candidate
    from summaries.model import News, NewsWish
    from summaries.storage.sql.session import Session

# Stories with something new, and those of messages that never, or not surely, reached the chat, though they came before
# the last digest.
ALL = """
WITH fresh (id) AS (SELECT id FROM stories WHERE added_at >= %s UNION SELECT unnest(%s::bigint[]))
SELECT t.id, t.article_id AS best_id, s.article_id, s.outlet, s.category FROM fresh JOIN stories t ON t.id = fresh.id
    JOIN story_articles s ON s.story_id = t.id
    ORDER BY t.latest_at DESC, t.id DESC, s.dated_at DESC, s.article_id DESC
"""
UNTOLD = """
SELECT d.chat_id, d.finished_at, s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id JOIN story_articles s ON s.article_id = ANY (b.article_ids)
    WHERE d.has_untold AND d.chat_id = ANY(%s::bigint[]) AND p.state <> 'sent'
"""
# What the chat was told of, and what messages on their way will tell.
TOLD = """
SELECT t.chat_id, s.story_id FROM told_articles t JOIN story_articles s ON s.article_id = t.article_id
    WHERE t.chat_id = ANY(%(chats)s::bigint[]) AND t.article_id >= %(first)s
UNION
SELECT d.chat_id, s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id JOIN story_articles s ON s.article_id = ANY (b.article_ids)
    WHERE d.finished_at IS NULL AND p.state <> 'failed' AND d.chat_id = ANY(%(chats)s::bigint[])
"""
# What a chat waits for, and wants in its digest.
FOLDED = """
SELECT a.chat_id, a.created_at, t.id, t.article_id FROM alerts a
    JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id
    WHERE a.state = 'folded' AND a.chat_id = ANY(%s::bigint[]) AND NOT EXISTS (
        SELECT FROM told_articles d JOIN story_articles o ON o.article_id = d.article_id
        WHERE d.chat_id = a.chat_id AND o.story_id = t.id)
    ORDER BY t.latest_at DESC, t.id DESC
"""
HOLDING_ONE = "SELECT article_id FROM article_search WHERE terms @@ %s::tsquery AND article_id >= %s"


async def choose_news(db: Session, wishes: Sequence[NewsWish], limit: int) -> tuple[News, ...]:
    """See `ports.DeliveryStore.choose_news`."""
    chats = [wish.chat_id for wish in wishes]
    wanted = await wanted_by(db, wishes, digest_candidates.to_untold(await db.tuples(UNTOLD, [chats])))
    first = min((choice.first for choice in wanted), default=0)
    told = digest_candidates.to_told(await db.tuples(TOLD, {"chats": chats, "first": first}))
    folded = digest_candidates.to_folded(await db.tuples(FOLDED, [chats]))
    plans = digest_candidates.plan(wishes, wanted, told, folded, limit)
    items = {
        (length, item.stored.id): item
        for length, shown in digest_candidates.shown_by_length(plans).items()
        for item in await read_items(db, shown, length)
    }
    return digest_candidates.fill(plans, items)


async def wanted_by(
    db: Session, wishes: Sequence[NewsWish], untold: digest_candidates.Untold
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
                found = await db.tuples(ALL, [wish.since, sorted(lost)])
                candidates[wish.since, lost] = digest_candidates.to_candidates(found)
            stories, wants = candidates[wish.since, lost], wish.preferences
            first = digest_candidates.first_of(stories)
            including = await articles_with(db, wants.include, first)
            excluding = await articles_with(db, wants.exclude, first)
            made[key] = digest_candidates.choose(stories, wants, including, excluding)
        wanted.append(made[key])
    return wanted


async def articles_with(db: Session, phrases: Sequence[str], first: int) -> frozenset[int]:
    """The public articles from an id on in whose title or text one of the phrases stands, whatever its endings."""
    query = to_any_query(map(stem_for_search, phrases))
    if not query:
        return frozenset()
    return frozenset(row["article_id"] for row in await db.rows(HOLDING_ONE, [query, first], by_values=True))
