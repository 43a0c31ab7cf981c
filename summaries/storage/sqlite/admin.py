"""What the bot's admins need, in SQLite."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from summaries.model import Backlog, Broadcast, BroadcastMessage, BroadcastState, ChatRef, Figures
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from datetime import datetime

    import sqlite_utils

    from summaries.storage.sqlite.database import Database

DAY = timedelta(days=1)
# Moments have a fixed width, so that none comes before this one.
AT_ONCE = ""
FIGURES = """
SELECT
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id > 0) AS private_chats,
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id < 0) AS groups,
    (SELECT count(*) FROM subscriptions WHERE NOT is_active) AS stopped,
    (SELECT count(*) FROM blocked_chats) AS blocked,
    (SELECT min(next_due_at) FROM subscriptions WHERE next_due_at IS NOT NULL) AS next_due_at,
    (SELECT count(*) FROM deliveries WHERE finished_at IS NULL) AS digests_open,
    (SELECT count(*) FROM deliveries WHERE due_at >= :since AND outcome = 'sent') AS digests_sent,
    (SELECT count(*) FROM deliveries WHERE due_at >= :since AND outcome = 'skipped') AS digests_skipped,
    (SELECT count(*) FROM deliveries WHERE due_at >= :since AND outcome = 'failed') AS digests_failed,
    (SELECT count(*) FROM story_articles) AS articles,
    (SELECT count(*) FROM articles WHERE is_public AND added_at >= :since) AS articles_new,
    (SELECT count(*) FROM stories) AS stories,
    (SELECT count(*) FROM sources WHERE is_active) AS sources,
    (SELECT count(*) FROM sources WHERE is_active AND failures_in_a_row > 0) AS sources_failing,
    (SELECT count(*) FROM sources WHERE NOT is_active) AS sources_off,
    (SELECT max(last_success_at) FROM sources) AS last_read_at,
    (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS database_bytes
"""
# Not composed and left alone until later: that is the end of quiet hours.
BACKLOG = """
WITH waiting AS (
    SELECT due_at, NOT is_composed AND NOT is_claimed AND lease_until > :now AS is_quiet
    FROM deliveries WHERE finished_at IS NULL
    UNION ALL SELECT next_due_at, 0 FROM subscriptions WHERE next_due_at <= :now
)
SELECT
    count(*) AS due,
    count(*) FILTER (WHERE due_at <= :late AND NOT is_quiet) AS late,
    min(due_at) FILTER (WHERE NOT is_quiet) AS oldest_due_at,
    (SELECT count(*) FROM sources WHERE is_active) AS sources,
    (SELECT count(*) FROM sources WHERE is_active AND failures_in_a_row > 0) AS sources_failing,
    (SELECT count(*) FROM sources WHERE NOT is_active) AS sources_off
FROM waiting
"""
BROADCAST = """
SELECT b.id, b.html, b.state, b.told_in, b.told_by, count(m.chat_id) AS total,
    coalesce(sum(m.state IN ('sent', 'sending')), 0) AS sent, coalesce(sum(m.state = 'failed'), 0) AS failed
FROM broadcasts b LEFT JOIN broadcast_messages m ON m.broadcast_id = b.id WHERE b.id = ? GROUP BY b.id
"""
AUDIENCE = """
SELECT chat_id, thread_id FROM subscriptions WHERE is_active
UNION ALL SELECT chat_id, min(thread_id) FROM watches
    WHERE listens_since NOT NULL AND chat_id NOT IN (SELECT chat_id FROM subscriptions) GROUP BY chat_id
"""


class SqliteBlockStore:
    """Fulfils `ports.BlockStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> frozenset[int]:
        found = "SELECT chat_id FROM blocked_chats"
        return await self._database.read(lambda db: frozenset(chat_id for (chat_id,) in db.execute(found)))

    async def block(self, chat_id: int, *, now: datetime) -> bool:
        def work(db: sqlite_utils.Database) -> bool:
            db.execute("UPDATE subscriptions SET is_active = 0, next_due_at = NULL WHERE chat_id = ?", [chat_id])
            values = [chat_id, rows.moment(now)]
            return db.execute("INSERT OR IGNORE INTO blocked_chats VALUES (?, ?)", values).rowcount > 0

        return await self._database.write(work)

    async def unblock(self, chat_id: int) -> bool:
        return await self._database.execute("DELETE FROM blocked_chats WHERE chat_id = ?", [chat_id]) > 0


class SqliteFigureStore:
    """Fulfils `ports.FigureStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, *, now: datetime) -> Figures:
        def work(db: sqlite_utils.Database) -> Figures:
            (row,) = rows.fetch_all(db.execute(FIGURES, {"since": rows.moment(now - DAY)}))
            moments = {name: rows.to_optional_moment(row[name]) for name in ("next_due_at", "last_read_at")}
            return Figures(**(row | moments))

        return await self._database.read(work)

    async def backlog(self, *, now: datetime, late_from: datetime) -> Backlog:
        def work(db: sqlite_utils.Database) -> Backlog:
            (row,) = rows.fetch_all(db.execute(BACKLOG, {"now": rows.moment(now), "late": rows.moment(late_from)}))
            oldest = rows.to_optional_moment(row.pop("oldest_due_at"))
            return Backlog(**row, delay_s=(now - oldest).total_seconds() if oldest else 0.0)

        return await self._database.read(work)


class SqliteBroadcastStore:
    """Fulfils `ports.BroadcastStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def draft(self, html: str, chat_id: int, *, now: datetime) -> Broadcast:
        def work(db: sqlite_utils.Database) -> Broadcast:
            made = db.execute(
                "INSERT INTO broadcasts (html, state, told_in, created_at) VALUES (?, 'draft', ?, ?)",
                [html, chat_id, rows.moment(now)],
            )
            return Broadcast(int(made.lastrowid or 0), html, BroadcastState.DRAFT, chat_id, None)

        return await self._database.write(work)

    async def find(self, broadcast_id: int) -> Broadcast | None:
        return await self._database.read(lambda db: read_broadcast(db, broadcast_id))

    async def under_way(self) -> tuple[Broadcast, ...]:
        def work(db: sqlite_utils.Database) -> tuple[Broadcast, ...]:
            sending = db.execute("SELECT id FROM broadcasts WHERE state = 'sending' ORDER BY id").fetchall()
            return tuple(found for (number,) in sending if (found := read_broadcast(db, number)) is not None)

        return await self._database.read(work)

    async def audience(self) -> int:
        counted = f"SELECT count(*) FROM ({AUDIENCE})"
        return await self._database.read(lambda db: int(db.execute(counted).fetchone()[0]))

    async def begin(self, broadcast_id: int, message_id: int) -> Broadcast | None:
        def work(db: sqlite_utils.Database) -> Broadcast | None:
            is_begun = db.execute(
                "UPDATE broadcasts SET state = 'sending', told_by = ? WHERE id = ? AND state = 'draft'",
                [message_id, broadcast_id],
            ).rowcount
            if is_begun:
                db.execute(
                    "INSERT INTO broadcast_messages (broadcast_id, chat_id, thread_id, not_before)"
                    f" SELECT ?, chat_id, thread_id, ? FROM ({AUDIENCE})",
                    [broadcast_id, AT_ONCE],
                )
            return read_broadcast(db, broadcast_id)

        return await self._database.write(work)

    async def cancel(self, broadcast_id: int) -> Broadcast | None:
        def work(db: sqlite_utils.Database) -> Broadcast | None:
            db.execute("UPDATE broadcasts SET state = 'cancelled' WHERE id = ? AND state != 'done'", [broadcast_id])
            return read_broadcast(db, broadcast_id)

        return await self._database.write(work)

    async def claim(self, *, now: datetime, limit: int) -> tuple[BroadcastMessage, ...]:
        def work(db: sqlite_utils.Database) -> tuple[BroadcastMessage, ...]:
            found = db.execute(
                "SELECT b.id, m.chat_id, m.thread_id, b.html FROM broadcasts b JOIN broadcast_messages m"
                " ON m.broadcast_id = b.id WHERE b.state = 'sending' AND m.state = 'pending' AND m.not_before <= ?"
                " ORDER BY b.id, m.not_before, m.chat_id LIMIT ?",
                [rows.moment(now), limit],
            ).fetchall()
            for broadcast_id, chat_id, _, _ in found:
                set_state(db, broadcast_id, chat_id, "sending")
            return tuple(BroadcastMessage(number, ChatRef(chat, thread), html) for number, chat, thread, html in found)

        return await self._database.write(work)

    async def settle(self, message: BroadcastMessage, *, is_sent: bool, error: str | None = None) -> None:
        state = "sent" if is_sent else "failed"
        await self._database.write(
            lambda db: set_state(db, message.broadcast_id, message.chat.chat_id, state, error=error)
        )

    async def postpone(self, message: BroadcastMessage, until: datetime) -> None:
        await self._database.write(
            lambda db: set_state(
                db, message.broadcast_id, message.chat.chat_id, "pending", not_before=rows.moment(until)
            )
        )

    async def end_finished(self) -> tuple[Broadcast, ...]:
        def work(db: sqlite_utils.Database) -> tuple[Broadcast, ...]:
            ended = db.execute(
                "UPDATE broadcasts SET state = 'done' WHERE state = 'sending' AND NOT EXISTS (SELECT 1 FROM"
                " broadcast_messages m WHERE m.broadcast_id = broadcasts.id AND m.state = 'pending') RETURNING id"
            ).fetchall()
            return tuple(found for (number,) in ended if (found := read_broadcast(db, number)) is not None)

        return await self._database.write(work)


def read_broadcast(db: sqlite_utils.Database, broadcast_id: int) -> Broadcast | None:
    found = db.execute(BROADCAST, [broadcast_id]).fetchone()
    if found is None:
        return None
    number, html, state, told_in, told_by, total, sent, failed = found
    return Broadcast(number, html, BroadcastState(state), told_in, told_by, total, sent, failed)


def set_state(
    db: sqlite_utils.Database,
    broadcast_id: int,
    chat_id: int,
    state: str,
    *,
    error: str | None = None,
    not_before: str = AT_ONCE,
) -> None:
    db.execute(
        "UPDATE broadcast_messages SET state = ?, error = ?, not_before = ? WHERE broadcast_id = ? AND chat_id = ?",
        [state, error, not_before, broadcast_id, chat_id],
    )
