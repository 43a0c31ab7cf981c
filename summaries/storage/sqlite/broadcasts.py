"""Broadcasts, in SQLite. While a message is claimed, `not_before` is the end of its lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.errors import LeaseLost
from summaries.model import Broadcast, BroadcastMessage, BroadcastState, ChatRef
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from datetime import datetime

    import sqlite_utils

    from summaries.storage.sqlite.database import Database

# Moments have a fixed width, so that none comes before this one.
AT_ONCE = ""
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
DUE = """
SELECT b.id, m.chat_id, m.thread_id, b.html, m.attempts, m.copies FROM broadcasts b JOIN broadcast_messages m
    ON m.broadcast_id = b.id WHERE b.state = 'sending' AND m.state IN ('pending', 'sending') AND m.not_before <= ?
    ORDER BY b.id, m.not_before, m.chat_id LIMIT ?
"""
SENDING = """
UPDATE broadcast_messages SET state = 'sending', attempts = attempts + 1, copies = copies + 1, not_before = :until
    WHERE broadcast_id = :id AND chat_id = :chat_id AND not_before = :lease AND state IN ('pending', 'sending')
    AND (SELECT state FROM broadcasts WHERE id = :id) = 'sending'
"""
END_FINISHED = """
UPDATE broadcasts SET state = 'done' WHERE state = 'sending' AND NOT EXISTS (SELECT 1 FROM broadcast_messages m
    WHERE m.broadcast_id = broadcasts.id AND m.state IN ('pending', 'sending')) RETURNING id
"""


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

    async def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[BroadcastMessage, ...]:
        def work(db: sqlite_utils.Database) -> tuple[BroadcastMessage, ...]:
            found = db.execute(DUE, [rows.moment(now), limit]).fetchall()
            claimed = tuple(
                BroadcastMessage(number, ChatRef(chat_id, thread_id), html, attempts, copies, lease_until)
                for number, chat_id, thread_id, html, attempts, copies in found
            )
            for message in claimed:
                set_moment(db, message, lease_until, is_claimed=True)
            return claimed

        return await self._database.write(work)

    async def mark_sending(self, message: BroadcastMessage, *, until: datetime) -> None:
        values = {
            "id": message.broadcast_id,
            "chat_id": message.chat.chat_id,
            "lease": rows.moment(message.lease_until),
            "until": rows.moment(until),
        }

        def work(db: sqlite_utils.Database) -> None:
            if not db.execute(SENDING, values).rowcount:
                raise LeaseLost(f"a message of broadcast {message.broadcast_id} is another's by now, or not to be sent")

        await self._database.write(work)

    async def settle(self, message: BroadcastMessage, *, is_sent: bool, error: str | None = None) -> None:
        await self._database.execute(
            "UPDATE broadcast_messages SET state = ?, error = ?, not_before = ?, is_claimed = 0"
            " WHERE broadcast_id = ? AND chat_id = ?",
            ["sent" if is_sent else "failed", error, AT_ONCE, message.broadcast_id, message.chat.chat_id],
        )

    async def put_back(self, message: BroadcastMessage, *, may_be_out: bool, error: str) -> None:
        await self._database.execute(
            "UPDATE broadcast_messages SET state = 'pending', copies = copies - ?, error = ?"
            " WHERE broadcast_id = ? AND chat_id = ? AND state = 'sending'",
            [int(not may_be_out), error, message.broadcast_id, message.chat.chat_id],
        )

    async def postpone(self, message: BroadcastMessage, until: datetime) -> None:
        await self._database.write(lambda db: set_moment(db, message, until, is_claimed=False))

    async def release(self, *, now: datetime) -> int:
        return await self._database.execute(
            "UPDATE broadcast_messages SET not_before = min(not_before, ?), is_claimed = 0"
            " WHERE state IN ('pending', 'sending') AND (is_claimed OR state = 'sending')",
            [rows.moment(now)],
        )

    async def realign(self, *, latest: datetime) -> int:
        moment = rows.moment(latest)
        return await self._database.execute(
            "UPDATE broadcast_messages SET not_before = ? WHERE state IN ('pending', 'sending') AND not_before > ?",
            [moment, moment],
        )

    async def end_finished(self) -> tuple[Broadcast, ...]:
        def work(db: sqlite_utils.Database) -> tuple[Broadcast, ...]:
            ended = db.execute(END_FINISHED).fetchall()
            return tuple(found for (number,) in ended if (found := read_broadcast(db, number)) is not None)

        return await self._database.write(work)


def read_broadcast(db: sqlite_utils.Database, broadcast_id: int) -> Broadcast | None:
    found = db.execute(BROADCAST, [broadcast_id]).fetchone()
    if found is None:
        return None
    number, html, state, told_in, told_by, total, sent, failed = found
    return Broadcast(number, html, BroadcastState(state), told_in, told_by, total, sent, failed)


def set_moment(db: sqlite_utils.Database, message: BroadcastMessage, not_before: datetime, *, is_claimed: bool) -> None:
    """When it may be claimed again."""
    db.execute(
        "UPDATE broadcast_messages SET not_before = ?, is_claimed = ? WHERE broadcast_id = ? AND chat_id = ?",
        [rows.moment(not_before), is_claimed, message.broadcast_id, message.chat.chat_id],
    )
