"""The real bot, used through the page like on a first visit."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.bot_forks import BotProcess, ForkServer
    from tests.browser.conftest import MonitoredPages

ROOT = Path(__file__).parents[2]
# Texts that users wrote on the page, which must not occur in the logs of the bot.
WRITTEN: set[str] = set()
SAMPLE = ROOT / "seeds/articles/ekonomi/harga-cabai-pasar-induk.txt"


@pytest.fixture(scope="module", autouse=True)
def running_bot(
    server: object, browser: object, forks: ForkServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The bot with the sample articles, started like `make run`, on the sandbox of the module and its clock."""
    url, token = server.url, server.token  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("bot")
    environment = {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": token,
        "TELEGRAM_API_URL": url,
        "SANDBOX_CLOCK_URL": f"{url}/sim/clock",
        "DATABASE_URL": f"sqlite:///{folder}/ringkas.db",
        "REFRESH_MINUTES": "0",
    }
    log = folder / "bot.log"

    def start(*arguments: str) -> BotProcess:
        return forks.start(*arguments, environment=environment, folder=folder, stdout=log, stderr=log)

    assert start("import", str(SAMPLE.parents[1])).wait(60) == 0
    process = start("run")
    try:
        # The bot answers before it has set its menu.
        while not httpx.get(f"{url}/sim/commands", trust_env=False, timeout=60).json()["commands"]:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield
        process.terminate()
        code = process.wait(timeout=20)
        logged = log.read_text(encoding="utf-8")
        assert code == 0, logged
        assert [secret for secret in (token.split(":")[1], *WRITTEN) if secret in logged] == []
    finally:
        process.kill()
        process.wait()


def _send_text(page: Page, text: str) -> None:
    # The name of a command is not private.
    WRITTEN.update(line for line in text.removeprefix("/").partition(" ")[2].splitlines() if len(line) > 5)
    page.get_by_label("Tulis pesan").fill(text)
    page.keyboard.press("Enter")


def _start(page: Page) -> None:
    """Start the bot in the first chat; another test may have started it already."""
    button, box = page.get_by_role("button", name="Mulai", exact=True), page.get_by_label("Tulis pesan")
    expect(button.or_(box).filter(visible=True)).to_be_visible()
    if button.is_visible():
        button.click()
    else:
        _send_text(page, "/start")
    expect(page.get_by_role("article").last).to_contain_text("Halo! Saya Ringkas.")


def test_start_read_and_page_through_news(page: Page) -> None:
    _start(page)
    box = page.get_by_label("Tulis pesan")
    box.press_sequentially("/ber")
    expect(page.get_by_role("option").first).to_contain_text("/berita")
    page.keyboard.press("Enter")
    listed = page.get_by_role("article").last
    expect(listed).to_contain_text("Halaman 1 dari")
    count = page.get_by_role("article").count()
    listed.get_by_role("button", name=re.compile("Berikutnya")).click()
    expect(page.get_by_role("article").last).to_contain_text("Halaman 2 dari")
    assert page.get_by_role("article").count() == count


def test_uploaded_file_is_summarized(page: Page) -> None:
    _start(page)
    page.locator("input[type=file]").set_input_files(SAMPLE)
    _send_text(page, "")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("Harga Cabai di Pasar Induk Mulai Turun")
    expect(answer).to_contain_text("lebih pendek")


def test_inline_story_is_sent_to_a_group(page: Page) -> None:
    page.get_by_role("button", name="Keluarga Sari").click()
    page.get_by_label("Tulis pesan").press_sequentially("@ringkas_sandbox_bot harga cabai")
    offered = page.get_by_role("listbox", name="Saran").get_by_role("option")
    expect(offered.first).to_contain_text("Harga Cabai di Pasar Induk Mulai Turun")
    offered.first.click()
    card = page.get_by_role("article").last
    expect(card).to_contain_text("lewat @ringkas_sandbox_bot")
    expect(card).to_contain_text("Harga Cabai di Pasar Induk Mulai Turun")


def test_guest_answers_in_a_group_without_the_bot(page: Page) -> None:
    page.get_by_role("button", name="Alumni Melati").click()
    _send_text(page, f"{SAMPLE.read_text(encoding='utf-8').strip()} @ringkas_sandbox_bot")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("tamu dari Sari")
    expect(answer).to_contain_text("lebih pendek")


def test_bot_uses_the_language_of_each_user(page: Page) -> None:
    page.get_by_role("radio", name="Emma").check()
    page.get_by_role("button", name="Mulai", exact=True).click()
    expect(page.get_by_role("article").last).to_contain_text("Hello! I am Ringkas.")


def test_digest_arrives_after_the_clock_is_moved(page: Page, monitored: MonitoredPages) -> None:
    page.get_by_role("radio", name="Budi").check()
    page.get_by_role("button", name="Mulai", exact=True).click()
    expect(page.get_by_role("article").last).to_contain_text("Halo! Saya Ringkas.")
    _send_text(page, "/jadwal 07:00 WIB")
    expect(page.get_by_role("article").last).to_contain_text("07.00 WIB")
    page.get_by_role("button", name="Panel pengembang").click()
    page.get_by_role("button", name="Ke pukul 07.00").click()
    expect(page.get_by_role("article").last).to_contain_text(re.compile(r"Kabar|kabar"))
    expect(page.get_by_role("article").last).not_to_contain_text("Ubah dengan /jadwal")
    expect(page.locator(".call").filter(has_text="sendMessage").first).to_contain_text("200")


def test_no_call_violates_the_api_schema(page: Page, server: object) -> None:
    assert server.sandbox.log.breaks == []  # type: ignore[attr-defined]
