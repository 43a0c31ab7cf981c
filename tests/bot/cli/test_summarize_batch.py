"""Lines to summaries, into a file that may hold some of them already."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.cli import cli
from bot.cli.exit_codes import WRONG_USAGE, run_command

LINES = [json.dumps({"id": number, "text": ""}) for number in range(40)]
LINES[7] = "{rusak"
STDIN = "\n".join([*LINES[:5], "", "   ", *LINES[5:]]) + "\n"


def feed_stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode()), isatty=lambda: False))


@pytest.fixture
def complete_output(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the output of an uninterrupted run."""
    feed_stdin(monkeypatch, STDIN)
    assert run_command(cli, ["summarize", "--jsonl"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("held", [0, 1, 7, 8, 39, 40])
@pytest.mark.parametrize("rest", ["", '{"id": 3, "refu'])
def test_interrupted_run_is_resumed(
    held: int, rest: str, complete_output: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(complete_output.splitlines(keepends=True)[:held]) + rest, encoding="utf-8")
    feed_stdin(monkeypatch, STDIN)
    assert run_command(cli, ["summarize", "--jsonl", "--into", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == complete_output


def test_new_output_file_is_created(complete_output: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    feed_stdin(monkeypatch, STDIN)
    assert run_command(cli, ["summarize", "--jsonl", "--into", str(tmp_path / "new.jsonl")]) == 0
    assert (tmp_path / "new.jsonl").read_text(encoding="utf-8") == complete_output


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ('{"id": 0}\n{"id": 5}\n', "answer 2 is none to line 2"),
        ("sesuatu\n", "answer 1 is none to line 1"),
        ("[0]\n", "answer 1 is none to line 1"),
        ('{"id": 0}\n' * 41, "holds 41 answers, and there are 40 lines"),
    ],
)
def test_output_file_of_other_lines_is_refused(
    held: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(held + "{", encoding="utf-8")
    feed_stdin(monkeypatch, STDIN)
    assert run_command(cli, ["summarize", "--jsonl", "--into", str(path)]) == WRONG_USAGE
    assert words in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == held + "{"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--into", "x.jsonl"], "--into goes with --jsonl"),
        (["--jobs", "1"], "--jobs goes with --jsonl"),
    ],
)
def test_wrong_usage_is_refused(
    arguments: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///ringkas.db")
    assert run_command(cli, ["summarize", *arguments]) == WRONG_USAGE
    assert words in capsys.readouterr().err
    assert not (tmp_path / "x.jsonl").exists()


def test_lone_surrogates_are_printed(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    paragraph = "Kapal \ud83d tiba. Warga menyambutnya."
    feed_stdin(monkeypatch, json.dumps(paragraph) + "\n")
    assert run_command(cli, ["sentences"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == ["Kapal \ud83d tiba.", "Warga menyambutnya."]
