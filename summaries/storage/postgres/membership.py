"""Which processes may join a fleet: each member must be able to read the jobs of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from summaries.errors import StoreError, StoreInUse, StoreTooNew
from summaries.model import Membership
from summaries.storage.postgres.advisory_lock import is_alive
from summaries.storage.postgres.connect import fetch_value
from summaries.storage.postgres.schema import missing_steps

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
