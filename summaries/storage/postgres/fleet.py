"""The inbox of a fleet, and the leases of members that died."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from summaries.model import ANSWERABLE_FOR, PendingLimits, Taken, Waiting
from summaries.storage.postgres.advisory_lock import is_alive
from summaries.storage.sql import deliveries, outbox
from summaries.storage.sql.session import Session, SqlStore, writes

GROWING = """
SELECT id FROM fleet.updates WHERE bot_id = %s AND sender = %s AND is_growing ORDER BY id DESC LIMIT 1 FOR UPDATE
"""
PUT = """
INSERT INTO fleet.updates (bot_id, update_id, group_id, sender, is_growing, body, received_at, grown_at,
        sender_id, chat_id, is_refused, answered_at)
    VALUES (%(bot_id)s, %(update_id)s, %(group_id)s, %(sender)s, %(is_growing)s, %(body)s, %(now)s, %(now)s,
        %(sender_id)s, %(chat_id)s, %(is_refused)s, %(answered_at)s)
    ON CONFLICT (bot_id, update_id) DO NOTHING RETURNING id
"""
KNOWN = """
SELECT coalesce(group_id, id) AS id, answered_at FROM fleet.updates
    WHERE bot_id = %(bot_id)s AND update_id = %(update_id)s
"""
PENDING = """
SELECT count(*) FILTER (WHERE NOT is_refused AND sender_id = %(sender_id)s) AS of_sender,
    count(*) FILTER (WHERE NOT is_refused AND chat_id = %(chat_id)s) AS of_chat,
    count(*) FILTER (WHERE NOT is_refused AND sender_id = %(sender_id)s AND chat_id = %(chat_id)s) AS of_member,
    count(*) FILTER (WHERE is_refused AND chat_id IS NOT DISTINCT FROM %(chat_id)s) AS notices,
    count(*) FILTER (WHERE is_refused AND sender_id = %(sender_id)s) AS notices_to_sender
FROM fleet.updates WHERE bot_id = %(bot_id)s AND answered_at IS NULL AND received_at > %(since)s
    AND (sender_id = %(sender_id)s OR chat_id = %(chat_id)s)
"""
# Telegram sends several updates at once, and the end of a split text may arrive before its beginning.
ADOPT = """
UPDATE fleet.updates SET group_id = %(id)s WHERE bot_id = %(bot_id)s AND sender = %(sender)s
    AND update_id > %(update_id)s AND group_id IS NULL AND opened_at IS NULL AND answered_at IS NULL
"""
BODIES = """
SELECT body FROM fleet.updates WHERE (id = %(id)s OR group_id = %(id)s) AND body IS NOT NULL ORDER BY update_id
"""
DONE = """
UPDATE fleet.updates SET answered_at = %(now)s, body = NULL, sender = NULL, is_growing = false
    WHERE id = %(id)s OR group_id = %(id)s
"""
LEFT = """
SELECT id FROM fleet.updates WHERE answered_at IS NULL AND group_id IS NULL AND received_at < %s AND received_at > %s
    ORDER BY id LIMIT 1000
"""
# Members without a lock have lost their connection; see `advisory_lock`.
GONE = f"SELECT DISTINCT lease_owner AS owner FROM ({{owners}}) d WHERE NOT {is_alive('d.lease_owner')}"
OWNERS = """
SELECT lease_owner FROM {place}.deliveries WHERE is_claimed AND lease_owner IS NOT NULL
UNION ALL SELECT lease_owner FROM {place}.outbox WHERE not_before IS NOT NULL AND position = 0 AND is_claimed
"""


class PostgresMemberStore(SqlStore):
    """Implements `ports.MemberStore`, for the messages of all bots."""

    async def gone(self) -> frozenset[str]:
        places = [database.place for database in await self.database.everywhere()]
        owners = " UNION ALL ".join(OWNERS.format(place=place) for place in places)
        return frozenset(row["owner"] for row in await self.database.rows(GONE.format(owners=owners)))

    async def release(self, owners: Collection[str], *, now: datetime) -> int:
        everywhere = await self.database.everywhere()
        theirs = {"now": now, "owners": list(owners)}
        released = (deliveries.RELEASE_OWNERS, outbox.RELEASE_OWNERS)
        return sum([await database.run(sql, theirs) for database in everywhere for sql in released])


class PostgresInboxStore(SqlStore):
    """Implements `ports.InboxStore`."""

    @writes
    async def put(
        self,
        db: Session,
        bot_id: int,
        update_id: int,
        body: Mapping[str, Any],
        *,
        sender: str | None,
        may_be_cut: bool,
        now: datetime,
        limits: PendingLimits | None = None,
    ) -> Taken:
        values: dict[str, Any] = {
            "bot_id": bot_id,
            "update_id": update_id,
            "sender_id": limits.sender_id if limits is not None else None,
            "chat_id": limits.chat_id if limits is not None else None,
            "now": now,
        }
        if limits is not None:
            pending = await db.row(PENDING, values | {"since": now - ANSWERABLE_FOR})
            if pending is not None and is_over(pending, limits):
                return await refuse(db, values, body, is_announced=is_announced(pending, limits))
        group_id = None
        if sender is not None:
            # One piece at a time, so that the next one finds this one stored and the group still open.
            await db.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{bot_id}:{sender}"])
            group_id = await db.value(GROWING, [bot_id, sender])
        row = {"group_id": group_id, "sender": sender, "is_growing": may_be_cut and group_id is None}
        row |= {"body": Jsonb(body), "is_refused": False, "answered_at": None}
        stored = await db.value(PUT, values | row)
        if stored is None:
            return await find_known(db, values)
        if group_id is not None:
            await db.run("UPDATE fleet.updates SET grown_at = %s WHERE id = %s", [now, group_id])
            return Taken(None, is_new=True)
        if may_be_cut:
            await db.run(ADOPT, {"id": stored, "bot_id": bot_id, "sender": sender, "update_id": update_id})
        return Taken(int(stored), is_new=True)

    @writes
    async def open(
        self, db: Session, group_id: int, *, patience: timedelta, brief: timedelta, now: datetime
    ) -> Waiting:
        head = await db.row(
            "SELECT bot_id, group_id, sender, is_growing, is_refused, grown_at, answered_at FROM fleet.updates"
            " WHERE id = %s FOR UPDATE",
            [group_id],
        )
        if head is None or head["answered_at"] is not None or head["group_id"] is not None:
            return Waiting()
        waits = patience if head["is_growing"] else brief if head["sender"] is not None else timedelta(0)
        if (wait_s := (head["grown_at"] + waits - now).total_seconds()) > 0:
            return Waiting(head["bot_id"], wait_s=wait_s)
        await db.run("UPDATE fleet.updates SET is_growing = false, opened_at = %s WHERE id = %s", [now, group_id])
        bodies = tuple(row["body"] for row in await db.rows(BODIES, {"id": group_id}))
        return Waiting(head["bot_id"], bodies, is_refused=head["is_refused"])

    async def done(self, group_id: int, *, now: datetime) -> None:
        await self.database.run(DONE, {"id": group_id, "now": now})

    async def left(self, *, before: datetime, after: datetime) -> tuple[int, ...]:
        return tuple(row["id"] for row in await self.database.rows(LEFT, [before, after]))

    async def forget(self, *, before: datetime) -> int:
        return await self.database.run("DELETE FROM fleet.updates WHERE received_at < %s", [before])


async def refuse(db: Session, values: Mapping[str, Any], body: Mapping[str, Any], *, is_announced: bool) -> Taken:
    """Store an update for a notice, or only its number, to recognise it if it is sent again."""
    row: dict[str, Any] = {"group_id": None, "sender": None, "is_growing": False, "is_refused": True}
    row |= {"body": None, "answered_at": values["now"]} if is_announced else {"body": Jsonb(body), "answered_at": None}
    stored = await db.value(PUT, {**values, **row})
    if stored is None:
        return await find_known(db, values)
    return Taken(None if is_announced else int(stored), is_new=True, is_refused=True)


async def find_known(db: Session, values: Mapping[str, Any]) -> Taken:
    """Return the state of an update that was stored before."""
    known = await db.row(KNOWN, values)
    return Taken(None if known is None or known["answered_at"] else known["id"], is_new=False)


def is_over(pending: Mapping[str, int], limits: PendingLimits) -> bool:
    """Return whether as many updates as allowed are pending already."""
    of_group = limits.chat_id is not None and (
        pending["of_member"] >= limits.of_member or pending["of_chat"] >= limits.of_chat
    )
    return of_group or pending["of_sender"] >= limits.of_sender


def is_announced(pending: Mapping[str, int], limits: PendingLimits) -> bool:
    """Return whether the refusal was announced."""
    if limits.is_private_notice and pending["notices_to_sender"]:
        return True
    return pending["notices"] >= limits.max_notices
