"""Export a PostgreSQL database, and fill one with the rows of a SQLite database in one transaction.

Values are converted between PostgreSQL's types and the form that SQLite has them in, which is the form of the export.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from struct import pack, unpack
from typing import Any, TypeVar

from summaries.errors import StoreError
from summaries.storage.postgres.database import Database
from summaries.storage.postgres.schema import IS_LISTED
from summaries.storage.postgres.session import Session, add_words
from summaries.storage.postgres.tsvector import to_vector
from summaries.storage.sql import schema
from summaries.storage.sql.schema import Table
from summaries.storage.sql.session import Row
from summaries.storage.sqlite.schema import STEP_NAMES
from summaries.storage.sqlite.session import add_functions, encode
from summaries.storage.state.file import Manifest, StateWriter, open_sparing
from summaries.storage.state.sqlite import ALWAYS_FILLED, sequences_of

T = TypeVar("T")

VERSION = STEP_NAMES[-1]
# Rows in memory at a time. An article's page may have 5 MiB, most have a few KiB.
BATCH = 500
# The search index of PostgreSQL is a table. In SQLite `article_stems` has its contents.
SEARCH = Table("article_search", {"article_id": "bigint", "title": "text"}, [("article_id",)], False, False)
# Each table after those that it refers to. The words of the search index are made from its rows.
TABLES = [table for table in schema.TABLES.values() if table.name != "search_words"]
SAME_TERMS = """
SELECT s.article_id FROM article_search s JOIN unnest(%s::bigint[], %s::text[]) v (article_id, terms)
    ON v.article_id = s.article_id WHERE s.terms = v.terms::tsvector
"""
OTHER_BOTS = "SELECT count(*) FROM fleet.bots WHERE place <> current_schema()"
ADDED_SOURCES = "SELECT count(*) FROM sources WHERE origin = 'admin'"


async def write(url: str, part: Path, *, now: datetime, bot_id: int | None, pool_size: int) -> Manifest:
    """Write the database at `url` to the file `part`: the news and the chats of one bot, as they are at one moment.

    Raises:
        StoreError: the database cannot be read, or several bots share it and `bot_id` is None or not one of them.
    """
    database = await Database.open(url, pool_size=pool_size)
    try:
        bots = database.bots
        if bots and (bot_id is not None or len(bots) > 1):
            if bot_id is None:
                raise StoreError(f"{len(bots)} bots share {database.shown}: set TELEGRAM_BOT_TOKEN to one of them")
            database = database.of_bot(bot_id)
        return await database.read(partial(write_tables, part=part, now=now, bot_id=bot_id))
    finally:
        await database.close()


async def write_tables(db: Session, part: Path, now: datetime, bot_id: int | None) -> Manifest:
    with open_sparing(part) as file, closing(StateWriter(file)) as writer:
        for table in TABLES:
            with writer.table(table.name, list(table.columns)) as add:
                async for rows in stream(db, table):
                    add(rows)
        lasting = [table.name for table in TABLES if table.has_lasting_ids]
        sequences = {name: number for name in lasting if (number := await last_number(db, name))}
        return writer.finish(now=now, bot_id=bot_id, steps=STEP_NAMES, sequences=sequences)


async def stream(db: Session, table: Table) -> AsyncIterator[list[list[Any]]]:
    """Yield the rows of the table in batches, with values in SQLite's form."""
    order = ", ".join(table.keys[0])
    await db.run(f"DECLARE exported NO SCROLL CURSOR FOR SELECT {selected(table)} FROM {table.name} ORDER BY {order}")
    while rows := await db.tuples(f"FETCH {BATCH} FROM exported"):
        yield [[encode(value) for value in row] for row in rows]
    await db.run("CLOSE exported")


async def last_number(db: Session, table: str) -> int:
    """Return the last number that the table's sequence gave out, or 0."""
    sequence = await db.value("SELECT pg_get_serial_sequence(%s, 'id')", [table])
    return int(await db.value(f"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"))


async def fill_unused(
    url: str, path: Path, build: Callable[[], T], *, report: Callable[[str, int, int], None], pool_size: int
) -> tuple[T, Mapping[str, int]]:
    """Make the SQLite database `path` with `build`, and copy it into the database at `url` while bots are kept away.
    Return the result of `build`, and the number of rows by table.

    Raises:
        StoreInUse: a bot, a worker or a receiver runs on the database.
        StoreError: it is not empty, or cannot be used. Nothing was changed.
    """
    database = await Database.open(url, pool_size=pool_size, is_bot=True)
    try:
        await database.read(partial(refuse_used, shown=database.shown))
        built = await asyncio.to_thread(build)
        with closing(sqlite3.connect(path)) as source:
            add_functions(source)
            work = partial(fill_tables, source=source, shown=database.shown, report=report)
            return built, await database.write(work)
    finally:
        await database.close()


async def refuse_used(db: Session, shown: str) -> None:
    """Raise StoreError if the database holds something that would be lost."""
    if await db.value(IS_LISTED) and (others := await db.value(OTHER_BOTS)):
        raise StoreError(f"{others} other bots share the news of {shown}: name an empty database in DATABASE_URL")
    names = sorted(table.name for table in TABLES if table.name not in ALWAYS_FILLED)
    used = {name: await db.value(f"SELECT count(*) FROM {name}") for name in names}
    used["sources"] = await db.value(ADDED_SOURCES)
    found = [f"{name}: {count}" for name, count in used.items() if count]
    if found:
        raise StoreError(
            f"{shown} is in use ({', '.join(found[:4])}): back it up, and let DATABASE_URL name an empty database"
        )


async def fill_tables(
    db: Session, source: sqlite3.Connection, shown: str, report: Callable[[str, int, int], None]
) -> Mapping[str, int]:
    """Copy the SQLite database `source` and compare each row. Return the number of rows by table.

    Raises:
        StoreError: the database is not empty, or a row in it differs.
    """
    await refuse_used(db, shown)
    for name in sorted(ALWAYS_FILLED):
        await db.run(f"DELETE FROM {name}")
    counts = {}
    for table in [*TABLES, SEARCH]:
        (total,) = source.execute(f"SELECT count(*) FROM {name_in_sqlite(table)}").fetchone()
        copied = 0
        for rows in batches(source, table):
            await copy(db, table, rows)
            await compare(db, table, rows, shown)
            copied += len(rows)
            report(table.name, copied, total)
        if (found := await db.value(f"SELECT count(*) FROM {table.name}")) != total:
            raise StoreError(f"{table.name} has {found} rows in {shown}, and {total} in the file")
        counts[table.name] = total
    sequences = sequences_of(source)
    for table in TABLES:
        if table.is_numbered:
            await db.run(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
                f" greatest(coalesce(max(id), 0), %s) + 1, false) FROM {table.name}",
                [sequences.get(table.name, 0)],
            )
    return counts


def batches(source: sqlite3.Connection, table: Table) -> Iterator[list[Row]]:
    """Yield the rows of the SQLite table by column name, some at a time."""
    names = ("article_id", "title", "text") if table is SEARCH else tuple(table.columns)
    columns = ", ".join(names).replace("article_id", "id", 1) if table is SEARCH else ", ".join(names)
    cursor = source.execute(f"SELECT {columns} FROM {name_in_sqlite(table)}")
    while rows := cursor.fetchmany(BATCH):
        yield [dict(zip(names, row, strict=True)) for row in rows]


def name_in_sqlite(table: Table) -> str:
    return "article_stems" if table is SEARCH else table.name


def key_of(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in table.keys[0])


async def copy(db: Session, table: Table, rows: Sequence[Row]) -> None:
    """Add the SQLite rows to the table."""
    columns = [*table.columns, "terms"] if table is SEARCH else list(table.columns)
    made = [{name: to_server(row[name], kind) for name, kind in table.columns.items()} for row in rows]
    if table is SEARCH:
        words: set[str] = set()
        for row, stems in zip(made, rows, strict=True):
            row["terms"], of_row = to_vector(stems["title"], stems["text"])
            words.update(of_row)
        await add_words(db, words)
    await db.copy(table.name, columns, [tuple(row.values()) for row in made])


async def compare(db: Session, table: Table, rows: Sequence[Row], shown: str) -> None:
    """Raise StoreError if a row is not in the table as it is in SQLite."""
    there = await fetch(db, table, rows)
    for found in there.values():
        found |= {name: comparable(found[name], kind) for name, kind in table.columns.items() if kind == "real"}
    for row in rows:
        key = key_of(table, row)
        if there.get(key) != {name: comparable(row[name], kind) for name, kind in table.columns.items()}:
            raise StoreError(f"{table.name} {key} is not in {shown} as it is in the file; nothing was imported")


async def fetch(db: Session, table: Table, rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """Return the rows of PostgreSQL that have the keys of `rows`, by key, with values in SQLite's form."""
    kinds = [f"%s::{table.columns[column]}[]" for column in table.keys[0]]
    found = await db.rows(
        f"SELECT {selected(table)} FROM {table.name}"
        f" WHERE ({', '.join(table.keys[0])}) IN (SELECT * FROM unnest({', '.join(kinds)}))",
        [[row[column] for row in rows] for column in table.keys[0]],
    )
    there = {key_of(table, row): row for row in found}
    if table is SEARCH:
        vectors = [to_vector(row["title"], row["text"])[0] for row in rows]
        same = await db.rows(SAME_TERMS, [[row["article_id"] for row in rows], vectors])
        return {key: there[key] for key in ((row["article_id"],) for row in same)}
    return there


def to_server(value: Any, kind: str) -> Any:
    """Return the value of a SQLite row as a PostgreSQL column of type `kind` takes it."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    return json.loads(value) if kind in schema.LISTS else value


def comparable(value: Any, kind: str) -> Any:
    """Return the value of a SQLite row as `selected` gives it from PostgreSQL; see `connect.PlainStrDumper`."""
    if kind == "real" and value is not None:
        # PostgreSQL has four bytes for it, and returns a shorter number.
        return unpack("f", pack("f", value))[0]
    if kind not in schema.LISTS or value is None:
        return value
    return [item.replace("\0", "\ufffd") if isinstance(item, str) else item for item in json.loads(value)]


def selected(table: Table) -> str:
    """Return the SQL that selects the table's columns in SQLite's form, except for lists."""
    return ", ".join(f"{in_sqlite_form(name, kind)} AS {name}" for name, kind in table.columns.items())


def in_sqlite_form(name: str, kind: str) -> str:
    if kind == "timestamptz":
        return f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00'"
    return f"{name}::int" if kind == "boolean" else name
