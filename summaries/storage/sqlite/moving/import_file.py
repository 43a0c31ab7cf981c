"""A database out of a file from elsewhere. Until all of it was found sound, nothing is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlite_utils

from summaries.articles.prepare import extract_search_terms
from summaries.errors import NotABackup, RingkasError, StoreError, StoreTooNew
from summaries.storage import values
from summaries.storage.sqlite.articles import put_terms
from summaries.storage.sqlite.backup import examine, opened, part_of, remove
from summaries.storage.sqlite.database import translated
from summaries.storage.sqlite.file_permissions import make_file
from summaries.storage.sqlite.migrations import STEPS, migrations
from summaries.storage.sqlite.moving.row_checks import check_meaning, each
from summaries.storage.sqlite.moving.tables import columns_of, tables_of
from summaries.storage.sqlite.restore import lock_alone, put_over, real
from summaries.storage.state_file import open_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from summaries.storage.sqlite.backup import Contents
    from summaries.storage.sqlite.moving.tables import Column
    from summaries.storage.state_file import Row, StateReader

# Tables that every database has rows in; of the sources only the catalogue's.
ALWAYS_FILLED = frozenset({"sources", "story_state", "watch_state"})
COUNTING = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
# What reading a row leads to that Ringkas did not write.
NOT_OURS = (sqlite3.IntegrityError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
# Ids of messages that another bot sent: this one can neither edit them, nor does it hear of their buttons.
OF_ANOTHER_BOT = (
    "DELETE FROM questions",
    "DELETE FROM answered_messages",
    "DELETE FROM answers",
    "UPDATE delivery_parts SET message_id = NULL",
    "UPDATE alerts SET message_id = NULL",
    "UPDATE broadcasts SET told_by = NULL",
    # Nobody let this bot into a group or a channel yet.
    "UPDATE places SET is_member = 0 WHERE chat_id < 0",
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What the database holds now, where the empty one was put that it replaced, whether another bot's message ids were
    dropped, and the addresses of sources that were switched off, each with the reason."""

    contents: Contents
    replaced: Path | None
    is_other_bot: bool
    closed: tuple[tuple[str, str], ...] = ()


def import_state(
    file: Path,
    path: Path,
    *,
    now: datetime,
    bot_id: int | None,
    is_other_bot: bool = False,
    refusal_of: Callable[[str], str | None] = lambda _: None,
) -> Imported:
    """Make the database at `path` from an export. Its bot is another one where both ids are known and differ, or where
    `is_other_bot` says so. Sources whose addresses `refusal_of` gives a reason for are switched off.

    Raises:
        StoreInUse: a bot runs on the database.
        StoreError: there is something in the database already, or it can't be written.
        NotABackup, StoreTooNew: the file can't be taken.
    """
    with closing(lock_alone(path)):
        path = real(path)
        refuse_used(path)
        part = part_of(path)
        try:
            with open_state(file) as state:
                theirs = state.manifest.bot_id
                is_other = is_other_bot or (theirs is not None and bot_id is not None and theirs != bot_id)
                remove(part)
                make_file(part)
                with translated(part), closing(sqlite3.connect(part)) as connection:
                    db = sqlite_utils.Database(connection)
                    build(db, state, str(file), is_other_bot=is_other)
                    closed = close_sources(db, refusal_of)
            contents = examine(part)
            replaced = put_over(part, path, now=now)
        except OSError as error:
            raise StoreError(f"{error.filename or path}: {error.strerror}") from error
        finally:
            remove(part)
    return Imported(contents, replaced, is_other, closed)


def refuse_used(path: Path) -> None:
    """Raise StoreError for a database that anything would be lost of."""
    if not path.exists():
        return
    contents = examine(path, mode="rw")
    with opened(path, mode="rw") as connection:
        used = [table for table in tables_of(connection) if contents.rows[table] and table not in ALWAYS_FILLED]
        added = "SELECT count(*) FROM sources WHERE origin = 'admin'"
        if "origin" in columns_of(connection, "sources") and connection.execute(added).fetchone()[0]:
            used.append("sources")
    if used:
        raise StoreError(
            f"{path} is in use ({', '.join(f'{table}: {contents.rows[table]}' for table in used[:4])}): back it up and"
            " move it away, or let DATABASE_URL name a new file"
        )


def build(db: sqlite_utils.Database, state: StateReader, name: str, *, is_other_bot: bool) -> None:
    """Fill the empty database from the file, as the version that wrote it would have, then bring it up to date.

    Raises:
        NotABackup, StoreTooNew: the file can't be taken.
    """
    steps = state.manifest.steps
    if unknown := sorted(set(steps) - set(STEPS)):
        raise StoreTooNew(f"{name} was written by a newer version of Ringkas (it has {unknown[0]}): update Ringkas")
    if not steps or steps != STEPS[: len(steps)]:
        raise NotABackup(f"{name} is of no version of Ringkas that there was")
    connection = db.conn
    # Nothing of it is read by anybody before it is whole, and on the disk.
    connection.execute("PRAGMA synchronous = OFF")
    migrations.apply(db, stop_before=STEPS[len(steps)] if len(steps) < len(STEPS) else None)
    with told(name):
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
def told(name: str) -> Iterator[None]:
    """Whatever a row that is not ours leads to is told as one error."""
    try:
        yield
    except StoreError:
        raise
    except RingkasError as error:
        # A zone that there is not, say, is no setting of the operator's.
        raise NotABackup(f"{name}: {error}") from error
    except NOT_OURS as error:
        where = "".join(f"table {note}: " for note in getattr(error, "__notes__", ()))
        raise NotABackup(f"{name}: {where}{error}") from error


def fill(connection: sqlite3.Connection, state: StateReader, name: str) -> None:
    """Put in all rows, each looked at first."""
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
    """Let tables that give no number out twice go on after the last."""
    counting = {table for (table,) in connection.execute(COUNTING)}
    for table, number in state.manifest.sequences.items():
        if table not in counting:
            raise NotABackup(f"{name} tells of a last number in {table}, which counts otherwise")
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
    """Switch off the sources that are refused, as a list of feeds could have brought them in an older version."""
    found = db.execute("SELECT url FROM sources WHERE is_active").fetchall()
    closed = tuple((url, reason) for (url,) in found if (reason := refusal_of(url)) is not None)
    with db.conn:
        for url, reason in closed:
            db.execute("UPDATE sources SET is_active = 0, last_error = ? WHERE url = ?", [reason, url])
    return closed


def make_index(db: sqlite_utils.Database) -> None:
    """Make the search index from the articles."""
    db.execute("DELETE FROM article_search")
    for row in each(db, "SELECT * FROM articles WHERE is_public"):
        put_terms(db, row["id"], extract_search_terms(values.to_stored(row).article))
