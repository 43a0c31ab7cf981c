"""Publishing: only files that changed are written, hidden stories disappear, and a killed run is taken up again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html

from summaries.errors import InvalidSettings, ResourceLimitExceeded
from summaries.publishing import folder as folder_module
from summaries.publishing.folder import LOCK, RECORD, SiteFolder
from summaries.publishing.plan import Section, SectionKind, Site, choose_front, plan_site
from summaries.publishing.publisher import Publisher, PublishReport, render_stories
from summaries.topic_model.topics import TOPICS
from tests.summaries.publishing.conftest import HOAX, HOUR, REPORTS, START, FakeNews

Open = Callable[..., Publisher]
FIXED = {"cari.html", "tentang.html", "404.html", "gaya.css", "cari.js", "ikon.svg", "cari/hari.json"}


@pytest.fixture
def site_folder(tmp_path: Path) -> Path:
    return tmp_path / "situs"


@pytest.fixture
def publisher(news: FakeNews, site_folder: Path, offload: Any, now: datetime) -> Open:
    """Open a publisher, as a process does when it starts."""

    def make(**settings: Any) -> Publisher:
        return Publisher(news=news, offload=offload, clock=lambda: now, folder=site_folder, site=Site(**settings))

    return make


def list_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def list_states(folder: Path) -> dict[str, os.stat_result]:
    """Return the state of each file, also of hidden ones."""
    return {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*") if path.is_file()}


def list_links(files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Yield each page with the files that it links to or loads."""
    for name, body in files.items():
        if name.endswith(".html") and name != "404.html":
            found = html.fromstring(body).xpath("//a/@href | //link/@href | //script/@src | //form/@action")
            assert isinstance(found, list)
            for address in map(str, found):
                parts = urlsplit(address)
                if not parts.scheme and parts.path:
                    yield name, os.path.normpath(f"{os.path.dirname(name)}/{parts.path}".lstrip("/"))  # noqa: PTH120


async def test_site_is_complete_and_every_link_leads_somewhere(publisher: Open, site_folder: Path) -> None:
    report = await publisher().publish()
    files = list_files(site_folder)
    assert report == PublishReport(stories=4, files=len(files), written=len(files), removed=0)
    days = {"2026-11-22", "2026-11-23", "2026-11-24"}
    assert files.keys() == {
        *FIXED, "index.html", "atom.xml", "feed.json",
        *(f"topik/{topic}.{ending}" for topic in TOPICS for ending in ("html", "xml", "json")),
        *(f"berita/{story_id}.html" for story_id in (1, 2, 3, 4)),
        *(f"hari/{day}.html" for day in days), *(f"cari/{day}.json" for day in days),
    }  # fmt: skip
    assert [(name, target) for name, target in list_links(files) if target not in files] == []
    assert json.loads(files["cari/hari.json"]) == sorted(days, reverse=True)
    # A web server runs as another user.
    assert {state.st_mode & 0o777 for state in list_states(site_folder).values()} == {0o644}


async def test_only_changes_are_written(publisher: Open, news: FakeNews, site_folder: Path) -> None:
    first = publisher()
    await first.publish()
    before = list_files(site_folder)
    states = list_states(site_folder)
    news.read.clear()
    # The same process does not even look into the folder; another one finds nothing to do.
    assert await first.publish() is None
    again = await publisher().publish()
    assert again == PublishReport(stories=4, files=len(before), written=0, removed=0)
    assert news.read == []
    news.put(replace(HOAX, title="Cek Fakta: Air Garam"), story_id=3, version=2)
    changed = replace(REPORTS[0], text=REPORTS[0].text.replace("12", "13"))
    news.put(changed, REPORTS[1], story_id=1, version=2, chain_id=1)
    report = await first.publish()
    after = list_files(site_folder)
    names = {name for name in after if after[name] != before[name]}
    # The front page shows the story, the page of the other story of its chain does not show the number.
    assert {"berita/1.html", "index.html", "atom.xml", "topik/daerah.html", "cari/2026-11-23.json"} <= names
    assert not {"berita/2.html", "berita/4.html", "topik/umum.html", "hari/2026-11-24.html", "cari.html"} & names
    assert report is not None
    assert report.written == len(names)
    assert list_states(site_folder)["berita/4.html"] == states["berita/4.html"]
    # A forced run renders everything and writes nothing.
    forced = await first.publish(is_forced=True)
    assert forced is not None
    assert forced.written == 0


async def test_hidden_story_disappears_everywhere(publisher: Open, news: FakeNews, site_folder: Path) -> None:
    await publisher().publish()
    news.hidden.add(2)
    report = await publisher().publish()
    assert report is not None
    # Its page, the page of its day, and the day's part of the search.
    assert report.removed == 3
    assert [name for name, body in list_files(site_folder).items() if b"Bantuan Tiba" in body] == []
    news.hidden.clear()
    await publisher().publish()
    assert (site_folder / "berita/2.html").exists()


async def test_story_that_is_hidden_meanwhile_is_left_out(publisher: Open, news: FakeNews, site_folder: Path) -> None:
    read_stories = news.read_stories

    async def hide_first(story_ids: Any, *, most: int) -> Any:
        news.hidden.add(2)
        return await read_stories(story_ids, most=most)

    news.read_stories = hide_first  # type: ignore[method-assign]
    await publisher().publish()
    assert not (site_folder / "berita/2.html").exists()
    assert [name for name, body in list_files(site_folder).items() if b"Bantuan Tiba" in body] == []


async def test_story_that_takes_too_long_is_shown_by_its_best_article(
    news: FakeNews, site_folder: Path, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse_first(work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if work is render_stories and any(story.id == 1 for story in args[0]):
            raise ResourceLimitExceeded("too slow")
        return work(*args, **kwargs)

    publisher = Publisher(news=news, offload=refuse_first, clock=lambda: now, folder=site_folder, site=Site())
    assert await publisher.publish() is not None
    files = list_files(site_folder)
    assert b"Data antarmedia" not in files["berita/1.html"]
    assert b"15 Orang Tewas" in files["berita/1.html"]
    assert {f"berita/{story_id}.html" for story_id in (2, 3, 4)} <= files.keys()
    assert caplog.messages == ["the reports of story 1 are not compared: too slow"]


async def test_killed_run_is_taken_up_again(
    publisher: Open, news: FakeNews, site_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any number of written files the next run gives the same site, and no file is ever half written."""
    await publisher().publish()
    news.put(replace(REPORTS[0], title="Bendungan Jebol"), REPORTS[1], story_id=1, version=2, chain_id=1)
    news.put(replace(HOAX, url="https://lain.example/"), story_id=5)
    news.hidden.add(4)
    write, left = folder_module.write_file, 0

    def write_some(target: Path, body: bytes, **options: bool) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            target.with_name(f".{target.name}.part").write_bytes(body[:10])
            raise OSError(28, "No space left on device")
        write(target, body, **options)

    monkeypatch.setattr(folder_module, "write_file", write_some)
    for number in (0, 1, 5, 12):
        left = number
        with pytest.raises(OSError, match="No space"):
            await publisher().publish()
        for name, body in list_files(site_folder).items():
            assert not name.endswith(".html") or body.endswith(b"</html>"), name
    left = 1_000
    await publisher().publish()
    taken_up = list_files(site_folder)
    assert not any(name.endswith(".part") for name in list_states(site_folder))
    forced = await publisher().publish(is_forced=True)
    assert forced is not None
    assert (forced.written, forced.removed) == (0, 0)
    assert list_files(site_folder) == taken_up
    assert "berita/5.html" in taken_up
    assert "berita/4.html" not in taken_up


@pytest.mark.parametrize("damage", ["truncated", "deleted", "no record", "damaged record", "strange record"])
async def test_damaged_folder_is_repaired(publisher: Open, site_folder: Path, damage: str) -> None:
    await publisher().publish()
    before = list_files(site_folder)
    match damage:
        case "truncated":
            (site_folder / "berita/1.html").write_bytes(b"")
        case "deleted":
            (site_folder / "berita/1.html").unlink()
        case "no record":
            (site_folder / RECORD).unlink()
        case _:
            (site_folder / RECORD).write_text({"damaged record": '{"a', "strange record": '{"a": [1], "b": 2}'}[damage])
    if damage == "no record":
        # Without its record the folder could be anybody's.
        with pytest.raises(InvalidSettings, match="name an empty folder"):
            await publisher().publish()
        return
    report = await publisher().publish()
    assert report is not None
    assert report.written == (damage in {"truncated", "deleted"})
    assert list_files(site_folder) == before


async def test_files_of_others_are_never_touched(publisher: Open, site_folder: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "situs"
    foreign.mkdir()
    (foreign / "skripsi.txt").write_text("penting")
    with pytest.raises(InvalidSettings, match="did not write"):
        await publisher().publish()
    assert [path.name for path in foreign.iterdir()] == ["skripsi.txt"]
    (foreign / "skripsi.txt").rename(foreign / ".git")
    await publisher().publish()
    # As hosts of static sites expect them.
    for name in ("CNAME", "robots.txt", "berita/catatan.txt"):
        (foreign / name).write_text("milik operator")
    (foreign / "berita/999.html").write_text("basi")
    report = await publisher().publish()
    assert report is not None
    assert report.removed == 1
    assert {"CNAME", "robots.txt", "berita/catatan.txt"} <= list_files(foreign).keys()


async def test_one_process_writes_at_a_time(publisher: Open, site_folder: Path) -> None:
    held = SiteFolder.open(site_folder)
    assert held is not None
    waiting = publisher()
    assert await waiting.publish() is None
    held.close()
    assert await waiting.publish() is not None
    assert {LOCK, RECORD} <= list_states(site_folder).keys()


async def test_folder_that_cannot_be_made_is_an_invalid_setting(publisher: Open, tmp_path: Path) -> None:
    (tmp_path / "situs").write_text("a file")
    with pytest.raises(InvalidSettings, match="cannot be written"):
        await publisher().publish()


async def test_new_address_writes_links_again(publisher: Open, site_folder: Path) -> None:
    await publisher().publish()
    assert b"https://berita.example" not in (site_folder / "atom.xml").read_bytes()
    await publisher(url="https://berita.example").publish()
    assert b"<id>https://berita.example/berita/1.html</id>" in (site_folder / "atom.xml").read_bytes()
    assert b'href="https://berita.example/berita/1.html"' in (site_folder / "berita/1.html").read_bytes()


async def test_site_without_news_is_complete(publisher: Open, news: FakeNews, site_folder: Path) -> None:
    news.stories.clear()
    await publisher().publish()
    assert FIXED | {"index.html", "atom.xml", "topik/umum.html"} <= list_files(site_folder).keys()


async def test_plan_follows_the_days_of_the_zone(news: FakeNews, now: datetime) -> None:
    news.put(replace(REPORTS[0], published_at=START.replace(hour=18)), story_id=9)
    heads = await news.list_heads(limit=99)
    for zone, day in (("Asia/Jakarta", "2026-11-24"), ("UTC", "2026-11-23")):
        (section,) = (one for one in plan_site(heads, Site(zone=zone), now).sections if one.key == day)
        assert 9 in section.story_ids
    days = [one for one in plan_site(heads, Site(), now).sections if one.kind is SectionKind.DAY]
    assert [(one.before, one.key, one.after) for one in days] == [
        ("2026-11-23", "2026-11-24", None),
        ("2026-11-22", "2026-11-23", "2026-11-24"),
        (None, "2026-11-22", "2026-11-23"),
    ]


async def test_front_page_ignores_dates_in_the_far_future(news: FakeNews, now: datetime) -> None:
    news.put(replace(REPORTS[0], published_at=START.replace(year=2099)), story_id=9)
    heads = await news.list_heads(limit=99)
    assert choose_front(heads, START + HOUR) == Section(SectionKind.FRONT, "", (1, 9, 2, 3))
    assert choose_front((), now).story_ids == ()
