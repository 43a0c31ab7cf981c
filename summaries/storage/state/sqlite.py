"""Export a SQLite database, and make one from an export. Nothing is replaced until the whole file was checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import sqlite_utils

from summaries.articles.prepare import extract_search_terms
from summaries.errors import NotABackup, RingkasError, StoreError
from summaries.storage import values
from summaries.storage.private_files import make_file
from summaries.storage.sql.schema import refuse_unknown_steps
from summaries.storage.sqlite.backup import examine, open_database, read_contents
from summaries.storage.sqlite.database import translate_errors
from summaries.storage.sqlite.schema import STEP_NAMES, migrations
from summaries.storage.sqlite.session import SqliteSession, drive
from summaries.storage.state.file import Manifest, Row, StateReader, StateWriter, open_state
from summaries.storage.state.tables import (
    ALWAYS_FILLED,
    Column,
    check_meaning,
    columns_of,
    counting_tables,
    each,
    sequences_of,
    tables_of,
)

STEPS_DONE = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'ringkas' ORDER BY name"
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


def write(path: Path, part: Path, *, now: datetime, bot_id: int | None) -> Manifest:
    """Write the database at `path` to the file `part`, as it is at one moment.

    Raises:
        StoreError: there is no database of Ringkas.
        OSError: `part` cannot be written.
    """
    with part.open("wb") as file, open_database(path, mode="rw") as connection:
        connection.execute("BEGIN")
        read_contents(connection, path)
        with StateWriter(file) as writer:
            for table in tables_of(connection):
                names = list(columns_of(connection, table))
                with writer.table(table, names) as add:
                    add(connection.execute(f"SELECT {', '.join(names)} FROM {table}"))
            return writer.finish(
                now=now,
                bot_id=bot_id,
                steps=[name for (name,) in connection.execute(STEPS_DONE)],
                sequences=sequences_of(connection),
            )


def refuse_used(path: Path) -> None:
    """Raise StoreError if the database holds something that would be lost."""
    if not path.exists():
        return
    contents = examine(path, mode="rw")
    with open_database(path, mode="rw") as connection:
        used = [table for table in tables_of(connection) if contents.rows[table] and table not in ALWAYS_FILLED]
        added = "SELECT count(*) FROM sources WHERE origin = 'admin'"
        if "origin" in columns_of(connection, "sources") and connection.execute(added).fetchone()[0]:
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
    try:
        with open_state(file) as state:
            theirs = state.manifest.bot_id
            is_other = is_other_bot or (theirs is not None and bot_id is not None and theirs != bot_id)
            make_file(path)
            with translate_errors(path), closing(sqlite3.connect(path)) as connection:
                db = sqlite_utils.Database(connection)
                build_tables(db, state, str(file), is_other_bot=is_other)
                return is_other, close_sources(db, refusal_of)
    except OSError as error:
        raise StoreError(f"{error.filename or path}: {error.strerror}") from error


def build_tables(db: sqlite_utils.Database, state: StateReader, name: str, *, is_other_bot: bool) -> None:
    """Fill the empty database with the file's rows at the file's version, then apply the newer migration steps.

    Raises:
        NotABackup, StoreTooNew: the file cannot be imported.
    """
    steps = state.manifest.steps
    refuse_unknown_steps(steps, STEP_NAMES, name, is_setting=False)
    if not steps or steps != STEP_NAMES[: len(steps)]:
        raise NotABackup(f"{name} has not the tables of any version of Ringkas")
    connection = db.conn
    # Nothing reads the database before it is complete and flushed to disk.
    connection.execute("PRAGMA synchronous = OFF")
    migrations.apply(db, stop_before=STEP_NAMES[len(steps)] if len(steps) < len(STEP_NAMES) else None)
    with named(name):
        connection.execute("BEGIN")
        fill(connection, state, name)
        connection.commit()
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise NotABackup(f"{name}: rows in it belong to none")
        migrations.apply(db)
        connection.execute("BEGIN")
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
    except StoreError:
        raise
    except RingkasError as error:
        # For example InvalidSettings for an unknown time zone, which is not the operator's setting here.
        raise NotABackup(f"{name}: {error}") from error
    except NOT_OURS as error:
        where = "".join(f"table {note}: " for note in getattr(error, "__notes__", ()))
        raise NotABackup(f"{name}: {where}{error}") from error


def fill(connection: sqlite3.Connection, state: StateReader, name: str) -> None:
    """Insert the rows of all tables after checking each value."""
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
        checked = checked_rows(state.rows(table), [columns[column] for column in names], table)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", checked)
    go_on_counting(connection, state, name)


def go_on_counting(connection: sqlite3.Connection, state: StateReader, name: str) -> None:
    """Set the last number of each AUTOINCREMENT table, so that no number is used twice."""
    counting = counting_tables(connection)
    for table, number in state.manifest.sequences.items():
        if table not in counting:
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
            db.execute("UPDATE sources SET is_active = 0, last_error = ? WHERE url = ?", [reason, url])
    return closed


def make_index(db: sqlite_utils.Database) -> None:
    """Build the search index from the public articles."""
    session = SqliteSession(db)
    db.execute("DELETE FROM article_search")
    for row in each(db, "SELECT * FROM articles WHERE is_public"):
        drive(session.engine.put_terms(session, row["id"], *extract_search_terms(values.to_stored(row).article)))
