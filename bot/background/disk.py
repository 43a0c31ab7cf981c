"""Forecast when the disks of the database and its backups will be full."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

from bot.background.backups import Backups
from summaries.storage.health import Growth, measure_growth

DAY = timedelta(days=1)
GROWTH_EVERY = DAY
# With fewer articles, most of the file is tables that do not grow.
MIN_ARTICLES = 500


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast for the disk of `folder`.

    `reserved_bytes` are needed for backups that are still to come, one of them while a surplus one is not removed yet.
    `full_in_days` is infinite if the disk does not fill up before the news is as old as it is kept.
    """

    folder: Path
    free_bytes: int
    reserved_bytes: int = 0
    bytes_a_day: float = 0.0
    full_in_days: float = inf


def forecast_disks(backups: Backups, growth: Growth | None) -> list[Forecast]:
    """Return the forecast for each disk: that of the database, then that of its backups if it is another one. Without
    `growth`, only the free space is known.

    Raises:
        OSError: a disk cannot be read.
    """
    made = backups.find()
    # None is made, or removed, if backups are switched off.
    keep = backups.keep if backups.every else 0
    backup_bytes = made[max(made)].stat().st_size if made else 0
    found = []
    for folder in one_of_each_disk(backups.database.parent, backups.folder):
        has_database, has_backups = is_on(backups.database.parent, folder), is_on(backups.folder, folder)
        found.append(
            forecast(
                folder,
                free_bytes(folder),
                growth or Growth(),
                database_bytes=growth.size_bytes if growth and has_database else 0,
                backup_bytes=backup_bytes if has_backups else 0,
                to_come=max(0, keep + 1 - len(made)) if keep and has_backups else 0,
                keep=keep,
                grows_for=find_time_left(growth, backups.news_kept, backups.now()) if growth else timedelta(),
            )
        )
    return found


class DiskMeter:
    """Measures the disks again and again, and the growth of the database once a day: for that, articles are counted."""

    def __init__(self) -> None:
        self._growth = Growth()
        self._measured_at: datetime | None = None

    def measure(self, backups: Backups) -> list[Forecast]:
        """Return the forecast for each disk.

        Raises:
            StoreError, OSError: the database or a disk cannot be read.
        """
        now = backups.now()
        if self._measured_at is None or not timedelta() <= now - self._measured_at < GROWTH_EVERY:
            self._growth, self._measured_at = measure_growth(backups.database), now
        return forecast_disks(backups, self._growth)


def find_time_left(growth: Growth, news_kept: timedelta | None, now: datetime) -> timedelta | None:
    """Return the time until as much news is deleted as is added, or None if all is kept."""
    if news_kept is None or growth.oldest_at is None:
        return news_kept
    return max(timedelta(), news_kept - (now - growth.oldest_at))


def forecast(
    folder: Path,
    free: int,
    growth: Growth,
    *,
    database_bytes: int,
    backup_bytes: int,
    to_come: int,
    keep: int,
    grows_for: timedelta | None,
) -> Forecast:
    """Return the forecast for one disk. Of the database and of each of `keep` backups it has as many bytes now as
    given, 0 if they are elsewhere; `to_come` backups are still to be written."""
    reserved = to_come * backup_bytes
    if growth.articles < MIN_ARTICLES or not growth.articles_a_day:
        return Forecast(folder, free, reserved)
    bytes_a_day = (database_bytes + (keep + 1 if keep else 0) * backup_bytes) * growth.articles_a_day / growth.articles
    days = max(0.0, free - reserved) / bytes_a_day if bytes_a_day else inf
    is_enough = grows_for is not None and days >= grows_for / DAY
    return Forecast(folder, free, reserved, bytes_a_day, inf if is_enough else days)


def is_on(folder: Path, other: Path) -> bool:
    """Return whether the folders are on the same disk."""
    return existing(folder).stat().st_dev == existing(other).stat().st_dev


def one_of_each_disk(*folders: Path) -> list[Path]:
    """Return the folders, only the first of those on the same disk."""
    return list({existing(folder).stat().st_dev: folder for folder in reversed(folders)}.values())[::-1]


def free_bytes(path: Path) -> int:
    """Return the free space on the disk of `path`, which need not exist."""
    return shutil.disk_usage(existing(path)).free


def existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
