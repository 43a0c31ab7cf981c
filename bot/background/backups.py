"""Automatic backups: when one is due, and which ones are removed."""

from __future__ import annotations

import asyncio
import glob
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.config import Settings
from summaries.errors import InvalidSettings, StoreError
from summaries.ports import Offload
from summaries.storage import sqlite_path
from summaries.storage.backup import Contents, back_up
from summaries.storage.private_files import make_folder

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

FOLDER = "backups"
STAMP = "%Y%m%dT%H%M%SZ"
# Automatic backups were copies of the file before 0.1.0.
ENDING, OLD_ENDING = ".zip", ".db"
# The most days between the newest backup and the second, third, … one: mistakes are noticed at once, or weeks later.
MOST_DAYS = (7, 28, 91, 364)
# A backup may be made somewhat later than the day before.
SLACK = timedelta(hours=12)
# Partial files older than this belong to a process that died.
HALF_FOR_S = 24 * 3600.0
# The lowest priority is 19.
NICENESS = 10


@dataclass(frozen=True, slots=True)
class Backups:
    """The backups of one database in one folder, of which `keep` are kept (see `find_surplus`). Their names hold their
    times, so no other state is needed after a restart. Files with other names are ignored. Only the default folder,
    beside the database, is created: a chosen one may be on a disk that is not mounted. `news_kept` is for forecasts
    of the disk."""

    database: Path
    folder: Path
    every: timedelta
    keep: int
    now: Callable[[], datetime]
    news_kept: timedelta | None = None
    offload: Offload = asyncio.to_thread

    @property
    def kept_for(self) -> timedelta:
        """How old the oldest backup may become by the schedule, at least a day."""
        return timedelta(days=(1, *MOST_DAYS)[min(self.keep - 1, len(MOST_DAYS))])

    async def look(self) -> Path | None:
        """Make a backup if one is due and return its path. None is due if `every` is zero. Raise StoreError if it could
        not be made."""
        if not self.every or not is_due(self.find(), self.now(), self.every):
            return None
        path, _ = await self.make()
        return path

    async def make(self) -> tuple[Path, Contents]:
        """Make a backup and remove those beyond the limit. Return its path and contents. Raise StoreError if it could
        not be made; then none is removed."""
        now = self.now()
        path = self.folder / name_of(self.database, now)
        if self.folder == default_folder(self.database) and not self.folder.exists():
            make_folder(self.folder)
        contents = await self.offload(back_up, self.database, path, now=now)
        self._remove_halves()
        made = self.find()
        for moment in find_surplus(made, now, self.keep):
            made[moment].unlink(missing_ok=True)
        return path, contents

    def _remove_halves(self) -> None:
        """Remove partial backups of processes that were killed."""
        for half in self.folder.glob(f".{glob.escape(self.database.stem)}-*.part"):
            with suppress(OSError):
                if time.time() - half.stat().st_mtime > HALF_FOR_S:
                    half.unlink()

    def find(self) -> Mapping[datetime, Path]:
        """Return the existing backups by time."""
        if not self.folder.is_dir():
            return {}
        found = ((moment_of(self.database, file.name), file) for file in self.folder.iterdir())
        return {moment: file for moment, file in found if moment is not None}


async def run_in_process(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Do long work in a process of its own with low priority: in a thread it would delay each step of the event loop.
    The new process ends at once if the call is cancelled or the calling process ends.

    Raises:
        StoreError: the process was killed.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(1, context, initializer=prepare_process, initargs=(receiver,))
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, partial(work, *args, **kwargs))
    except BrokenProcessPool as error:
        raise StoreError("the process that made the backup was killed, perhaps for lack of memory") from error
    finally:
        pool.shutdown(wait=False)
        sender.close()
        receiver.close()


def prepare_process(receiver: Connection) -> None:
    """Give this process a low priority, where the system supports it, and end it when the other end of `receiver` is
    closed."""
    threading.Thread(target=end_with, args=(receiver,), daemon=True).start()
    # A terminal interrupts all processes; the bot's decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        os.nice(NICENESS)


def end_with(receiver: Connection) -> None:
    with suppress(EOFError, OSError):
        receiver.recv()
    os._exit(1)


def backups_of(settings: Settings, now: Callable[[], datetime], offload: Offload = asyncio.to_thread) -> Backups:
    """Return the backups that the settings configure, or raise InvalidSettings if the database is on a server."""
    database = database_file(settings)
    return Backups(
        database,
        settings.backup_folder or default_folder(database),
        every=timedelta(hours=settings.backup_hours),
        keep=settings.backup_keep,
        now=now,
        news_kept=settings.news_kept,
        offload=offload,
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


def name_of(database: Path, moment: datetime, ending: str = ENDING) -> str:
    """Return the file name of a backup made at `moment`."""
    return f"{database.stem}-{moment.astimezone(UTC):{STAMP}}{ending}"


def moment_of(database: Path, name: str) -> datetime | None:
    """Return the time in the file name of a backup, or None for any other file."""
    ending = Path(name).suffix
    try:
        moment = datetime.strptime(name, f"{database.stem.replace('%', '%%')}-{STAMP}{ending}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if ending in {ENDING, OLD_ENDING} and name_of(database, moment, ending) == name else None


def is_due(made: Iterable[datetime], now: datetime, every: timedelta) -> bool:
    """Return whether a backup is due. Backups from the future, made by a wrong clock, do not count."""
    return not any(now - every < moment <= now for moment in made)


def find_surplus(made: Iterable[datetime], now: datetime, keep: int) -> set[datetime]:
    """Return the backups to be removed.

    Kept are the newest one, the oldest one of the last 7 days, of the last 28, and so on; then the newest of the rest,
    up to `keep`. Backups from the future, made by a wrong clock, count as the oldest.
    """
    ordered = sorted(made, key=lambda moment: (moment <= now, moment), reverse=True)
    since = [now - timedelta(days=days) - SLACK for days in MOST_DAYS[: keep - 1]]
    within = [[moment for moment in ordered if start <= moment <= now] for start in since]
    wanted = [*ordered[:1], *(found[-1] for found in within if found), *ordered]
    return {*ordered} - {*list(dict.fromkeys(wanted))[:keep]}
