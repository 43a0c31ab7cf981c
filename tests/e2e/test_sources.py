"""Sources as an admin manages them: a news site on loopback, `ringkas sources` and `ringkas refresh` in front of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command_line import Finished, run_ringkas

if TYPE_CHECKING:
    from tests.e2e.conftest import World

Publish = Callable[..., str]
Run = Callable[..., Finished]

RSS = "application/rss+xml"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `ringkas` over a database of the test's own, with loopback allowed."""

    def run(*arguments: str, stdin: str | None = None, **settings: str) -> Finished:
        return run_ringkas(*arguments, folder=tmp_path, stdin=stdin, **({"ALLOW_PRIVATE_ADDRESSES": "true"} | settings))

    return run


def make_feed(title: str, *urls: str) -> str:
    items = "".join(
        f"<item><title>Harga Beras Turun</title><link>{url}</link>"
        "<pubDate>Mon, 02 Nov 2026 08:30:00 +0800</pubDate></item>"
        for url in urls
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def parse_table(text: str) -> list[list[str]]:
    """The cells of a printed table, without its head."""
    return [re.split(r"\s{2,}", line) for line in text.splitlines()[1:]]


def test_source_is_added_refreshed_removed_and_exported(run: Run, site: Publish, page: str, tmp_path: Path) -> None:
    article = site("/sumber/harga-beras", page)
    address = site("/sumber/rss", make_feed("Kabar Desa - Ekonomi", article), RSS)
    home = site(
        "/sumber/", '<head><link rel="alternate" type="application/rss+xml" title="Kabar" href="/sumber/rss"></head>'
    )

    # The catalogue goes, and stays away.
    catalogue = [row[0] for row in parse_table(run("sources", "list").stdout)]
    assert len(catalogue) >= 40
    removed = run("sources", "remove", *catalogue)
    assert removed.returncode == 0
    assert removed.stdout.splitlines() == [f"{key}: switched off" for key in catalogue]

    added = run("sources", "add", home)
    assert (added.returncode, added.stdout) == (
        0,
        "kabar-desa-ekonomi: added (Kabar Desa, ekonomi, 1 entries)\n",
    ), added.stderr
    checked = run("sources", "check", "kabar-desa-ekonomi")
    assert (checked.returncode, checked.stderr) == (0, "")
    (row,) = parse_table(checked.stdout)
    assert row[:3] == ["kabar-desa-ekonomi", "1", "2026-11-02 08:30 +0800"]
    assert row[-1] == "ok"

    refreshed = run("refresh")
    assert refreshed.stdout == "1 sources: 1 articles added, 0 entries without an article, 0 sources failed\n"
    # It was read just now, and is not due.
    assert run("refresh", "--due").stdout.startswith("0 sources: 0 articles")
    assert run("refresh").stdout.startswith("1 sources: 0 articles")
    listed = {row[0]: row for row in parse_table(run("sources", "list").stdout)}
    assert listed["kabar-desa-ekonomi"][1:6] == ["Kabar Desa", "ekonomi", "feed", "admin", "ok"]
    assert all(listed[key][5] == "off" for key in catalogue)

    assert run("sources", "export", "daftar.opml").returncode == 0
    assert run("sources", "remove", address).stdout == "kabar-desa-ekonomi: removed\n"
    imported = run("sources", "import", "-", stdin=(tmp_path / "daftar.opml").read_text(encoding="utf-8"))
    assert imported.stdout.splitlines() == [
        "kabar-desa-ekonomi: added (Kabar Desa, ekonomi)",
        "1 of 1 feeds added, 0 were known and are switched on",
    ]
    assert run("sources", "add", catalogue[0]).stdout.startswith(f"{catalogue[0]}: switched on (")
    exported = run("sources", "export").stdout
    assert exported.count("xmlUrl=") == 2


def test_loopback_source_is_refused_by_default(run: Run, site: Publish) -> None:
    address = site("/rahasia", make_feed("Rahasia"), RSS)
    refused = run("sources", "add", address, ALLOW_PRIVATE_ADDRESSES="false")
    assert (refused.returncode, refused.stdout) == (4, "")


def test_bot_refreshes_due_sources(world: World, site: Publish, page: str) -> None:
    article = site("/rutin/harga-beras", page)
    address = site("/rutin/rss", make_feed("Kabar Desa", article), RSS)
    catalogue = [row[0] for row in parse_table(world.command("sources", "list").stdout)]
    world.command("sources", "remove", *catalogue)
    assert world.command("sources", "add", address).returncode == 0
    person = world.person()
    deadline = time.monotonic() + 60
    with world.bot(REFRESH_MINUTES="5"):
        while "Harga Beras di Pasar Sukamakmur" not in "\n".join(person.say("/berita")):
            assert time.monotonic() < deadline, world.log()


def test_own_feed_is_for_its_chat_alone(world: World, site: Publish, page: str) -> None:
    article = site("/warga/harga-beras", page)
    site("/warga/rss", make_feed("Kabar Warga", article), RSS)
    home = site("/warga/", '<head><link rel="alternate" type="application/rss+xml" href="/warga/rss"></head>')
    person, other = world.person(), world.person()
    with world.bot():
        assert "Ditambahkan: Kabar Warga" in person.hear(f"/sumbersaya {home}")["text"]
        listed = person.hear("/sumbersaya")
        assert "Kabar Warga" in listed["text"]
        shown = person.press_and_read(listed, "Dari sumber Anda")["text"]
        # The feed has no text, so the page was read.
        assert "Harga Beras Turun" in shown
        assert "Kabar Warga" in shown
        assert "Kabar Warga" not in other.hear("/sumbersaya")["text"]
        assert "Kabar Warga" not in "\n".join(other.say("/berita harga beras"))
