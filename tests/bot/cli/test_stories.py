"""`ringkas stories`: lines in, lines out."""

from __future__ import annotations

import io
import json
import sys

import pytest

from bot.cli import cli
from bot.cli.exit_codes import WRONG_USAGE, run_command

TEXT = "Bendungan Sukamaju di Kabupaten Kediri jebol pada Rabu dini hari setelah hujan deras semalam suntuk."


def test_lines_are_grouped_into_stories(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    articles = [
        {"id": "a", "outlet": "satu", "title": "Bendungan Sukamaju Kediri Jebol", "text": TEXT, "date": "2026-10-14"},
        {"id": "b", "outlet": "dua", "title": "Harga Kopi Naik", "text": "Harga kopi di pasar Medan naik dua kali."},
        {
            "id": "c",
            "outlet": "tiga",
            "title": "Bendungan Sukamaju di Kediri Jebol",
            "text": TEXT,
            "date": "2026-10-14",
        },
        {"id": "d"},
        {"id": ["e"]},
    ]
    lines = "\n".join(map(json.dumps, articles)) + "\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode()), encoding="utf-8"))
    assert run_command(cli, ["stories", "--jsonl"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(answer["id"], answer.get("story")) for answer in answers] == [
        ("a", "a"), ("b", "b"), ("c", "a"), ("d", "d"), (["e"], None),
    ]  # fmt: skip
    assert answers[4]["refused"]


def test_chains_link_the_stories_of_later_days(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    later = "Penyidik memeriksa kontraktor bendungan Sukamaju di Kabupaten Kediri yang jebol."
    articles = [
        {"id": 3, "title": "Kontraktor Bendungan Sukamaju Kediri Diperiksa", "text": later, "date": "2026-10-25"},
        {"id": 1, "title": "Bendungan Sukamaju Kediri Jebol", "text": TEXT, "date": "2026-10-14"},
        {"id": 2, "title": "Harga Kopi Naik", "text": "Harga kopi di pasar Medan naik dua kali.", "date": "2026-10-14"},
        {"id": [4]},
    ]
    lines = "\n".join(map(json.dumps, articles)) + "\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode()), encoding="utf-8"))
    assert run_command(cli, ["stories", "--jsonl", "--chains"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(answer["id"], answer.get("story"), answer.get("chain")) for answer in answers] == [
        (3, 3, 1), (1, 1, 1), (2, 2, 2), ([4], None, None),
    ]  # fmt: skip


def test_jsonl_option_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["stories"]) == WRONG_USAGE
    assert "--jsonl" in capsys.readouterr().err
