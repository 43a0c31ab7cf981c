"""Findings about the machine (versions, time zones, disk, files) and about the database and its contents."""

from __future__ import annotations

import glob
import os
import platform
import pwd
import shlex
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from math import inf
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH

from bot.background.disk import Forecast, existing
from bot.runtime.health import FLEET_TICKS_LATE_S, TICK_PREFIX, check_ticks
from summaries import errors
from summaries.digests.schedule import load_zone
from summaries.model import HazardSource, StoredSource
from summaries.storage.health import Health, has_fts5, sqlite_version
from summaries.storage.private_files import find_open_to_others

OLDEST_PYTHON = (3, 11)
# The first version with UPSERT, RETURNING and built-in JSON functions.
OLDEST_SQLITE = (3, 38)
LIBRARIES = ("python-telegram-bot", "APScheduler", "sqlite-utils", "httpx", "lxml", "sumy")
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}
MEGABYTE = 1024 * 1024
LITTLE, TOO_LITTLE = 500 * MEGABYTE, 100 * MEGABYTE
# A disk that is full sooner is a finding.
SOON_DAYS = 60
# A digest is late after this time, however many others were due before it.
LATE = timedelta(minutes=10)
QUIET_FOR = timedelta(hours=24)
WEEK = timedelta(weeks=1)
KEPT = "BACKUP_KEEP keeps older ones, with data deleted since, for up to {weeks} weeks"
# A single failure of a document that is read every minute says nothing.
MANY_FAILURES = 3
MINUTE = timedelta(minutes=1)
MOST_NAMED = 5


class State(StrEnum):
    """The result of a check: good, a warning, a fault, or unknown."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `todo` is the remedy if it is not good."""

    subject: str
    state: State
    what: str
    todo: str = ""


def ok(subject: str, what: str) -> Finding:
    return Finding(subject, State.OK, what)


def warning(subject: str, what: str, todo: str) -> Finding:
    return Finding(subject, State.WARNING, what, todo)


def fault(subject: str, what: str, todo: str) -> Finding:
    return Finding(subject, State.FAULT, what, todo)


def unknown(subject: str, what: str) -> Finding:
    return Finding(subject, State.UNKNOWN, what)


def check_versions(python: tuple[int, ...], sqlite: tuple[int, ...], *, has_fts5: bool) -> list[Finding]:
    """Check that Python and SQLite are new enough."""
    found = []
    name = ".".join(map(str, python[:3]))
    if python[:2] < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        found.append(fault("Python", f"{name} is too old", f"install Python {wanted} or newer"))
    else:
        found.append(ok("Python", f"{name} on {platform.machine()}"))
    name = ".".join(map(str, sqlite))
    if sqlite[:2] < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        found.append(fault("SQLite", f"{name} is too old", f"take a Python that brings SQLite {wanted} or newer"))
    elif not has_fts5:
        found.append(fault("SQLite", f"{name} is built without FTS5", "take a Python whose SQLite has it"))
    else:
        found.append(ok("SQLite", f"{name} with FTS5"))
    return found


def check_libraries() -> list[Finding]:
    """Report the versions of Ringkas and its libraries."""
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        todo = "install Ringkas again: pipx reinstall ringkas, or make setup"
        return [fault("libraries", f"missing: {', '.join(missing)}", todo)]
    return [ok("Ringkas", version("ringkas")), ok("libraries", ", ".join(found))]


def check_zones(default: str, now: datetime) -> Finding:
    """Check Indonesia's three time zones, and that the default zone is known."""
    todo = "install the zone data again: pip install --force-reinstall tzdata"
    for name, hours in ZONES.items():
        try:
            offset = now.astimezone(load_zone(name)).utcoffset()
        except errors.InvalidSettings:
            return fault("time zones", f"{name} is not known", todo)
        if offset != timedelta(hours=hours):
            return fault("time zones", f"{name} is {offset} from UTC instead of {hours} hours", todo)
    here = now.astimezone(load_zone(default))
    origin = "of the system" if any(map(os.path.isdir, TZPATH)) else "of the package tzdata"
    return ok("time zones", f"it is {here:%H:%M} in {default}; zone data {origin}")


def check_disk(disk: Forecast) -> Finding:
    """Check that the disk has room for the next backups, and for the news of the next weeks."""
    room = f"{disk.free_bytes // MEGABYTE} MB free where {disk.folder.absolute()} is"
    todo = "make room, or let KEEP_NEWS_DAYS or BACKUP_KEEP be smaller"
    if disk.free_bytes < TOO_LITTLE:
        return fault("disk", room, todo)
    if disk.free_bytes < max(LITTLE, disk.reserved_bytes):
        return warning("disk", f"{room}, and the next backups need {disk.reserved_bytes // MEGABYTE} MB", todo)
    pace = f"at {disk.bytes_a_day / MEGABYTE:.1f} MB a day"
    if disk.full_in_days < inf:
        what = f"{room}: full in about {disk.full_in_days:.0f} days {pace}"
        return warning("disk", what, todo) if disk.full_in_days < SOON_DAYS else ok("disk", what)
    return ok("disk", f"{room}: enough {pace}" if disk.bytes_a_day else room)


def check_writing(folders: Iterable[Path], files: Iterable[Path]) -> Finding:
    """Check that the files and folders can be written. Creates a temporary file in each folder."""
    for folder in map(existing, folders):
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            return cannot_write(folder, error)
    for file in files:
        try:
            with file.open("r+b"):
                pass
        except FileNotFoundError:
            continue
        except OSError as error:
            return cannot_write(file, error)
    return ok("write access", "to the database, its folder and that of the backups")


def cannot_write(path: Path, error: OSError) -> Finding:
    todo = f"give it to {user_name(os.geteuid())}: chown or chmod"
    return fault("write access", f"{path} can't be written ({error.strerror})", todo)


def check_owner(file: Path, user: int) -> Finding:
    """Check that this command runs as the owner of the database. The bot could not write files that another user
    creates beside it, such as SQLite's log."""
    owner = existing(file).stat().st_uid
    if owner == user:
        return ok("owner", "the database is yours")
    todo = f"run commands as the bot's user: runuser -u {user_name(owner)} -- ringkas …"
    return warning("owner", f"{file} belongs to {user_name(owner)}, and you are {user_name(user)}", todo)


def user_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def check_secrecy(file: Path) -> list[Finding]:
    """Check that other users cannot read the file with the token."""
    if not file.exists():
        return []
    if find_open_to_others([file]):
        return [warning(str(file), "others on this machine may read the token in it", f"chmod 600 {file}")]
    return [ok(str(file), "only its owner reads it")]


def check_permissions(path: Path, backups: Path) -> Finding:
    """Check that other users cannot read the database, the files beside it, or its backups."""
    beside = path.parent.glob(f"{glob.escape(path.name)}*")
    copies = backups.glob(f"{glob.escape(path.stem)}-*")
    found = find_open_to_others(sorted({*beside, *copies}))
    if not found:
        return ok("permissions", "only their owner reads the database and its backups")
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    what = f"others on this machine may read {found[0]}{more}: what people wrote to the bot"
    return warning("permissions", what, f"chmod 600 {' '.join(shlex.quote(str(file)) for file in found)}")


def machine_findings() -> list[Finding]:
    """Return the findings that need no settings."""
    return [*check_libraries(), *check_versions(tuple(sys.version_info[:3]), sqlite_version(), has_fts5=has_fts5())]


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
    found += [ok("version", health.version), check_search(health)]
    return [*found, *check_digests(health, now), *check_fleet_ticks(health.tick_ages_s)]


def what_to_do(error: errors.StoreError) -> str:
    match error:
        case errors.StoreTooNew():
            return "update Ringkas, or restore a backup of the older version"
        case errors.StoreDamaged():
            return "stop the bot, and `ringkas restore` the last backup; the damaged file is kept beside it"
        case errors.NotABackup():
            return "let DATABASE_URL name a database of Ringkas, or a file that is not there yet"
        case errors.StoreBusy():
            return "try again; if it stays so, see which process has the file open (fuser, lsof)"
        case errors.StoreUnreachable():
            return "start PostgreSQL, or correct DATABASE_URL"
        case _:
            return "see that the file and its folder belong to the user that the bot runs as"


def check_search(health: Health) -> Finding:
    """Check that each public article is in the search index."""
    if health.articles != health.indexed:
        todo = "rebuild the index: `ringkas export`, move the database away, `ringkas import-state`"
        return fault("search", f"{health.indexed} of {health.articles} articles are in the index", todo)
    return ok("search", f"{health.articles} articles are in the index")


def check_digests(health: Health, now: datetime) -> list[Finding]:
    """Check that no digest is overdue, and that those of the last day arrived."""
    found = [check_lateness(health, now)]
    if health.unknown_at is not None and now - health.unknown_at < QUIET_FOR:
        what = f"the digest that was due at {health.unknown_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC may not have arrived"
        todo = "check the network; `ringkas deliveries --outcome unknown` lists all, and their stories come again"
        found.append(warning("unknown", what, todo))
    return found


def check_fleet_ticks(ages_s: Mapping[str, float]) -> list[Finding]:
    """Check that each tick of a running fleet ends in time."""
    late = {tick.name: tick.reason for tick in check_ticks(ages_s, FLEET_TICKS_LATE_S) if not tick.is_well}
    return report_ticks(ages_s, late, "read the logs of the workers for the reason; restart them")


def check_process_ticks(checks: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Return the result of the ticks among the checks that a running process answered with."""
    ticks = {name.removeprefix(TICK_PREFIX): tick for name, tick in checks.items() if name.startswith(TICK_PREFIX)}
    ages_s = {name: tick["age_s"] for name, tick in ticks.items() if tick["age_s"] is not None}
    late = {f"{TICK_PREFIX}{name}": tick.get("reason", "") for name, tick in ticks.items() if not tick["ok"]}
    return report_ticks(ages_s, late, "read the bot's log for the reason; restart the bot")


def report_ticks(ages_s: Mapping[str, float], late: Mapping[str, str], todo: str) -> list[Finding]:
    """Return the result for ticks with these ages, the late ones with the reason; none without ticks."""
    if late:
        return [fault("ticks", "; ".join(f"{name}: {reason}" for name, reason in late.items()), todo)]
    ages = ", ".join(f"{name} {age_s:.0f} s" for name, age_s in sorted(ages_s.items()))
    return [ok("ticks", f"ended in time: {ages} ago")] if ages else []


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


def check_backups(
    backup: Path | None, made_at: datetime | None, every: timedelta, oldest: timedelta, now: datetime
) -> Finding:
    """Check the age of the last backup. Say so if automatic ones are kept until they are as old as `oldest`, longer
    than people expect after deleting their data."""
    if backup is None or made_at is None:
        return warning("backup", "there is none", "`ringkas backup`, or let the bot run for some minutes")
    age = now - made_at
    what = f"{backup}, {age // timedelta(hours=1)} h old"
    if not every:
        return warning("backup", f"{what}, and the bot makes none (BACKUP_HOURS=0)", "see that something else does")
    if age > 2 * every:
        return warning("backup", what, "read the bot's log for the reason that none was made since")
    return ok("backup", what if oldest <= WEEK else f"{what}; {KEPT.format(weeks=oldest // WEEK)}")


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


def check_hazards(documents: Sequence[HazardSource], now: datetime) -> list[Finding]:
    """Check that BMKG's documents can be read, if a chat has asked for warnings."""
    failing = [one for one in documents if one.failures_in_a_row >= MANY_FAILURES]
    if not documents:
        return []
    if failing:
        what = f"BMKG's {failing[0].key} failed {failing[0].failures_in_a_row} times: {failing[0].last_error}"
        return [warning("warnings", what, "check the network; the bot tries again at least every 15 minutes")]
    reads = [one.last_success_at for one in documents if one.last_success_at]
    if not reads:
        return [ok("warnings", "BMKG's documents were not read yet")]
    return [ok("warnings", f"BMKG's documents were read, the last {max(0, (now - max(reads)) // MINUTE)} min ago")]


def names_of(sources: Sequence[StoredSource]) -> str:
    names = [stored.source.key for stored in sources]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
