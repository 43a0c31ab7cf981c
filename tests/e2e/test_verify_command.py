"""`ringkas verify`, with the summaries that other commands print."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.verify import MAX_RECORD_BYTES
from tests.command_line import Finished, run_ringkas

Publish = Callable[..., str]


def run(folder: Path, *arguments: str, stdin: str | None = None) -> Finished:
    return run_ringkas(*arguments, folder=folder, stdin=stdin, ALLOW_PRIVATE_ADDRESSES="true")


def test_exported_summaries_are_verified_and_bad_lines_named(tmp_path: Path, article: str) -> None:
    (tmp_path / "a.txt").write_text(article, encoding="utf-8")
    assert run(tmp_path, "import", "a.txt").returncode == 0
    assert run(tmp_path, "export", "--summaries", "s.jsonl").stdout == "s.jsonl: 3 summaries\n"
    assert run(tmp_path, "export", "--summaries", "s.jsonl").stderr == "ringkas: s.jsonl: File exists\n"
    lines = (tmp_path / "s.jsonl").read_text(encoding="utf-8").splitlines()
    done = run(tmp_path, "verify", "s.jsonl")
    assert (done.returncode, done.stderr) == (0, "ringkas: 3 summaries: 3 same\n")
    piped = run(tmp_path, "export", "--summaries", "-")
    assert (piped.stdout.splitlines(), piped.stderr) == (lines, "-: 3 summaries\n")
    assert json.loads(lines[0])["fact_check"] is None
    assert [line.partition(" · ")[0] for line in done.stdout.splitlines()] == ["1: same", "2: same", "3: same"]

    altered = json.loads(lines[1])
    altered["sentences"][0]["text"] = altered["sentences"][0]["text"].replace("turun", "tutup")
    altered["id"] = 1
    gone = {**altered, "id": 99}
    bad = ["{rusak", "x" * (MAX_RECORD_BYTES + 5), '{"sentences": [5]}', '{"id": 1, "refused": "empty"}', ""]
    stdin = "\n".join([*bad, lines[0], json.dumps(altered), json.dumps(gone), "{", lines[2]])
    done = run(tmp_path, "verify", "-", stdin=stdin)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "ringkas: line 1: not a JSON object",
        "ringkas: line 2: longer than 4 MiB",
        "ringkas: line 3: sentence 1 has no text with two offsets",
        "ringkas: line 9: not a JSON object",
        "ringkas: 8 summaries: 4 invalid, 2 same, 1 changed, 1 unknown",
    ]
    shown = done.stdout.splitlines()
    assert [line.partition(" · ")[0] for line in shown] == ["6: same", "7: changed", "8: unknown", "10: same"]
    assert shown[1].endswith(" · changed: 1 · article 1")
    assert run(tmp_path, "verify", "-", stdin=f"{lines[0]}\n[]\n").returncode == 2
    assert run(tmp_path, "verify", "-", stdin=json.dumps(gone)).returncode == 4
    assert run(tmp_path, "verify", "missing.jsonl").returncode == 2


def test_page_is_fetched_again(tmp_path: Path, site: Publish, page: str) -> None:
    url = site("/verify", page)
    summary = run(tmp_path, "summarize", "--json", url).stdout
    site("/verify", page.replace("<p>", "<p>Berita diperbarui. ", 1).replace("stok menipis", "stok habis"))
    away = json.dumps(json.loads(summary) | {"url": f"{url}/tidak-ada"})
    done = run(tmp_path, "verify", "--fetch", "--json", "-", stdin=f"{summary}{away}\n{summary}")
    assert (done.returncode, done.stderr) == (4, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["result"] for one in found] == ["moved", "unreachable", "moved"]
    assert [one["source"] for one in found] == ["page", None, "page"]
    assert found[0]["text_changed"] is True
    before, after = json.loads(summary)["sentences"][0], found[0]["sentences"][0]
    assert after["end"] - before["end"] == after["start"] - before["start"] > 0
    assert found[1]["detail"]
    # Without a database nor a page, the line's own paragraphs are compared, and no database is created.
    assert run(tmp_path, "verify", "-", stdin=summary).stdout.startswith("1: same · ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "file:///etc/passwd", "https://kabar.example:22/"])
def test_refused_address_is_unreachable(tmp_path: Path, url: str) -> None:
    line = json.dumps({"url": url, "sentences": [{"text": "Ada.", "start": 0, "end": 4}]})
    done = run_ringkas("verify", "--fetch", "-", folder=tmp_path, stdin=line)
    assert (done.returncode, done.stderr) == (4, "ringkas: 1 summary: 1 unreachable\n")
    assert done.stdout.startswith("1: unreachable · ")
