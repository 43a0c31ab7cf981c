"""Take the screenshots in docs/images of the sandbox's chat page with the bot behind it; needs Chromium."""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.processes import ROOT
from benchmarks.scene import Scene
from bot.sandbox.server import SandboxServer

SAMPLE = ROOT / "seeds/articles/ekonomi/harga-cabai-pasar-induk.txt"
MAX_BYTES = 150_000
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
    with SandboxServer() as server, run_bot(server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, chromium_sandbox=False)

        def open_page(*, is_phone: bool, theme: Literal["light", "dark"] = "light") -> Page:
            page = browser.new_page(
                viewport={"width": 390, "height": 780} if is_phone else {"width": 1360, "height": 900},
                device_scale_factor=2 if is_phone else 1,
                is_mobile=is_phone,
                color_scheme=theme,
                locale="id-ID",
                timezone_id="Asia/Jakarta",
                reduced_motion="reduce",
            )
            page.goto(server.url)
            if is_phone:
                expect(page.get_by_role("article").last).to_be_visible()
            return page

        page = open_page(is_phone=False)
        talk(page)
        save_picture(page, options.out / "desktop.png")
        page = open_page(is_phone=True)
        read_summary(page)
        save_picture(page, options.out / "phone-light.png")
        page = open_page(is_phone=True, theme="dark")
        read_digest(page)
        save_picture(page, options.out / "phone-dark.png")
        page = open_page(is_phone=True)
        choose_size(page)
        save_picture(page, options.out / "phone-settings.png")
        browser.close()
    return 0


@contextmanager
def run_bot(server: SandboxServer) -> Iterator[None]:
    """Run the bot with the sample articles and a database of its own."""
    with TemporaryDirectory() as folder:
        settings = {"SANDBOX_CLOCK_URL": f"{server.url}/sim/clock", "LOG_LEVEL": "WARNING"}
        scene = Scene(server.url, server.token, Path(folder), **settings)
        scene.run("import", "seeds/articles")
        scene.start()
        try:
            yield
        finally:
            scene.stop()
            scene.close()


def write(page: Page, text: str) -> None:
    page.get_by_label("Tulis pesan").fill(text)
    page.keyboard.press("Enter")


def talk(page: Page) -> None:
    """Start the bot, send a file, schedule a digest, and open a call in the developer panel."""
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
    """Advance the clock to tomorrow's digest and show its head."""
    page.get_by_role("button", name="Panel pengembang").click()
    page.get_by_role("button", name="Ke pukul 07.00").click()
    page.get_by_role("button", name="Tutup panel").click()
    expect(page.get_by_role("article").last).to_contain_text("Kabar Pagi")
    page.get_by_role("article").last.evaluate("(node) => node.scrollIntoView()")


def read_summary(page: Page) -> None:
    """Send a file and show its summary."""
    page.locator("input[type=file]").set_input_files(SAMPLE)
    write(page, "")
    expect(page.get_by_role("article").last).to_contain_text("lebih pendek")


def choose_size(page: Page) -> None:
    """Open the digest's settings for the number of stories and the length of summaries."""
    write(page, "/langganan")
    expect(page.get_by_role("article").last).to_contain_text("Isi: paling banyak")
    page.get_by_role("button", name="Isi", exact=True).last.click()
    expect(page.get_by_role("article").last).to_contain_text("sepanjang apa ringkasannya?")


def save_picture(page: Page, path: Path) -> None:
    """Save the page, without focus or mouse, as a PNG with a palette.

    Raises:
        SystemExit: the file is too large.
    """
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    # The most common colours stay exact; other pixels, such as the edges of letters, take the nearest of them.
    common = Counter(image.getdata()).most_common(COLOURS)
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour, _ in common for level in colour])
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")
    if size > MAX_BYTES:
        raise SystemExit(f"{path} is larger than {MAX_BYTES:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
