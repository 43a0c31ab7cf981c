"""`ringkas stats` and `ringkas prune`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import MEGABYTE, bot_option, print_table, run_with_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.config import Settings
    from summaries.model import Figures, Old
    from summaries.storage import Store
    from summaries.storage.backup import Contents


@click.command()
@bot_option("all bots on the database")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def stats(bot_id: int | None, *, as_json: bool) -> None:
    """Count chats, articles, stories and deliveries.

    Digests and new articles are those of the last 24 hours.
    """
    from bot.config import load_settings
    from bot.runtime.clock import utc_now

    settings = load_settings()
    figures = run_with_store(settings, lambda store: store.figures.count(now=utc_now()), bot_id)
    contents, last_backup = about_file(settings)
    if as_json:
        click.echo(json.dumps(as_object(figures, contents, last_backup), default=datetime.isoformat, indent=2))
        return
    print_table(("WHAT", "HOW MUCH"), as_rows(figures, last_backup, settings.default_timezone))
    if contents is not None:
        click.echo()
        print_table(("TABLE", "ROWS"), [(name, str(count)) for name, count in contents.rows.items()])


def about_file(settings: Settings) -> tuple[Contents | None, Path | None]:
    """Return the contents of the database file and its last backup, or None twice for a server."""
    from bot.background.backups import database_file, is_file
    from summaries.storage.backup import describe, find_last_backup

    if not is_file(settings):
        return None, None
    path = database_file(settings)
    return describe(path), find_last_backup(path)


def as_rows(figures: Figures, last_backup: Path | None, zone: str) -> list[tuple[str, str]]:
    from bot.cli.deliveries import on_clock

    backed_up = "none"
    if last_backup is not None:
        backed_up = f"{on_clock(made_at(last_backup), zone)} {last_backup}"
    return [
        ("private chats with a digest", str(figures.private_chats)),
        ("groups and channels with a digest", str(figures.groups)),
        ("stopped digests", str(figures.stopped)),
        ("shut out", str(figures.blocked)),
        ("next digest", on_clock(figures.next_due_at, zone)),
        (
            "digests sent / left out / failed",
            f"{figures.digests_sent} / {figures.digests_skipped} / {figures.digests_failed}",
        ),
        ("digests under way", str(figures.digests_open)),
        ("articles", f"{figures.articles}, {figures.articles_new} of them new"),
        ("stories", str(figures.stories)),
        ("sources on / failing / off", f"{figures.sources} / {figures.sources_failing} / {figures.sources_off}"),
        ("last read", on_clock(figures.last_read_at, zone)),
        ("database", f"{figures.database_bytes / MEGABYTE:.1f} MB"),
        ("last backup", backed_up),
    ]


def as_object(figures: Figures, contents: Contents | None, last_backup: Path | None) -> dict[str, Any]:
    found = asdict(figures)
    if contents is not None:
        found |= {"version": contents.version, "tables": dict(contents.rows)}
        found["last_backup"] = str(last_backup) if last_backup else None
        found["last_backup_at"] = made_at(last_backup) if last_backup else None
    return found


def made_at(backup: Path) -> datetime:
    return datetime.fromtimestamp(backup.stat().st_mtime, UTC)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count the rows that would be deleted.")
def prune(*, dry_run: bool) -> None:
    """Delete old data.

    The running bot does this every day. Deliveries are deleted after 90 days, replies after 180, searches after 30. An
    article from a reader is deleted with the last reply about it, unless somebody saved it. News is kept. With several
    bots on one database, this covers all of them.
    """
    from bot.config import load_settings
    from bot.runtime.clock import utc_now
    from summaries.upkeep import KEPT, UpkeepService

    async def forget(store: Store) -> Mapping[Old, int]:
        upkeep = UpkeepService(store.upkeep, utc_now)
        return await (upkeep.count() if dry_run else upkeep.forget())

    counted = run_with_store(load_settings(), forget)
    would = "WOULD GO" if dry_run else "WENT"
    print_table(
        ("OLDER THAN", "WHAT", would),
        [(f"{KEPT[kind].days} d", kind.value, str(count)) for kind, count in counted.items()],
    )
