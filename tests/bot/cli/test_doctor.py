"""`ringkas doctor` over a sandbox, with a sound set-up and broken ones; it never prints the token."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.cli import cli
from bot.cli.doctor import hidden
from bot.cli.exit_codes import FAILED, run_command
from bot.runtime import clock
from bot.sandbox.server import SandboxServer
from summaries.storage import open_store

Run = Callable[..., tuple[int, dict[str, dict[str, str]], str]]


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def run(
    server: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run it in an empty folder; return its exit code, its findings by subject, and its output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", server.token)
    monkeypatch.setenv("TELEGRAM_API_URL", server.url)

    def run(*arguments: str) -> tuple[int, dict[str, dict[str, str]], str]:
        code = run_command(cli, ["doctor", "--json", *arguments])
        shown = capsys.readouterr()
        assert shown.err == ""
        found: dict[str, Any] = json.loads(shown.out)
        assert found["is_healthy"] is (code == 0)
        code_of_table = run_command(cli, ["doctor", *arguments])
        table = capsys.readouterr().out
        assert code_of_table == code
        for text in (shown.out, table):
            assert server.token not in text
            assert server.token.partition(":")[2] not in text
        return code, {finding["subject"]: finding for finding in found["findings"]}, table

    return run


def states(found: dict[str, dict[str, str]], state: str) -> set[str]:
    return {subject for subject, finding in found.items() if finding["state"] == state}


def test_healthy_setup_has_no_faults(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["sources", "list"]) == 0
    assert run_command(cli, ["backup"]) == 0
    capsys.readouterr()
    code, found, table = run()
    assert code == 0
    # How full the disk is, is the machine's.
    assert {finding["state"] for subject, finding in found.items() if subject != "disk"} == {"ok"}
    assert set(found) == {
        "Ringkas", "libraries", "Python", "SQLite", "time zones", "token", "privacy mode", "inline mode", "guest mode",
        "webhook", "clock", "database", "version", "search", "digests", "owner", "permissions", "write access", "disk",
        "backup", "sources",
    }  # fmt: skip
    assert "@ringkas_sandbox_bot" in found["token"]["what"]
    assert table.count("→") <= 1


def test_setup_before_the_first_start_is_healthy(run: Run) -> None:
    code, found, _ = run()
    assert code == 0
    assert "nothing in ringkas.db yet" in found["database"]["what"]
    assert not Path("ringkas.db").exists()


def test_unknown_token_is_a_fault(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1234567890:" + "x" * 35)
    code, found, table = run()
    assert (code, states(found, "fault")) == (FAILED, {"token"})
    assert "x" * 35 not in table
    assert "→ send /mybots to @BotFather" in table


def test_missing_token_is_a_fault(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "")
    code, found, _ = run()
    assert (code, states(found, "fault")) == (FAILED, {"token"})
    assert "@BotFather" in found["token"]["todo"]


def test_unreachable_telegram_is_a_fault(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:1")
    code, found, _ = run()
    assert (code, states(found, "fault")) == (FAILED, {"token"})
    assert "127.0.0.1 can't be reached (ConnectError)" in found["token"]["what"]
    code, found, _ = run("--offline")
    assert (code, states(found, "unknown")) == (0, {"token"})


def test_leftover_webhook_privacy_mode_and_clock_skew_are_reported(
    run: Run, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        # Nobody listens there.
        http.post(f"/bot{server.token}/setWebhook", json={"url": "http://127.0.0.1:1/s3cret"})
        now = clock.utc_now
        monkeypatch.setattr(clock, "utc_now", lambda: now() - timedelta(seconds=95))
        try:
            code, found, table = run()
        finally:
            http.post(f"/bot{server.token}/deleteWebhook")
    assert (code, states(found, "fault")) == (FAILED, {"webhook", "clock"})
    assert "s3cret" not in table
    # The slower the answer, the less is sure.
    assert re.match(r"[89]\d s behind Telegram's", found["clock"]["what"])


def test_damaged_database_and_readable_env_file_are_reported(run: Run, tmp_path: Path) -> None:
    async def make() -> None:
        await (await open_store("sqlite:///ringkas.db")).close()

    asyncio.run(make())
    (tmp_path / "ringkas.db").write_bytes(b"rusak" * 999)
    (tmp_path / ".env").write_text("# nothing\n")
    (tmp_path / ".env").chmod(0o644)
    code, found, table = run()
    assert (code, states(found, "fault"), states(found, "warning")) == (FAILED, {"database"}, {".env"})
    assert "→ chmod 600 .env" in table


def test_all_wrong_settings_are_reported(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEFAULT_TIMEZONE", "Mars")
    monkeypatch.setenv("BACKUP_HOURS", "-1")
    code, _, table = run()
    assert code == FAILED
    assert "DEFAULT_TIMEZONE" in table
    assert "BACKUP_HOURS" in table


def test_doctor_hides_the_token_everywhere() -> None:
    token = "987654321:" + "aB3-_" * 7
    assert hidden(f"x {token} y", []) == "x <secret> y"
    assert hidden("https://h/bot12:short/getMe", ["12:short"]) == "https://h/bot<secret>/getMe"
    assert hidden("postgresql://bot:rahasia@db/x is away", ["rahasia", ""]) == "postgresql://bot:<secret>@db/x is away"
