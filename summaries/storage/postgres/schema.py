"""PostgreSQL's tables: the shared ones, the full text index, and the migrations.

A step's `chats` part runs in the schema of every bot; see `tenants`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection
from psycopg import errors as postgres_errors

from summaries.errors import StoreError
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

# Whether there is a list of bots; see `tenants`. The server would cache the answer of `to_regclass` and create the
# schema a second time.
IS_LISTED = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'fleet' AND tablename = 'bots')"
# The schemas of the bots other than the first.
OTHER_PLACES = "SELECT place FROM fleet.bots WHERE place <> current_schema() ORDER BY place"

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
        async with connection.transaction():
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
    except postgres_errors.DuplicateTable as error:
        raise StoreError(
            f"{shown} holds tables of something else: create a database for Ringkas alone and name it in DATABASE_URL"
        ) from error
    except postgres_errors.InsufficientPrivilege as error:
        raise StoreError(
            f"the user of DATABASE_URL may not make tables in {shown}: let it own the database"
            " (ALTER DATABASE … OWNER TO …)"
        ) from error


async def other_places(connection: AsyncConnection[Any]) -> list[str]:
    """Return the schemas of chats other than the one that also holds the news."""
    found = await connection.execute(IS_LISTED)
    if await found.fetchone() != (True,):
        return []
    return [place for (place,) in await (await connection.execute(OTHER_PLACES)).fetchall()]


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
    found = await connection.execute("SELECT to_regclass('ringkas_steps') IS NOT NULL")
    if await found.fetchone() != (True,):
        return list(STEPS)
    cursor = await connection.execute("SELECT name FROM ringkas_steps ORDER BY name")
    applied = [name for (name,) in await cursor.fetchall()]
    ours = [step.name for step in STEPS]
    schema.refuse_unknown_steps(applied, ours, shown)
    return [step for step in STEPS if step.name not in applied]
