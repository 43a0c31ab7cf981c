"""`ringkas deliveries`: the results of digests."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import bot_option, print_table, run_with_store

if TYPE_CHECKING:
    from summaries.model import DeliveryRecord

    Row = tuple[int, DeliveryRecord]

OUTCOMES = ("sent", "skipped", "failed")
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
    from bot.config import load_settings
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
            click.echo(json.dumps(as_object(row), ensure_ascii=False))
        return
    print_table(
        ("DUE", "CHAT", "OUTCOME", "MESSAGES", "STORIES", "ENDED", "ERROR"), [as_row(row, zone) for row in found]
    )


def as_row(row: Row, zone: str) -> tuple[str, ...]:
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


def as_object(row: Row) -> dict[str, Any]:
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
