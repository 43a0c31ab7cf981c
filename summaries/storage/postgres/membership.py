"""Who may join a fleet: what its members write into jobs, the others must be able to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from summaries.errors import StoreError, StoreInUse, StoreTooNew
from summaries.storage.postgres.advisory_lock import is_alive
from summaries.storage.postgres.schema import missing_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import AsyncConnection

    from summaries.model import Membership

# Who joins does it alone, from the first look to the last row. The number is this program's own.
JOINING = 7_464_655_270_003
IS_FLEET = b"SELECT to_regclass('fleet.members') IS NOT NULL"
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
# A server that was away takes all locks with it: who seems to be dead is left a day to show that it is not.
CLEAN = f"""
DELETE FROM fleet.members m WHERE joined_at < now() - interval '1 day' AND NOT {is_alive("m.owner")}
""".encode()


@dataclass(frozen=True, slots=True)
class Other:
    """A member that lives."""

    owner: str
    version: str
    job_format: int


def refusal(ours: Membership, newest: tuple[int, str] | None, others: Sequence[Other], shown: str) -> StoreError | None:
    """Why the process may not join, if it may not; `newest` is the newest format that members had, and the version of
    the program that brought it (pure).

    Members of one format work side by side, whatever their versions: they are replaced one after the other. Members of
    an older format must all end before one of a newer begins.
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
        f"{len(older)} of the workers and receivers on {shown} are of Ringkas {versions_of(older)}, which can't do the"
        f" jobs of {ours.version}: stop them all first ({names_of(older)}), then start this one"
    )


def versions_of(others: Sequence[Other]) -> str:
    return " and ".join(sorted({other.version for other in others}))


def names_of(others: Sequence[Other]) -> str:
    return ", ".join(other.owner for other in others[:3]) + (", …" if len(others) > 3 else "")


async def refuse_beside(connection: AsyncConnection[Any], shown: str, *, is_bot: bool) -> None:
    """For a process that joins no fleet. A bot runs alone; what else looks at the database changes no table that
    members have, as it can't tell whether they could live with that: that is left to a member of its version.

    Raises:
        StoreInUse: members live that are in its way; nothing was changed.
    """
    if not is_bot and not await missing_steps(connection, shown):
        return
    others = await living(connection)
    if not others:
        return
    if is_bot:
        raise StoreInUse(
            f"workers or receivers work on {shown} ({names_of(others)}), and a bot runs alone: stop them all first, or"
            " give this one another DATABASE_URL"
        )
    raise StoreInUse(
        f"workers or receivers of Ringkas {versions_of(others)} work on {shown}, whose tables are older than this"
        " version: start a worker or receiver of this version first, which brings them up to date"
    )


async def living(connection: AsyncConnection[Any]) -> list[Other]:
    """The members that live."""
    found = await connection.execute(IS_FLEET)
    if await found.fetchone() != (True,):
        return []
    return [Other(*row) for row in await (await connection.execute(OTHERS)).fetchall()]


async def refuse_misfits(connection: AsyncConnection[Any], ours: Membership, shown: str) -> None:
    """Let nobody else join from here on until the connection ends or `join` is done.

    Raises:
        StoreTooNew, StoreInUse: the process may not join; nothing was changed.
    """
    await connection.execute("SELECT pg_advisory_lock(%s)", [JOINING])
    found = await connection.execute(IS_FLEET)
    if await found.fetchone() != (True,):
        return
    newest = await (await connection.execute(NEWEST)).fetchone()
    others = await living(connection)
    if (error := refusal(ours, newest, others, shown)) is not None:
        raise error


async def join(connection: AsyncConnection[Any], ours: Membership, owner: str) -> None:
    """Tell the others of this process. Its tables are there, and nobody refused it."""
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
