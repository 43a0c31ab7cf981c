"""The alerts of what watches found. While one is claimed, `not_before` is the end of its lease."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summaries.errors import LeaseLost
from summaries.model import AlertBatch, FreshArticle, FreshNews, PartState
from summaries.storage import values
from summaries.storage.sql.watches import WATCHES, to_watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from summaries.model import Length, Watch
    from summaries.storage.sql.session import Row, Session, Sessions

# How far was looked, or since when a watch listens, whichever is later.
SEEN = """
SELECT w.since, s.added_at, s.article_id
    FROM (SELECT min(listens_since) AS since FROM watches) w LEFT JOIN watch_state s ON true
"""
FRESH = """
SELECT s.article_id, s.added_at FROM stories t JOIN story_articles s ON s.story_id = t.id
    WHERE t.added_at >= %(since)s AND (s.added_at, s.article_id) > (%(since)s, %(after)s)
    AND s.added_at <= %(until)s AND s.dated_at >= %(oldest)s ORDER BY s.added_at, s.article_id LIMIT %(limit)s
"""
# The chat was told of the story already: by an alert, or in a digest.
IS_TOLD = """
SELECT 1 FROM story_articles mine JOIN story_articles other ON other.story_id = mine.story_id
    WHERE mine.article_id = %(article_id)s AND (
        EXISTS (SELECT 1 FROM alerts a WHERE a.chat_id = %(chat_id)s AND a.article_id = other.article_id)
        OR EXISTS (SELECT 1 FROM told_articles t WHERE t.chat_id = %(chat_id)s AND t.article_id = other.article_id))
    LIMIT 1
"""
IS_MEANT = """
SELECT w.is_folded FROM watches w JOIN story_articles s ON s.article_id = %(article_id)s
    WHERE w.id = %(watch_id)s AND s.added_at > w.listens_since
"""
# What waited, for its turn or for the end of quiet hours, while a digest told its story; nothing of it is out.
DROP_TOLD = """
UPDATE alerts SET state = 'folded' WHERE id IN (
    SELECT id FROM alerts w WHERE state = 'pending' AND copies = 0 AND not_before <= %s AND EXISTS (
        SELECT 1 FROM story_articles mine JOIN story_articles other ON other.story_id = mine.story_id
        JOIN told_articles t ON t.chat_id = w.chat_id AND t.article_id = other.article_id
        WHERE mine.article_id = w.article_id)
    FOR UPDATE SKIP LOCKED)
"""
DUE = "state IN ('pending', 'sending', 'uncertain') AND not_before <= %(now)s"
# The chat's oldest alert names the watch whose turn it is; what another process has is passed by.
TURNS = f"""
SELECT watch_id, id, copies FROM alerts WHERE id IN (
    SELECT min(id) FROM alerts WHERE {DUE} GROUP BY chat_id) AND {DUE}
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
# What failed before is not mixed with what did not: it may be out already.
BATCH = f"""
SELECT a.id, a.article_id, s.story_id, t.article_id AS best_id, a.attempts, a.copies FROM alerts a
    JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id
    WHERE a.watch_id = %(watch_id)s AND a.id >= %(first)s AND {DUE} AND a.copies = %(copies)s
    ORDER BY a.id LIMIT %(most)s FOR UPDATE OF a SKIP LOCKED
"""

CLAIM = """
UPDATE alerts SET not_before = %(until)s, is_claimed = true, lease_owner = %(owner)s WHERE id = ANY(%(ids)s::bigint[])
"""
# Another process may have looked further.
LOOKED = """
INSERT INTO watch_state (id, added_at, article_id) VALUES (1, %s, %s) ON CONFLICT (id) DO UPDATE
    SET added_at = excluded.added_at, article_id = excluded.article_id
    WHERE (excluded.added_at, excluded.article_id) > (watch_state.added_at, watch_state.article_id)
"""
SENDING = """
UPDATE alerts SET state = 'sending', attempts = attempts + 1, copies = copies + 1, not_before = %(until)s
    WHERE id = ANY(%(ids)s::bigint[]) AND not_before = %(lease)s AND state IN ('pending', 'sending', 'uncertain')
"""


class AlertRows:
    """Fulfils `ports.AlertStore`."""

    def __init__(self, database: Sessions) -> None:
        self._database = database

    async def fresh(self, *, until: datetime, oldest: datetime, limit: int) -> FreshNews | None:
        async def work(db: Session) -> FreshNews | None:
            seen = await db.row(SEEN)
            if seen is None or seen["since"] is None:
                return None
            since, after = seen["since"], 0
            if seen["added_at"] is not None:
                since, after = max((since, after), (seen["added_at"], seen["article_id"]))
            wanted = {"since": since, "after": after, "until": until, "oldest": oldest, "limit": limit}
            found = await db.rows(FRESH, wanted)
            if not found:
                return None
            stems = await db.engine.read_stems(db, [row["article_id"] for row in found])
            last = found[-1]
            articles = tuple(FreshArticle(*row) for row in stems)
            return FreshNews(articles, values.to_moment(last["added_at"]), last["article_id"])

        return await self._database.read(work)

    async def watches(self) -> tuple[Watch, ...]:
        return tuple(map(to_watch, await self._database.rows(f"{WATCHES} WHERE listens_since IS NOT NULL ORDER BY id")))

    async def put(
        self, found: Sequence[tuple[Watch, int]], *, looked_at: FreshNews | None, now: datetime, pace: timedelta
    ) -> int:
        async def work(db: Session) -> int:
            await db.lock_for_bot("alerts")
            count = sum([await put_alert(db, watch, article_id, now, pace) for watch, article_id in found])
            if looked_at is not None:
                await db.run(LOOKED, [looked_at.added_at, looked_at.article_id])
            return count

        return await self._database.write(work)

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, length: Length, most_items: int, limit: int
    ) -> tuple[AlertBatch, ...]:
        owner = self._database.owner

        async def work(db: Session) -> tuple[AlertBatch, ...]:
            await db.run(DROP_TOLD, [now])
            turns = await db.rows(TURNS, {"now": now, "limit": limit})
            return tuple([
                await claim(db, turn, owner, now, lease_until, length, most_items) for turn in turns
            ])  # fmt: skip

        if await self._database.row(f"SELECT 1 AS one FROM alerts WHERE {DUE} LIMIT 1", {"now": now}) is None:
            return ()
        return await self._database.write(work)

    async def mark_sending(self, batch: AlertBatch, *, until: datetime) -> None:
        ids = list(batch.alert_ids)

        async def work(db: Session) -> None:
            changed = await db.run(SENDING, {"ids": ids, "lease": batch.lease_until, "until": until})
            if changed != len(ids):
                raise LeaseLost(f"alerts {batch.alert_ids} are another's by now, or not to be told any more")

        await self._database.write(work)

    async def mark_sent(self, alert_ids: Sequence[int], *, message_id: int, now: datetime, pace: timedelta) -> None:
        sent = {"ids": list(alert_ids), "message_id": message_id, "now": now, "later": now + pace}

        async def work(db: Session) -> None:
            mine = "id = ANY(%(ids)s::bigint[])"
            await db.run(
                "UPDATE alerts SET state = 'sent', message_id = %(message_id)s, sent_at = %(now)s, error = NULL,"
                f" is_claimed = false WHERE {mine}",
                sent,
            )
            await db.run(
                "INSERT INTO told_articles (chat_id, article_id, told_at)"
                " SELECT DISTINCT a.chat_id, other.article_id, %(now)s::timestamptz FROM alerts a"
                " JOIN story_articles s ON s.article_id = a.article_id"
                f" JOIN story_articles other ON other.story_id = s.story_id WHERE a.{mine} ORDER BY 1, 2"
                " ON CONFLICT DO NOTHING",
                sent,
            )
            await db.run(
                "UPDATE alerts SET not_before = %(later)s, is_claimed = false"
                " WHERE state = 'pending' AND not_before < %(later)s"
                f" AND chat_id IN (SELECT chat_id FROM alerts WHERE {mine})",
                sent,
            )

        await self._database.write(work)

    async def mark_unsent(self, alert_ids: Sequence[int], *, state: PartState, error: str) -> None:
        fewer = 0 if state is PartState.UNCERTAIN else 1
        # Only what is being sent: said twice, it counts once.
        await self._database.run(
            "UPDATE alerts SET copies = copies - %s, state = %s, error = %s"
            " WHERE id = ANY(%s::bigint[]) AND state = 'sending'",
            [fewer, state.value, error, list(alert_ids)],
        )

    async def postpone(self, alert_ids: Sequence[int], until: datetime) -> None:
        await self._database.run(
            "UPDATE alerts SET not_before = %s, is_claimed = false WHERE id = ANY(%s::bigint[])",
            [until, list(alert_ids)],
        )

    async def release(self, *, now: datetime) -> int:
        return await self._database.write(lambda db: release_alerts(db, now))

    async def stored_last(self) -> datetime | None:
        return await self._database.read(alerts_stored_last)

    async def realign(self, *, now: datetime, latest: datetime) -> int:
        return await self._database.write(lambda db: realign_alerts(db, now, latest))


async def put_alert(db: Session, watch: Watch, article_id: int, now: datetime, pace: timedelta) -> bool:
    """Whether the article is news to the watch's chat; then it is stored."""
    found: dict[str, Any] = {
        "watch_id": watch.id,
        "chat_id": watch.chat.chat_id,
        "article_id": article_id,
        "now": now,
    }
    is_meant = await db.row(IS_MEANT, found)
    if is_meant is None or await db.row(IS_TOLD, found):
        return False
    sent = "SELECT max(sent_at) FROM alerts WHERE chat_id = %(chat_id)s AND sent_at <= %(now)s"
    last = await db.value(sent, found)
    not_before = max(now, values.to_moment(last) + pace) if last else now
    await db.run(
        "INSERT INTO alerts (watch_id, chat_id, article_id, state, not_before, created_at)"
        " VALUES (%(watch_id)s, %(chat_id)s, %(article_id)s, %(state)s, %(not_before)s, %(now)s)",
        {**found, "state": "folded" if is_meant["is_folded"] else "pending", "not_before": not_before},
    )
    return True


async def claim(
    db: Session, turn: Row, owner: str, now: datetime, lease_until: datetime, length: Length, most_items: int
) -> AlertBatch:
    """The due alerts of the watch whose turn it is, with the oldest that the turn names, claimed."""
    watch_id, first_id, copies = turn["watch_id"], turn["id"], turn["copies"]
    wanted = {"watch_id": watch_id, "first": first_id, "copies": copies, "now": now, "most": most_items}
    claimed = await db.rows(BATCH, wanted)
    ids = [row["id"] for row in claimed]
    await db.run(CLAIM, {"until": lease_until, "owner": owner, "ids": ids})
    shown = list(dict.fromkeys((row["story_id"], row["best_id"]) for row in claimed))
    watch = to_watch(await db.row(f"{WATCHES} WHERE id = %s", [watch_id]) or {})
    found = await db.row("SELECT * FROM subscriptions WHERE chat_id = %s", [watch.chat.chat_id])
    subscription = values.to_subscription(found) if found else None
    return AlertBatch(
        watch=watch,
        alert_ids=tuple(ids),
        items=await db.engine.read_items(db, shown, length),
        attempts=max((row["attempts"] for row in claimed), default=0),
        copies=copies,
        lease_until=lease_until,
        language=await db.value("SELECT language FROM chat_settings WHERE chat_id = %s", [watch.chat.chat_id]),
        zone=subscription.zone if subscription else None,
        quiet=subscription.preferences.quiet if subscription else None,
    )


# What waits for its turn or is sent anew, and what of it is free from that moment on, whoever had it.
FREED = """
UPDATE alerts SET not_before = CASE WHEN not_before < %(now)s THEN not_before ELSE %(now)s END, is_claimed = false
    WHERE state IN ('pending', 'sending', 'uncertain') AND (is_claimed OR state = 'sending')
"""
STORED = """
SELECT max(created_at) AS moment FROM alerts
UNION ALL SELECT added_at FROM watch_state UNION ALL SELECT max(listens_since) FROM watches
"""
# What was looked through stays told: a story has one alert a chat.
REALIGN = (
    "UPDATE watch_state SET added_at = %(now)s, article_id = 0 WHERE added_at > %(now)s",
    "UPDATE watches SET listens_since = %(now)s WHERE listens_since > %(now)s",
    "UPDATE alerts SET created_at = %(now)s WHERE created_at > %(now)s",
    "UPDATE alerts SET sent_at = %(now)s WHERE sent_at > %(now)s",
    """UPDATE alerts SET not_before = %(latest)s
        WHERE not_before > %(latest)s AND state IN ('pending', 'sending', 'uncertain')""",
)


async def release_alerts(db: Session, now: datetime) -> int:
    """See `ports.AlertStore.release`."""
    return await db.run(FREED, {"now": now})


async def alerts_stored_last(db: Session) -> datetime | None:
    """See `ports.AlertStore.stored_last`."""
    return max((values.to_moment(row["moment"]) for row in await db.rows(STORED) if row["moment"]), default=None)


async def realign_alerts(db: Session, now: datetime, latest: datetime) -> int:
    """See `ports.AlertStore.realign`."""
    return sum([await db.run(statement, {"now": now, "latest": latest}) for statement in REALIGN])
