"""PostgreSQL's tables: the shared ones, the full text index, the migrations, and the schemas of bots and editions.

Each bot has a schema for its chats, each edition one for its news (see `summaries.ingest.editions`). The first bot and
its edition use the schema that the connection begins with. A step's `chats` part runs in the schema of every bot, its
`news` part in that of every edition. The list of bots is created when the first process of a fleet starts; a bot that
runs alone has none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection
from psycopg import errors as postgres_errors

from summaries.errors import StoreError, StoreTooNew
from summaries.storage.postgres.connect import explain_missing_privilege, fetch_value
from summaries.storage.sql import schema
from summaries.storage.sql.schema import Step

# The stems of public articles: those of the title, and in `terms` the positions of all. A search for a common word
# reads the newest articles one after the other: with the terms in the row itself (STORAGE MAIN) it takes a third of the
# time.
SEARCH = """
CREATE TABLE article_search (
    article_id bigint PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    title text NOT NULL,
    terms tsvector NOT NULL
);
ALTER TABLE article_search ALTER COLUMN terms SET STORAGE MAIN;
CREATE INDEX article_search_terms ON article_search USING gin (terms);
"""
# Tables that only PostgreSQL has, by the step that creates them.
ONLY_HERE = {schema.STEPS[0].name: SEARCH}

# Text that may be longer than a B-tree accepts is unique by a hash index.
BY_HASH = re.compile(r"UNIQUE BY HASH \((\w+)\)")


def to_postgres(script: str) -> str:
    """Return the definitions of tables as PostgreSQL reads them."""
    script = script.replace(" WITHOUT ROWID", "").replace(" NEVER REUSED", "")
    return BY_HASH.sub(r"EXCLUDE USING hash (\1 WITH =)", script)


STEPS: tuple[Step, ...] = tuple(
    step._replace(news=to_postgres(step.news) + ONLY_HERE.get(step.name, ""), chats=to_postgres(step.chats))
    for step in schema.STEPS
)


class Place(NamedTuple):
    """The schemas of a bot's chats and of its news, and the name of its edition, which is empty for bots without."""

    chats: str
    news: str
    edition: str = ""


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
    home, places = await find_home(connection), await read_places(connection) or {}
    for step in missing:
        await connection.execute(f"{step.news}\n;{step.chats}".encode())
        await connection.execute("INSERT INTO ringkas_steps (name) VALUES (%s)", [step.name])
    for news in sorted({place.news for place in places.values()} - {home}):
        await run_in(connection, [news], (step.news for step in missing))
    for place in sorted(places.values()):
        if place.chats != home:
            await run_in(connection, [place.chats, place.news], (step.chats for step in missing))


async def run_in(connection: AsyncConnection[Any], path: Sequence[str], scripts: Iterable[str]) -> None:
    """Run the scripts in the first schema of the path, within the current transaction. Foreign keys may refer to
    tables in the others."""
    await connection.execute("SELECT set_config('search_path', %s, true)", [", ".join(map(quote, path))])
    for script in scripts:
        await connection.execute(script.encode())
    await connection.execute("SET LOCAL search_path TO DEFAULT")


async def refuse_older(connection: AsyncConnection[Any], shown: str) -> None:
    """Raise StoreError if steps are missing: a process that only reads does not apply them."""
    if await missing_steps(connection, shown):
        raise StoreError(f"{shown} is older than this version: start the bot first, which updates it")


async def missing_steps(connection: AsyncConnection[Any], shown: str) -> list[Step]:
    """Return the steps that have not been applied."""
    if not await fetch_value(connection, "SELECT to_regclass('ringkas_steps') IS NOT NULL"):
        return list(STEPS)
    cursor = await connection.execute("SELECT name FROM ringkas_steps ORDER BY name")
    applied = [name for (name,) in await cursor.fetchall()]
    ours = [step.name for step in STEPS]
    schema.refuse_unknown_steps(applied, ours, shown)
    return [step for step in STEPS if step.name not in applied]


async def read_places(connection: AsyncConnection[Any]) -> dict[int, Place] | None:
    """Return the schemas of each bot by its id, or None without a list."""
    if not await fetch_value(connection, IS_LISTED):
        return None
    cursor = await connection.execute("SELECT bot_id, place, news, edition FROM fleet.bots ORDER BY added_at, bot_id")
    return {bot_id: Place(*names) for bot_id, *names in await cursor.fetchall()}


async def assign_places(connection: AsyncConnection[Any], shown: str, editions: Mapping[int, str]) -> dict[int, Place]:
    """Return the schemas of all bots, after creating those of new ones. There is a list of bots.

    `editions` names the edition of each bot that is served. The first new bot gets the schema of the bot that ran alone
    before, news included, if no other bot has it. Bots of one edition share its news.

    Raises:
        StoreTooNew: another process has upgraded the database.
        StoreError: a schema cannot be created, or a bot had another edition before.
    """
    known = await read_places(connection) or {}
    refuse_moved(known, editions)
    if known.keys() >= editions.keys():
        return known
    try:
        with explain_missing_privilege("schemas", shown):
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                if await missing_steps(connection, shown):
                    raise StoreTooNew(f"another process has changed {shown} meanwhile: start this one again")
                known = await read_places(connection) or {}
                home = await find_home(connection)
                for bot_id, edition in editions.items():
                    if bot_id not in known:
                        known[bot_id] = place = await create_place(connection, bot_id, edition, known.values(), home)
                        await connection.execute(
                            "INSERT INTO fleet.bots (bot_id, place, news, edition) VALUES (%s, %s, %s, %s)",
                            [bot_id, *place],
                        )
    except postgres_errors.DuplicateSchema as error:
        raise StoreError(
            f"{shown} has a schema that is to be made for a bot: {error.diag.message_primary}; rename it"
        ) from error
    refuse_moved(known, editions)
    return known


def refuse_moved(known: Mapping[int, Place], editions: Mapping[int, str]) -> None:
    """Raise StoreError if a bot had another edition before: its chats refer to articles of that edition."""
    for bot_id, edition in editions.items():
        if bot_id in known and known[bot_id].edition != edition:
            raise StoreError(
                f"the bot {bot_id} has had {describe_edition(known[bot_id].edition)}, and EDITIONS gives it"
                f" {describe_edition(edition)}: a bot keeps its edition, so undo that or use a new bot"
            )


def describe_edition(name: str) -> str:
    return f"the edition {name}" if name else "no edition"


async def create_place(
    connection: AsyncConnection[Any], bot_id: int, edition: str, known: Collection[Place], home: str
) -> Place:
    """Create the schemas that a new bot needs beside the `known` ones, with empty tables."""
    news = next((place.news for place in known if place.edition == edition), None)
    if news is None and all(place.news != home for place in known):
        news = home
    if news is None:
        news = f"news_{edition}" if edition else "news"
        await connection.execute(f"CREATE SCHEMA {quote(news)}".encode())
        await run_in(connection, [news], (step.news for step in STEPS))
    if news == home and all(place.chats != home for place in known):
        return Place(home, news, edition)
    chats = f"bot_{int(bot_id)}"
    await connection.execute(f"CREATE SCHEMA {chats}".encode())
    await run_in(connection, [chats, news], (step.chats for step in STEPS))
    return Place(chats, news, edition)


def find_place(bot_id: int, places: Mapping[int, Place] | None, shown: str) -> Place:
    """Return the schemas of the bot.

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
