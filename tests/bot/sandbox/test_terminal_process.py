"""The chat in a pseudo-terminal: typing, pasting, pressing, and messages that nobody asked for."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time

import httpx

from bot.sandbox.sandbox import SANDBOX_TOKEN

BOT = f"/bot{SANDBOX_TOKEN}"
RUN = """
import asyncio
from bot.sandbox.server import SandboxServer
from bot.sandbox.terminal import chat

async def run():
    server = SandboxServer()
    serving = asyncio.create_task(server.serve())
    print(f"alamat {server.url} .", flush=True)
    print("selesai", await chat(server.sandbox))
    server.request_stop()
    await serving

asyncio.run(run())
"""
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class _Terminal:
    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN], stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        os.close(slave)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def expect(self, words: str, timeout_s: float = 15.0) -> str:
        """Read until the words are on the screen, and return the output before them."""
        deadline = time.monotonic() + timeout_s
        while words not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{words!r} did not come; there was {self.seen!r}"
            self.seen += ESCAPES.sub("", os.read(self.master, 4096).decode(errors="replace"))
        before, _, self.seen = self.seen.partition(words)
        return before

    def leave(self) -> None:
        """Ctrl+D, again while it fell between two prompts."""
        while "selesai" not in self.seen:
            self.type("\x04")
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += os.read(self.master, 4096).decode(errors="replace")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def _get_next_update(http: httpx.Client, kind: str = "message") -> dict[str, object]:
    """The next update, which must be of the kind; it is confirmed."""
    [update] = http.get(f"{BOT}/getUpdates", params={"timeout": 10}).json()["result"]
    http.get(f"{BOT}/getUpdates", params={"offset": update["update_id"] + 1})
    found: dict[str, object] = update[kind]
    return found


def test_conversation_in_a_terminal() -> None:
    terminal = _Terminal()
    try:
        terminal.expect("alamat ")
        with httpx.Client(base_url=terminal.expect(" ."), trust_env=False, timeout=15) as http:
            _converse(terminal, http)
    finally:
        terminal.close()


def _converse(terminal: _Terminal, http: httpx.Client) -> None:
    http.post(f"{BOT}/setMyCommands", json={"commands": [{"command": "berita", "description": "Berita terbaru"}]})
    terminal.expect("ketik nomor tombol")
    terminal.expect("Anda:")
    terminal.type("/ber\t")
    terminal.expect("ita")
    terminal.type("\r")
    assert _get_next_update(http)["text"] == "/berita"
    keyboard = {"inline_keyboard": [[{"text": "Berikutnya", "callback_data": "n"}]]}
    body = {"chat_id": 1001, "text": "<b>Kabar</b>", "parse_mode": "HTML", "reply_markup": keyboard}
    http.post(f"{BOT}/sendMessage", json=body)
    terminal.expect("Kabar")
    terminal.expect("[1] Berikutnya")
    terminal.type("1\r")
    assert _get_next_update(http, "callback_query")["data"] == "n"
    http.post(f"{BOT}/editMessageText", json={"chat_id": 1001, "message_id": 2, "text": "Halaman dua"})
    terminal.expect("(diedit):")
    terminal.expect("Halaman dua")
    terminal.type("\x1b[200~/ringkas\nbaris satu\n\nbaris dua\x1b[201~\r")
    assert _get_next_update(http)["text"] == "/ringkas\nbaris satu\n\nbaris dua"
    terminal.expect("baris dua")
    terminal.leave()
    terminal.expect("selesai True")
    assert terminal.process.wait(10) == 0
