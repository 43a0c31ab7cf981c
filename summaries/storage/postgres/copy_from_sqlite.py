"""A SQLite database copied into PostgreSQL: in batches, each of which is there whole or not at all, and then compared
row by row. A copy that was broken off goes on where it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from summaries.errors import StoreError
from summaries.storage.postgres.articles import add_words
from summaries.storage.postgres.row_compare import comparable, select, to_server
from summaries.storage.postgres.schema import IS_LISTED
from summaries.storage.postgres.tsvector import to_vector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    import sqlite_utils

    from summaries.storage.postgres.database import Database
    from summaries.storage.postgres.session import Row, Session
    from summaries.storage.sqlite.database import Database as SqliteDatabase

BATCH = 1_000
SEARCH = "article_search"
# Not of SQLite's: how far the copy is, what steps were applied, and the words of the search, which come with articles.
PROGRESS = "store_copy"
OURS = frozenset({PROGRESS, "ringkas_steps", "search_words"})
LEASED = ("deliveries", "alerts", "broadcast_messages")
ONLY_HERE = {SEARCH: frozenset({"terms"}), **dict.fromkeys(LEASED, frozenset({"lease_owner"}))}
COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type, c.is_identity FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position
"""
SAME_TERMS = """
SELECT s.article_id FROM article_search s JOIN unnest(%s::bigint[], %s::text[]) v (article_id, terms)
    ON v.article_id = s.article_id WHERE s.terms = v.terms::tsvector
"""
OTHER_BOTS = "SELECT count(*) FROM fleet.bots WHERE place <> current_schema()"
REFERENCES = """
SELECT conrelid::regclass::text AS table_name, confrelid::regclass::text AS referred FROM pg_constraint
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table to copy: the columns that order its rows in SQLite, and all columns with PostgreSQL's kinds."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    is_numbered: bool

    def key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[column] for column in self.key)


class Moving:
    """Copies `source` into `target`. `report` is told a table, how many of its rows are copied, and of how many."""

    def __init__(
        self, source: SqliteDatabase, target: Database, report: Callable[[str, int, int], None], batch: int = BATCH
    ) -> None:
        self._source = source
        self._target = target
        self._report = report
        self._batch = batch

    async def run(self, *, anew: bool = False) -> Mapping[str, int]:
        """Copy, compare, and tell how many rows of each table are the same; nothing of the copy's own is left then.

        With `anew` the target is emptied first.

        Raises:
            StoreError: the target holds something else, or differs in the end; the message says what to do.
        """
        tables = await self._tables()
        await self._target.write(lambda db: begin(db, [table.name for table in tables], str(self._source.path), anew))
        for table in tables:
            await self._copy(table)
        counts = {table.name: await self._compare(table) for table in tables}
        await self._target.write(lambda db: end(db, tables))
        return counts

    async def _tables(self) -> list[Table]:
        """The tables in an order in which no row refers to one that is not there."""
        columns: dict[str, dict[str, Row]] = {}
        for row in await self._target.rows(COLUMNS):
            columns.setdefault(row["table_name"], {})[row["column_name"]] = row
        order = TopologicalSorter({name: set() for name in columns if name not in OURS})
        for row in await self._target.rows(REFERENCES):
            order.add(row["table_name"], row["referred"])
        keys = await self._source.read(primary_keys)
        return [
            Table(
                name,
                ("article_id",) if name == SEARCH else keys[name],
                {
                    column: row["data_type"]
                    for column, row in columns[name].items()
                    if column not in ONLY_HERE.get(name, ())
                },
                any(row["is_identity"] == "YES" for row in columns[name].values()),
            )
            for name in order.static_order()
        ]

    async def _copy(self, table: Table) -> None:
        total = await self._source.read(lambda db: count(db, table))
        found = await self._target.row(f"SELECT last_key, copied FROM {PROGRESS} WHERE table_name = %s", [table.name])
        last, copied = (json.loads(found["last_key"]), found["copied"]) if found else (None, 0)
        async for rows in self._batches(table, last):
            copied += len(rows)
            await self._target.write(partial(store, table=table, rows=rows, copied=copied))
            self._report(table.name, copied, total)

    async def _batches(self, table: Table, last: Sequence[Any] | None) -> AsyncIterator[list[Row]]:
        """The table's rows behind the key `last`, some at a time."""
        while rows := await self._source.read(partial(batch, table=table, last=last, limit=self._batch)):
            last = table.key_of(rows[-1])
            yield rows

    async def _compare(self, table: Table) -> int:
        """How many rows the table has, each of them the same in both databases.

        Raises:
            StoreError: one is not.
        """
        same = 0
        async for rows in self._batches(table, None):
            there = await self._target.read(partial(fetch, table=table, rows=rows))
            for row in rows:
                key = table.key_of(row)
                if there.get(key) != {name: comparable(row[name], kind) for name, kind in table.columns.items()}:
                    raise StoreError(
                        f"{table.name} {key} is not in {self._target.shown} as it is in {self._source.path}: was the"
                        " database used meanwhile? Copy it anew with --anew"
                    )
            same += len(rows)
        there_are = await self._target.value(f"SELECT count(*) FROM {table.name}")
        if there_are != same:
            raise StoreError(
                f"{table.name} has {there_are} rows in {self._target.shown} and {same} in {self._source.path}: copy it"
                " anew with --anew"
            )
        return same


def primary_keys(db: sqlite_utils.Database) -> dict[str, tuple[str, ...]]:
    """The columns that tell a table's rows apart, by table."""
    found = db.execute(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND c.pk > 0 ORDER BY m.name, c.pk"
    )
    keys: dict[str, tuple[str, ...]] = {}
    for table, column in found:
        keys[table] = (*keys.get(table, ()), column)
    return keys


def count(db: sqlite_utils.Database, table: Table) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])


def batch(db: sqlite_utils.Database, table: Table, last: Sequence[Any] | None, limit: int) -> list[Row]:
    """The next rows behind the key `last`, in the order of their keys."""
    names = [
        ("rowid AS article_id" if name == "article_id" and table.name == SEARCH else name) for name in table.columns
    ]
    key = "rowid" if table.name == SEARCH else ", ".join(table.key)
    places = ", ".join("?" * len(table.key))
    behind = f"WHERE ({key}) > ({places})" if last is not None else ""
    found = db.execute(
        f"SELECT {', '.join(names)} FROM {table.name} {behind} ORDER BY {key} LIMIT ?", [*(last or ()), limit]
    )
    return [dict(zip(table.columns, row, strict=True)) for row in found]


async def begin(db: Session, tables: Sequence[str], source: str, anew: bool) -> None:
    """Let a copy begin, or go on, where nothing else is.

    Raises:
        StoreError: something else is there.
    """
    await db.run(
        f"CREATE TABLE IF NOT EXISTS {PROGRESS}"
        " (table_name text PRIMARY KEY, last_key text NOT NULL, copied bigint NOT NULL, source text NOT NULL)"
    )
    begun = await db.value(f"SELECT source FROM {PROGRESS} LIMIT 1")
    if anew:
        if await db.value(IS_LISTED) and (others := await db.value(OTHER_BOTS)):
            raise StoreError(
                f"{others} other bots share the news of the PostgreSQL database: name an empty one in DATABASE_URL"
            )
        await db.run(f"TRUNCATE {', '.join([*tables, 'search_words', PROGRESS])}")
    elif begun not in {None, source}:
        raise StoreError(f"a copy of {begun} was begun there: go on with that one, or copy with --anew")
    elif begun is None:
        for table in tables:
            if table != "story_state" and await db.row(f"SELECT 1 AS one FROM {table} LIMIT 1"):
                raise StoreError(
                    f"there is something in the PostgreSQL database already ({table}): name an empty one in"
                    " DATABASE_URL, or give all of it up with --anew"
                )
        await db.run("DELETE FROM story_state")
    if anew or begun is None:
        # Whoever opens the database meanwhile is told so.
        await db.run(f"INSERT INTO {PROGRESS} VALUES ('', '[]', 0, %s)", [source])


async def store(db: Session, table: Table, rows: Sequence[Row], copied: int) -> None:
    """Add the rows, and how far the copy is, in one transaction."""
    columns = {**table.columns, "terms": "tsvector"} if table.name == SEARCH else table.columns
    made = [{name: to_server(row[name], kind) for name, kind in table.columns.items()} for row in rows]
    if table.name == SEARCH:
        words: set[str] = set()
        for row in made:
            row["terms"], of_row = to_vector(row["title"], row["text"])
            words.update(of_row)
        await add_words(db, words)
    await db.copy(table.name, list(columns), [tuple(row.values()) for row in made])
    await db.run(
        f"INSERT INTO {PROGRESS} SELECT %s, %s, %s, source FROM {PROGRESS} WHERE table_name = ''"
        " ON CONFLICT (table_name) DO UPDATE SET last_key = excluded.last_key, copied = excluded.copied",
        [table.name, json.dumps(table.key_of(rows[-1])), copied],
    )


async def fetch(db: Session, table: Table, rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    """The rows of PostgreSQL that have the keys of those, by key, in SQLite's form."""
    kinds = [f"%s::{'text' if table.columns[column] == 'text' else 'bigint'}[]" for column in table.key]
    found = await db.rows(
        f"SELECT {select(table.columns)} FROM {table.name}"
        f" WHERE ({', '.join(table.key)}) IN (SELECT * FROM unnest({', '.join(kinds)}))",
        [[row[column] for row in rows] for column in table.key],
    )
    there = {table.key_of(row): row for row in found}
    if table.name == SEARCH:
        vectors = [to_vector(row["title"], row["text"])[0] for row in there.values()]
        same = await db.rows(SAME_TERMS, [[row["article_id"] for row in there.values()], vectors])
        return {key: there[key] for key in ((row["article_id"],) for row in same)}
    return there


async def end(db: Session, tables: Sequence[Table]) -> None:
    """Let new rows have new numbers, and forget how far the copy was."""
    for table in tables:
        if table.is_numbered:
            await db.run(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), coalesce(max(id), 0) + 1, false)"
                f" FROM {table.name}"
            )
    await db.run(f"DROP TABLE {PROGRESS}")
