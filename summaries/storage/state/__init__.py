"""Export a whole database to one file, and import it: on another machine, for another bot, or into PostgreSQL.

The file is the same for SQLite and PostgreSQL, so either can be moved to the other. An import checks the whole file,
then changes the target in one step: one new file, or one transaction. Both functions block.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from summaries.storage import POOL_SIZE, check_address, is_postgres, sqlite_path, with_driver
from summaries.storage.database_files import new_file, replace_database
from summaries.storage.private_files import make_file
from summaries.storage.state import sqlite
from summaries.storage.state.file import open_state

__all__ = ["Imported", "export_state", "import_state"]


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of an import.

    `version` is the newest migration step in the file's database and `rows` the number of rows by table. `replaced` is
    the new path of the empty SQLite file that was there. `closed` lists the addresses of sources that were switched
    off, with the reason.
    """

    version: str
    rows: Mapping[str, int]
    is_other_bot: bool
    closed: tuple[tuple[str, str], ...]
    replaced: Path | None = None


def export_state(
    url: str, target: Path, *, now: datetime, bot_id: int | None, pool_size: int = POOL_SIZE
) -> Mapping[str, int]:
    """Write the database at `url` to the new file `target`, and return the number of rows by table.

    The bot may run meanwhile: the file holds the database of one moment. The file is read back before it gets its name.
    Of a PostgreSQL database that several bots share it holds the news and the chats of `bot_id`.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
        StoreError: the database cannot be read, or `target` exists or cannot be written.
    """
    check_address(url)
    with new_file(target) as part:
        make_file(part)
        if is_postgres(url):
            with with_driver():
                from summaries.storage.state import postgres
            manifest = asyncio.run(postgres.write(url, part, now=now, bot_id=bot_id, pool_size=pool_size))
        else:
            manifest = sqlite.write(sqlite_path(url), part, now=now, bot_id=bot_id)
        with open_state(part) as written:
            written.check()
    return {name: table.rows for name, table in manifest.tables.items()}


def import_state(
    file: Path,
    url: str,
    *,
    now: datetime,
    bot_id: int | None,
    is_other_bot: bool = False,
    refusal_of: Callable[[str], str | None] = lambda _: None,
    report: Callable[[str, int, int], None] = lambda *_: None,
    pool_size: int = POOL_SIZE,
) -> Imported:
    """Fill the new database at `url` from an export.

    Its bot is another one if both ids are known and differ, or if `is_other_bot` is set; then the ids of messages are
    dropped. Sources whose addresses `refusal_of` returns a reason for are switched off. `report` receives a table, how
    many of its rows PostgreSQL has, and how many there are. Every row in PostgreSQL is compared with the file's before
    the transaction is committed.

    Raises:
        InvalidSettings: the address is not one of a database that Ringkas knows.
        StoreInUse: a bot runs on the database.
        NotABackup, StoreTooNew: the file cannot be imported.
        StoreError: the database is not empty, or cannot be written. After any error nothing is changed.
    """
    check_address(url)
    build = partial(sqlite.build, file=file, bot_id=bot_id, is_other_bot=is_other_bot, refusal_of=refusal_of)
    if not is_postgres(url):
        path = sqlite_path(url)

        def build_unused(part: Path) -> tuple[bool, tuple[tuple[str, str], ...]]:
            sqlite.refuse_used(path)
            return build(part)

        (is_other, closed), contents, replaced = replace_database(path, build_unused, now=now)
        return Imported(contents.version, contents.rows, is_other, closed, replaced)
    with with_driver():
        from summaries.storage.state import postgres
    with TemporaryDirectory(prefix="ringkas-") as folder:
        # The file becomes a SQLite database first: its constraints and the readers of its rows are the check.
        path = Path(folder) / "state.db"
        (is_other, closed), rows = asyncio.run(
            postgres.fill_unused(url, path, partial(build, path), report=report, pool_size=pool_size)
        )
    return Imported(postgres.VERSION, rows, is_other, closed)
