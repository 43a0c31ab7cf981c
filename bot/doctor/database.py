"""Findings about the database and its contents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.doctor.report import Finding, fault, ok, unknown, warning
from summaries.errors import NotABackup, StoreBusy, StoreDamaged, StoreError, StoreTooNew, StoreUnreachable
from summaries.model import StoredSource
from summaries.storage.health import Health

MEGABYTE = 1024 * 1024
# A digest is late after this time, however many others were due before it.
LATE = timedelta(minutes=10)
QUIET_FOR = timedelta(hours=24)
MOST_NAMED = 5


def check_database(health: Health, shown: str, now: datetime) -> list[Finding]:
    """Check integrity, version and search index, and whether a bot is running."""
    if health.fault is not None:
        return [fault("database", str(health.fault), what_to_do(health.fault))]
    if health.version is None:
        return [ok("database", f"there is nothing in {shown} yet: the bot makes it when it starts")]
    size = f"{health.size_bytes / MEGABYTE:.1f} MB"
    use = "a bot runs on it" if health.is_in_use else "no bot runs on it"
    found = [ok("database", f"{shown} is sound, {size}, {use}")]
    if not health.is_newest:
        todo = "back it up; the next start of the bot brings it up to date"
        return [*found, warning("version", f"{health.version}, of an older Ringkas", todo)]
    return [*found, ok("version", health.version), check_search(health), check_lateness(health, now)]


def what_to_do(error: StoreError) -> str:
    match error:
        case StoreTooNew():
            return "update Ringkas, or restore a backup of the older version"
        case StoreDamaged():
            return "stop the bot, and `ringkas restore` the last backup; the damaged file is kept beside it"
        case NotABackup():
            return "let DATABASE_URL name a database of Ringkas, or a file that is not there yet"
        case StoreBusy():
            return "try again; if it stays so, see which process has the file open (fuser, lsof)"
        case StoreUnreachable():
            return "start PostgreSQL, or correct DATABASE_URL"
        case _:
            return "see that the file and its folder belong to the user that the bot runs as"


def check_search(health: Health) -> Finding:
    """Check that each public article is in the search index."""
    if health.articles != health.indexed:
        todo = "rebuild the index: `ringkas export`, move the database away, `ringkas import-state`"
        return fault("search", f"{health.indexed} of {health.articles} articles are in the index", todo)
    return ok("search", f"{health.articles} articles are in the index")


def check_lateness(health: Health, now: datetime) -> Finding:
    """Check that no digest is overdue."""
    if health.next_due_at is None:
        return ok("digests", "no chat waits for one")
    late = now - health.next_due_at
    if late <= LATE:
        return ok("digests", f"the next is due at {health.next_due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    what = f"one was due {late // timedelta(minutes=1)} min ago"
    if health.is_in_use:
        return fault("digests", what, "read the bot's log for the reason; restart the bot")
    return warning("digests", f"{what}, and no bot runs", "start the bot: it sends the digests that are not too old")


def check_bots(there: Sequence[int], ours: Sequence[int]) -> list[Finding]:
    """Check that the settings have a token for each bot that shares the database."""
    if not there:
        return []
    if left := sorted(set(there) - set(ours)):
        todo = "name their tokens in TELEGRAM_BOT_TOKENS, or forget their chats as docs/how-to/scale.md describes"
        what = f"of those on the database, the settings name no token for {', '.join(map(str, left))}"
        return [warning("bots", what, todo)]
    return [ok("bots", f"{', '.join(map(str, there))} share the database")]


def check_backups(backup: Path | None, made_at: datetime | None, every: timedelta, now: datetime) -> Finding:
    """Check the age of the last backup."""
    if backup is None or made_at is None:
        return warning("backup", "there is none", "`ringkas backup`, or let the bot run for some minutes")
    age = now - made_at
    what = f"{backup}, {age // timedelta(hours=1)} h old"
    if not every:
        return warning("backup", f"{what}, and the bot makes none (BACKUP_HOURS=0)", "see that something else does")
    if age > 2 * every:
        return warning("backup", what, "read the bot's log for the reason that none was made since")
    return ok("backup", what)


def check_sources(sources: Sequence[StoredSource], now: datetime, *, is_refreshing: bool) -> list[Finding]:
    """Check that the sources can be read."""
    active = [stored for stored in sources if stored.state.is_active]
    if not sources:
        return [unknown("sources", "they are listed when the bot starts for the first time")]
    if not active:
        return [fault("sources", "all are switched off", "`ringkas sources add KEY`; see `ringkas sources list`")]
    failing = [stored for stored in active if stored.state.failures_in_a_row]
    off = [stored for stored in sources if not stored.state.is_active and stored.state.failures_in_a_row]
    found = []
    if len(failing) == len(active):
        todo = f"check the network; the last error: {failing[0].state.last_error}"
        found.append(fault("sources", f"none of {len(active)} could be read", todo))
    elif failing:
        what = f"{len(failing)} of {len(active)} failed last: {names_of(failing)}"
        found.append(warning("sources", what, "`ringkas sources check KEY` shows the reason; the bot tries again"))
    else:
        is_read = any(stored.state.last_success_at for stored in active)
        found.append(
            ok("sources", f"{len(active)} on, none failing" if is_read else f"{len(active)} on, none read yet")
        )
    if off:
        what = f"switched off after many failures: {names_of(off)}"
        found.append(warning("sources", what, "`ringkas sources check KEY`, then `ringkas sources add KEY`"))
    reads = [stored.state.last_success_at for stored in active if stored.state.last_success_at]
    if is_refreshing and reads and now - max(reads) > QUIET_FOR:
        what = f"nothing was read for {(now - max(reads)) // timedelta(hours=1)} h"
        found.append(warning("news", what, "is the bot running? `ringkas refresh` reads all once"))
    return found


def names_of(sources: Sequence[StoredSource]) -> str:
    names = [stored.source.key for stored in sources]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
