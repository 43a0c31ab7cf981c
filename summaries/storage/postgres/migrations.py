"""The numbered steps from an empty database to today's tables. A step that was released is never edited: add another.

Each adds what a step of SQLite's added (see `sqlite/migrations.py`); the first has all up to 17. A test compares the
tables and columns of both stores. What a step does to the tables of chats is done in the place of every bot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import errors as postgres_errors

from summaries.errors import StoreError, StoreTooNew
from summaries.storage.postgres.chat_tables import BROADCAST_COPIES, CHATS, CLAIMS, DIGESTS, TELLING, UNFOUNDED_ANSWERS
from summaries.storage.postgres.news_tables import NEWS, PROVENANCE, STORIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import AsyncConnection


class Step(NamedTuple):
    """What is done to the tables of the news, once, and to the tables of chats, once for each bot."""

    name: str
    news: str
    chats: str


STEPS: tuple[Step, ...] = (
    Step("m017_tables", NEWS + STORIES, DIGESTS + CHATS + TELLING),
    Step("m018_spellings", "-- SQLite's search_words, which is among the tables here from the first step on", ""),
    Step(
        "m019_references",
        "CREATE INDEX stories_by_article ON stories (article_id)",
        "CREATE INDEX told_articles_by_article ON told_articles (article_id)",
    ),
    Step("m020_broadcast_copies", "", BROADCAST_COPIES),
    # A common word is looked for among the newest articles one after the other: its terms stand in the row then, and
    # are not fetched from beside it, which took two thirds of the time. Articles that are stored already stay as they
    # are: those that come from now on are the ones looked through first.
    Step("m021_terms_in_rows", "ALTER TABLE article_search ALTER COLUMN terms SET STORAGE MAIN", ""),
    Step("m022_claims", "", CLAIMS),
    Step("m023_provenance", PROVENANCE, UNFOUNDED_ANSWERS),
)

# Whether there is a list of bots; see `places`. Asked as `to_regclass` asks, the server would remember for a while that
# there is none, and make the schema a second time.
IS_LISTED = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'fleet' AND tablename = 'bots')"
# The chats of bots that have a schema of their own.
OTHER_PLACES = "SELECT place FROM fleet.bots WHERE place <> current_schema() ORDER BY place"

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
    """The schemas that hold chats, beside that of the news."""
    found = await connection.execute(IS_LISTED)
    if await found.fetchone() != (True,):
        return []
    return [place for (place,) in await (await connection.execute(OTHER_PLACES)).fetchall()]


async def run_among_chats(connection: AsyncConnection[Any], place: str, steps: Iterable[Step]) -> None:
    """Do what the steps do to the tables of chats in that schema, in the transaction that is under way."""
    # What they refer to is the news.
    await connection.execute(
        "SELECT set_config('search_path', quote_ident(%s) || ',' || quote_ident(current_schema()), true)", [place]
    )
    for step in steps:
        await connection.execute(step.chats.encode())
    await connection.execute("SET LOCAL search_path TO DEFAULT")


async def missing_steps(connection: AsyncConnection[Any], shown: str) -> list[Step]:
    """The steps that are not applied yet."""
    found = await connection.execute("SELECT to_regclass('ringkas_steps') IS NOT NULL")
    if await found.fetchone() != (True,):
        return list(STEPS)
    cursor = await connection.execute("SELECT name FROM ringkas_steps ORDER BY name")
    applied = [name for (name,) in await cursor.fetchall()]
    ours = [step.name for step in STEPS]
    if unknown := sorted(set(applied) - set(ours)):
        raise StoreTooNew(
            f"{shown} was written by a newer version of Ringkas (it has {unknown[0]}): update Ringkas, or set"
            " DATABASE_URL to another database"
        )
    return [step for step in STEPS if step.name not in applied]
