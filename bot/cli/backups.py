"""`ringkas backup` and `ringkas restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from summaries.storage.backup import Contents


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
def backup(path: Path | None) -> None:
    """Copy the database into a new file.

    The bot may run meanwhile. The copy is read through before it gets its name. PATH is a file, or a folder that gets a
    file named for the moment. Without a PATH it goes where the bot's own backups go, and the oldest of those beyond
    BACKUP_KEEP is removed.
    """
    from bot.background.backups import backups_of, database_file, name_of
    from bot.config import load_settings
    from bot.runtime.clock import utc_now
    from summaries.storage.backup import back_up

    settings = load_settings()
    database = database_file(settings)
    if path is None:
        made, contents = asyncio.run(backups_of(settings, utc_now).make())
    else:
        made = path / name_of(database, utc_now()) if path.is_dir() else path
        contents = back_up(database, made)
    click.echo(f"{made}: {told(contents)}, read through and sound")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def restore(path: Path) -> None:
    """Put a backup in the place of the database.

    The bot must not be running. The backup is read through first, and copied: it stays where it is. The database that
    was there is kept beside it, under a name that tells when it was replaced.
    """
    from bot.background.backups import database_file
    from bot.config import load_settings
    from bot.runtime.clock import utc_now
    from summaries.storage.backup import restore as put_back

    database = database_file(load_settings())
    restored = put_back(path, database, now=utc_now())
    click.echo(f"{database}: {told(restored.contents)}, from {path}")
    if restored.replaced is not None:
        click.echo(f"the database that was there is {restored.replaced}")


def told(contents: Contents) -> str:
    rows = sum(contents.rows.values())
    return f"version {contents.version}, {rows} rows in {len(contents.rows)} tables"
