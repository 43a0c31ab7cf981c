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


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode()), isatty=lambda: False))


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the output of an uninterrupted run."""
    feed(monkeypatch, STDIN)
    assert run_command(cli, ["summarize", "--jsonl"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("held", [0, 1, 7, 8, 39, 40])
@pytest.mark.parametrize("rest", ["", '{"id": 3, "refu'])
def test_a_run_that_was_broken_off_goes_on(
    held: int, rest: str, whole: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(whole.splitlines(keepends=True)[:held]) + rest, encoding="utf-8")
    feed(monkeypatch, STDIN)
    assert run_command(cli, ["summarize", "--jsonl", "--into", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == whole


def test_a_new_file_is_made(whole: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    feed(monkeypatch, STDIN)
    assert run_command(cli, ["summarize", "--jsonl", "--into", str(tmp_path / "new.jsonl")]) == 0
    assert (tmp_path / "new.jsonl").read_text(encoding="utf-8") == whole


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ('{"id": 0}\n{"id": 5}\n', "answer 2 is none to line 2"),
        ("sesuatu\n", "answer 1 is none to line 1"),
        ("[0]\n", "answer 1 is none to line 1"),
        ('{"id": 0}\n' * 41, "holds 41 answers, and there are 40 lines"),
    ],
)
def test_answers_to_other_lines_are_left_as_they_are(
    held: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(held + "{", encoding="utf-8")
    feed(monkeypatch, STDIN)
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
def test_wrong_usage(
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


def test_sentences_with_half_a_surrogate_pair_are_written(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    paragraph = "Kapal \ud83d tiba. Warga menyambutnya."
    feed(monkeypatch, json.dumps(paragraph) + "\n")
    assert run_command(cli, ["sentences"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == ["Kapal \ud83d tiba.", "Warga menyambutnya."]
