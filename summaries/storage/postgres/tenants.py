"""Where each bot's chats stand: those of the first beside the news, those of every other in a schema of its own.

A bot that runs alone needs no such list. It is made when the first of several processes starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors as postgres_errors

from summaries.errors import StoreError, StoreTooNew
from summaries.storage.postgres import schema
from summaries.storage.postgres.schema import IS_LISTED, LOCK, missing_steps, run_among_chats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import AsyncConnection


async def read_places(connection: AsyncConnection[Any]) -> dict[int, str] | None:
    """The schema of each bot's chats by the bot's id; None where there is no list."""
    cursor = await connection.execute(IS_LISTED)
    if await cursor.fetchone() != (True,):
        return None
    cursor = await connection.execute("SELECT bot_id, place FROM fleet.bots ORDER BY added_at, bot_id")
    return dict(await cursor.fetchall())


async def settle(connection: AsyncConnection[Any], shown: str, bot_ids: Sequence[int]) -> dict[int, str]:
    """The places of all bots, those among them that are new here included. The list is there.

    Where nobody's chats stand beside the news yet, the first that is new gets that place.

    Raises:
        StoreTooNew: another process has brought the database to a newer version.
        StoreError: a schema can't be made.
    """
    known = await read_places(connection) or {}
    if known.keys() >= set(bot_ids):
        return known
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            if await missing_steps(connection, shown):
                raise StoreTooNew(f"another process has changed {shown} meanwhile: start this one again")
            known = await read_places(connection) or {}
            home = await home_of(connection)
            for bot_id in bot_ids:
                if bot_id not in known:
                    known[bot_id] = home if home not in known.values() else await make_place(connection, bot_id)
                    values = [bot_id, known[bot_id]]
                    await connection.execute("INSERT INTO fleet.bots (bot_id, place) VALUES (%s, %s)", values)
    except postgres_errors.InsufficientPrivilege as error:
        raise StoreError(
            f"the user of DATABASE_URL may not make schemas in {shown}: let it own the database"
            " (ALTER DATABASE … OWNER TO …)"
        ) from error
    except postgres_errors.DuplicateSchema as error:
        raise StoreError(
            f"{shown} has a schema that is to be made for a bot's chats: {error.diag.message_primary}; rename it"
        ) from error
    return known


async def make_place(connection: AsyncConnection[Any], bot_id: int) -> str:
    """A schema with the tables of chats, empty."""
    place = f"bot_{int(bot_id)}"
    await connection.execute(f"CREATE SCHEMA {place}".encode())
    await run_among_chats(connection, place, schema.STEPS)
    return place


def place_of(bot_id: int, places: Mapping[int, str] | None, shown: str) -> str:
    """The place of one bot's chats.

    Raises:
        StoreError: there is none.
    """
    if places is None:
        raise StoreError(f"one bot alone has been on {shown}, and which is not known: leave --bot away")
    if bot_id not in places:
        there = ", ".join(map(str, places)) or "none"
        raise StoreError(f"no bot with the id {bot_id} has been on {shown}; there are: {there}")
    return places[bot_id]


async def home_of(connection: AsyncConnection[Any]) -> str:
    """The schema of the news."""
    found = await (await connection.execute("SELECT current_schema()")).fetchone()
    return str(found[0]) if found else "public"


def quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
