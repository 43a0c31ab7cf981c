"""The first minute of somebody who has no token: `make run`, and the chat page on a phone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import MonitoredPages

FEWEST_STORIES = 5


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address that `ringkas start` prints without a token, in an empty folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TELEGRAM_")}
    with (tmp_path / "errors.log").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "start"],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        found = None
        for line in process.stdout:
            found = found or re.search(r"http://127\.0\.0\.1:\d+/", line)
            # The last line of the introduction.
            if "/bahasa en" in line:
                break
        assert found is not None
        yield found[0].rstrip("/")
        process.terminate()
        assert process.wait(timeout=60) == 0
        assert (tmp_path / "errors.log").read_text() == ""
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    watched = MonitoredPages(browser, address)
    yield watched.open(width=390, height=844, has_touch=True)
    watched.close()
    assert watched.problems == []


def press(page: Page, under: Locator, label: str) -> Locator:
    """Press the button under the message, and return the new message that comes."""
    count = page.get_by_role("article").count()
    under.get_by_role("button", name=label).click()
    expect(page.get_by_role("article")).to_have_count(count + 1)
    return page.get_by_role("article").last


def test_first_minute_without_a_token(phone: Page) -> None:
    messages = phone.get_by_role("article")
    # An empty chat shows the description of the bot, which sets it after its start, on a busy machine late.
    description = phone.get_by_role("region", name="Apa yang bisa dilakukan bot ini?")
    expect(description).to_contain_text("Berita Indonesia", timeout=60_000)
    phone.get_by_role("button", name="Mulai", exact=True).click()
    greeting = messages.nth(1)
    expect(greeting).to_contain_text("Halo! Saya Ringkas.")
    expect(greeting.locator(".key")).to_have_text(["Berita hari ini", "Atur kabar pagi", "Coba ringkas contoh"])
    for label in ("Berita hari ini", "Atur kabar pagi", "Coba ringkas contoh"):
        expect(greeting.locator("strong", has_text=label)).to_be_visible()
    expect(press(phone, greeting, "Berita hari ini")).to_contain_text("Halaman 1 dari")
    expect(press(phone, greeting, "Coba ringkas contoh")).to_contain_text("lebih pendek")
    expect(press(phone, greeting, "Atur kabar pagi")).to_contain_text("07.00 WIB")
    # Tomorrow.
    count = messages.count()
    phone.get_by_role("button", name="Maju ke kabar pagi").click()
    expect(messages).to_have_count(count + 1)
    digest = messages.last
    expect(digest).to_contain_text("Kabar Pagi")
    expect(digest).to_contain_text("menit baca")
    assert digest.locator("blockquote").count() == digest.locator("time.moment").count() >= FEWEST_STORIES
    # The picture of the top story is above the text.
    picture = digest.locator(".bubble > :first-child img")
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    digest.get_by_role("button", name="Lebih lengkap").click()
    expect(digest).to_contain_text("diedit")
    digest.get_by_role("button", name="Simpan").click()
    digest.get_by_role("button", name="1", exact=True).click()
    expect(phone.get_by_role("status").filter(has_text="Tersimpan")).to_be_visible()
    digest.get_by_role("button", name="Kembali").click()
    count = messages.count()
    digest.get_by_role("button", name="Berita lain").click()
    # The samples that are out depend on the time of day.
    further = messages.nth(count).get_by_text("Berita lain", exact=True).first
    expect(further.or_(phone.get_by_role("status").filter(has_text="/berita"))).to_be_visible()
    # The summary of a story.
    count = messages.count()
    digest.get_by_role("link", name=re.compile("^(diliput|ringkasan)")).first.click()
    expect(messages).to_have_count(count + 2)
    expect(messages.last).to_contain_text("waktu baca")
    count = messages.count()
    phone.get_by_label("Tulis pesan").fill("/tren")
    phone.keyboard.press("Enter")
    expect(messages).to_have_count(count + 2)
    chart = messages.last.get_by_role("button", name="Lihat foto")
    # The chart is as wide as a message can be, so that its letters have their size.
    expect(chart).to_be_visible()
    assert chart.evaluate("(node) => node.clientWidth") > 0.8 * 390
