"""Fixtures for the chat page in Debian's Chromium, driven by Playwright and without access to other hosts.

Where there is no Chromium the tests are skipped, unless RINGKAS_NEEDS_BROWSER says that there has to be one (CI).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)

from bot.cli.sample_news import read_page
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer

Json = dict[str, Any]
NewPage = Callable[..., Page]

NEEDED = "RINGKAS_NEEDS_BROWSER"
ARGUMENTS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
LONGEST_MS = 15_000

expect.set_options(timeout=LONGEST_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The headless shell is the same browser without windows, which takes a third of the processor time.
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        reason = "there is no Chromium here: apt-get install chromium-headless-shell"
        if os.environ.get(NEEDED):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        # Playwright gives each browser a fresh user data directory. Chromium's own sandbox does not run as root.
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, chromium_sandbox=False)
        yield browser
        browser.close()


def open_window(browser: Browser, *, width: int = 1280, height: int = 800, **options: Any) -> Page:
    """Open an empty window that shares nothing with others."""
    options = {"locale": "id-ID", "timezone_id": "Asia/Jakarta"} | options
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(LONGEST_MS)
    return context.new_page()


class MonitoredPages:
    """Opens pages and records their problems: console errors, CSP violations and requests to other hosts."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._listeners = {"console": self._hear, "pageerror": self._fail, "request": self._check}
        self.url = url
        self.problems: list[str] = []

    def open(self, *, width: int = 1280, height: int = 800, address: str = "/", **options: Any) -> Page:
        page = open_window(self._browser, width=width, height=height, **options)
        self._contexts.append(page.context)
        self.load(page, address)
        return page

    def load(self, page: Page, address: str = "/") -> None:
        """Load the address in a window, and record the problems from now on."""
        for event, listener in self._listeners.items():
            page.on(event, listener)  # type: ignore[call-overload]
        page.goto(self.url + address)

    def leave(self, page: Page) -> None:
        """Forget the settings that the page keeps, and leave it for an empty one."""
        page.evaluate("localStorage.clear()")
        for event, listener in self._listeners.items():
            page.remove_listener(event, listener)
        page.goto("about:blank")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(message.text)

    def _fail(self, error: Error) -> None:
        self.problems.append(str(error))

    def _check(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"blob", "data"} and parts.hostname != "127.0.0.1":
            self.problems.append(f"a request to {request.url}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Sandbox(settle_s=0.05, read_page=read_page)) as server:
        yield server


@pytest.fixture(scope="module")
def http(server: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def monitored(browser: Browser, server: SandboxServer) -> Iterator[MonitoredPages]:
    watched = MonitoredPages(browser, server.url)
    yield watched
    watched.close()
    assert watched.problems == []


@pytest.fixture(scope="module")
def desktop(browser: Browser) -> Iterator[Page]:
    """An empty desktop window for the tests of a module, because opening one takes as long as most of them."""
    page = open_window(browser)
    yield page
    page.context.close()


@pytest.fixture
def page(monitored: MonitoredPages, desktop: Page) -> Iterator[Page]:
    """The page in a desktop window, with the initial scene."""
    monitored.load(desktop)
    chats = desktop.get_by_role("navigation", name="Obrolan")
    expect(chats.get_by_role("button", name="Warga Kampung")).to_be_visible()
    yield desktop
    monitored.leave(desktop)


class ScriptedBot:
    """A bot whose API calls the test makes."""

    def __init__(self, http: httpx.Client, token: str) -> None:
        self._http = http
        self._root = f"/bot{token}"
        self._offset = 0

    def call(self, method: str, files: Any = None, **parameters: Any) -> Any:
        if files:
            answer = self._http.post(f"{self._root}/{method}", data=parameters, files=files).json()
        else:
            answer = self._http.post(f"{self._root}/{method}", json=parameters).json()
        assert answer["ok"], answer
        return answer["result"]

    def say(self, text: str, chat_id: int = 1001, **more: Any) -> int:
        """Send `text` as HTML and return its message id."""
        return int(self.call("sendMessage", chat_id=chat_id, text=text, parse_mode="HTML", **more)["message_id"])

    def next(self, kind: str) -> Json:
        """Return the next update of `kind`, skipping others."""
        for _ in range(20):
            for update in self.call("getUpdates", offset=self._offset, timeout=10, limit=1):
                self._offset = update["update_id"] + 1
                if kind in update:
                    found: Json = update[kind]
                    return found
        raise AssertionError(f"no {kind} came")


@pytest.fixture
def bot(http: httpx.Client, server: SandboxServer) -> ScriptedBot:
    """A bot in a sandbox that was just reset."""
    assert http.post("/sim/reset", json={"everything": True}).status_code == 200
    assert http.post("/page/scene").status_code == 200
    return ScriptedBot(http, server.token)


@pytest.fixture
def chat(bot: ScriptedBot, http: httpx.Client, page: Page) -> Page:
    """The page with Sari's chat, after her /start."""
    http.post("/sim/messages", json={"text": "/start"})
    expect(page.get_by_role("log", name="Pesan")).to_contain_text("/start")
    return page
