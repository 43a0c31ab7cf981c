"""Export a PostgreSQL database, and fill one with the rows of a SQLite database in one transaction.

Values are converted between PostgreSQL's types and the form that SQLite has them in, which is the form of the export.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, TypeVar

import sqlite_utils

from summaries.errors import StoreError
from summaries.storage.postgres.database import Database
from summaries.storage.postgres.engine import add_words
from summaries.storage.postgres.schema import IS_LISTED
from summaries.storage.postgres.session import Session
from summaries.storage.postgres.tsvector import to_vector
from summaries.storage.sql.session import Row
from summaries.storage.sqlite.schema import STEP_NAMES, migrations
from summaries.storage.sqlite.session import encode
from summaries.storage.state.file import Manifest, StateWriter
from summaries.storage.state.tables import ALWAYS_FILLED, columns_of, counting_tables, sequences_of, tables_of

T = TypeVar("T")

VERSION = STEP_NAMES[-1]
# Rows in memory at a time. An article's page may have 5 MiB, most have a few KiB.
BATCH = 500
MOMENT, FLAG, LIST = "timestamp with time zone", "boolean", "ARRAY"
# The moment that SQLite stores as an empty text: before every other.
NEVER = "-infinity"
# The search index of PostgreSQL is a table. SQLite's is copied, because making its terms again takes long.
SEARCH, SEARCH_COLUMNS = "article_search", ("article_id", "title", "text")
VISIBLE = "n.nspname = ANY(current_schemas(false)) AND pg_table_is_visible(c.oid)"
COLUMNS = f"""
SELECT c.relname, a.attname, a.attidentity <> '' AS is_numbered,
    CASE WHEN t.typcategory = 'A' THEN '{LIST}' ELSE format_type(a.atttypid, NULL) END AS kind
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND {VISIBLE}
"""
REFERENCES = f"""
SELECT c.relname, r.relname AS referred FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND {VISIBLE}
"""
SAME_TERMS = """
SELECT s.article_id FROM article_search s JOIN unnest(%s::bigint[], %s::text[]) v (article_id, terms)
    ON v.article_id = s.article_id WHERE s.terms = v.terms::tsvector
"""
OTHER_BOTS = "SELECT count(*) FROM fleet.bots WHERE place <> current_schema()"
ADDED_SOURCES = "SELECT count(*) FROM sources WHERE origin = 'admin'"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns that SQLite's has, and PostgreSQL's types of them. `key` orders its rows in SQLite."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    is_numbered: bool

    def key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[column] for column in self.key)


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
    with closing(new_sqlite()) as schema, part.open("wb") as file, StateWriter(file) as writer:
        for table in await tables_in(db, schema):
            with writer.table(table.name, list(table.columns)) as add:
                async for rows in stream(db, table):
                    add(rows)
        return writer.finish(
            now=now,
            bot_id=bot_id,
            steps=STEP_NAMES,
            sequences={
                name: number for name in sorted(counting_tables(schema)) if (number := await last_number(db, name))
            },
        )


def new_sqlite() -> sqlite3.Connection:
    """Return an empty SQLite database in memory with the tables of this version."""
    connection = sqlite3.connect(":memory:")
    migrations.apply(sqlite_utils.Database(connection))
    return connection


async def stream(db: Session, table: Table) -> AsyncIterator[list[list[Any]]]:
    """Yield the rows of the table in batches, with values in SQLite's form."""
    order = ", ".join(table.key)
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
        return built, await fill(database, path, report=report)
    finally:
        await database.close()


async def refuse_used(db: Session, shown: str) -> None:
    """Raise StoreError if the database holds something that would be lost."""
    if await db.value(IS_LISTED) and (others := await db.value(OTHER_BOTS)):
        raise StoreError(f"{others} other bots share the news of {shown}: name an empty database in DATABASE_URL")
    with closing(new_sqlite()) as schema:
        names = tables_of(schema)
    used = {name: await db.value(f"SELECT count(*) FROM {name}") for name in names if name not in ALWAYS_FILLED}
    used["sources"] = await db.value(ADDED_SOURCES)
    found = [f"{name}: {count}" for name, count in used.items() if count]
    if found:
        raise StoreError(
            f"{shown} is in use ({', '.join(found[:4])}): back it up, and let DATABASE_URL name an empty database"
        )


async def fill(database: Database, path: Path, *, report: Callable[[str, int, int], None]) -> Mapping[str, int]:
    """Copy the SQLite database at `path` into `database` and compare each row, in one transaction. Return the number of
    rows by table; see `import_state` for `report`.

    Raises:
        StoreError: the database is not empty, or a row in it differs. Nothing was changed.
    """
    with closing(sqlite3.connect(path)) as source:
        return await database.write(partial(fill_tables, source=source, shown=database.shown, report=report))


async def fill_tables(
    db: Session, source: sqlite3.Connection, shown: str, report: Callable[[str, int, int], None]
) -> Mapping[str, int]:
    await refuse_used(db, shown)
    for name in sorted(ALWAYS_FILLED):
        await db.run(f"DELETE FROM {name}")
    tables = await tables_in(db, source, has_search=True)
    counts = {}
    for table in tables:
        (total,) = source.execute(f"SELECT count(*) FROM {table.name}").fetchone()
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
    for table in tables:
        if table.is_numbered:
            await db.run(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
                f" greatest(coalesce(max(id), 0), %s) + 1, false) FROM {table.name}",
                [sequences.get(table.name, 0)],
            )
    return counts


async def tables_in(db: Session, schema: sqlite3.Connection, *, has_search: bool = False) -> list[Table]:
    """Return the tables of `schema`, each after those that it refers to; with `has_search` the search index too."""
    kinds: dict[str, dict[str, Row]] = {}
    for row in await db.rows(COLUMNS):
        kinds.setdefault(row["relname"], {})[row["attname"]] = row
    columns = {name: tuple(columns_of(schema, name)) for name in tables_of(schema)}
    keys = {name: primary_key(schema, name) for name in columns}
    if has_search:
        columns[SEARCH], keys[SEARCH] = SEARCH_COLUMNS, SEARCH_COLUMNS[:1]
    order = TopologicalSorter({name: set() for name in sorted(columns)})
    for row in await db.rows(REFERENCES):
        if row["relname"] in columns:
            order.add(row["relname"], row["referred"])
    return [
        Table(
            name,
            keys[name],
            {column: kinds[name][column]["kind"] for column in columns[name]},
            any(column["is_numbered"] for column in kinds[name].values()),
        )
        for name in order.static_order()
    ]


def primary_key(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    found = connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", [table])
    return tuple(name for (name,) in found)


def batches(source: sqlite3.Connection, table: Table) -> Iterator[list[Row]]:
    """Yield the rows of the SQLite table by column name, some at a time."""
    names = ["rowid" if (table.name, name) == (SEARCH, "article_id") else name for name in table.columns]
    cursor = source.execute(f"SELECT {', '.join(names)} FROM {table.name}")
    while rows := cursor.fetchmany(BATCH):
        yield [dict(zip(table.columns, row, strict=True)) for row in rows]


async def copy(db: Session, table: Table, rows: Sequence[Row]) -> None:
    """Add the SQLite rows to the table."""
    columns = [*table.columns, "terms"] if table.name == SEARCH else list(table.columns)
    made = [{name: to_server(row[name], kind) for name, kind in table.columns.items()} for row in rows]
    if table.name == SEARCH:
        words: set[str] = set()
        for row in made:
            row["terms"], of_row = to_vector(row["title"], row["text"])
            words.update(of_row)
        await add_words(db, words)
    await db.copy(table.name, columns, [tuple(row.values()) for row in made])


async def compare(db: Session, table: Table, rows: Sequence[Row], shown: str) -> None:
    """Raise StoreError if a row is not in the table as it is in SQLite."""
    there = await fetch(db, table, rows)
    for row in rows:
        key = table.key_of(row)
        if there.get(key) != {name: comparable(row[name], kind) for name, kind in table.columns.items()}:
            raise StoreError(f"{table.name} {key} is not in {shown} as it is in the file; nothing was imported")


async def fetch(db: Session, table: Table, rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """Return the rows of PostgreSQL that have the keys of `rows`, by key, with values in SQLite's form."""
    kinds = [f"%s::{'text' if table.columns[column] == 'text' else 'bigint'}[]" for column in table.key]
    found = await db.rows(
        f"SELECT {selected(table)} FROM {table.name}"
        f" WHERE ({', '.join(table.key)}) IN (SELECT * FROM unnest({', '.join(kinds)}))",
        [[row[column] for row in rows] for column in table.key],
    )
    there = {table.key_of(row): row for row in found}
    if table.name == SEARCH:
        vectors = [to_vector(row["title"], row["text"])[0] for row in there.values()]
        same = await db.rows(SAME_TERMS, [[row["article_id"] for row in there.values()], vectors])
        return {key: there[key] for key in ((row["article_id"],) for row in same)}
    return there


def to_server(value: Any, kind: str) -> Any:
    """Return the value of a SQLite row as a PostgreSQL column of type `kind` takes it."""
    if value is None:
        return None
    if kind == MOMENT:
        return value or NEVER
    if kind == FLAG:
        return bool(value)
    if kind == LIST:
        return json.loads(value)
    return without_nul(value)


def comparable(value: Any, kind: str) -> Any:
    """Return the value of a SQLite row as `selected` gives it from PostgreSQL."""
    if kind == LIST and value is not None:
        return [without_nul(item) for item in json.loads(value)]
    return without_nul(value)


def without_nul(value: Any) -> Any:
    """Replace NUL, as `connect.PlainStrDumper` does."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def selected(table: Table) -> str:
    """Return the SQL that selects the table's columns in SQLite's form, except for lists."""
    return ", ".join(f"{in_sqlite_form(name, kind)} AS {name}" for name, kind in table.columns.items())


def in_sqlite_form(name: str, kind: str) -> str:
    if kind == MOMENT:
        text = f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00'"
        return f"CASE {name} WHEN '{NEVER}' THEN '' ELSE {text} END"
    return f"{name}::int" if kind == FLAG else name
