"""Take the screenshots in docs/images: of the sandbox's chat page with the bot behind it, and of the public site.

Needs Chromium, and the font of Telegram's Android app (Debian: fonts-roboto).
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.processes import BOT, ROOT, stop

SAMPLE = ROOT / "seeds/articles/ekonomi/harga-cabai-pasar-induk.txt"
MAX_BYTES = 150_000
COLOURS = 256
ARGUMENTS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--lang=id-ID",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip


def write(page: Page, text: str) -> None:
    page.get_by_label("Tulis pesan").fill(text)
    page.keyboard.press("Enter")


def talk(page: Page) -> None:
    """Start the bot, send a file, schedule a digest, and open a call in the developer panel."""
    page.get_by_role("button", name="Mulai", exact=True).click()
    expect(page.get_by_role("article").last).to_contain_text("Halo! Saya Ringkas.")
    read_summary(page)
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
    show_digest(page)


def show_digest(page: Page) -> None:
    """Show the head of the digest, the latest message."""
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
    expect(page.get_by_role("article").last).to_contain_text("seberapa panjang ringkasannya?")


def ask_for_warnings(page: Page) -> None:
    """Ask for BMKG's warnings, and wait for the sample earthquake."""
    write(page, "/peringatan Kota Malang")
    expect(page.get_by_role("article").last).to_contain_text("Gempa magnitudo")


def summon_guest(page: Page) -> None:
    """Send a file in a group without the bot, and name the bot in a reply to it."""
    page.get_by_role("button", name="Kembali ke daftar obrolan").click()
    page.get_by_role("button", name="Alumni Melati").click()
    page.locator("input[type=file]").set_input_files(SAMPLE)
    write(page, "")
    page.get_by_role("article").last.get_by_role("button", name="Balas").dispatch_event("click")
    write(page, "@ringkas_sandbox_bot")
    expect(page.get_by_role("article").last).to_contain_text("lebih pendek")


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


# File name, conversation, whether on a phone, and theme; each continues the conversation of the one before.
PICTURES: tuple[tuple[str, Callable[[Page], None], bool, Literal["light", "dark"]], ...] = (
    ("desktop", talk, False, "light"),
    ("phone-light", read_summary, True, "light"),
    ("phone-digest", read_digest, True, "light"),
    ("phone-dark", show_digest, True, "dark"),
    ("phone-settings", choose_size, True, "light"),
    ("phone-warning", ask_for_warnings, True, "light"),
    ("phone-guest", summon_guest, True, "light"),
)


@contextmanager
def run_without_token(folder: str) -> Iterator[str]:
    """Run the bot in the sandbox, as `make run` does, with its database in the folder; yield the page's address."""
    command = [*BOT, "sandbox", "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        lines = (line.decode() for line in process.stdout or ())
        yield next(found[0] for line in lines if (found := re.search(r"http://\S+/", line)))
    finally:
        stop(process)


def open_window(browser: Browser, *, is_phone: bool, theme: Literal["light", "dark"] = "light") -> Page:
    return browser.new_page(
        viewport={"width": 390, "height": 780} if is_phone else {"width": 1360, "height": 900},
        device_scale_factor=2 if is_phone else 1,
        is_mobile=is_phone,
        color_scheme=theme,
        locale="id-ID",
        timezone_id="Asia/Jakarta",
        reduced_motion="reduce",
    )


def take_site(browser: Browser, out: Path) -> None:
    """Publish the sample articles, and save a story on whose figures the outlets differ."""
    with TemporaryDirectory() as folder:
        for arguments in (["import", str(ROOT / "seeds/articles")], ["publish", "site"]):
            subprocess.run([*BOT, *arguments], cwd=folder, check=True, capture_output=True)
        pages = sorted(Path(folder, "site/berita").iterdir())
        story = next(page for page in pages if "Data antarmedia berbeda" in page.read_text(encoding="utf-8"))
        window = open_window(browser, is_phone=True)
        window.set_viewport_size({"width": 390, "height": 1240})
        window.goto(story.as_uri())
        save_picture(window, out / "site-phone.png")


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
    with TemporaryDirectory() as folder, run_without_token(folder) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, chromium_sandbox=False)
        for name, act, is_phone, theme in PICTURES:
            page = open_window(browser, is_phone=is_phone, theme=theme)
            page.goto(url)
            if is_phone:
                expect(page.get_by_role("article").last).to_be_visible()
                page.get_by_role("button", name="Tutup saran").click()
            act(page)
            save_picture(page, options.out / f"{name}.png")
        take_site(browser, options.out)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
