"""The alerts for the articles that watches found. Sending them is the outbox's task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from summaries.model import DueFollow, FollowDecision, FreshArticle, FreshNews, Watch
from summaries.storage import values
from summaries.storage.sql.follows import mark_due, put_considered, put_developments, read_due
from summaries.storage.sql.search import read_stems
from summaries.storage.sql.session import Row, Session, SqlStore, reads, writes
from summaries.storage.sql.watches import WATCHES, to_watch

LISTENING = f"{WATCHES} WHERE w.listens_since IS NOT NULL AND w.article_id IS NULL ORDER BY w.id"
# The end of the last look, or the time from which a watch listens, whichever is later.
SEEN = """
SELECT w.since, s.added_at, s.article_id
    FROM (SELECT min(listens_since) AS since FROM watches) w LEFT JOIN watch_state s ON true
"""
# Articles wait until their stories are linked to chains, which chats may follow.
UNLINKED = """
SELECT min(s.added_at) FROM stories t JOIN story_articles s ON s.story_id = t.id
    WHERE t.chain_id IS NULL AND s.added_at >= %s
"""
FRESH = """
SELECT s.article_id, s.added_at FROM stories t JOIN story_articles s ON s.story_id = t.id
    WHERE NOT t.is_hidden AND t.added_at >= %(since)s AND (s.added_at, s.article_id) > (%(since)s, %(after)s)
    AND s.added_at <= %(until)s AND s.dated_at >= %(oldest)s ORDER BY s.added_at, s.article_id LIMIT %(limit)s
"""
# An alert or a digest covered the story for this chat already.
IS_COVERED = """
SELECT 1 FROM story_articles mine JOIN story_articles other ON other.story_id = mine.story_id
    WHERE mine.article_id = %(article_id)s AND (
        EXISTS (SELECT 1 FROM outbox a WHERE a.chat_id = %(chat_id)s AND a.article_id = other.article_id)
        OR EXISTS (SELECT 1 FROM delivered_articles t
            WHERE t.chat_id = %(chat_id)s AND t.article_id = other.article_id))
    LIMIT 1
"""
LISTENS = """
SELECT w.is_folded FROM watches w JOIN story_articles s ON s.article_id = %(article_id)s
    WHERE w.id = %(watch_id)s AND s.added_at > w.listens_since
"""
LAST_SENT = """
SELECT max(sent_at) FROM outbox WHERE chat_id = %(chat_id)s AND article_id IS NOT NULL AND sent_at <= %(now)s
"""
SAVE = """
INSERT INTO outbox (kind, chat_id, watch_id, article_id, state, not_before, created_at)
    VALUES ('alert', %(chat_id)s, %(watch_id)s, %(article_id)s, %(state)s, %(not_before)s, %(now)s)
"""
# Another process may have looked further.
LOOKED = """
INSERT INTO watch_state (id, added_at, article_id) VALUES (1, %s, %s) ON CONFLICT (id) DO UPDATE
    SET added_at = excluded.added_at, article_id = excluded.article_id
    WHERE (excluded.added_at, excluded.article_id) > (watch_state.added_at, watch_state.article_id)
"""
STORED = """
SELECT max(created_at) AS moment FROM outbox WHERE article_id IS NOT NULL
UNION ALL SELECT added_at FROM watch_state UNION ALL SELECT max(listens_since) FROM watches
"""
# The alerts stay: a chat gets at most one alert for a story.
REALIGN = (
    "UPDATE watch_state SET added_at = %(now)s, article_id = 0 WHERE added_at > %(now)s",
    "UPDATE watches SET listens_since = %(now)s WHERE listens_since > %(now)s",
    "UPDATE watches SET due_at = %(now)s WHERE due_at > %(now)s",
    "UPDATE watches SET created_at = %(now)s WHERE created_at > %(now)s",
    "UPDATE outbox SET created_at = %(now)s WHERE article_id IS NOT NULL AND created_at > %(now)s",
    "UPDATE outbox SET sent_at = %(now)s WHERE article_id IS NOT NULL AND sent_at > %(now)s",
)


class AlertRows(SqlStore):
    """Implements `ports.AlertStore`."""

    @reads
    async def fresh(self, db: Session, *, until: datetime, oldest: datetime, limit: int) -> FreshNews | None:
        seen = await db.row(SEEN)
        if seen is None or seen["since"] is None:
            return None
        since, after = seen["since"], 0
        if seen["added_at"] is not None:
            since, after = max((since, after), (seen["added_at"], seen["article_id"]))
        if (unlinked := await db.value(UNLINKED, [since])) is not None:
            until = min(until, values.to_moment(unlinked) - timedelta.resolution)
        wanted = {"since": since, "after": after, "until": until, "oldest": oldest, "limit": limit}
        found = await db.rows(FRESH, wanted)
        if not found:
            return None
        stems = await read_stems(db, [row["article_id"] for row in found])
        last = found[-1]
        articles = tuple(FreshArticle(*row) for row in stems)
        return FreshNews(articles, values.to_moment(last["added_at"]), last["article_id"])

    async def watches(self) -> tuple[Watch, ...]:
        return tuple(map(to_watch, await self.database.rows(LISTENING)))

    @writes
    async def put(
        self,
        db: Session,
        found: Sequence[tuple[Watch, int]],
        *,
        looked_at: FreshNews | None,
        now: datetime,
        pace: timedelta,
    ) -> int:
        await db.lock_for_bot("alerts")
        count = sum([await put_alert(db, watch, article_id, now, pace) for watch, article_id in found])
        if looked_at is not None:
            await mark_due(db, [article.article_id for article in looked_at.articles], now=now)
            await db.run(LOOKED, [looked_at.added_at, looked_at.article_id])
        return count

    @reads
    async def due_follows(self, db: Session, *, now: datetime, oldest: datetime, limit: int) -> tuple[DueFollow, ...]:
        return tuple(await read_due(db, now=now, oldest=oldest, limit=limit))

    @writes
    async def put_decision(self, db: Session, decided: FollowDecision, *, now: datetime, pace: timedelta) -> int:
        await db.lock_for_bot("alerts")
        if not await put_considered(db, decided, now):
            return 0
        watch = decided.follow.watch
        if watch.is_folded:
            found = [report.coverage.article_id for report in decided.follow.reports]
            return sum([await save_alert(db, watch, article_id, now, None) for article_id in found])
        not_before = await find_free_time(db, watch.chat.chat_id, now, pace)
        return await put_developments(db, decided, not_before, now)

    async def latest_stored_at(self) -> datetime | None:
        found = await self.database.rows(STORED)
        return max((values.to_moment(row["moment"]) for row in found if row["moment"]), default=None)

    @writes
    async def repair_after_clock_rollback(self, db: Session, *, now: datetime) -> int:
        return sum([await db.run(statement, {"now": now}) for statement in REALIGN])


async def put_alert(db: Session, watch: Watch, article_id: int, now: datetime, pace: timedelta) -> bool:
    """Store an alert unless the watch was not listening or its chat knows the story; return whether it was stored."""
    listening = await db.row(LISTENS, {"watch_id": watch.id, "article_id": article_id})
    if listening is None:
        return False
    is_folded = bool(listening["is_folded"])
    not_before = None if is_folded else await find_free_time(db, watch.chat.chat_id, now, pace)
    return await save_alert(db, watch, article_id, now, not_before)


async def save_alert(db: Session, watch: Watch, article_id: int, now: datetime, not_before: datetime | None) -> bool:
    """Store an alert that is sent from `not_before` on, or else comes with the digest; return False if the chat knows
    the story."""
    row: Row = {"watch_id": watch.id, "chat_id": watch.chat.chat_id, "article_id": article_id, "now": now}
    if await db.row(IS_COVERED, row):
        return False
    await db.run(SAVE, {**row, "state": "pending" if not_before else "folded", "not_before": not_before})
    return True


async def find_free_time(db: Session, chat_id: int, now: datetime, pace: timedelta) -> datetime:
    """Return the time, from `now`, at which `pace` has passed since the chat's last alert."""
    last = await db.value(LAST_SENT, {"chat_id": chat_id, "now": now})
    return max(now, values.to_moment(last) + pace) if last else now
