"""When the disks of the database and its backups will be full."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest

from bot.background import disk
from bot.background.backups import Backups
from bot.background.disk import Forecast, forecast, forecast_disks
from summaries.storage.health import Growth

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
# 5 KB for each article.
GROWTH = Growth(5_000_000, 1000, 100, NOW - 10 * DAY)


@pytest.mark.parametrize(
    ("growth", "free", "backup_bytes", "to_come", "grows_for", "expected"),
    [
        (GROWTH, 5_000_000, 0, 0, None, (0, 500_000, 10)),
        # Three backups at most, of 1 KB for each article.
        (GROWTH, 8_000_000, 1_000_000, 0, None, (0, 800_000, 10)),
        (GROWTH, 8_000_000, 1_000_000, 2, None, (2_000_000, 800_000, 7.5)),
        (GROWTH, 1_000_000, 1_000_000, 2, None, (2_000_000, 800_000, 0)),
        (GROWTH, 8_000_000, 1_000_000, 0, 10 * DAY, (0, 800_000, inf)),
        (GROWTH, 8_000_000, 1_000_000, 0, 11 * DAY, (0, 800_000, 10)),
        # Old news is deleted already.
        (GROWTH, 1_000_000, 1_000_000, 0, 0 * DAY, (0, 800_000, inf)),
        # Too new a database.
        (replace(GROWTH, articles=400), 1, 0, 0, None, (0, 0, inf)),
        (replace(GROWTH, articles_a_day=0), 1, 0, 0, None, (0, 0, inf)),
        (Growth(), 1, 0, 0, None, (0, 0, inf)),
    ],
)
def test_forecast(
    growth: Growth,
    free: int,
    backup_bytes: int,
    to_come: int,
    grows_for: timedelta | None,
    expected: tuple[int, float, float],
) -> None:
    found = forecast(
        Path(),
        free,
        growth,
        database_bytes=growth.size_bytes,
        backup_bytes=backup_bytes,
        to_come=to_come,
        keep=2,
        grows_for=grows_for,
    )
    assert found == Forecast(Path(), free, *expected)


def test_disks_of_database_and_backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "usb"
    folder.mkdir()
    (folder / "ringkas-20261122T000000Z.zip").write_bytes(bytes(1_000_000))
    (folder / "ringkas-20261121T000000Z.zip").write_bytes(b"older")
    backups = Backups(tmp_path / "ringkas.db", folder, every=DAY, keep=2, now=lambda: NOW, news_kept=30 * DAY)
    monkeypatch.setattr(disk, "free_bytes", lambda _: 9_000_000)
    assert forecast_disks(backups, GROWTH) == [Forecast(tmp_path, 9_000_000, 1_000_000, 800_000, 10)]
    assert forecast_disks(backups, None) == [Forecast(tmp_path, 9_000_000, 1_000_000)]
    # None is made.
    never = replace(backups, every=timedelta())
    assert forecast_disks(never, GROWTH) == [Forecast(tmp_path, 9_000_000, 0, 500_000, 18)]
    # The news is deleted in five days.
    soon = replace(backups, news_kept=15 * DAY)
    assert forecast_disks(soon, GROWTH) == [Forecast(tmp_path, 9_000_000, 1_000_000, 800_000, inf)]
    monkeypatch.setattr(disk, "is_on", lambda folder, device: folder == device)
    monkeypatch.setattr(disk, "one_of_each_disk", lambda *folders: list(folders))
    assert forecast_disks(backups, GROWTH) == [
        Forecast(tmp_path, 9_000_000, 0, 500_000, 18),
        Forecast(folder, 9_000_000, 1_000_000, 300_000, inf),
    ]


def test_growth_is_measured_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The clock may be set back.
    clock, measured = iter([NOW, NOW + DAY / 2, NOW + DAY, NOW - DAY]), []
    backups = Backups(tmp_path / "ringkas.db", tmp_path, every=timedelta(), keep=2, now=lambda: next(clock))

    def measure_growth(path: Path) -> Growth:
        measured.append(path)
        return GROWTH

    monkeypatch.setattr(disk, "measure_growth", measure_growth)
    monkeypatch.setattr(disk, "forecast_disks", lambda _, growth: [growth] * len(measured))
    meter = disk.DiskMeter()
    assert [len(meter.measure(backups)) for _ in range(4)] == [1, 1, 2, 3]
