"""A sandbox and a bot, each a process of its own, and what the bot's takes of the machine."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.delivery.fill import subscribe
from benchmarks.delivery.stand_in import sandbox_process
from benchmarks.ingest.memory import held_mib, processor_s, pss_mib, tree
from benchmarks.installed import as_installed
from bot.sandbox.sandbox import SANDBOX_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIRST_CHAT = 50_000
STOP_S = 20.0
# sqlite-utils loads pandas where it is installed: for the product it is not, for other benchmarks it may be.
BOT = (sys.executable, "-c", "import sys; sys.modules['pandas'] = None; from bot.cli import main; main()")
ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the bot's processes took: memory with what they share counted once, open files, processor time so far; of
    the first two also what the main process alone took, without its workers."""

    mib: float
    main_mib: float
    files: int
    main_files: int
    processor_s: float


class Scene:
    """The bot over a sandbox and a database in the folder."""

    def __init__(self, url: str, token: str, folder: Path, **settings: str) -> None:
        self.database = folder / "ringkas.db"
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=60)
        self.log = folder / "bot.log"
        self.environment = {
            **as_installed(os.environ),
            "TELEGRAM_BOT_TOKEN": token,
            "TELEGRAM_API_URL": url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "ALLOW_PRIVATE_ADDRESSES": "true",
            "REFRESH_MINUTES": "0",
            **settings,
        }
        self.bot: subprocess.Popen[bytes] | None = None
        self.ahead = timedelta()
        self._seen_call = 0

    def run(self, *arguments: str, stdin: str | None = None) -> None:
        """One of the program's commands."""
        subprocess.run(
            [*BOT, *arguments], env=self.environment, cwd=ROOT,
            check=True, stdout=subprocess.DEVNULL, input=stdin, text=True,
        )  # fmt: skip

    def make_chats(self, first: int, count: int) -> None:
        """Private chats of people who started the bot, with these ids from the first on."""
        self.ask("POST", "/sim/chats", {"type": "private", "chat_id": first, "count": count})

    def subscribe(self, chat_ids: Sequence[int], due_at: datetime) -> None:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            subscribe(connection, chat_ids, due_at)

    def follow_clock(self) -> None:
        """The bot that is started next follows the sandbox's clock."""
        self.environment["SANDBOX_CLOCK_URL"] = f"{self.url}/sim/clock"

    def now(self) -> datetime:
        """By the sandbox's clock."""
        return datetime.now(UTC) + self.ahead

    def forward(self, by: timedelta) -> None:
        """Put the clock of sandbox and bot forward."""
        self.ask("PUT", "/sim/clock", {"forward_s": by.total_seconds()})
        self.ahead += by

    def make_due(self, first: int, last: int) -> None:
        """The digests of the chats with ids from the first to the last are due now."""
        now = self.now().isoformat(timespec="microseconds")
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute(
                "UPDATE subscriptions SET next_due_at = ? WHERE chat_id BETWEEN ? AND ?", [now, first, last]
            )

    def check_sources(self) -> None:
        """All sources are to be looked at now."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute("UPDATE sources SET next_check_at = NULL WHERE is_active")

    def read(self, sql: str, *values: object) -> list[Any]:
        """The first column of what the database answers."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return [row[0] for row in connection.execute(sql, values)]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.bot = subprocess.Popen([*BOT, "run"], env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for a bot that does not end."""
        if self.bot is None:
            return
        self.bot.send_signal(signal.SIGTERM)
        try:
            self.bot.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.bot.kill()
            self.bot.wait()
        self.bot = None

    def hold(self, *, is_held: bool) -> None:
        """Let the bot stand still, or go on: what people write meanwhile comes to it at once."""
        if self.bot is not None:
            self.bot.send_signal(signal.SIGSTOP if is_held else signal.SIGCONT)

    def taken(self) -> Taken:
        if self.bot is None or self.bot.poll() is not None:
            raise SystemExit(f"the bot ended: see {self.log}\n{self.log.read_text()[-2000:]}")
        main = self.bot.pid
        pids = tree(main)
        return Taken(
            held_mib(main), pss_mib(main), sum(map(open_files, pids)), open_files(main), sum(map(processor_s, pids))
        )

    def ask(self, verb: str, path: str, body: Json | None = None, **query: Any) -> Any:
        response = self.http.request(verb, path, json=body, params=query or None)
        if response.status_code != httpx.codes.OK:
            raise SystemExit(response.text)
        return response.json()

    def say(self, chat_id: int, text: str) -> int:
        """A person writes; the sandbox's number of that event."""
        return int(self.ask("POST", "/sim/messages", {"chat_id": chat_id, "text": text})["sandbox"]["event"])

    def answer_s(self, chat_id: int, text: str, timeout_s: float = 20.0) -> float:
        """How many seconds from what the person writes to the first message in answer."""
        began = time.perf_counter()
        event, deadline = self.say(chat_id, text), began + timeout_s
        while time.perf_counter() < deadline:
            feed = self.ask("GET", "/sim/feed", chat_id=chat_id, after_event=event, timeout_s=timeout_s)
            if feed["messages"]:
                return time.perf_counter() - began
            event = feed["event"]
        raise SystemExit(f"no answer to {text}")

    def new_sends(self) -> list[Json]:
        """The messages that the bot sent with success since this was asked last."""
        calls = self.ask("GET", "/sim/calls", method="sendMessage", since=self._seen_call)
        self._seen_call = max((call["number"] for call in calls), default=self._seen_call)
        return [call for call in calls if call["status"] == httpx.codes.OK]


@contextmanager
def scene(
    folder: Path, *, is_limited: bool, tokens: Sequence[str] = (SANDBOX_TOKEN,), **settings: str
) -> Iterator[Scene]:
    """A scene with the sample articles, whose bot is not started yet; it is ended with the scene. The bot has the first
    of the tokens; the others are for bots beside it."""
    with sandbox_process(is_limited=is_limited, tokens=tokens) as (url, token):
        made = Scene(url, token, folder, **settings)
        made.run("import", "seeds/articles")
        try:
            yield made
        finally:
            made.stop()
            made.http.close()


def open_files(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0
