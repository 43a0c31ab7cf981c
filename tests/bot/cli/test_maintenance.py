"""`ringkas stats` and `ringkas prune` as typed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import cli
from bot.cli.exit_codes import run_command
from summaries.model import NewsQuery
from summaries.storage import open_store


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run_command(cli, list(arguments)) == 0
    return capsys.readouterr().out


def test_stats_count_sources_digests_and_backups(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "stats")
    assert "last backup                        none" in out
    sources = len(run(capsys, "sources", "list").splitlines()) - 1
    run(capsys, "backup")
    out = run(capsys, "stats")
    lines = {line.partition("  ")[0]: line for line in out.splitlines() if line}
    assert lines["sources on / failing / off"].endswith(f" {sources} / 0 / 0")
    assert lines["sources"].endswith(f" {sources}")
    assert " backups/ringkas-" in lines["last backup"].replace(f"{Path.cwd()}/", "")
    found = json.loads(run(capsys, "stats", "--json"))
    assert (found["sources"], found["tables"]["sources"], found["digests_sent"]) == (sources, sources, 0)
    made_at = datetime.fromisoformat(found["last_backup_at"])
    assert abs(made_at - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("command", ["stats", "deliveries"])
def test_bot_option_is_refused_on_a_single_bot_database(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, [command, "--bot", "77"]) == 2
    assert "leave --bot away" in capsys.readouterr().err


def test_prune_prints_counts_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    async def search() -> None:
        store = await open_store("sqlite:///ringkas.db")
        await store.queries.remember(NewsQuery(words="padi"), now=datetime.now(UTC) - timedelta(days=31))
        await store.close()

    asyncio.run(search())
    for arguments, head, count in (
        (["--dry-run"], "WOULD GO", 1),
        (["--dry-run"], "WOULD GO", 1),
        ([], "WENT", 1),
        ([], "WENT", 0),
    ):
        lines = run(capsys, "prune", *arguments).splitlines()
        assert lines[0].split("  ")[-1].strip() == head
        (line,) = (line for line in lines if "searches" in line)
        assert line.split() == ["30", "d", "searches", str(count)]
