"""The alerts of what watches found, in SQLite. While one is claimed, `not_before` is the end of its lease."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from summaries.errors import LeaseLost
from summaries.model import AlertBatch, FreshArticle, FreshNews, PartState
from summaries.storage.sqlite import recovering, rows
from summaries.storage.sqlite.news import read_items
from summaries.storage.sqlite.subscriptions import read_subscription
from summaries.storage.sqlite.watches import read_watches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from typing import Any

    import sqlite_utils

    from summaries.model import Length, Watch
    from summaries.storage.sqlite.database import Database

# The chat was told of the story already: by an alert, or in a digest.
IS_TOLD = """
SELECT 1 FROM story_articles mine JOIN story_articles other ON other.story_id = mine.story_id
    WHERE mine.article_id = :article_id AND (
        EXISTS (SELECT 1 FROM alerts a WHERE a.chat_id = :chat_id AND a.article_id = other.article_id)
        OR EXISTS (SELECT 1 FROM told_articles t WHERE t.chat_id = :chat_id AND t.article_id = other.article_id))
"""
# What waited, for its turn or for the end of quiet hours, while a digest told its story; nothing of it is out.
DROP_TOLD = """
UPDATE alerts SET state = 'folded' WHERE state = 'pending' AND copies = 0 AND not_before <= ? AND EXISTS (
    SELECT 1 FROM story_articles mine JOIN story_articles other ON other.story_id = mine.story_id
    JOIN told_articles t ON t.chat_id = alerts.chat_id AND t.article_id = other.article_id
    WHERE mine.article_id = alerts.article_id)
"""

# Another process may have looked further.
LOOKED = """
INSERT INTO watch_state (id, added_at, article_id) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE
    SET added_at = excluded.added_at, article_id = excluded.article_id
    WHERE (excluded.added_at, excluded.article_id) > (watch_state.added_at, watch_state.article_id)
"""


class SqliteAlertStore:
    """Fulfils `ports.AlertStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fresh(self, *, until: datetime, oldest: datetime, limit: int) -> FreshNews | None:
        def seen(db: sqlite_utils.Database) -> tuple[str, int] | None:
            """How far was looked, or since when a watch listens, whichever is later; None where none does."""
            (first,) = db.execute("SELECT min(listens_since) FROM watches").fetchone()
            cursor = db.execute("SELECT added_at, article_id FROM watch_state").fetchone() or ("", 0)
            return None if first is None else max((first, 0), tuple(cursor))

        def work(db: sqlite_utils.Database) -> FreshNews | None:
            since = seen(db)
            if since is None:
                return None
            found = db.execute(
                "SELECT s.article_id, s.added_at FROM stories t JOIN story_articles s ON s.story_id = t.id"
                " WHERE t.added_at >= :since AND (s.added_at, s.article_id) > (:since, :after)"
                " AND s.added_at <= :until AND s.dated_at >= :oldest ORDER BY s.added_at, s.article_id LIMIT :limit",
                {
                    "since": since[0],
                    "after": since[1],
                    "until": rows.moment(until),
                    "oldest": rows.moment(oldest),
                    "limit": limit,
                },
            ).fetchall()
            if not found:
                return None
            stems = db.execute(
                "SELECT rowid, title, text FROM article_search WHERE rowid IN (SELECT value FROM json_each(?))",
                [json.dumps([row[0] for row in found])],
            )
            article_id, added_at = found[-1]
            return FreshNews(tuple(FreshArticle(*row) for row in stems), rows.to_moment(added_at), article_id)

        return await self._database.read(work)

    async def watches(self) -> tuple[Watch, ...]:
        return await self._database.read(lambda db: read_watches(db, "listens_since NOT NULL", []))

    async def put(
        self, found: Sequence[tuple[Watch, int]], *, looked_at: FreshNews | None, now: datetime, pace: timedelta
    ) -> int:
        def work(db: sqlite_utils.Database) -> int:
            count = sum(put_alert(db, watch, article_id, now, pace) for watch, article_id in found)
            if looked_at is not None:
                db.execute(LOOKED, [rows.moment(looked_at.added_at), looked_at.article_id])
            return count

        return await self._database.write(work)

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, length: Length, most_items: int, limit: int
    ) -> tuple[AlertBatch, ...]:
        def work(db: sqlite_utils.Database) -> tuple[AlertBatch, ...]:
            db.execute(DROP_TOLD, [rows.moment(now)])
            # The chat's oldest alert names the watch whose turn it is.
            turns = db.execute(
                "SELECT a.chat_id, a.watch_id, a.id FROM alerts a WHERE a.id IN ("
                " SELECT min(id) FROM alerts WHERE state IN ('pending', 'sending', 'uncertain') AND not_before <= ?"
                " GROUP BY chat_id LIMIT ?)",
                [rows.moment(now), limit],
            ).fetchall()
            return tuple(
                claim(db, watch_id, first_id, now, lease_until, length, most_items) for _, watch_id, first_id in turns
            )

        if not await self._database.read(lambda db: has_due(db, now)):
            return ()
        return await self._database.write(work)

    async def mark_sending(self, batch: AlertBatch, *, until: datetime) -> None:
        def work(db: sqlite_utils.Database) -> None:
            changed = db.execute(
                "UPDATE alerts SET state = 'sending', attempts = attempts + 1, copies = copies + 1, not_before = :until"
                " WHERE id IN (SELECT value FROM json_each(:ids)) AND not_before = :lease"
                " AND state IN ('pending', 'sending', 'uncertain')",
                {
                    "ids": json.dumps(list(batch.alert_ids)),
                    "lease": rows.moment(batch.lease_until),
                    "until": rows.moment(until),
                },
            ).rowcount
            if changed != len(batch.alert_ids):
                raise LeaseLost(f"alerts {batch.alert_ids} are another's by now, or not to be told any more")

        await self._database.write(work)

    async def mark_sent(self, alert_ids: Sequence[int], *, message_id: int, now: datetime, pace: timedelta) -> None:
        values = {"ids": json.dumps(list(alert_ids)), "message_id": message_id, "now": rows.moment(now)}

        def work(db: sqlite_utils.Database) -> None:
            mine = "id IN (SELECT value FROM json_each(:ids))"
            db.execute(
                "UPDATE alerts SET state = 'sent', message_id = :message_id, sent_at = :now, error = NULL,"
                f" is_claimed = 0 WHERE {mine}",
                values,
            )
            db.execute(
                "INSERT OR IGNORE INTO told_articles (chat_id, article_id, told_at)"
                " SELECT a.chat_id, other.article_id, :now FROM alerts a"
                " JOIN story_articles s ON s.article_id = a.article_id"
                f" JOIN story_articles other ON other.story_id = s.story_id WHERE a.{mine}",
                values,
            )
            db.execute(
                "UPDATE alerts SET not_before = :later, is_claimed = 0 WHERE state = 'pending' AND not_before < :later"
                f" AND chat_id IN (SELECT chat_id FROM alerts WHERE {mine})",
                values | {"later": rows.moment(now + pace)},
            )

        await self._database.write(work)

    async def mark_unsent(self, alert_ids: Sequence[int], *, state: PartState, error: str) -> None:
        copies = "copies" if state is PartState.UNCERTAIN else "copies - 1"
        await self._database.execute(
            f"UPDATE alerts SET state = :state, copies = {copies}, error = :error"
            " WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'sending'",
            {"state": state.value, "error": error, "ids": json.dumps(list(alert_ids))},
        )

    async def postpone(self, alert_ids: Sequence[int], until: datetime) -> None:
        await self._database.execute(
            "UPDATE alerts SET not_before = ?, is_claimed = 0 WHERE id IN (SELECT value FROM json_each(?))",
            [rows.moment(until), json.dumps(list(alert_ids))],
        )

    async def release(self, *, now: datetime) -> int:
        return await self._database.write(lambda db: recovering.release_alerts(db, now))

    async def stored_last(self) -> datetime | None:
        return await self._database.read(recovering.alerts_stored_last)

    async def realign(self, *, now: datetime, latest: datetime) -> int:
        return await self._database.write(lambda db: recovering.realign_alerts(db, now, latest))


def put_alert(db: sqlite_utils.Database, watch: Watch, article_id: int, now: datetime, pace: timedelta) -> bool:
    """Whether the article is news to the watch's chat; then it is stored."""
    values: dict[str, Any] = {
        "watch_id": watch.id,
        "chat_id": watch.chat.chat_id,
        "article_id": article_id,
        "now": rows.moment(now),
    }
    is_meant = db.execute(
        "SELECT w.is_folded FROM watches w JOIN story_articles s ON s.article_id = :article_id"
        " WHERE w.id = :watch_id AND s.added_at > w.listens_since",
        values,
    ).fetchone()
    if is_meant is None or db.execute(IS_TOLD, values).fetchone():
        return False
    (last,) = db.execute(
        "SELECT max(sent_at) FROM alerts WHERE chat_id = :chat_id AND sent_at <= :now", values
    ).fetchone()
    not_before = max(now, rows.to_moment(last) + pace) if last else now
    db.execute(
        "INSERT INTO alerts (watch_id, chat_id, article_id, state, not_before, created_at)"
        " VALUES (:watch_id, :chat_id, :article_id, :state, :not_before, :now)",
        {**values, "state": "folded" if is_meant[0] else "pending", "not_before": rows.moment(not_before)},
    )
    return True


def has_due(db: sqlite_utils.Database, now: datetime) -> bool:
    due = "SELECT 1 FROM alerts WHERE state IN ('pending', 'sending', 'uncertain') AND not_before <= ? LIMIT 1"
    return db.execute(due, [rows.moment(now)]).fetchone() is not None


def claim(
    db: sqlite_utils.Database,
    watch_id: int,
    first_id: int,
    now: datetime,
    lease_until: datetime,
    length: Length,
    most_items: int,
) -> AlertBatch:
    """The watch's alerts that are due, with `first_id` the oldest, claimed."""
    claimed = rows.fetch_all(
        db.execute(
            "SELECT a.id, a.article_id, s.story_id, t.article_id AS best_id, a.attempts, a.copies FROM alerts a"
            " JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id"
            " WHERE a.watch_id = ? AND a.id >= ? AND a.state IN ('pending', 'sending', 'uncertain')"
            # What failed before is not mixed with what did not: it may be out already.
            " AND a.not_before <= ? AND a.copies = (SELECT copies FROM alerts WHERE id = ?) ORDER BY a.id LIMIT ?",
            [watch_id, first_id, rows.moment(now), first_id, most_items],
        )
    )
    db.execute(
        "UPDATE alerts SET not_before = ?, is_claimed = 1 WHERE id IN (SELECT value FROM json_each(?))",
        [rows.moment(lease_until), json.dumps([row["id"] for row in claimed])],
    )
    shown = list(dict.fromkeys((row["story_id"], row["best_id"]) for row in claimed))
    (watch,) = read_watches(db, "id = ?", [watch_id])
    language = db.execute("SELECT language FROM chat_settings WHERE chat_id = ?", [watch.chat.chat_id]).fetchone()
    subscription = read_subscription(db, watch.chat.chat_id)
    return AlertBatch(
        watch=watch,
        alert_ids=tuple(row["id"] for row in claimed),
        items=read_items(db, shown, length),
        attempts=max((row["attempts"] for row in claimed), default=0),
        copies=max((row["copies"] for row in claimed), default=0),
        lease_until=lease_until,
        language=language[0] if language else None,
        zone=subscription.zone if subscription else None,
        quiet=subscription.preferences.quiet if subscription else None,
    )
