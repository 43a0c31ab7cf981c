"""Broadcasts and the chats that receive them. Sending the messages is the outbox's task."""

from __future__ import annotations

from datetime import datetime

from summaries.model import Broadcast, BroadcastState
from summaries.storage.sql.session import Session, SqlStore, reads, writes

BROADCASTS = """
SELECT b.id, b.html, b.state, b.admin_id, b.progress_message_id, count(m.id) AS total,
    count(*) FILTER (WHERE m.state = 'sent') AS sent,
    count(*) FILTER (WHERE m.state = 'failed') AS failed,
    count(*) FILTER (WHERE m.state = 'uncertain' AND m.not_before IS NULL) AS unknown
    FROM broadcasts b LEFT JOIN outbox m ON m.broadcast_id = b.id
    WHERE b.id = ANY(%s::bigint[]) GROUP BY b.id ORDER BY b.id
"""
# A chat that stopped its digest gets no broadcast, with or without watches.
AUDIENCE = """
SELECT chat_id, thread_id FROM subscriptions WHERE is_active
UNION ALL SELECT chat_id, min(thread_id) FROM watches w WHERE listens_since IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.chat_id = w.chat_id) GROUP BY chat_id
"""
BEGIN = "UPDATE broadcasts SET state = 'sending', progress_message_id = %s WHERE id = %s AND state = 'draft'"
# The first time that is certainly over.
SAVE_MESSAGES = f"""
INSERT INTO outbox (kind, chat_id, thread_id, broadcast_id, not_before, created_at)
    SELECT 'broadcast', a.chat_id, a.thread_id, b.id, b.created_at, b.created_at
    FROM broadcasts b, ({AUDIENCE}) a WHERE b.id = %s ORDER BY a.chat_id
"""
# A message that is being sent stays so: only its outcome is still recorded.
CANCEL = (
    "UPDATE broadcasts SET state = 'cancelled' WHERE id = %s AND state <> 'done'",
    """
UPDATE outbox SET not_before = NULL, is_claimed = false, lease_owner = NULL
    WHERE broadcast_id = %s AND not_before IS NOT NULL
""",
)
END_FINISHED = """
UPDATE broadcasts SET state = 'done' WHERE state = 'sending' AND NOT EXISTS (SELECT 1 FROM outbox m
    WHERE m.broadcast_id = broadcasts.id AND m.not_before IS NOT NULL) RETURNING id
"""


class BroadcastRows(SqlStore):
    """Implements `ports.BroadcastStore`."""

    @writes
    async def draft(self, db: Session, html: str, chat_id: int, *, now: datetime) -> Broadcast:
        made = await db.value(
            "INSERT INTO broadcasts (html, state, admin_id, created_at) VALUES (%s, 'draft', %s, %s) RETURNING id",
            [html, chat_id, now],
        )
        return Broadcast(int(made), html, BroadcastState.DRAFT, chat_id, None)

    async def find(self, broadcast_id: int) -> Broadcast | None:
        return await self.database.read(lambda db: read_broadcast(db, broadcast_id))

    @reads
    async def find_sending(self, db: Session) -> tuple[Broadcast, ...]:
        sending = await db.rows("SELECT id FROM broadcasts WHERE state = 'sending'")
        return await read_broadcasts(db, [row["id"] for row in sending])

    async def audience(self) -> int:
        return int(await self.database.value(f"SELECT count(*) FROM ({AUDIENCE}) a"))

    @writes
    async def begin(self, db: Session, broadcast_id: int, message_id: int) -> Broadcast | None:
        if await db.run(BEGIN, [message_id, broadcast_id]):
            await db.run(SAVE_MESSAGES, [broadcast_id])
        return await read_broadcast(db, broadcast_id)

    @writes
    async def cancel(self, db: Session, broadcast_id: int) -> Broadcast | None:
        for statement in CANCEL:
            await db.run(statement, [broadcast_id])
        return await read_broadcast(db, broadcast_id)

    @writes
    async def end_finished(self, db: Session) -> tuple[Broadcast, ...]:
        return await read_broadcasts(db, [row["id"] for row in await db.rows(END_FINISHED)])


async def read_broadcast(db: Session, broadcast_id: int) -> Broadcast | None:
    return next(iter(await read_broadcasts(db, [broadcast_id])), None)


async def read_broadcasts(db: Session, ids: list[int]) -> tuple[Broadcast, ...]:
    if not ids:
        return ()
    found = await db.tuples(BROADCASTS, [ids])
    return tuple(Broadcast(number, html, BroadcastState(state), *rest) for number, html, state, *rest in found)
