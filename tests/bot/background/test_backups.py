"""When a backup is due, which old ones are deleted, and that the bot's tick reports the result."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import select
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.background.backups import (
    Backups,
    backups_of,
    database_file,
    find_surplus,
    is_due,
    moment_of,
    name_of,
    run_in_process,
)
from bot.background.disk import Forecast
from bot.background.jobs import BackgroundJobs
from bot.config import Settings
from summaries.errors import InvalidSettings, StoreError
from summaries.storage import open_store

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("hours_ago", "expected"),
    [
        ([], True),
        ([23.9], False),
        ([24], True),
        ([50, 1], False),
        # A clock was wrong once.
        ([-3], True),
        ([-3, 2], False),
    ],
)
def test_backup_is_due_after_the_interval(hours_ago: list[float], expected: bool) -> None:
    assert is_due([NOW - HOUR * ago for ago in hours_ago], NOW, DAY) is expected


@pytest.mark.parametrize(
    ("days_old", "keep", "kept"),
    [
        ([], 2, []),
        ([0, 3], 1, [0]),
        ([0, 1, 3], 2, [0, 3]),
        # A tick comes late now and then.
        ([0, 1, 7.1], 2, [0, 7.1]),
        ([0, 1, 8], 2, [0, 1]),
        ([0, 40, 50], 2, [0, 40]),
        ([0, 1, 6, 9, 20, 30], 3, [0, 6, 20]),
        ([0, 1, 6, 9, 20, 30, 300], 5, [0, 6, 20, 30, 300]),
        # The newest fill up a number that the schedule leaves open.
        ([0, 1, 2, 3, 4], 4, [0, 1, 2, 4]),
        # A clock was wrong once.
        ([-3, 0, 1], 2, [0, 1]),
        ([-3, 0], 2, [-3, 0]),
        ([-3], 1, [-3]),
    ],
)
def test_backups_are_thinned(days_old: list[float], keep: int, kept: list[float]) -> None:
    moments = [NOW - DAY * age for age in days_old]
    assert {*moments} - find_surplus(moments, NOW, keep) == {NOW - DAY * age for age in kept}


@pytest.mark.parametrize("keep", range(1, 7))
def test_a_year_of_daily_backups_leaves_old_ones(keep: int) -> None:
    made: set[datetime] = set()
    for day in range(366):
        now = NOW + DAY * day
        made.add(now)
        made -= find_surplus(made, now, keep)
        assert now in made
        assert len(made) <= keep
        ages = sorted((now - moment) / DAY for moment in made)
        # Each limit has a backup that is at most so old, and at least a day.
        for age, most in zip(ages[1:], (7, 28, 91, 365, 365), strict=False):
            assert 1 <= age <= most
        assert len(made) >= min(keep, 2, day + 1)
    backups = Backups(Path("ringkas.db"), Path(), DAY, keep, lambda: NOW)
    assert backups.kept_for == DAY * (1, 7, 28, 91, 364, 364)[keep - 1]


@pytest.mark.parametrize("stem", ["ringkas", "berita saya", "a-20261123T050000Z", "100%"])
def test_backup_name_contains_its_time(stem: str) -> None:
    database = Path(f"{stem}.db")
    assert moment_of(database, name_of(database, NOW)) == NOW
    # Older versions made copies of the file.
    assert moment_of(database, f"{stem}-20261123T050000Z.db") == NOW


@pytest.mark.parametrize(
    "name",
    [
        "ringkas.db",
        "ringkas-mine.db",
        "ringkas-20261123T050000Z.db.gz",
        "ringkas-20261123T050000Z",
        "ringkas-state-20261123T050000Z.zip",
        "ringkas-20261199T050000Z.db",
        "ringkas-2026113T050000Z.db",
    ],
)
def test_other_file_is_not_a_backup(name: str) -> None:
    assert moment_of(Path("ringkas.db"), name) is None


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def backups(tmp_path: Path, clock: Clock) -> Backups:
    path = tmp_path / "ringkas.db"
    await (await open_store(f"sqlite:///{path}")).close()
    return Backups(path, tmp_path / "backups", every=DAY, keep=2, now=clock)


async def test_none_is_made_if_they_are_switched_off(backups: Backups) -> None:
    assert await replace(backups, every=timedelta()).look() is None
    assert not backups.find()


async def test_backup_is_made_daily_and_surplus_ones_are_deleted(backups: Backups, clock: Clock) -> None:
    made = []
    for _ in range(4 * 24):
        if (path := await backups.look()) is not None:
            made.append(path)
        if len(made) == 1:
            (backups.folder / "mine.db").write_text("")
            # A plain copy by an older version counts, too.
            (backups.folder / "ringkas-20261120T050000Z.db").write_text("")
            # Somebody writes one, and somebody was killed writing one.
            (backups.folder / ".ringkas-20261122T050000Z.db.7.part").write_text("")
            (backups.folder / ".ringkas-20261121T050000Z.db.7.part").write_text("")
            os.utime(backups.folder / ".ringkas-20261121T050000Z.db.7.part", (1e9, 1e9))
        clock.now += HOUR
    assert [path.name for path in made] == [name_of(backups.database, NOW + DAY * n) for n in range(4)]
    assert {path.name for path in backups.folder.iterdir()} == {
        "ringkas-20261120T050000Z.db",
        made[3].name,
        "mine.db",
        ".ringkas-20261122T050000Z.db.7.part",
    }


async def test_killed_process_makes_no_backup() -> None:
    with pytest.raises(StoreError, match="was killed"):
        await run_in_process(os._exit, 9)


async def open_when_read(fifo: Path) -> int:
    """Return the writing end of `fifo` as soon as a process reads it."""
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            await asyncio.sleep(0.01)


def wait_until_unread(writing: int) -> None:
    """Wait until no process reads the fifo any longer, and close this end."""
    poll = select.poll()
    poll.register(writing, 0)
    assert poll.poll() == [(writing, select.POLLERR)]
    os.close(writing)


async def test_backup_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "fifo")
    working = asyncio.create_task(run_in_process(Path.read_bytes, fifo))
    writing = await open_when_read(fifo)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    await asyncio.to_thread(wait_until_unread, writing)


KILLED = """\
import asyncio, sys
from pathlib import Path
from bot.background.backups import run_in_process
asyncio.run(run_in_process(Path.read_bytes, Path(sys.argv[1])))
"""


async def test_backup_ends_when_its_bot_is_killed(tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "fifo")
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(fifo))
    writing = await open_when_read(fifo)
    bot.kill()
    await bot.wait()
    await asyncio.to_thread(wait_until_unread, writing)


class Notices:
    """A fake of the notices to admins."""

    def __init__(self) -> None:
        self.reported: list[str] = []

    async def tell_no_backup(self, reason: str) -> None:
        self.reported.append(reason)


async def test_backup_result_is_logged_and_admins_are_notified_once_of_a_failure(
    backups: Backups, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    notices: Any = Notices()
    nothing: Any = None
    others = (
        *("digests", "alerts", "broadcasts", "warnings", "hazards", "studies", "outbox", "upkeep"),
        *("refreshed", "show_progress"),
    )
    disks: list[Sequence[Forecast]] = []
    jobs = BackgroundJobs(
        **dict.fromkeys(others, nothing), notices=notices, backups=backups, disks_measured=disks.append
    )
    back_up = jobs.back_up
    caplog.set_level(logging.INFO, "bot.background.jobs")
    backups.folder.write_text("in the way")
    for _ in range(2):
        await back_up()
    assert caplog.text.count("no backup could be made, and it is tried again: cannot write") == 2
    assert len(notices.reported) == 1
    assert notices.reported[0].startswith("cannot write")
    backups.folder.unlink()
    caplog.clear()
    for _ in range(2):
        await back_up()
    assert [forecast.folder for forecast in disks[-1]] == [backups.database.parent]
    # Another failure, after one was made, is news again.
    backups.database.unlink()
    clock.now += DAY
    await back_up()
    assert len(notices.reported) == 2
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.INFO] == [
        f"backed the database up into {backups.folder / name_of(backups.database, NOW)}"
    ]


def test_backup_folder_is_beside_the_database_or_configured(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/ringkas.db"
    assert backups_of(Settings(database_url=url), lambda: NOW).folder == tmp_path / "data" / "backups"
    elsewhere = Settings(database_url=url, backup_folder=tmp_path / "usb")
    assert backups_of(elsewhere, lambda: NOW).folder == tmp_path / "usb"


def test_server_database_is_not_backed_up() -> None:
    with pytest.raises(InvalidSettings, match="its own tools"):
        database_file(Settings.model_construct(database_url="postgresql://db.example/ringkas"))


async def test_failed_backup_deletes_no_backup(backups: Backups, clock: Clock) -> None:
    for _ in range(2):
        await backups.look()
        clock.now += DAY
    backups.database.unlink()
    with pytest.raises(StoreError, match="no database"):
        await backups.look()
    assert len(list(backups.folder.iterdir())) == 2


async def test_configured_backup_folder_is_not_created(backups: Backups, tmp_path: Path) -> None:
    elsewhere = replace(backups, folder=tmp_path / "usb")
    with pytest.raises(StoreError, match=r"there is no folder .*usb: create it, or mount its disk"):
        await elsewhere.look()
    assert not elsewhere.folder.exists()
    elsewhere.folder.mkdir()
    assert await elsewhere.look() is not None
