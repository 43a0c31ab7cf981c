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

    The copy is verified before it gets its name. PATH is a new file, or a directory for a file named after the current
    time. Without PATH the copy joins the automatic backups, of which BACKUP_KEEP are kept.
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
    """Replace the database with a backup.

    Stop the bot first. The backup is verified and copied. The previous database is kept beside the new one.
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
