"""PostgreSQL's tables: the shared ones, the full text index, the migrations, and a schema for the chats of each bot.

The first bot uses the schema of the news. A step's `chats` part runs in the schema of every bot. The list of bots is
created when the first process of a fleet starts; a bot that runs alone has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg import errors as postgres_errors

from summaries.errors import StoreError, StoreTooNew
from summaries.storage.postgres.connect import explain_missing_privilege, fetch_value
from summaries.storage.sql import schema
from summaries.storage.sql.schema import Step

# The stems of public articles, and in `terms` their positions. A search for a common word reads the newest articles one
# after the other: with the terms in the row itself (STORAGE MAIN) it takes a third of the time.
SEARCH = """
CREATE TABLE article_search (
    article_id bigint PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    title text NOT NULL,
    text text NOT NULL,
    terms tsvector NOT NULL
);
ALTER TABLE article_search ALTER COLUMN terms SET STORAGE MAIN;
CREATE INDEX article_search_terms ON article_search USING gin (terms);
"""
# Tables that only PostgreSQL has, by the step that creates them.
ONLY_HERE = {schema.STEPS[0].name: SEARCH}

# Text that may be longer than a B-tree accepts is unique by a hash index.
BY_HASH = re.compile(r"(?:UNIQUE|PRIMARY KEY) BY HASH \((\w+)\)")


def to_postgres(script: str) -> str:
    """Return the definitions of tables as PostgreSQL reads them."""
    script = script.replace(" WITHOUT ROWID", "").replace(" NEVER REUSED", "")
    return BY_HASH.sub(r"EXCLUDE USING hash (\1 WITH =)", script)


STEPS: tuple[Step, ...] = tuple(
    step._replace(news=to_postgres(step.news) + ONLY_HERE.get(step.name, ""), chats=to_postgres(step.chats))
    for step in schema.STEPS
)

# Whether there is a list of bots. The server would cache the answer of `to_regclass` and create the schema a second
# time.
IS_LISTED = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'fleet' AND tablename = 'bots')"
# The advisory lock of migrations: of two processes that start at once, one waits for the other. An arbitrary number.
LOCK = 7_464_655_270_001


async def migrate(connection: AsyncConnection[Any], shown: str) -> None:
    """Apply the missing steps in one transaction.

    Raises:
        StoreTooNew: a newer version has changed the database.
        StoreError: the tables cannot be created.
    """
    if await missing_steps(connection, shown) == []:
        return
    try:
        with explain_missing_privilege("tables", shown):
            async with connection.transaction():
                await apply_missing(connection, shown)
    except postgres_errors.DuplicateTable as error:
        raise StoreError(
            f"{shown} holds tables of something else: create a database for Ringkas alone and name it in DATABASE_URL"
        ) from error


async def apply_missing(connection: AsyncConnection[Any], shown: str) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS ringkas_steps"
        " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    missing = await missing_steps(connection, shown)
    for step in missing:
        await connection.execute(f"{step.news}\n;{step.chats}".encode())
        await connection.execute("INSERT INTO ringkas_steps (name) VALUES (%s)", [step.name])
    for place in await other_places(connection):
        await run_among_chats(connection, place, missing)


async def other_places(connection: AsyncConnection[Any]) -> list[str]:
    """Return the schemas of chats other than the one that also holds the news."""
    places = await read_places(connection) or {}
    home = await find_home(connection)
    return sorted(place for place in places.values() if place != home)


async def run_among_chats(connection: AsyncConnection[Any], place: str, steps: Iterable[Step]) -> None:
    """Run the `chats` part of the steps in the schema `place`, within the current transaction."""
    # Foreign keys refer to the news.
    await connection.execute(
        "SELECT set_config('search_path', quote_ident(%s) || ',' || quote_ident(current_schema()), true)", [place]
    )
    for step in steps:
        await connection.execute(step.chats.encode())
    await connection.execute("SET LOCAL search_path TO DEFAULT")


async def missing_steps(connection: AsyncConnection[Any], shown: str) -> list[Step]:
    """Return the steps that have not been applied."""
    if not await fetch_value(connection, "SELECT to_regclass('ringkas_steps') IS NOT NULL"):
        return list(STEPS)
    cursor = await connection.execute("SELECT name FROM ringkas_steps ORDER BY name")
    applied = [name for (name,) in await cursor.fetchall()]
    ours = [step.name for step in STEPS]
    schema.refuse_unknown_steps(applied, ours, shown)
    return [step for step in STEPS if step.name not in applied]


async def read_places(connection: AsyncConnection[Any]) -> dict[int, str] | None:
    """Return the schema of each bot's chats by the bot's id, or None without a list."""
    if not await fetch_value(connection, IS_LISTED):
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
        with explain_missing_privilege("schemas", shown):
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
    except postgres_errors.DuplicateSchema as error:
        raise StoreError(
            f"{shown} has a schema that is to be made for a bot's chats: {error.diag.message_primary}; rename it"
        ) from error
    return known


async def create_place(connection: AsyncConnection[Any], bot_id: int) -> str:
    """Create a schema with empty tables of chats and return its name."""
    place = f"bot_{int(bot_id)}"
    await connection.execute(f"CREATE SCHEMA {place}".encode())
    await run_among_chats(connection, place, STEPS)
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
    return str(await fetch_value(connection, "SELECT current_schema()"))


def quote(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
