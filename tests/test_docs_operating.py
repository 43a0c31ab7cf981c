"""The operator's page: each command, setting, exit code, message and check is the program's, and none is left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.background.scheduler import BACKUPS_TICK_S, FIRST_BACKUP_S
from bot.cli import cli, exit_codes
from bot.config import Settings
from bot.conversation.user_limits import MAX_SLOTS, MAX_SLOTS_PER_USER
from bot.transport.update_processor import GROUP, MEMBER, PERSON
from summaries.storage.sqlite.database import BUSY_TIMEOUT_MS
from summaries.workers.pools import MAX_BYTES, MAX_CPU_S, MAX_WALL_S

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")


def part(heading: str) -> str:
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def table(text: str, head: str) -> list[list[str]]:
    """The rows of the table whose first column has that head."""
    (found,) = re.findall(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()]


def test_every_command_is_there_and_no_other() -> None:
    named = [name for row in table(part("Commands"), "command") for name in re.findall(r"`ringkas ([\w-]+)`", row[0])]
    assert sorted(named) == sorted(name for name, command in cli.commands.items() if not command.hidden)


def test_every_exit_code_is_there() -> None:
    codes = {int(row[0]) for row in table(part("Commands"), "exit code")}
    named = (exit_codes.FAILED, exit_codes.WRONG_USAGE, exit_codes.NOTHING_TO_SUMMARIZE, exit_codes.NOT_FETCHED)
    assert codes == {0, *named, exit_codes.STORE_UNUSABLE, exit_codes.INTERRUPTED}


def test_every_setting_is_there_with_its_default() -> None:
    found = {row[0].strip("`"): row[1].strip("`") for row in table(part("Settings"), "setting")}
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert found == example
    assert {name.lower() for name in found} == set(Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_default_on_the_page_is_the_programs(name: str) -> None:
    (shown,) = (row[1].strip("`") for row in table(part("Settings"), "setting") if row[0] == f"`{name.upper()}`")
    default = Settings.model_fields[name].default
    if shown:
        assert (
            Settings.model_validate({name: shown}).model_dump()[name] == Settings.model_validate({}).model_dump()[name]
        )
    else:
        assert default in (None, frozenset(), ())


def test_every_message_is_the_programs() -> None:
    quoted = [row[0].strip("`") for row in table(part("When something is wrong"), "what you see") if row[0][0] == "`"]
    assert len(quoted) >= 10
    texts = set()
    for folder in ("bot", "summaries"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            texts |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for message in quoted:
        assert any(message.removesuffix("…") in text for text in texts), message


def test_every_check_of_the_doctor_is_there() -> None:
    named = {
        name for row in table(part("When something is wrong"), "subject") for name in re.findall(r"`([^`]+)`", row[0])
    }
    subjects = {".env"}
    for path in sorted((ROOT / "bot/doctor").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in {"ok", "warning", "fault", "unknown", "Finding"} and isinstance(first, ast.Constant):
                    subjects.add(str(first.value))
    assert named == subjects


def test_numbers_in_the_text() -> None:
    assert FIRST_BACKUP_S == 5 * 60
    assert "The first comes five minutes after the start." in PAGE
    assert BACKUPS_TICK_S == 15 * 60
    assert "tried again every 15 minutes" in PAGE
    assert BUSY_TIMEOUT_MS == 10_000
    assert "for more than ten seconds" in PAGE


def test_the_limits_that_are_not_settings_are_those_of_the_code() -> None:
    rows = [
        f"unanswered updates of a person | {PERSON.pending} in memory, {PERSON.running} running |",
        f"| {MEMBER.pending}, {MEMBER.running} running · {GROUP.pending}, {GROUP.running} running |",
        f"| {MAX_CPU_S} s of CPU time, {MAX_WALL_S:.0f} s in all, {MAX_BYTES // 1024**2} MiB |",
        f"| {MAX_SLOTS_PER_USER} for a person, {MAX_SLOTS} in all |",
    ]
    assert [row for row in rows if row not in PAGE] == []
