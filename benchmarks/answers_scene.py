"""What the benchmark of answers puts on the scene of load: readers, a site with slow pages, a bare bot beside."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.load.scene import Scene

# Half of Telegram's thirty a second at most: answers that came closer together would wait for the bot's own pace. Up to
# a turn of that pace longer by chance: else each question would fall on the same moment between two turns.
PAUSE_S = (2 / 30, 3 / 30)
CHANCE = random.Random(9)
# Longer than the bot waits before it shows that it is typing.
SLOW_PAGE_S = 0.5
# One for each pair of commands of each round.
ADMINS = range(900_001, 900_401)
Json = dict[str, Any]


class Chat:
    """A reader in a chat of their own."""

    def __init__(self, http: httpx.Client, chat_id: int) -> None:
        self._http = http
        self._chat_id = chat_id
        ask(http.post("/sim/chats", json={"type": "private", "chat_id": chat_id}))

    def say(self, text: str) -> tuple[float, Json]:
        """How many seconds until the first message of the answer, and that message."""
        time.sleep(CHANCE.uniform(*PAUSE_S))
        begun = time.perf_counter()
        event = ask(self._http.post("/sim/messages", json={"chat_id": self._chat_id, "text": text}))["sandbox"]["event"]
        return self._arrived(begun, event)

    def press(self, message: Json, button: str) -> tuple[float, float, Json]:
        """How many seconds until the press was answered, and until the message had changed; the message."""
        fields = {"chat_id": self._chat_id, "message_id": message["message_id"], "button": button}
        time.sleep(CHANCE.uniform(*PAUSE_S))
        begun = time.perf_counter()
        event = ask(self._http.post("/sim/press", json=fields))["event"]
        self._feed(event)
        answered = time.perf_counter() - begun
        return answered, *self._arrived(begun, event)

    def typing(self, text: str) -> float:
        """How many seconds from a message to the "typing" that it gets while its answer takes longer."""
        sent_at = time.time()
        self.say(text)
        calls = ask(self._http.get("/sim/calls", params={"method": "sendChatAction"}))
        # Where the machine is slow, it is shown again.
        shown_at = min(
            call["time"]
            for call in calls
            if call["time"] >= sent_at and int(call["parameters"]["chat_id"]) == self._chat_id
        )
        return float(shown_at) - sent_at

    def inline(self, query: str) -> float:
        begun = time.perf_counter()
        ask(self._http.post("/sim/inline", json={"user_id": self._chat_id, "query": query}))
        return time.perf_counter() - begun

    def _arrived(self, begun: float, event: int) -> tuple[float, Json]:
        while not (feed := self._feed(event))["messages"]:
            event = feed["event"]
        return time.perf_counter() - begun, feed["messages"][0]

    def _feed(self, event: int) -> Json:
        """What the bot wrote, changed or answered after the event, as soon as there is something."""
        query = {"chat_id": self._chat_id, "after_event": event, "timeout_s": 20}
        found: Json = ask(self._http.get("/sim/feed", params=query, timeout=30))
        if found["timed_out"]:
            raise SystemExit("the bot does not answer")
        return found


def ask(response: httpx.Response) -> Any:
    if response.status_code != httpx.codes.OK:
        raise SystemExit(response.text)
    return response.json()


@contextlib.contextmanager
def site() -> Iterator[str]:
    """The address of an article on loopback; what is below `/lambat` takes its time."""
    plain = next(iter(sorted((files("seeds") / "articles" / "ekonomi").iterdir(), key=str))).read_text(encoding="utf-8")
    title, _, rest = plain.partition("\n")
    body = "".join(f"<p>{line}</p>" for line in rest.splitlines()[2:] if line.strip())
    page = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/lambat"):
                time.sleep(SLOW_PAGE_S)
            self.send_response(404 if self.path == "/robots.txt" else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page.encode())))
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def import_news_of_today(stage: Scene) -> None:
    """An article without a date is of today: /tren has something to draw."""
    today = stage.log.with_name("hari-ini.txt")
    today.write_text("Pasar Ramai Lagi\n\n" + "Pedagang kembali berjualan sejak pagi di Pasar Sukamaju. " * 9)
    stage.run("import", str(today))


@contextlib.contextmanager
def bare_bot(url: str, token: str) -> Iterator[None]:
    """python-telegram-bot alone as a process, as the bot of that token in the sandbox at the address."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.answers_bare", url, token])
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
