"""Commands on a PostgreSQL server: what is wrong is said in one line, without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import cli
from bot.cli.exit_codes import run_command


def test_a_server_that_is_not_there_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ringkas:rahasia-benar@127.0.0.1:9/ringkas")
    (tmp_path / "ringkas.db").touch()
    for command in (["deliveries"], ["refresh"], ["migrate-store"]):
        assert run_command(cli, command) == 5
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("ringkas: cannot connect to postgresql://127.0.0.1:9/ringkas: ")
        assert "rahasia" not in line


def test_what_moves_nowhere_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(cli, ["migrate-store"]) == 2
    assert "'ringkas.db' does not exist" in capsys.readouterr().err
    (tmp_path / "ringkas.db").touch()
    assert run_command(cli, ["migrate-store"]) == 2
    assert "DATABASE_URL must name the PostgreSQL database" in capsys.readouterr().err
