"""Findings about the machine: tables, and folders that can't be written."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pytest

from bot.background.disk import Forecast, existing
from bot.doctor import checks
from bot.doctor.checks import (
    State,
    check_disk,
    check_owner,
    check_permissions,
    check_secrecy,
    check_versions,
    check_writing,
    check_zones,
    user_name,
)

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("python", "sqlite", "has_fts5", "states"),
    [
        ((3, 11, 0), (3, 40, 1), True, [State.OK, State.OK]),
        ((3, 10, 9), (3, 40, 1), True, [State.FAULT, State.OK]),
        ((3, 13, 1), (3, 37, 2), True, [State.OK, State.FAULT]),
        ((3, 13, 1), (3, 46, 1), False, [State.OK, State.FAULT]),
    ],
)
def test_version_findings(
    python: tuple[int, ...], sqlite: tuple[int, ...], has_fts5: bool, states: list[State]
) -> None:
    assert [found.state for found in check_versions(python, sqlite, has_fts5=has_fts5)] == states


def test_machine_running_the_tests_has_no_faults() -> None:
    found = checks.machine_findings()
    assert {finding.state for finding in found} == {State.OK}
    assert {"Ringkas", "Python", "SQLite", "libraries"} == {finding.subject for finding in found}


@pytest.mark.parametrize(
    ("free_mb", "reserved_mb", "days", "state", "says"),
    [
        (5000, 10, inf, State.OK, "5000 MB free .*: enough at 3.0 MB a day"),
        (5000, 10, 90, State.OK, "full in about 90 days at 3.0 MB a day"),
        (5000, 10, 40, State.WARNING, "full in about 40 days"),
        (400, 10, inf, State.WARNING, "400 MB free"),
        (5000, 5001, 0, State.WARNING, "the next backups need 5001 MB"),
        (99, 1, inf, State.FAULT, "99 MB free"),
    ],
)
def test_disk_finding(free_mb: int, reserved_mb: int, days: float, state: State, says: str) -> None:
    found = check_disk(Forecast(Path(), free_mb * MB, reserved_mb * MB, 3 * MB, days))
    assert found.state is state
    assert re.search(says, found.what)
    assert (state is State.OK) == (not found.todo)


def test_zone_finding_shows_local_time() -> None:
    now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    found = check_zones("Asia/Jayapura", now)
    assert found.state is State.OK
    assert found.what.startswith("it is 09:00 in Asia/Jayapura")


def test_outdated_zone_data_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.ZONES, "WITA", 7)
    assert check_zones("WIB", datetime.now(UTC)).state is State.FAULT
    monkeypatch.setattr(checks, "ZONES", {"WIS": 8})
    assert "WIS is not known" in check_zones("WIB", datetime.now(UTC)).what


def test_write_access_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    below = tmp_path / "not" / "yet"
    assert check_writing([tmp_path, below], [tmp_path / "file", tmp_path / "none"]).state is State.OK
    assert existing(below) == tmp_path
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    found = check_writing([Path("/proc")], [])
    assert (found.state, "/proc can't be written" in found.what) == (State.FAULT, True)
    # A folder where the file should be.
    assert check_writing([tmp_path], [tmp_path]).state is State.FAULT
    # A file in the way of the folder.
    assert check_writing([tmp_path / "file" / "data"], []).state is State.FAULT


def test_owner_finding(tmp_path: Path) -> None:
    file = tmp_path / "ringkas.db"
    me = os.geteuid()
    assert check_owner(file, me).state is State.OK
    file.write_text("")
    assert check_owner(file, me).state is State.OK
    found = check_owner(file, 54321)
    assert found.state is State.WARNING
    assert f"belongs to {user_name(me)}, and you are 54321" in found.what
    assert f"runuser -u {user_name(me)}" in found.todo


def test_env_file_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert check_secrecy(file) == []
    file.write_text("TELEGRAM_BOT_TOKEN=\n")
    for mode, state in ((0o644, State.WARNING), (0o640, State.WARNING), (0o600, State.OK)):
        file.chmod(mode)
        (found,) = check_secrecy(file)
        assert found.state is state


def test_database_files_that_others_can_read_are_reported(tmp_path: Path) -> None:
    database, backups = tmp_path / "ringkas.db", tmp_path / "backups"
    assert check_permissions(database, backups).state is State.OK
    backups.mkdir()
    beside = (tmp_path / name for name in ("ringkas.db-wal", "ringkas.db.bak"))
    private = [database, *beside, backups / "ringkas-20261130T000000Z.db"]
    for file in private:
        file.write_text("")
        file.chmod(0o600)
    other = tmp_path / "notes.txt"
    other.write_text("")
    other.chmod(0o644)
    assert check_permissions(database, backups).state is State.OK
    for file in private:
        for mode in (0o644, 0o640, 0o620):
            file.chmod(mode)
            found = check_permissions(database, backups)
            assert (found.state, found.todo) == (State.WARNING, f"chmod 600 {file}")
        file.chmod(0o600)
    for file in private:
        file.chmod(0o644)
    assert "and 3 more" in check_permissions(database, backups).what
