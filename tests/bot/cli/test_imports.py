"""No command imports modules of others: that would take longer than the work of most."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.cli import COMMANDS, cli

LIST_MODULES = """
import sys
from bot.cli import cli
cli.main(sys.argv[1:], standalone_mode=False)
print(*sys.modules)
"""
NEVER = {"asyncio", "bot.cli.run", "bot.config", "httpx", "summaries.model.deliveries", "summaries.storage", "telegram"}


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], {"numpy", "summaries.model.articles", "summaries.text"}),
        (["summarize", "--jsonl"], {"bot.services", "lxml", "summaries.fetch", "sumy"}),
    ],
)
def test_command_imports_no_more_than_it_needs(arguments: list[str], absent: set[str]) -> None:
    command = [sys.executable, "-c", LIST_MODULES, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60)
    modules = set(done.stdout.splitlines()[-1].split())
    assert {"bot.cli", "click"} <= modules
    assert not modules & (NEVER | absent)


def test_every_command_is_found_by_its_name() -> None:
    assert list(cli.commands) == list(COMMANDS)
    assert {name: command.name for name, command in cli.commands.items()} == {name: name for name in COMMANDS}
