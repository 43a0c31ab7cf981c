"""`ringkas migrate-store`: from SQLite to PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.exit_codes import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config import Settings


@click.command("migrate-store")
@click.argument("path", default="ringkas.db", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--anew", is_flag=True, help="Empty the PostgreSQL database first: all that is in it is lost.")
def migrate_store(path: Path, *, anew: bool) -> None:
    """Copy a SQLite database into PostgreSQL.

    PATH is the SQLite file, and DATABASE_URL names the PostgreSQL database, which must be empty. No bot may run on
    either. Every row is compared in the end. Broken off, the copy goes on where it was when this is run again; until
    it is whole nothing else uses it.
    """
    from bot.config import load_settings

    settings = load_settings()
    counts = asyncio.run(move(path, settings, anew=anew))
    rows = sum(counts.values())
    click.echo(f"{path} is in PostgreSQL: {rows} rows in {len(counts)} tables, each compared and the same")


async def move(path: Path, settings: Settings, *, anew: bool) -> Mapping[str, int]:
    from summaries.storage import move_store

    def report(table: str, copied: int, total: int) -> None:
        say(f"{table}: {copied} of {total} rows")

    return await move_store(path, settings.database_url, report, pool_size=settings.database_pool_size, anew=anew)
