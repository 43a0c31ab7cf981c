"""Automatic backups: when one is due, and which ones are removed."""

from __future__ import annotations

import asyncio
import glob
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.config import Settings
from summaries.errors import InvalidSettings
from summaries.storage import sqlite_path
from summaries.storage.backup import Contents, back_up
from summaries.storage.private_files import make_folder

log = logging.getLogger(__name__)

FOLDER = "backups"
STAMP = "%Y%m%dT%H%M%SZ"
ENDING = ".db"
# Partial files older than this belong to a process that died.
HALF_FOR_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Backups:
    """The backups of one database in one folder, of which `keep` are kept. Their names hold their times, so no other
    state is needed after a restart. Files with other names are ignored. Only the default folder, beside the database,
    is created: a chosen one may be on a disk that is not mounted."""

    database: Path
    folder: Path
    every: timedelta
    keep: int
    now: Callable[[], datetime]

    async def look(self) -> Path | None:
        """Make a backup if one is due and return its path. Raise StoreError if it could not be made."""
        if not is_due(self._moments(), self.now(), self.every):
            return None
        path, _ = await self.make()
        return path

    async def make(self) -> tuple[Path, Contents]:
        """Make a backup and remove the oldest ones beyond the limit. Return its path and contents. Raise StoreError if
        it could not be made; then none is removed."""
        path = self.folder / name_of(self.database, self.now())
        if self.folder == default_folder(self.database) and not self.folder.exists():
            make_folder(self.folder)
        # Copying a large database takes a while; the event loop answers people meanwhile.
        contents = await asyncio.to_thread(back_up, self.database, path)
        self._remove_halves()
        for moment in too_many(self._moments(), self.keep):
            (self.folder / name_of(self.database, moment)).unlink(missing_ok=True)
        return path, contents

    def _remove_halves(self) -> None:
        """Remove partial backups of processes that were killed."""
        for half in self.folder.glob(f".{glob.escape(self.database.stem)}-*.part"):
            with suppress(OSError):
                if time.time() - half.stat().st_mtime > HALF_FOR_S:
                    half.unlink()

    def _moments(self) -> list[datetime]:
        """Return the times of the existing backups."""
        if not self.folder.is_dir():
            return []
        found = (moment_of(self.database, file.name) for file in self.folder.iterdir())
        return [moment for moment in found if moment is not None]


def backups_of(settings: Settings, now: Callable[[], datetime]) -> Backups:
    """Return the backups that the settings configure, or raise InvalidSettings if the database is on a server."""
    database = database_file(settings)
    return Backups(
        database,
        settings.backup_folder or default_folder(database),
        every=timedelta(hours=settings.backup_hours),
        keep=settings.backup_keep,
        now=now,
    )


def default_folder(database: Path) -> Path:
    """Return the folder of the backups unless the settings name another."""
    return database.parent / FOLDER


def is_file(settings: Settings) -> bool:
    """Return whether the database is a file. A server is backed up with its own tools."""
    return settings.database_url.startswith("sqlite:")


def database_file(settings: Settings) -> Path:
    """Return the path of the database file, or raise InvalidSettings if the database is on a server."""
    if not is_file(settings):
        raise InvalidSettings(
            ("DATABASE_URL names a server: back it up and restore it with its own tools, such as pg_dump",)
        )
    return sqlite_path(settings.database_url)


def name_of(database: Path, moment: datetime) -> str:
    """Return the file name of a backup made at `moment`."""
    return f"{database.stem}-{moment.astimezone(UTC):{STAMP}}{ENDING}"


def moment_of(database: Path, name: str) -> datetime | None:
    """Return the time in the file name of a backup, or None for any other file."""
    try:
        moment = datetime.strptime(name, f"{database.stem.replace('%', '%%')}-{STAMP}{ENDING}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if name_of(database, moment) == name else None


def is_due(made: Iterable[datetime], now: datetime, every: timedelta) -> bool:
    """Return whether a backup is due. Backups from the future, made by a wrong clock, do not count."""
    return not any(now - every < moment <= now for moment in made)


def too_many(made: Iterable[datetime], keep: int) -> list[datetime]:
    """Return the oldest backups beyond `keep`."""
    return sorted(made, reverse=True)[keep:]
