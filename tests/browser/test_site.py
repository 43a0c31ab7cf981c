"""The published site in a browser: axe-core on every kind of page, the keyboard, the search, and no scripts at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from summaries.publishing.plan import Site
from summaries.publishing.publisher import Publisher
from tests.browser.conftest import MonitoredPages
from tests.summaries.publishing.conftest import HOAX, HOSTILE, REPORTS, START, FakeNews

if TYPE_CHECKING:
    from pathlib import Path

P = ParamSpec("P")
T = TypeVar("T")
PAGES = (
    "/", "/berita/1.html", "/berita/3.html", "/topik/umum.html", "/hari/2026-11-23.html", "/cari.html", "/tentang.html",
)  # fmt: skip
# These have all colours.
DARK_PAGES = ("/berita/1.html", "/berita/3.html", "/cari.html")
PHONE_WIDTH = 390
# The stops of the Tab key, and whether the focus is visible there.
FOCUS = """() => [document.activeElement.textContent.trim() || document.activeElement.id,
  getComputedStyle(document.activeElement).outlineStyle]"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder as any web server does, without a log."""

    def log_message(self, *_: object) -> None:
        pass


async def do_at_once(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return work(*args, **kwargs)


@pytest.fixture(scope="module")
def site_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with a story of two outlets, a fact-check and a hostile article."""
    root: Path = tmp_path_factory.mktemp("www")
    news = FakeNews()
    news.put(*REPORTS, story_id=1)
    news.put(HOAX, story_id=3)
    news.put(HOSTILE, story_id=4)
    publisher = Publisher(news=news, offload=do_at_once, clock=lambda: START, folder=root / "situs", site=Site())
    # Playwright's own loop runs in this thread.
    thread = threading.Thread(target=lambda: asyncio.run(publisher.publish()))
    thread.start()
    thread.join()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=root)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/situs"
        server.shutdown()


@pytest.fixture
def pages(browser: Browser, site_url: str) -> Iterator[MonitoredPages]:
    watched = MonitoredPages(browser, site_url)
    yield watched
    watched.close()
    assert watched.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_on_a_phone(pages: MonitoredPages, theme: Literal["light", "dark"]) -> None:
    page = pages.open(width=PHONE_WIDTH, color_scheme=theme)
    for address in PAGES if theme == "light" else DARK_PAGES:
        page.goto(pages.url + address)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == [], address
        assert found["passes"]
        # Nothing is wider than the screen.
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE_WIDTH, address


def test_keyboard_reaches_everything_with_a_visible_focus(pages: MonitoredPages) -> None:
    page = pages.open(address="/berita/1.html")
    stops = []
    for _ in range(24):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(FOCUS)
        assert outline != "none", name
        stops.append(name)
    wanted = [
        "Langsung ke isi", "Ringkas", "kata", "Cari", "Nasional", "Daerah", "Cek fakta", "Kabar Desa", "Daerah",
        "Baca selengkapnya di Kabar Desa",
    ]  # fmt: skip
    assert [stop for stop in stops if stop in wanted][: len(wanted)] == wanted
    page.goto(pages.url + "/berita/1.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)[0] == "Kabar Desa"


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="Cari berita").fill(words)
    page.keyboard.press("Enter")


def test_search_finds_words_inside_others_and_shows_titles_as_text(pages: MonitoredPages) -> None:
    page = pages.open(address="/berita/3.html", width=PHONE_WIDTH)
    status, found = page.get_by_role("status"), page.locator("#temuan li")
    # "dung" is a part of "bendungan", and "kediri" is not in the title.
    search(page, "dung KEDIRI")
    expect(status).to_have_text("1 berita ditemukan.")
    expect(found).to_have_text([f"{REPORTS[0].title} Kabar Desa · Warta Kota · 23 November 2026"])
    search(page, "padi")
    expect(found).to_contain_text(["<script>alert(1)</script>"])
    search(page, "garam")
    expect(found).to_contain_text(["Cek fakta · Salah: Minum air garam"])
    search(page, "tidakadakatanya")
    expect(status).to_have_text("Tidak ada berita dengan kata itu. Coba kata lain.")
    search(page, "dung")
    found.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(REPORTS[0].title)


def test_site_works_without_scripts(pages: MonitoredPages) -> None:
    page = pages.open(java_script_enabled=False, width=PHONE_WIDTH)
    page.get_by_role("link", name=REPORTS[0].title).click()
    expect(page.get_by_role("heading", name="Data antarmedia berbeda")).to_be_visible()
    search(page, "bendungan")
    expect(page.get_by_role("status")).to_contain_text("temukan berita lewat topik di atas atau hari di bawah")
    page.get_by_role("link", name="Senin, 23 November 2026").click()
    page.get_by_role("link", name=REPORTS[0].title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(REPORTS[0].title)
