"""`ringkas story` as typed, on a database with one story of two outlets."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import cli
from bot.cli.exit_codes import FAILED, WRONG_USAGE, run_command
from tests.bot.dam_story import EARLIER, FIRST, SECOND, TITLE, store_dam_story


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    asyncio.run(store_dam_story("sqlite:///ringkas.db"))


@pytest.mark.usefixtures("database")
def test_story_shows_additions_and_disagreements(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["story", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["title"] == TITLE
    assert shown["articles"] == [1, 2]
    (addition,) = shown["additions"]
    texts = {1: FIRST, 2: SECOND}
    assert texts[addition["article"]][addition["start"] : addition["end"]] == addition["text"]
    (found,) = shown["disagreements"]
    assert found["kind"] == "deaths"
    numbers = [texts[said["article"]][slice(*said["number"])] for said in found["statements"]]
    assert numbers == ["empat", "enam"]
    assert [said["later"] for said in found["statements"]] == [False, True]
    assert found["update"]
    assert [(story["article"], story["title"]) for story in shown["chain"]] == [(1, TITLE)]


@pytest.mark.usefixtures("database")
def test_story_shows_its_chain(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect("ringkas.db")) as connection, connection:
        connection.execute("UPDATE stories SET chain_id = 1")
    assert run_command(cli, ["story", "2", "--json"]) == 0
    dates = [story["date"] for story in json.loads(capsys.readouterr().out)["chain"]]
    assert dates == ["2026-10-10T06:00:00+00:00", "2026-10-14T06:00:00+00:00"]
    assert run_command(cli, ["story", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "Stories of the same affair:",
        f"- 3, Tempo, 2026-10-10 06:00+00:00: {EARLIER}",
        f"- 1, Antara, 2026-10-14 06:00+00:00: {TITLE}",
    ]


@pytest.mark.usefixtures("database")
def test_story_is_printed_as_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["story", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == TITLE
    assert lines[-3:] == [
        "Outlets differ (deaths):",
        "- Antara, 2026-10-14 06:00+00:00: Bencana itu menewaskan empat orang.",
        "- Detik, 2026-10-14 07:00+00:00, later: Bencana itu menewaskan enam orang.",
    ]


@pytest.mark.usefixtures("database")
def test_differences_of_other_kinds_are_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = []
    for options in ((), ("--all-kinds",)):
        assert run_command(cli, ["story", "1", "--json", *options]) == 0
        kinds.append([found["kind"] for found in json.loads(capsys.readouterr().out)["disagreements"]])
    assert kinds == [["deaths"], ["deaths", "money"]]


@pytest.mark.usefixtures("database")
def test_unknown_article_has_no_story() -> None:
    assert run_command(cli, ["story", "99"]) == FAILED


def run(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return the exit code and the output of `ringkas story` with these arguments."""
    code = run_command(cli, ["story", *command.split()])
    return code, "".join(capsys.readouterr())


@pytest.mark.usefixtures("database")
def test_operator_decides_about_stories(capsys: pytest.CaptureFixture[str]) -> None:
    def articles(article_id: int) -> list[int]:
        found: list[int] = json.loads(run(f"{article_id} --json", capsys)[1])["articles"]
        return found

    assert run("1 --split 2", capsys) == (0, "decision 1: split\n")
    assert (articles(1), articles(2)) == ([1], [2])
    assert run("2 --merge 1", capsys) == (0, "decision 2: merge\n")
    assert articles(1) == [1, 2]
    assert run("2 --hide", capsys) == (0, "decision 3: hide\n")
    assert articles(1) == [1, 2]
    assert [run("1 --undo", capsys)[1] for _ in range(3)] == [
        "decision 3: hide undone\n", "decision 2: merge undone\n", "decision 1: split undone\n",
    ]  # fmt: skip
    assert articles(2) == [1, 2]
    _, table = run("--edits", capsys)
    assert [line.split()[:2] for line in table.splitlines()] == [
        ["ID", "DECISION"], ["3", "hide"], ["2", "merge"], ["1", "split"],
    ]  # fmt: skip
    assert run("1 --edits --json", capsys) == (0, "[]\n")
    run("1 --split 1", capsys)
    (listed,) = json.loads(run("1 --edits --json", capsys)[1])
    assert (listed["kind"], listed["article_ids"], listed["other_ids"]) == ("split", [1], [2])


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("1 --split 1 --split 2", FAILED),
        ("1 --split 99", FAILED),
        ("1 --merge 2", FAILED),
        ("99 --hide", FAILED),
        ("1 --undo", FAILED),
        ("1 --hide --undo", WRONG_USAGE),
        ("--hide", WRONG_USAGE),
        ("", WRONG_USAGE),
    ],
)
def test_impossible_decision_is_refused(command: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, capsys)[0] == code
    assert run("--edits --json", capsys)[1] == "[]\n"
