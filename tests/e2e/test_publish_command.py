"""`ringkas publish`, from imported articles to a site whose summaries `ringkas verify` confirms."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command_line import Finished, run_ringkas

HOME = "https://berita.example"


def run(folder: Path, *arguments: str, stdin: str | None = None, **settings: str) -> Finished:
    return run_ringkas(*arguments, folder=folder, stdin=stdin, **settings)


def test_site_is_published_verified_and_follows_decisions(tmp_path: Path, article: str) -> None:
    (tmp_path / "a.txt").write_text(article, encoding="utf-8")
    assert run(tmp_path, "import", "a.txt").returncode == 0
    done = run(tmp_path, "publish", "situs", PUBLISH_URL=f"{HOME}/")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("situs: 1 story, 58 of 58 files written, 0 removed, in ")
    feed = json.loads((tmp_path / "situs/feed.json").read_bytes())
    (item,) = feed["items"]
    assert item["url"] == f"{HOME}/berita/1.html"
    assert item["title"] in (tmp_path / "situs/berita/1.html").read_text(encoding="utf-8")
    verified = run(tmp_path, "verify", "-", stdin=json.dumps(item["_ringkas"]))
    assert verified.stderr == "ringkas: 1 summary: 1 same\n"

    assert run(tmp_path, "story", "1", "--hide").returncode == 0
    settings = {"PUBLISH_URL": HOME, "PUBLISH_FOLDER": "situs"}
    done = run(tmp_path, "publish", **settings)
    assert done.stdout.partition(" files written")[0].startswith("situs: 0 stories, ")
    assert not (tmp_path / "situs/berita/1.html").exists()
    left = [
        path.name for path in (tmp_path / "situs").rglob("*") if path.is_file() and item["title"] in path.read_text()
    ]
    assert left == []

    for arguments, code, fault in (
        (["publish"], 2, "name a folder: ringkas publish FOLDER, or set PUBLISH_FOLDER"),
        (["publish", "."], 2, ". has files that `ringkas publish` did not write: name an empty folder"),
    ):
        done = run(tmp_path, *arguments)
        assert (done.returncode, fault in done.stderr) == (code, True), done.stderr
