"""The processes of a fleet: which may join, the leases of those that died, and the inbox that they share.

Each member must be able to read the jobs of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from summaries.errors import StoreError, StoreInUse, StoreTooNew
from summaries.model import ANSWERABLE_FOR, Membership, PendingLimits, Taken, Waiting
from summaries.storage.postgres.advisory_lock import is_alive
from summaries.storage.postgres.connect import fetch_value
from summaries.storage.postgres.schema import missing_steps
from summaries.storage.sql import deliveries, outbox
from summaries.storage.sql.session import Session, SqlStore, writes

# The advisory lock of a process that joins, from its first check to its row. An arbitrary number.
JOINING = 7_464_655_270_003
IS_FLEET = "SELECT to_regclass('fleet.members') IS NOT NULL"
NEWEST = b"SELECT number, version FROM fleet.job_format"
OTHERS = f"SELECT owner, version, job_format FROM fleet.members m WHERE {is_alive('m.owner')} ORDER BY owner".encode()
JOIN = b"""
INSERT INTO fleet.members (owner, kind, version, job_format, queues)
    VALUES (%(owner)s, %(kind)s, %(version)s, %(job_format)s, %(queues)s)
"""
RAISE = b"""
INSERT INTO fleet.job_format (number, version) VALUES (%(job_format)s, %(version)s)
    ON CONFLICT (is_only) DO UPDATE SET number = excluded.number, version = excluded.version
        WHERE job_format.number < excluded.number
"""
# A restart of the server drops all locks, so members without a lock are kept for a day.
CLEAN = f"""
DELETE FROM fleet.members m WHERE joined_at < now() - interval '1 day' AND NOT {is_alive("m.owner")}
""".encode()


@dataclass(frozen=True, slots=True)
class LiveMember:
    """A member whose process is alive."""

    owner: str
    version: str
    job_format: int


def check_compatible(
    ours: Membership, newest: tuple[int, str] | None, others: Sequence[LiveMember], shown: str
) -> StoreError | None:
    """Return the error if the process may not join, else None.

    `newest` is the newest job format that members have written, and the version of Ringkas that introduced it. Members
    with the same format may have different versions, so that they can be replaced one by one. All members with an older
    format must stop before one with a newer format joins.
    """
    if newest is not None and newest[0] > ours.job_format:
        return StoreTooNew(
            f"the jobs on {shown} are of Ringkas {newest[1]}, and this is {ours.version}, which can't do them: update"
            " this process"
        )
    older = [other for other in others if other.job_format < ours.job_format]
    if not older:
        return None
    return StoreInUse(
        f"{len(older)} of the workers and receivers on {shown} are of Ringkas {join_versions(older)}, which can't do"
        f" the jobs of {ours.version}: stop them all first ({join_names(older)}), then start this one"
    )


def join_versions(others: Sequence[LiveMember]) -> str:
    return " and ".join(sorted({other.version for other in others}))


def join_names(others: Sequence[LiveMember]) -> str:
    return ", ".join(other.owner for other in others[:3]) + (", …" if len(others) > 3 else "")


async def refuse_running_fleet(connection: AsyncConnection[Any], shown: str, *, is_bot: bool) -> None:
    """Raise if a running fleet prevents this process, which is not a member, from opening the database.

    A bot runs alone. A command must not upgrade tables that members use: a member of the new version does that.

    Raises:
        StoreInUse: a fleet is running; nothing was changed.
    """
    if not is_bot and not await missing_steps(connection, shown):
        return
    others = await find_live(connection)
    if not others:
        return
    if is_bot:
        raise StoreInUse(
            f"workers or receivers work on {shown} ({join_names(others)}), and a bot runs alone: stop them all first,"
            " or give this one another DATABASE_URL"
        )
    raise StoreInUse(
        f"workers or receivers of Ringkas {join_versions(others)} work on {shown}, whose tables are older than this"
        " version: start a worker or receiver of this version first, which brings them up to date"
    )


async def find_live(connection: AsyncConnection[Any]) -> list[LiveMember]:
    """Return the members whose processes are alive."""
    if not await fetch_value(connection, IS_FLEET):
        return []
    return [LiveMember(*row) for row in await (await connection.execute(OTHERS)).fetchall()]


async def refuse_incompatible(connection: AsyncConnection[Any], ours: Membership, shown: str) -> None:
    """Raise unless the process may join, and keep others from joining until `join` is done or the connection ends.

    Raises:
        StoreTooNew, StoreInUse: the process may not join; nothing was changed.
    """
    await connection.execute("SELECT pg_advisory_lock(%s)", [JOINING])
    if not await fetch_value(connection, IS_FLEET):
        return
    newest = await (await connection.execute(NEWEST)).fetchone()
    others = await find_live(connection)
    if (error := check_compatible(ours, newest, others, shown)) is not None:
        raise error


async def join(connection: AsyncConnection[Any], ours: Membership, owner: str) -> None:
    """Add this process to the members, after `refuse_incompatible` and `prepare_fleet`."""
    async with connection.transaction():
        await connection.execute(CLEAN)
        await connection.execute(
            JOIN,
            {
                "owner": owner,
                "kind": ours.kind,
                "version": ours.version,
                "job_format": ours.job_format,
                "queues": list(ours.queues),
            },
        )
        await connection.execute(RAISE, {"job_format": ours.job_format, "version": ours.version})
    await connection.execute("SELECT pg_advisory_unlock(%s)", [JOINING])


# Members without a lock have lost their connection; see `advisory_lock`.
GONE = f"SELECT DISTINCT lease_owner AS owner FROM ({{owners}}) d WHERE NOT {is_alive('d.lease_owner')}"
OWNERS = """
SELECT lease_owner FROM {place}.deliveries WHERE is_claimed AND lease_owner IS NOT NULL
UNION ALL SELECT lease_owner FROM {place}.outbox WHERE not_before IS NOT NULL AND position = 0 AND is_claimed
"""

TICKED = """
INSERT INTO fleet.ticks (name, ended_at) SELECT name, now() FROM unnest(%s::text[]) name ORDER BY name
    ON CONFLICT (name) DO UPDATE SET ended_at = excluded.ended_at
"""
TICK_AGES = "SELECT name, extract(epoch FROM clock_timestamp() - ended_at)::float8 AS age_s FROM fleet.ticks"


async def read_tick_ages(connection: AsyncConnection[Any]) -> dict[str, float]:
    """Return the seconds since each tick last ended, or none if no worker is running."""
    if not await fetch_value(connection, "SELECT to_regclass('fleet.ticks') IS NOT NULL"):
        return {}
    live = f"EXISTS (SELECT FROM fleet.members m WHERE kind = 'worker' AND {is_alive('m.owner')})"
    return dict(await (await connection.execute(f"{TICK_AGES} WHERE {live}".encode())).fetchall())


class PostgresMemberStore(SqlStore):
    """Implements `ports.MemberStore`, for the messages of all bots."""

    async def gone(self) -> frozenset[str]:
        places = [database.place for database in await self.database.all_bots()]
        owners = " UNION ALL ".join(OWNERS.format(place=place) for place in places)
        return frozenset(row["owner"] for row in await self.database.rows(GONE.format(owners=owners)))

    async def record_ticks(self, names: Collection[str]) -> None:
        await self.database.run(TICKED, [sorted(names)])

    async def tick_ages_s(self) -> Mapping[str, float]:
        return {row["name"]: row["age_s"] for row in await self.database.rows(TICK_AGES)}

    async def release(self, owners: Collection[str], *, now: datetime) -> int:
        everywhere = await self.database.all_bots()
        theirs = {"now": now, "owners": list(owners)}
        released = (deliveries.RELEASE_OWNERS, outbox.RELEASE_OWNERS)
        return sum([await database.run(sql, theirs) for database in everywhere for sql in released])


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
        # A longer wait means that the clock went back, by more than the clocks of two machines differ.
        if timedelta(0) < (wait := head["grown_at"] + waits - now) <= waits + patience:
            return Waiting(head["bot_id"], wait_s=wait.total_seconds())
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
