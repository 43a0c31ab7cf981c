"""A database into a file."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import TYPE_CHECKING

from summaries.errors import StoreError
from summaries.storage.sqlite.backup import opened, part_of, put_in_place, read_contents, remove
from summaries.storage.sqlite.file_permissions import make_file, make_folder
from summaries.storage.sqlite.moving.tables import columns_of, tables_of
from summaries.storage.state_file import StateWriter, open_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from summaries.storage.state_file import Manifest

STEPS_DONE = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'ringkas' ORDER BY name"


def export_state(path: Path, target: Path, *, now: datetime, bot_id: int | None) -> Mapping[str, int]:
    """Write all that the database at `path` holds into the new file `target`; the rows of each table.

    The bot may run meanwhile: the file holds one moment. It is read through before it gets its name.

    Raises:
        StoreError: there is no database of Ringkas, or `target` is there already or can't be written.
    """
    if os.path.lexists(target):
        raise StoreError(f"{target} is there already: name a file that is not")
    part = part_of(target)
    try:
        make_folder(target.parent)
        manifest = write(path, part, now=now, bot_id=bot_id)
        with open_state(part) as written:
            for table in manifest.tables:
                for _ in written.rows(table):
                    pass
        put_in_place(part, target)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    finally:
        remove(part)
    return {name: table.rows for name, table in manifest.tables.items()}


def write(path: Path, part: Path, *, now: datetime, bot_id: int | None) -> Manifest:
    remove(part)
    make_file(part)
    with part.open("wb") as file, opened(path, mode="rw") as connection:
        connection.execute("BEGIN")
        read_contents(connection, path)
        with StateWriter(file) as writer:
            for table in tables_of(connection):
                names = list(columns_of(connection, table))
                writer.add_table(table, names, connection.execute(f"SELECT {', '.join(names)} FROM {table}"))
            return writer.finish(
                ringkas=version("ringkas"),
                exported_at=now.isoformat(),
                bot_id=bot_id,
                steps=[name for (name,) in connection.execute(STEPS_DONE)],
                sequences=sequences_of(connection),
            )


def sequences_of(connection: sqlite3.Connection) -> dict[str, int]:
    """The last number given out in each table that never gives one out twice."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone() is None:
        return {}
    return dict(connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall())
