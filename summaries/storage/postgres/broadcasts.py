"""Broadcasts, in PostgreSQL. While a message is claimed, `not_before` is the end of its lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.errors import LeaseLost
from summaries.model import Broadcast, BroadcastMessage, BroadcastState, ChatRef
from summaries.storage.postgres.recovery import MESSAGES_FREED

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.storage.postgres.database import Database
    from summaries.storage.sql.session import Session

AT_ONCE = "-infinity"
BROADCAST = """
SELECT b.id, b.html, b.state, b.told_in, b.told_by, count(m.chat_id) AS total,
    count(*) FILTER (WHERE m.state IN ('sent', 'sending')) AS sent, count(*) FILTER (WHERE m.state = 'failed') AS failed
FROM broadcasts b LEFT JOIN broadcast_messages m ON m.broadcast_id = b.id WHERE b.id = %s GROUP BY b.id
"""
AUDIENCE = """
SELECT chat_id, thread_id FROM subscriptions WHERE is_active
UNION ALL SELECT chat_id, min(thread_id) FROM watches w WHERE listens_since IS NOT NULL
    AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.chat_id = w.chat_id) GROUP BY chat_id
"""
# Whoever claims at the same time passes by what this one has.
CLAIM = """
WITH free AS (
    SELECT b.id, m.chat_id, m.thread_id, b.html, m.attempts, m.copies FROM broadcasts b
    JOIN broadcast_messages m ON m.broadcast_id = b.id
    WHERE b.state = 'sending' AND m.state IN ('pending', 'sending') AND m.not_before <= %s
    ORDER BY b.id, m.not_before, m.chat_id LIMIT %s FOR UPDATE OF m SKIP LOCKED)
UPDATE broadcast_messages m SET not_before = %s, is_claimed = true, lease_owner = %s FROM free
    WHERE m.broadcast_id = free.id AND m.chat_id = free.chat_id RETURNING free.*
"""
SENDING = """
UPDATE broadcast_messages SET state = 'sending', attempts = attempts + 1, copies = copies + 1, not_before = %(until)s
    WHERE broadcast_id = %(id)s AND chat_id = %(chat_id)s AND not_before = %(lease)s AND state IN ('pending', 'sending')
    AND (SELECT state FROM broadcasts WHERE id = %(id)s) = 'sending'
"""
# Only what is being sent: said twice, it counts once.
PUT_BACK = """
UPDATE broadcast_messages SET state = 'pending', copies = copies - %s, error = %s
    WHERE broadcast_id = %s AND chat_id = %s AND state = 'sending'
"""
END_FINISHED = """
UPDATE broadcasts SET state = 'done' WHERE state = 'sending' AND NOT EXISTS (SELECT FROM broadcast_messages m
    WHERE m.broadcast_id = broadcasts.id AND m.state IN ('pending', 'sending')) RETURNING id
"""


class PostgresBroadcastStore:
    """Fulfils `ports.BroadcastStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def draft(self, html: str, chat_id: int, *, now: datetime) -> Broadcast:
        async def work(db: Session) -> Broadcast:
            made = await db.value(
                "INSERT INTO broadcasts (html, state, told_in, created_at) VALUES (%s, 'draft', %s, %s) RETURNING id",
                [html, chat_id, now],
            )
            return Broadcast(int(made), html, BroadcastState.DRAFT, chat_id, None)

        return await self._database.write(work)

    async def find(self, broadcast_id: int) -> Broadcast | None:
        return await self._database.read(lambda db: read_broadcast(db, broadcast_id))

    async def under_way(self) -> tuple[Broadcast, ...]:
        async def work(db: Session) -> tuple[Broadcast, ...]:
            sending = await db.rows("SELECT id FROM broadcasts WHERE state = 'sending' ORDER BY id")
            return await read_broadcasts(db, [row["id"] for row in sending])

        return await self._database.read(work)

    async def audience(self) -> int:
        return int(await self._database.value(f"SELECT count(*) FROM ({AUDIENCE}) a"))

    async def begin(self, broadcast_id: int, message_id: int) -> Broadcast | None:
        async def work(db: Session) -> Broadcast | None:
            is_begun = await db.run(
                "UPDATE broadcasts SET state = 'sending', told_by = %s WHERE id = %s AND state = 'draft'",
                [message_id, broadcast_id],
            )
            if is_begun:
                await db.run(
                    "INSERT INTO broadcast_messages (broadcast_id, chat_id, thread_id, not_before)"
                    f" SELECT %s, chat_id, thread_id, '-infinity' FROM ({AUDIENCE}) a",
                    [broadcast_id],
                )
            return await read_broadcast(db, broadcast_id)

        return await self._database.write(work)

    async def cancel(self, broadcast_id: int) -> Broadcast | None:
        async def work(db: Session) -> Broadcast | None:
            cancel = "UPDATE broadcasts SET state = 'cancelled' WHERE id = %s AND state <> 'done'"
            await db.run(cancel, [broadcast_id])
            return await read_broadcast(db, broadcast_id)

        return await self._database.write(work)

    async def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[BroadcastMessage, ...]:
        async def work(db: Session) -> tuple[BroadcastMessage, ...]:
            found = await db.rows(CLAIM, [now, limit, lease_until, self._database.owner])
            found.sort(key=lambda row: (row["id"], row["chat_id"]))
            return tuple(
                BroadcastMessage(
                    row["id"],
                    ChatRef(row["chat_id"], row["thread_id"]),
                    row["html"],
                    row["attempts"],
                    row["copies"],
                    lease_until,
                )
                for row in found
            )

        return await self._database.write(work)

    async def mark_sending(self, message: BroadcastMessage, *, until: datetime) -> None:
        values = {
            "id": message.broadcast_id,
            "chat_id": message.chat.chat_id,
            "lease": message.lease_until,
            "until": until,
        }

        async def work(db: Session) -> None:
            if not await db.run(SENDING, values):
                raise LeaseLost(f"a message of broadcast {message.broadcast_id} is another's by now, or not to be sent")

        await self._database.write(work)

    async def settle(self, message: BroadcastMessage, *, is_sent: bool, error: str | None = None) -> None:
        await self._database.run(
            "UPDATE broadcast_messages SET state = %s, error = %s, not_before = %s, is_claimed = false"
            " WHERE broadcast_id = %s AND chat_id = %s",
            ["sent" if is_sent else "failed", error, AT_ONCE, message.broadcast_id, message.chat.chat_id],
        )

    async def put_back(self, message: BroadcastMessage, *, may_be_out: bool, error: str) -> None:
        fewer = 0 if may_be_out else 1
        await self._database.run(PUT_BACK, [fewer, error, message.broadcast_id, message.chat.chat_id])

    async def postpone(self, message: BroadcastMessage, until: datetime) -> None:
        await self._database.run(
            "UPDATE broadcast_messages SET not_before = %s, is_claimed = false"
            " WHERE broadcast_id = %s AND chat_id = %s",
            [until, message.broadcast_id, message.chat.chat_id],
        )

    async def release(self, *, now: datetime) -> int:
        return await self._database.run(f"{MESSAGES_FREED} AND (is_claimed OR state = 'sending')", [now])

    async def realign(self, *, latest: datetime) -> int:
        return await self._database.run(
            "UPDATE broadcast_messages SET not_before = %s WHERE state IN ('pending', 'sending') AND not_before > %s",
            [latest, latest],
        )

    async def end_finished(self) -> tuple[Broadcast, ...]:
        async def work(db: Session) -> tuple[Broadcast, ...]:
            return await read_broadcasts(db, [row["id"] for row in await db.rows(END_FINISHED)])

        return await self._database.write(work)


async def read_broadcasts(db: Session, ids: list[int]) -> tuple[Broadcast, ...]:
    found = [await read_broadcast(db, number) for number in ids]
    return tuple(broadcast for broadcast in found if broadcast is not None)


async def read_broadcast(db: Session, broadcast_id: int) -> Broadcast | None:
    found = await db.row(BROADCAST, [broadcast_id])
    if found is None:
        return None
    number, html, state, *rest = found.values()
    return Broadcast(number, html, BroadcastState(state), *rest)
