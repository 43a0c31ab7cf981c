"""One schema per bot for the tables of chats; the first bot uses the schema of the news.

The list of bots is created when the first process of a fleet starts; a bot that runs alone has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg import errors as postgres_errors

from summaries.errors import StoreError, StoreTooNew
from summaries.storage.postgres import schema
from summaries.storage.postgres.schema import IS_LISTED, LOCK, missing_steps, run_among_chats


async def read_places(connection: AsyncConnection[Any]) -> dict[int, str] | None:
    """Return the schema of each bot's chats by the bot's id, or None without a list."""
    cursor = await connection.execute(IS_LISTED)
    if await cursor.fetchone() != (True,):
        return None
    cursor = await connection.execute("SELECT bot_id, place FROM fleet.bots ORDER BY added_at, bot_id")
    return dict(await cursor.fetchall())


async def assign_places(connection: AsyncConnection[Any], shown: str, bot_ids: Sequence[int]) -> dict[int, str]:
    """Return the schemas of all bots, after creating those of new ones. There is a list of bots.

    The first new bot gets the schema of the news if no other bot has it.

    Raises:
        StoreTooNew: another process has upgraded the database.
        StoreError: a schema cannot be created.
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
            home = await find_home(connection)
            for bot_id in bot_ids:
                if bot_id not in known:
                    known[bot_id] = home if home not in known.values() else await create_place(connection, bot_id)
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


async def create_place(connection: AsyncConnection[Any], bot_id: int) -> str:
    """Create a schema with empty tables of chats and return its name."""
    place = f"bot_{int(bot_id)}"
    await connection.execute(f"CREATE SCHEMA {place}".encode())
    await run_among_chats(connection, place, schema.STEPS)
    return place


def find_place(bot_id: int, places: Mapping[int, str] | None, shown: str) -> str:
    """Return the schema of the bot's chats.

    Raises:
        StoreError: the bot has none.
    """
    if places is None:
        raise StoreError(f"one bot alone has been on {shown}, and which is not known: leave --bot away")
    if bot_id not in places:
        there = ", ".join(map(str, places)) or "none"
        raise StoreError(f"no bot with the id {bot_id} has been on {shown}; there are: {there}")
    return places[bot_id]


async def find_home(connection: AsyncConnection[Any]) -> str:
    """Return the schema of the news."""
    found = await (await connection.execute("SELECT current_schema()")).fetchone()
    return str(found[0]) if found else "public"


def quote(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
