"""Drive the chat page with the bot behind it and write the pictures of the README: `make screenshots`."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from bot.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "seeds/articles"
SAMPLE = SAMPLES / "ekonomi/harga-cabai-pasar-induk.txt"
LARGEST_BYTES = 150_000
COLOURS = 256
ARGUMENTS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--lang=id-ID",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/images")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("screenshots: there is no Chromium here: apt-get install chromium\n")
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=20_000)
    with SandboxServer() as server, running_bot(server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, chromium_sandbox=False)
        shared = {"locale": "id-ID", "timezone_id": "Asia/Jakarta", "reduced_motion": "reduce"}
        phone = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "is_mobile": True}
        desk = {"viewport": {"width": 1360, "height": 900}, "device_scale_factor": 1}
        page = browser.new_page(**desk, **shared, color_scheme="light")
        page.goto(server.url)
        talk(page)
        picture(page, options.out / "desktop.png")
        for theme in ("light", "dark"):
            page = browser.new_page(**phone, **shared, color_scheme=theme)
            page.goto(server.url)
            expect(page.get_by_role("article").last).to_be_visible()
            (read_summary if theme == "light" else read_digest)(page)
            picture(page, options.out / f"phone-{theme}.png")
        page = browser.new_page(**phone, **shared, color_scheme="light")
        page.goto(server.url)
        choose_size(page)
        picture(page, options.out / "phone-settings.png")
        browser.close()
    return 0


@contextmanager
def running_bot(server: SandboxServer) -> Iterator[None]:
    """The bot with the sample articles, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "TELEGRAM_BOT_TOKEN": server.token,
            "TELEGRAM_API_URL": server.url,
            "SANDBOX_CLOCK_URL": f"{server.url}/sim/clock",
            "DATABASE_URL": f"sqlite:///{folder}/ringkas.db",
            "REFRESH_MINUTES": "0",
            "LOG_LEVEL": "WARNING",
        }
        run = [sys.executable, "-m", "bot"]
        subprocess.run([*run, "import", str(SAMPLES)], env=environment, check=True, stdout=subprocess.DEVNULL)
        process = subprocess.Popen([*run, "run"], env=environment, stdin=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def write(page: Page, text: str) -> None:
    page.get_by_label("Tulis pesan").fill(text)
    page.keyboard.press("Enter")


def talk(page: Page) -> None:
    """Greeting, a file, a digest for tomorrow; with the panel open at a call."""
    page.get_by_role("button", name="Mulai", exact=True).click()
    expect(page.get_by_role("article").last).to_contain_text("Halo! Saya Ringkas.")
    page.locator("input[type=file]").set_input_files(SAMPLE)
    write(page, "")
    expect(page.get_by_role("article").last).to_contain_text("lebih pendek")
    write(page, "/jadwal 07:00 WIB")
    expect(page.get_by_role("article").last).to_contain_text("07.00 WIB")
    page.get_by_role("button", name="Panel pengembang").click()
    page.locator(".call summary").filter(has_text="sendMessage").first.click()


def read_digest(page: Page) -> None:
    """The digest of tomorrow morning, from its head on."""
    page.get_by_role("button", name="Panel pengembang").click()
    page.get_by_role("button", name="Ke pukul 07.00").click()
    page.get_by_role("button", name="Tutup panel").click()
    expect(page.get_by_role("article").last).to_contain_text("Kabar Pagi")
    page.get_by_role("article").last.evaluate("(node) => node.scrollIntoView()")


def read_summary(page: Page) -> None:
    """A file and its summary."""
    page.locator("input[type=file]").set_input_files(SAMPLE)
    write(page, "")
    expect(page.get_by_role("article").last).to_contain_text("lebih pendek")


def choose_size(page: Page) -> None:
    """The digest's settings, and how many stories and how long summaries it brings."""
    write(page, "/langganan")
    expect(page.get_by_role("article").last).to_contain_text("Isi: paling banyak")
    page.get_by_role("button", name="Isi", exact=True).last.click()
    expect(page.get_by_role("article").last).to_contain_text("sepanjang apa ringkasannya?")


def picture(page: Page, path: Path) -> None:
    """The page as a PNG with a palette: a chat has few colours. Nothing has the focus or the mouse."""
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    raw = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    # The commonest colours as they are, each other pixel (the edges of letters) in the nearest of them.
    counted = sorted(raw.getcolors(raw.width * raw.height), reverse=True)[:COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for _, colour in counted for level in colour])
    raw.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")
    if size > LARGEST_BYTES:
        raise SystemExit(f"{path} is larger than {LARGEST_BYTES:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
