"""The numbered steps from an empty database to today's tables. A step that was released is never edited: add another.

Each adds what a step of SQLite's added (see `sqlite/migrations.py`); the first has all up to 17. A test compares the
tables and columns of both stores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import errors as postgres_errors

from summaries.errors import StoreError, StoreTooNew
from summaries.storage.postgres.chat_tables import CHATS, DIGESTS, TELLING
from summaries.storage.postgres.news_tables import NEWS, STORIES

if TYPE_CHECKING:
    from psycopg import AsyncConnection

STEPS: tuple[tuple[str, str], ...] = (
    ("m017_tables", NEWS + STORIES + DIGESTS + CHATS + TELLING),
    ("m018_spellings", "-- SQLite's search_words, which is among the tables here from the first step on"),
)

# Two that start at the same time: one migrates, the other waits and finds it done. The number is this program's own.
LOCK = 7_464_655_270_001


async def migrate(connection: AsyncConnection[Any], shown: str) -> None:
    """Apply the steps that are missing: all of them, or none.

    Raises:
        StoreTooNew: the database has steps that this version does not know.
        StoreError: the tables can't be made.
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
            for name, script in await missing_steps(connection, shown):
                await connection.execute(script.encode())
                await connection.execute("INSERT INTO ringkas_steps (name) VALUES (%s)", [name])
    except postgres_errors.DuplicateTable as error:
        raise StoreError(
            f"{shown} holds tables of something else: create a database for Ringkas alone and name it in DATABASE_URL"
        ) from error
    except postgres_errors.InsufficientPrivilege as error:
        raise StoreError(
            f"the user of DATABASE_URL may not make tables in {shown}: let it own the database"
            " (ALTER DATABASE … OWNER TO …)"
        ) from error


async def missing_steps(connection: AsyncConnection[Any], shown: str) -> list[tuple[str, str]]:
    """The steps that are not applied yet."""
    found = await connection.execute("SELECT to_regclass('ringkas_steps') IS NOT NULL")
    if await found.fetchone() != (True,):
        return list(STEPS)
    cursor = await connection.execute("SELECT name FROM ringkas_steps ORDER BY name")
    applied = [name for (name,) in await cursor.fetchall()]
    ours = [name for name, _ in STEPS]
    if unknown := sorted(set(applied) - set(ours)):
        raise StoreTooNew(
            f"{shown} was written by a newer version of Ringkas (it has {unknown[0]}): update Ringkas, or set"
            " DATABASE_URL to another database"
        )
    return [step for step in STEPS if step[0] not in applied]
