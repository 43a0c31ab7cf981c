"""`ringkas stats`, `ringkas deliveries` and `ringkas prune`: the contents of the database."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import MEGABYTE, bot_option, load_settings, print_table, run_with_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.config import Settings
    from summaries.model import DeliveryRecord, Figures, Old
    from summaries.storage import Store
    from summaries.storage.backup import Contents

    Row = tuple[int, DeliveryRecord]


@click.command()
@bot_option("all bots on the database")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def stats(bot_id: int | None, *, as_json: bool) -> None:
    """Count chats, articles, stories and deliveries.

    Digests and new articles are those of the last 24 hours.
    """
    settings = load_settings()
    figures = run_with_store(settings, lambda store: store.figures.count(now=datetime.now(UTC)), bot_id)
    contents, last_backup = about_file(settings)
    if as_json:
        click.echo(json.dumps(figure_fields(figures, contents, last_backup), default=datetime.isoformat, indent=2))
        return
    print_table(("WHAT", "HOW MUCH"), figure_rows(figures, last_backup, settings.default_timezone))
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


def figure_rows(figures: Figures, last_backup: Path | None, zone: str) -> list[tuple[str, str]]:
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
        ("digests unknown", str(figures.digests_unknown)),
        ("digests under way", str(figures.digests_open)),
        ("articles", f"{figures.articles}, {figures.articles_new} of them new"),
        ("stories", str(figures.stories)),
        ("sources on / failing / off", f"{figures.sources} / {figures.sources_failing} / {figures.sources_off}"),
        ("last read", on_clock(figures.last_read_at, zone)),
        ("database", f"{figures.database_bytes / MEGABYTE:.1f} MB"),
        ("last backup", backed_up),
    ]


def figure_fields(figures: Figures, contents: Contents | None, last_backup: Path | None) -> dict[str, Any]:
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
    article from a reader is deleted with the last reply about it, unless somebody saved it. News is deleted
    KEEP_NEWS_DAYS after it was stored, by story, unless somebody saved or follows the story, or recently got or opened
    it. With several bots on one database, this covers all of them.
    """
    from summaries.upkeep import UpkeepService

    settings = load_settings()

    async def forget(store: Store) -> tuple[Mapping[Old, int], Mapping[Old, timedelta]]:
        upkeep = UpkeepService(store.upkeep, partial(datetime.now, UTC), settings.news_kept)
        return await (upkeep.count() if dry_run else upkeep.forget()), upkeep.kept

    counted, kept = run_with_store(settings, forget)
    would = "WOULD GO" if dry_run else "WENT"
    print_table(
        ("OLDER THAN", "WHAT", would),
        [(f"{kept[kind].days} d", kind.value, str(count)) for kind, count in counted.items()],
    )


OUTCOMES = ("sent", "skipped", "failed", "unknown")
LONGEST_ERROR = 60


@click.command()
@click.option("--chat", "chat_id", type=int, help="Id of one chat.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only deliveries with this outcome.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Only deliveries due on this day in DEFAULT_TIMEZONE.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="Maximum number, the newest first."
)
@bot_option("the first bot on the database")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def deliveries(
    chat_id: int | None, outcome: str | None, day: datetime | None, limit: int, bot_id: int | None, *, as_json: bool
) -> None:
    """Show the result of each digest.

    Deliveries are kept for 90 days. An open delivery waits until the time in its column.
    """
    from summaries.digests.schedule import load_zone
    from summaries.model import Outcome

    settings = load_settings()
    zone = settings.default_timezone
    since = day.replace(tzinfo=load_zone(zone)) if day else None
    until = since + timedelta(days=1) if since else None
    chosen = Outcome(outcome) if outcome else None
    found = run_with_store(
        settings,
        lambda store: store.deliveries.ledger(chat_id=chat_id, outcome=chosen, since=since, until=until, limit=limit),
        bot_id,
    )
    if as_json:
        for row in found:
            click.echo(json.dumps(delivery_fields(row), ensure_ascii=False))
        return
    print_table(
        ("DUE", "CHAT", "OUTCOME", "MESSAGES", "STORIES", "ENDED", "ERROR"), [delivery_row(row, zone) for row in found]
    )


def delivery_row(row: Row, zone: str) -> tuple[str, ...]:
    chat_id, record = row
    if record.outcome is None:
        ended = f"waits until {on_clock(record.waits_until, zone)}"
    else:
        ended = on_clock(record.finished_at, zone)
    reason = f" ({record.reason.value})" if record.reason else ""
    return (
        on_clock(record.due_at, zone),
        str(chat_id),
        f"{record.outcome.value if record.outcome else 'open'}{reason}",
        f"{record.sent}/{record.messages}",
        str(record.stories),
        ended,
        (record.error or "")[:LONGEST_ERROR],
    )


def on_clock(moment: datetime | None, zone: str) -> str:
    from summaries.digests.schedule import load_zone

    return moment.astimezone(load_zone(zone)).strftime("%Y-%m-%d %H:%M:%S") if moment else "-"


def delivery_fields(row: Row) -> dict[str, Any]:
    chat_id, record = row
    return {
        "chat_id": chat_id,
        "due_at": record.due_at.isoformat(),
        "outcome": record.outcome.value if record.outcome else None,
        "reason": record.reason.value if record.reason else None,
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "waits_until": record.waits_until.isoformat() if record.waits_until and not record.outcome else None,
        "messages": record.messages,
        "sent": record.sent,
        "stories": record.stories,
        "error": record.error,
    }
