"""A sandbox and a bot, each in a process of its own, driven as readers and an operator would."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import processes
from benchmarks.archive import subscribe
from benchmarks.processes import BOT, ROOT, bot_environment, hide_tools
from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import SANDBOX_TOKEN, Sandbox
from bot.sandbox.server import SandboxServer

FIRST_CHAT = 50_000
SANDBOX_START_S = 60.0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Resources of the bot's process tree, and of its main process alone; `processor_s` counts from the start."""

    mib: float
    main_mib: float
    files: int
    main_files: int
    processor_s: float


@contextmanager
def sandbox_process(*, is_limited: bool, tokens: Sequence[str] = (SANDBOX_TOKEN,)) -> Iterator[tuple[str, str]]:
    """Run a sandbox with one bot per token; yield its address and the first token.

    `is_limited` applies Telegram's rate limits.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve_sandbox, args=(theirs, is_limited, tuple(tokens)), daemon=True)
    process.start()
    try:
        if not ours.poll(SANDBOX_START_S):
            raise SystemExit("the sandbox did not start")
        yield ours.recv()
    finally:
        if process.is_alive():
            ours.send("stop")
        process.join(processes.STOP_S)
        process.kill()


def _serve_sandbox(pipe: Connection, is_limited: bool, tokens: tuple[str, ...]) -> None:
    with SandboxServer(Sandbox(tokens=tokens, limits=Limits(is_on=is_limited))) as server:
        pipe.send((server.url, server.token))
        pipe.recv()


class Reader:
    """The readers' side of a sandbox. Each thread needs its own."""

    def __init__(self, url: str, **params: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, params=params, trust_env=False, timeout=150)

    def close(self) -> None:
        self.http.close()

    def ask(self, verb: str, path: str, body: Json | None = None, **query: Any) -> Any:
        """Return the sandbox's answer as JSON.

        Raises:
            SystemExit: the sandbox refused the request.
        """
        response = self.http.request(verb, path, json=body, params=query or None)
        if response.status_code != httpx.codes.OK:
            raise SystemExit(f"{verb} {path}: {response.text}")
        return response.json()

    def make_chats(self, first: int, count: int) -> None:
        """Create private chats with consecutive ids."""
        self.ask("POST", "/sim/chats", {"type": "private", "chat_id": first, "count": count})

    def say(self, chat_id: int, text: str, user_id: int | None = None) -> int:
        """Send a message to the bot and return the sandbox's event number."""
        body = {"chat_id": chat_id, "text": text} | ({"user_id": user_id} if user_id is not None else {})
        return int(self.ask("POST", "/sim/messages", body)["sandbox"]["event"])

    def wait_for_event(self, chat_id: int, event: int, timeout_s: float = 20.0) -> Json:
        """Return the bot's next messages, edits and answers in the chat.

        Raises:
            SystemExit: nothing came in time.
        """
        feed: Json = self.ask("GET", "/sim/feed", chat_id=chat_id, after_event=event, timeout_s=timeout_s)
        if feed["timed_out"]:
            raise SystemExit("the bot does not answer")
        return feed

    def first_message(self, chat_id: int, event: int, timeout_s: float = 20.0) -> Json:
        """Return the first message in the chat after the event.

        Raises:
            SystemExit: none came in time.
        """
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            feed = self.ask("GET", "/sim/feed", chat_id=chat_id, after_event=event, timeout_s=min(left_s, 30))
            if feed["messages"]:
                message: Json = feed["messages"][0]
                return message
            event = feed["event"]
        raise SystemExit("the bot does not answer")

    def time_answer(self, chat_id: int, text: str, timeout_s: float = 20.0) -> float:
        """Return the seconds from sending the text to the first message in answer."""
        began = time.perf_counter()
        self.first_message(chat_id, self.say(chat_id, text), timeout_s)
        return time.perf_counter() - began


class Bystander(threading.Thread):
    """Asks questions at a steady rate, each in a thread, and notes the seconds until the answer, by command."""

    def __init__(self, url: str, questions: Iterator[tuple[int, str]], every_s: float, timeout_s: float) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._questions = questions
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._is_over = threading.Event()
        self.took_s: dict[str, list[float]] = {}
        self.unanswered = 0

    def run(self) -> None:
        asked = []
        while not self._is_over.wait(self._every_s):
            asked.append(threading.Thread(target=self._ask, args=next(self._questions), daemon=True))
            asked[-1].start()
        for question in asked:
            question.join()

    def stop(self) -> None:
        """Ask no more, and wait for the answers."""
        self._is_over.set()
        self.join()

    def _ask(self, chat_id: int, text: str) -> None:
        with closing(Reader(self._url)) as reader:
            began = time.perf_counter()
            try:
                reader.first_message(chat_id, reader.say(chat_id, text), self._timeout_s)
            except SystemExit:
                self.unanswered += 1
            self.took_s.setdefault(text.split(maxsplit=1)[0], []).append(time.perf_counter() - began)


class Scene(Reader):
    """The bot over a sandbox and a SQLite database in the folder."""

    def __init__(self, url: str, token: str, folder: Path, **settings: str) -> None:
        super().__init__(url)
        self.folder = folder
        self.database = folder / "ringkas.db"
        self.log = folder / "bot.log"
        self.environment = bot_environment(url, token, f"sqlite:///{self.database}", **settings)
        self.bot: subprocess.Popen[bytes] | None = None
        self.clock_offset = timedelta()
        self._last_call = 0

    def run(
        self, *arguments: str, stdin: str | None = None, check: bool = True, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a `ringkas` command to its end."""
        return subprocess.run(
            [*BOT, *arguments], env=self.environment | settings, cwd=ROOT,
            check=check, capture_output=True, input=stdin, text=True, timeout=120,
        )  # fmt: skip

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            yield connection

    def read(self, sql: str, *values: object) -> list[Any]:
        """Return the first column of the query's rows."""
        with self.connection() as connection:
            return [row[0] for row in connection.execute(sql, values)]

    def subscribe(self, chat_ids: Sequence[int], due_at: datetime) -> None:
        with self.connection() as connection:
            subscribe(connection, chat_ids, due_at)

    def replace_sources(self, urls: Sequence[str]) -> None:
        """Replace the catalogue by the made-up outlets at these addresses."""
        self.run("sources", "list")
        self.run("sources", "remove", *self.read("SELECT key FROM sources"))
        feeds = "".join(f'<outline type="rss" text="{url}" xmlUrl="{url}/rss"/>' for url in urls)
        opml = f'<opml version="2.0"><head><title>Kabar</title></head><body>{feeds}</body></opml>'
        self.run("sources", "import", "-", stdin=opml)

    def advance_clock(self, by: timedelta) -> None:
        """Move the clock of the sandbox and of a bot with SANDBOX_CLOCK_URL forward."""
        self.ask("PUT", "/sim/clock", {"forward_s": by.total_seconds()})
        self.clock_offset += by

    def start(self, *command: str, program: Sequence[str] = (*BOT, "run")) -> subprocess.Popen[bytes]:
        """Start the bot, a `ringkas` command if one is given, or else the program, and return its process."""
        with self.log.open("ab") as log:
            self.bot = subprocess.Popen(
                [*BOT, *command] if command else program, env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )
            return self.bot

    def stop(self) -> None:
        if self.bot is not None:
            processes.stop(self.bot)
            self.bot = None

    def usage(self) -> Usage:
        """Return the bot's resources.

        Raises:
            SystemExit: the bot has ended.
        """
        if self.bot is None or self.bot.poll() is not None:
            raise SystemExit(f"the bot ended: see {self.log}\n{self.log.read_text()[-2000:]}")
        main = psutil.Process(self.bot.pid)
        figures = [processes.measure(process) for process in (main, *main.children(recursive=True))]
        mib, files, processor_s = map(sum, zip(*figures, strict=True))
        return Usage(mib, figures[0][0], files, figures[0][1], processor_s)

    def new_sends(self) -> list[Json]:
        """Return the messages the sandbox accepted since the previous call."""
        calls = self.ask("GET", "/sim/calls", method="sendMessage", since=self._last_call)
        self._last_call = max((call["number"] for call in calls), default=self._last_call)
        return [call for call in calls if call["status"] == httpx.codes.OK]


@contextmanager
def open_scene(
    folder: Path, *, is_limited: bool, tokens: Sequence[str] = (SANDBOX_TOKEN,), **settings: str
) -> Iterator[Scene]:
    """Yield a scene with the sample articles; its bot has the first token and is not started yet."""
    with sandbox_process(is_limited=is_limited, tokens=tokens) as (url, token):
        scene = Scene(url, token, folder, **settings)
        scene.run("import", "seeds/articles")
        try:
            yield scene
        finally:
            scene.stop()
            scene.close()


@contextmanager
def serve_pages(page_at: Callable[[str], bytes | None]) -> Iterator[str]:
    """Serve HTML on loopback; yield the base address. `page_at` returns the page at a path, or None for a 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = page_at(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            self.wfile.write(page or b"")

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run_isolated(module: str, *arguments: object) -> Any:
    """Run a module in a process of its own and return the JSON it prints.

    Raises:
        SystemExit: the process failed.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, env=hide_tools(os.environ))
    if done.returncode:
        raise SystemExit(f"{module} failed")
    return json.loads(done.stdout)
