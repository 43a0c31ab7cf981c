"""Findings about the machine: versions, time zones, disk, write access, permissions of files."""

from __future__ import annotations

import glob
import os
import platform
import pwd
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import TZPATH

from bot.doctor.report import Finding, fault, ok, warning
from summaries.digests.schedule import load_zone
from summaries.errors import InvalidSettings
from summaries.storage.health import has_fts5, sqlite_version
from summaries.storage.private_files import find_open_to_others

OLDEST_PYTHON = (3, 11)
# The first version with UPSERT, RETURNING and built-in JSON functions.
OLDEST_SQLITE = (3, 38)
LIBRARIES = ("python-telegram-bot", "APScheduler", "sqlite-utils", "httpx", "lxml", "sumy")
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}
MEGABYTE = 1024 * 1024
LITTLE, TOO_LITTLE = 500 * MEGABYTE, 100 * MEGABYTE


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
        except InvalidSettings:
            return fault("time zones", f"{name} is not known", todo)
        if offset != timedelta(hours=hours):
            return fault("time zones", f"{name} is {offset} from UTC instead of {hours} hours", todo)
    here = now.astimezone(load_zone(default))
    origin = "of the system" if any(map(os.path.isdir, TZPATH)) else "of the package tzdata"
    return ok("time zones", f"it is {here:%H:%M} in {default}; zone data {origin}")


def check_disk(path: Path, free: int, database_bytes: int) -> Finding:
    """Check that the disk has room for the database to grow, and for a copy of it."""
    room = f"{free // MEGABYTE} MB free where {path.absolute()} is"
    todo = "make room, or let BACKUP_KEEP be smaller"
    if free < TOO_LITTLE:
        return fault("disk", room, todo)
    if free < max(LITTLE, 2 * database_bytes):
        return warning("disk", f"{room}, and the database has {database_bytes // MEGABYTE} MB", todo)
    return ok("disk", room)


def free_bytes(path: Path) -> int:
    """Return the free space on the disk of `path`, which need not exist."""
    return shutil.disk_usage(existing(path)).free


def existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


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
