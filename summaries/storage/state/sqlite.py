"""Export a SQLite database, and make one from an export. Nothing is replaced until the whole file was checked.

Each value is checked by its column, and each row by reading it as the bot does: a malformed one would stop the bot
repeatedly.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlite_utils

from summaries.digests.schedule import load_zone
from summaries.errors import Fault, NotABackup, RingkasError, StoreDamaged, StoreError
from summaries.model import ChatRef, Outcome, Reason
from summaries.storage import values
from summaries.storage.database_files import check_rows, examine, open_database, read_contents
from summaries.storage.private_files import make_file
from summaries.storage.search_rules import is_spelling
from summaries.storage.sql import schema
from summaries.storage.sql.hazards import to_hazard
from summaries.storage.sql.own_feeds import to_own_feed
from summaries.storage.sqlite.database import PAGE_SIZE, translate_errors
from summaries.storage.sqlite.schema import STEP_NAMES, migrations
from summaries.storage.sqlite.session import add_functions, merging_at_once
from summaries.storage.state.file import Manifest, Row, StateReader, StateWriter, Value, open_sparing, open_state
from summaries.stories import Signature

# Without the search index and its words, which are rebuilt from the articles, and without the list of migrations, which
# is in the manifest.
TABLES = (
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    " AND name NOT IN ('_sqlite_migrations', 'search_words') ORDER BY name"
)
# Tables that have rows in a new database. Their rows may be replaced, except for sources that an admin added.
ALWAYS_FILLED = frozenset({"sources", "story_state", "watch_state"})
COUNTING = "SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
SMALLEST, LARGEST = -(2**63), 2**63 - 1
# Errors that reading a row raises if Ringkas did not write it.
NOT_OURS = (sqlite3.IntegrityError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
# Drops the ids of messages that another bot sent: this one cannot edit them, and gets no presses of their buttons.
OF_ANOTHER_BOT = (
    "DELETE FROM questions",
    "DELETE FROM answered_messages",
    "DELETE FROM answers",
    "UPDATE outbox SET message_id = NULL",
    "UPDATE broadcasts SET progress_message_id = NULL",
    # This bot was not added to any group or channel yet.
    "UPDATE chat_memberships SET is_member = 0 WHERE chat_id < 0",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `may_be_null` is also false for primary keys, for which SQLite would make up a number.

    `kind` is the type in SQLite, `shared_kind` that of the newest version in `sql.schema`.
    """

    name: str
    kind: str
    may_be_null: bool
    shared_kind: str | None

    def check(self, value: Value) -> None:
        """Raise ValueError for a value that Ringkas would not write into this column."""
        if value is None:
            if not self.may_be_null:
                raise ValueError(f"{self.name} is missing")
            return
        wanted = {"INTEGER": int, "TEXT": str, "BLOB": bytes, "REAL": float}[self.kind]
        if type(value) is not wanted:
            raise ValueError(f"{self.name} is not {self.kind}")
        if isinstance(value, int) and not SMALLEST <= value <= LARGEST:
            raise ValueError(f"{self.name} is too large")
        if isinstance(value, str):
            self._check_text(value)

    def _check_text(self, value: str) -> None:
        # Raises for lone surrogates. SQLite's own functions stop at a NUL, and PostgreSQL refuses it.
        value.encode("utf-8")
        if "\x00" in value:
            raise ValueError(f"{self.name} has a NUL")
        if self.name == "published_at":
            # It keeps the outlet's UTC offset.
            if datetime.fromisoformat(value).tzinfo is None:
                raise ValueError(f"{self.name} has no offset")
        elif self.shared_kind == "timestamptz":
            # SQLite compares moments as text: one in another notation would never be due.
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None or values.stored_moment(moment) != value:
                raise ValueError(f"{self.name} is no moment")
        elif self.shared_kind in schema.LISTS:
            found = json.loads(value)
            if not isinstance(found, list) or any(type(item) is not schema.LISTS[self.shared_kind] for item in found):
                raise ValueError(f"{self.name} is not {self.shared_kind}")


def tables_of(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TABLES)]


def columns_of(connection: sqlite3.Connection, table: str) -> dict[str, Column]:
    shared = schema.TABLES[table].columns if table in schema.TABLES else {}
    found = connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', [table])
    return {
        name: Column(name, kind.upper(), not notnull and not pk, shared.get(name)) for name, kind, notnull, pk in found
    }


def sequences_of(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the last number used in each table that never uses one twice and that had a row."""
    return dict(connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall())


def write(path: Path, part: Path, *, now: datetime, bot_id: int | None) -> Manifest:
    """Write the database at `path` to the file `part`, as it is at one moment.

    Raises:
        StoreDamaged: the database is damaged.
        StoreError: there is no database of Ringkas, or the disk is almost full.
        OSError: `part` cannot be written.
    """
    with open_sparing(part) as file, open_database(path, mode="rw") as connection:
        # One read transaction, which does not block writers.
        connection.execute("BEGIN")
        steps = read_contents(connection, path).steps
        # The indexes are not exported: an import makes them again.
        check_rows(connection, path, "quick_check")
        with closing(StateWriter(file)) as writer:
            for table in tables_of(connection):
                names = list(columns_of(connection, table))
                with writer.table(table, names) as add:
                    add(connection.execute(f"SELECT {', '.join(names)} FROM {table}"))
            return writer.finish(now=now, bot_id=bot_id, steps=steps, sequences=sequences_of(connection))


def refuse_used(path: Path) -> None:
    """Raise StoreError if the database holds something that would be lost."""
    if not path.exists():
        return
    contents = examine(path, mode="rw")
    with open_database(path, mode="rw") as connection:
        used = [table for table in tables_of(connection) if contents.rows[table] and table not in ALWAYS_FILLED]
        if connection.execute("SELECT count(*) FROM sources WHERE origin = 'admin'").fetchone()[0]:
            used.append("sources")
    if used:
        raise StoreError(
            f"{path} is in use ({', '.join(f'{table}: {contents.rows[table]}' for table in used[:4])}): back it up and"
            " move it away, or let DATABASE_URL name a new file"
        )


def build(
    path: Path,
    file: Path,
    *,
    bot_id: int | None,
    is_other_bot: bool,
    refusal_of: Callable[[str], str | None],
) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Make the database `path` from the export `file`. Return whether its bot is another one, and the sources that
    were switched off; see `import_state`.

    Raises:
        NotABackup, StoreTooNew: the file cannot be imported.
        StoreError: a file cannot be read or written.
    """
    with open_both(path, file) as (db, state):
        theirs = state.manifest.bot_id
        is_other = is_other_bot or (theirs is not None and bot_id is not None and theirs != bot_id)
        build_tables(db, state, str(file), is_other_bot=is_other)
        return is_other, close_sources(db, refusal_of)


def restore(path: Path, file: Path) -> Manifest:
    """Make the database `path` from the backup `file`, and return the file's manifest.

    The meaning of its rows is not checked: after a disaster, one malformed row is better than no database.

    Raises:
        NotABackup, StoreTooNew, StoreError: see `build`.
    """
    with open_both(path, file) as (db, state):
        build_tables(db, state, str(file), is_backup=True)
        return state.manifest


@contextmanager
def open_both(path: Path, file: Path) -> Iterator[tuple[sqlite_utils.Database, StateReader]]:
    """Create the database `path`, and open the export `file`."""
    try:
        with open_state(file) as state:
            make_file(path)
            with translate_errors(path), closing(sqlite3.connect(path)) as connection:
                connection.execute(PAGE_SIZE)
                add_functions(connection)
                yield sqlite_utils.Database(connection), state
    except OSError as error:
        raise StoreError(f"{error.filename or path}: {error.strerror}") from error


def build_tables(
    db: sqlite_utils.Database, state: StateReader, name: str, *, is_other_bot: bool = False, is_backup: bool = False
) -> None:
    """Fill the empty database with the file's rows at the file's version, then apply the newer migration steps. The
    values of a backup are not checked.

    Raises:
        NotABackup, StoreTooNew: the file cannot be imported.
    """
    steps = state.manifest.steps
    schema.refuse_unknown_steps(steps, STEP_NAMES, name, is_setting=False)
    if not steps or steps != STEP_NAMES[: len(steps)]:
        raise NotABackup(f"{name} has not the tables of any version of Ringkas")
    connection = db.conn
    # Nothing reads the database before it is complete and flushed to disk.
    connection.execute("PRAGMA synchronous = OFF")
    migrations.apply(db, stop_before=STEP_NAMES[len(steps)] if len(steps) < len(STEP_NAMES) else None)
    with named(name):
        connection.execute("BEGIN")
        with without_indexes(connection):
            fill(connection, state, name, is_backup=is_backup)
        connection.commit()
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise NotABackup(f"{name}: rows in it belong to none")
        migrations.apply(db)
        connection.execute("BEGIN")
        if not is_backup:
            check_meaning(db)
        make_index(db)
        for statement in OF_ANOTHER_BOT if is_other_bot else ():
            connection.execute(statement)
        connection.commit()


@contextmanager
def named(name: str) -> Iterator[None]:
    """Turn every error that a malformed row causes into NotABackup with the file's name."""
    try:
        yield
    except StoreDamaged as error:
        raise NotABackup(f"{name}: {error}") from error
    except StoreError:
        raise
    except RingkasError as error:
        # For example InvalidSettings for an unknown time zone, which is not the operator's setting here.
        raise NotABackup(f"{name}: {error}") from error
    except NOT_OURS as error:
        where = "".join(f"table {note}: " for note in getattr(error, "__notes__", ()))
        raise NotABackup(f"{name}: {where}{error}") from error


@contextmanager
def without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Drop the indexes, and create them again at the end: sorting is faster than inserting in any order."""
    indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL").fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, statement in indexes:
        connection.execute(statement)


def fill(connection: sqlite3.Connection, state: StateReader, name: str, *, is_backup: bool) -> None:
    """Insert the rows of all tables, after checking each value unless they are those of a backup."""
    tables = tables_of(connection)
    if set(tables) != set(state.manifest.tables):
        raise NotABackup(f"{name} has other tables than its version of Ringkas")
    for table in tables:
        names = state.manifest.tables[table].columns
        columns = columns_of(connection, table)
        if sorted(names) != sorted(columns):
            raise NotABackup(f"{name}: table {table} has other columns than its version of Ringkas")
        connection.execute(f"DELETE FROM {table}")
        places = ", ".join("?" * len(names))
        rows = state.rows(table)
        if not is_backup:
            rows = checked_rows(rows, [columns[column] for column in names], table)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)
    go_on_counting(connection, state, name)


def go_on_counting(connection: sqlite3.Connection, state: StateReader, name: str) -> None:
    """Set the last number of each AUTOINCREMENT table, so that no number is used twice."""
    for table, number in state.manifest.sequences.items():
        if connection.execute(COUNTING, [table]).fetchone() is None:
            raise NotABackup(f"{name} has a last number for {table}, which has no such counter")
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])
        (last,) = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, max(last, number)])


def checked_rows(found: Iterator[Row], columns: list[Column], table: str) -> Iterator[Row]:
    for number, row in enumerate(found, start=1):
        try:
            for column, value in zip(columns, row, strict=True):
                column.check(value)
        except ValueError as error:
            error.add_note(f"{table}, row {number}")
            raise
        yield row


def close_sources(db: sqlite_utils.Database, refusal_of: Callable[[str], str | None]) -> tuple[tuple[str, str], ...]:
    """Switch off the sources that `refusal_of` refuses, and return their addresses with the reasons."""
    found = db.execute("SELECT url FROM sources WHERE is_active").fetchall()
    closed = tuple((url, reason) for (url,) in found if (reason := refusal_of(url)) is not None)
    with db.conn:
        for url, reason in closed:
            change = "UPDATE sources SET is_active = 0, last_error = ?, last_fault = ? WHERE url = ?"
            db.execute(change, [reason, Fault.ADDRESS.value, url])
    return closed


def make_index(db: sqlite_utils.Database) -> None:
    """Build the search index from the public articles, and the list of words that may be offered as corrections from
    the index; both are empty."""
    with merging_at_once(db.conn):
        db.execute("INSERT INTO article_search (article_search) VALUES ('rebuild')")
    words = db.execute("SELECT term FROM article_words")
    db.conn.executemany("INSERT INTO search_words (word) VALUES (?)", (row for row in words if is_spelling(row[0])))


def check_meaning(db: sqlite_utils.Database) -> None:
    """Read all rows. Raises ValueError or another error for the first malformed one, with its table in a note."""
    for table, (query, read) in READERS.items():
        for row in db.query(query):
            try:
                read(row)
            except Exception as error:
                error.add_note(table)
                raise
    check_numbers(db)


def check_numbers(db: sqlite_utils.Database) -> None:
    """Raise ValueError if the next number of a story or chain, or the revision, was used already."""
    states = list(db.query("SELECT revision, next_story FROM story_state"))
    (last_story,) = db.execute("SELECT coalesce(max(max(id, coalesce(chain_id, 0))), 0) FROM stories").fetchone()
    (last_revision,) = db.execute("SELECT coalesce(max(revision), 0) FROM signatures").fetchone()
    if len(states) != 1 or states[0]["next_story"] <= last_story or states[0]["revision"] < last_revision:
        raise ValueError("the numbers of stories do not fit the stories")


def read_summary(row: Mapping[str, Any]) -> None:
    text = values.to_text(row["text"])
    for sentence in values.to_summary(text, row).sentences:
        if not 0 <= sentence.start < sentence.end <= len(text):
            raise ValueError("a sentence outside its article")


def read_subscription(row: Mapping[str, Any]) -> None:
    subscription = values.to_subscription(row)
    load_zone(subscription.zone)
    if row["is_active"] not in (0, 1) or not subscription.times or not subscription.days <= frozenset(range(7)):
        raise ValueError("no hours or no days")


def read_delivery(row: Mapping[str, Any]) -> None:
    ChatRef(row["chat_id"], row["thread_id"])
    load_zone(row["zone"])
    if row["outcome"] is not None:
        Outcome(row["outcome"])
    if row["reason"] is not None:
        Reason(row["reason"])


def read_source(row: Mapping[str, Any]) -> None:
    stored = values.to_stored_source(row)
    if urlsplit(stored.source.url).scheme not in {"http", "https"}:
        raise ValueError("a source that is no address")


READERS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], object]]] = {
    "articles": ("SELECT * FROM articles", values.to_stored),
    "summaries": (
        "SELECT s.*, a.text FROM summaries s JOIN articles a ON a.id = s.article_id",
        read_summary,
    ),
    "stories": (
        "SELECT addition FROM stories WHERE addition IS NOT NULL",
        lambda row: values.to_central_addition(row["addition"]),
    ),
    "signatures": ("SELECT * FROM signatures", lambda row: Signature.from_bytes(row["signature"])),
    "story_edits": ("SELECT * FROM story_edits", values.to_story_edit),
    "queries": ("SELECT * FROM queries", lambda row: values.to_query(row["query"])),
    "sources": ("SELECT * FROM sources", read_source),
    "own_feeds": ("SELECT * FROM own_feeds", to_own_feed),
    "subscriptions": ("SELECT * FROM subscriptions", read_subscription),
    "deliveries": ("SELECT * FROM deliveries", read_delivery),
    "bodies": ("SELECT marks FROM bodies WHERE marks IS NOT NULL", lambda row: values.read_marks(row["marks"])),
    "hazards": ("SELECT * FROM hazards", to_hazard),
    "outbox": ("SELECT spans FROM outbox WHERE spans IS NOT NULL", lambda row: values.to_sentences(row["spans"])),
}
