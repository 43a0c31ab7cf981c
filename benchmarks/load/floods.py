"""Flood the bot from one corner and measure another reader's /berita meanwhile.

Every flood is written to the sandbox as fast as it accepts messages. A bystander in chats of its own asks for /berita
four times a second until the bot has worked off the flood, or for at most two minutes.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.delivery.stand_in import sandbox_process
from benchmarks.fleet.balancer import Balancer
from benchmarks.installed import as_installed
from benchmarks.load.holding import within
from benchmarks.load.scene import BOT, scene
from tests.ports import free_port
from tests.postgres_server import own_server

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTACKER, GROUP, BYSTANDER = 6_000_000, -7_000_000, 8_000_000
MEMBERS = 300
# Enough chats that the bystander's own limit of a message a second never delays an answer.
BYSTANDER_CHATS = 8
ASK_EVERY_S = 0.25
LONGEST_S = 120.0
# An attacker's page takes nearly as long as the fetcher allows.
SLOW_PAGE_S = 8.0
TEXT = " ".join(
    f"Warga desa ke-{number} memanen padi lebih awal karena hujan turun sejak pekan lalu." for number in range(9)
)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood and the bystander's answers during it, in seconds."""

    name: str
    updates: int
    messages_to_flooders: int
    asked: int
    unanswered: int
    median_s: float
    p95_s: float
    worst_s: float
    drained_s: float


class Sandbox:
    """The user's side of a sandbox, for one thread."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=150)

    def close(self) -> None:
        self.http.close()

    def ask(self, verb: str, path: str, body: Json | None = None, **query: Any) -> Any:
        response = self.http.request(verb, path, json=body, params=query or None)
        if response.status_code != httpx.codes.OK:
            raise SystemExit(f"{verb} {path}: {response.text}")
        return response.json()

    def say(self, chat_id: int, text: str, user_id: int | None = None) -> Json:
        body = {"chat_id": chat_id, "text": text} | ({"user_id": user_id} if user_id is not None else {})
        made: Json = self.ask("POST", "/sim/messages", body)
        return made

    def answer(self, chat_id: int, event: int, timeout_s: float) -> Json | None:
        """Return the first message in the chat after the event, or None if none comes in time."""
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            feed = self.ask("GET", "/sim/feed", chat_id=chat_id, after_event=event, timeout_s=min(left_s, 30))
            if feed["messages"]:
                found: Json = feed["messages"][0]
                return found
            event = feed["event"]
        return None


def one_person(sandbox: Sandbox, scale: float, _: str) -> int:
    count = round(400 * scale)
    for _number in range(count):
        sandbox.say(ATTACKER, "/berita")
    return count


def one_group(sandbox: Sandbox, scale: float, _: str) -> int:
    count = round(300 * scale)
    for number in range(count):
        sandbox.say(GROUP, "/berita", ATTACKER + number % MEMBERS)
    return count


def group_presses(sandbox: Sandbox, scale: float, _: str) -> int:
    count = round(400 * scale)
    event = sandbox.say(GROUP, "/berita", ATTACKER)["sandbox"]["event"]
    listed = sandbox.answer(GROUP, event, 60)
    if listed is None:
        raise SystemExit("the group got no list to press")
    buttons = [button for row in listed["keyboard"] for button in row if button["kind"] == "callback_data"]
    for number in range(count):
        body = {"chat_id": GROUP, "user_id": ATTACKER + number % MEMBERS, "message_id": listed["message_id"]}
        # Sent as a client of one's own sends it: the screen may show another page by then.
        sandbox.ask("POST", "/sim/press", body | {"forged_data": buttons[number % 2]["value"]})
    return count


def slow_links(sandbox: Sandbox, scale: float, site: str) -> int:
    people = round(100 * scale)
    for number in range(4):
        for person in range(people):
            sandbox.say(ATTACKER + person, f"{site}/{person}/{number}")
    return 4 * people


def one_persons_links(sandbox: Sandbox, scale: float, site: str) -> int:
    count = round(200 * scale)
    for number in range(count):
        sandbox.say(ATTACKER, f"{site}/satu/{number}")
    return count


def one_persons_texts(sandbox: Sandbox, scale: float, _: str) -> int:
    count = round(400 * scale)
    for number in range(count):
        sandbox.say(ATTACKER, f"Berita {number}\n\n{TEXT}")
    return count


FLOODS: dict[str, Callable[[Sandbox, float, str], int]] = {
    "400 /berita by one person": one_person,
    "300 /berita in one group": one_group,
    "400 presses in one group": group_presses,
    "100 people with 4 slow links each": slow_links,
    "200 slow links by one person": one_persons_links,
    "400 texts by one person": one_persons_texts,
}


class Bystander(threading.Thread):
    """Asks for /berita in turn in a few chats and notes how long each answer takes."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.is_over = threading.Event()
        self.took_s: list[float] = []
        self.unanswered = 0
        self._asks: list[threading.Thread] = []

    def run(self) -> None:
        number = 0
        while not self.is_over.wait(ASK_EVERY_S):
            ask = threading.Thread(target=self._ask, args=(BYSTANDER + number % BYSTANDER_CHATS,), daemon=True)
            self._asks.append(ask)
            ask.start()
            number += 1
        for ask in self._asks:
            ask.join()

    def _ask(self, chat_id: int) -> None:
        with closing(Sandbox(self._url)) as sandbox:
            began_s = time.monotonic()
            event = sandbox.say(chat_id, "/berita")["sandbox"]["event"]
            if sandbox.answer(chat_id, event, LONGEST_S) is None:
                self.unanswered += 1
            self.took_s.append(time.monotonic() - began_s)


def flood(url: str, name: str, scale: float, site: str) -> Flood:
    """Flood the bot that is running in the sandbox at the URL."""
    sandbox = Sandbox(url)
    last = max((call["number"] for call in sandbox.ask("GET", "/sim/calls")), default=0)
    bystander = Bystander(url)
    bystander.start()
    began_s = time.monotonic()
    updates = FLOODS[name](sandbox, scale, site)
    messages = wait_until_quiet(sandbox, last, began_s)
    drained_s = time.monotonic() - began_s
    bystander.is_over.set()
    bystander.join()
    took_s = sorted(bystander.took_s)
    return Flood(
        name, updates, messages, len(took_s), bystander.unanswered, median(took_s), within(took_s, 0.95), took_s[-1],
        drained_s,
    )  # fmt: skip


def wait_until_quiet(sandbox: Sandbox, last: int, began_s: float) -> int:
    """Wait until the flooders get no more messages for three seconds; return how many they got."""
    got, seen, quiet_since_s = 0, last, time.monotonic()
    while time.monotonic() - began_s < LONGEST_S and time.monotonic() - quiet_since_s < 3.0 + SLOW_PAGE_S:
        time.sleep(0.5)
        calls = sandbox.ask("GET", "/sim/calls", since=seen)
        seen = max((call["number"] for call in calls), default=seen)
        own = sum(is_to_flooder(call) for call in calls)
        if own:
            got, quiet_since_s = got + own, time.monotonic()
    return got


def is_to_flooder(call: Json) -> bool:
    chat_id = int(call["parameters"].get("chat_id", BYSTANDER) or BYSTANDER)
    return call["method"] in {"sendMessage", "editMessageText"} and chat_id < BYSTANDER


@contextmanager
def slow_site() -> Iterator[str]:
    """Serve pages on loopback that take `SLOW_PAGE_S` each; yields the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/robots.txt":
                time.sleep(SLOW_PAGE_S)
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def prepare(url: str) -> None:
    """Make the chats, and have the bot answer once."""
    sandbox = Sandbox(url)
    sandbox.ask("POST", "/sim/chats", {"type": "private", "chat_id": ATTACKER, "count": MEMBERS})
    sandbox.ask("POST", "/sim/chats", {"type": "private", "chat_id": BYSTANDER, "count": BYSTANDER_CHATS})
    members = [ATTACKER + number for number in range(MEMBERS)]
    sandbox.ask("POST", "/sim/chats", {"type": "supergroup", "chat_id": GROUP, "members": members})
    event = sandbox.say(BYSTANDER, "/berita")["sandbox"]["event"]
    if sandbox.answer(BYSTANDER, event, 60) is None:
        raise SystemExit("the bot does not answer")


@contextmanager
def one_process(folder: Path) -> Iterator[str]:
    """Run the bot as one process on SQLite; yields the sandbox's address."""
    with scene(folder, is_limited=True) as stage:
        stage.start()
        yield stage.url


@contextmanager
def fleet(folder: Path) -> Iterator[str]:
    """Run two receivers behind a load balancer and two workers on PostgreSQL; yields the sandbox's address."""
    server = own_server(folder / "server", cleanup_mode="stop")
    with ExitStack() as stack:
        stack.callback(server.stop)
        url, token = stack.enter_context(sandbox_process(is_limited=True))
        outside, ports = free_port(), [free_port(), free_port()]
        stack.enter_context(Balancer(outside, ports))
        environment = {
            **as_installed(os.environ),
            "TELEGRAM_BOT_TOKEN": token,
            "TELEGRAM_API_URL": url,
            "DATABASE_URL": server.get_uri(),
            "ALLOW_PRIVATE_ADDRESSES": "true",
            "REFRESH_MINUTES": "0",
            "WEBHOOK_URL": f"http://127.0.0.1:{outside}/telegram",
        }
        subprocess.run([*BOT, "import", "seeds/articles"], env=environment, check=True, stdout=subprocess.DEVNULL)
        for number, port in enumerate(ports):
            for command in (["web"], ["worker"]):
                log = stack.enter_context((folder / f"{command[0]}-{number}.log").open("wb"))
                listen = {"WEBHOOK_LISTEN": f"127.0.0.1:{port}"} if command == ["web"] else {}
                member = subprocess.Popen([*BOT, *command], env=environment | listen, stdout=log, stderr=log)
                stack.callback(member.wait)
                stack.callback(member.terminate)
        yield url


def measure(names: list[str], scale: float, run: Callable[[Path], AbstractContextManager[str]]) -> Iterator[Flood]:
    """Flood a fresh bot once by each name."""
    for name in names:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="ringkas-")))
            site = stack.enter_context(slow_site())
            url = stack.enter_context(run(folder))
            prepare(url)
            yield flood(url, name, scale, site)
