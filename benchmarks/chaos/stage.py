"""A sandbox with chats, a database in which they are due, and the bot as a process that is started and ended."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.chaos.results import Count
from benchmarks.delivery.fill import subscribe
from bot.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FIRST_CHAT = 50_000
LONGEST_S = 900.0
LONGEST_START_S = 60.0
# What was to be sent: all but what nobody reads any more.
WANTED = """
SELECT d.chat_id, b.html FROM deliveries d JOIN outbox p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id
    WHERE d.reason IS NULL OR d.reason <> 'gone'
"""
# Stories told by a message that was not sent, and stories of one that was, which do not count as told.
WRONG = """
SELECT (SELECT count(*) FROM told_articles t WHERE t.delivery_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM outbox p WHERE p.delivery_id = t.delivery_id AND p.state = 'sent'))
    + (SELECT count(*) FROM outbox p JOIN deliveries d ON d.id = p.delivery_id
        JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j
        WHERE p.state = 'sent' AND NOT EXISTS (
            SELECT 1 FROM told_articles t WHERE t.chat_id = d.chat_id AND t.article_id = j.value))
"""


class Stage:
    """One database over one sandbox. Its chats are due in each round."""

    def __init__(self, server: SandboxServer, folder: Path, chats: int, *, first_chat: int = FIRST_CHAT) -> None:
        self.server = server
        self.folder = folder
        self.database = folder / "ringkas.db"
        self.http = httpx.Client(base_url=server.url, trust_env=False, timeout=60)
        self.chat_ids = range(first_chat, first_chat + chats)
        self.bot: subprocess.Popen[bytes] | None = None
        self.seen_call = 0
        self.post("/sim/chats", type="private", chat_id=first_chat, count=chats)
        self.run("import", "seeds/articles")
        self.subscribe_all()

    def subscribe_all(self) -> None:
        """What makes the chats due in each round."""
        self.subscribe(self.chat_ids)

    def environment(self, **settings: str) -> dict[str, str]:
        return {
            **os.environ,
            "TELEGRAM_BOT_TOKEN": self.server.token,
            "TELEGRAM_API_URL": self.server.url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REFRESH_MINUTES": "0",
            **settings,
        }

    def run(self, *arguments: str, is_checked: bool = True, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `ringkas` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments], env=self.environment(**settings), check=is_checked,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def post(self, path: str, **fields: Any) -> Any:
        return self.http.post(path, json=fields).raise_for_status().json()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            yield connection

    def subscribe(self, chat_ids: Sequence[int], *, thread_id: int | None = None, set_up_by: int | None = None) -> None:
        with self.connection() as connection:
            subscribe(connection, chat_ids, datetime.now(UTC) + timedelta(days=1))
            connection.executemany(
                "UPDATE subscriptions SET thread_id = ?, set_up_by = ? WHERE chat_id = ?",
                [(thread_id, set_up_by, chat_id) for chat_id in chat_ids],
            )

    def make_due(self) -> int:
        """A new round: all chats are due now; how many."""
        self.begin_round()
        with self.connection() as connection:
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            return connection.execute("UPDATE subscriptions SET next_due_at = ? WHERE is_active", [now]).rowcount

    def begin_round(self) -> None:
        """What was called before is no part of it."""
        self.seen_call = max(self.seen_call, self.server.sandbox.log.count)

    def start(self) -> None:
        with (self.folder / "bot.log").open("ab") as log:
            self.bot = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], env=self.environment(), stdout=log, stderr=log
            )

    def process(self) -> subprocess.Popen[bytes]:
        if self.bot is None:
            raise RuntimeError("no bot was started")
        return self.bot

    def kill(self) -> set[tuple[int, ...]]:
        """kill -9; the calls that were on their way: delivery, position, attempt."""
        self.process().kill()
        self.process().wait()
        with self.connection() as connection:
            sending = "SELECT delivery_id, position, attempts FROM outbox WHERE kind = 'digest' AND state = 'sending'"
            return set(connection.execute(sending))

    def stop(self) -> float:
        """SIGTERM; how many seconds the bot took."""
        began = time.monotonic()
        self.process().send_signal(signal.SIGTERM)
        # A bot that only just starts has nothing to finish, and ends at once.
        if self.process().wait(timeout=60) not in {0, -signal.SIGTERM}:
            raise RuntimeError(f"the bot ended with {self.process().returncode}: see {self.folder / 'bot.log'}")
        return time.monotonic() - began

    def count(self, sql: str, *values: str | int) -> int:
        with self.connection() as connection:
            return int(connection.execute(sql, values).fetchone()[0])

    def messages(self) -> int:
        """How many messages the bot has begun to send, ever, as far as the sandbox remembers."""
        return sum(call.method == "sendMessage" for call in list(self.server.sandbox.log.calls))

    def wait_for_messages(self, more: int = 1) -> None:
        """Until so many more messages were begun, or all are out."""
        wanted = self.messages() + more
        self.wait_until(lambda: self.messages() >= wanted or self.is_drained(), LONGEST_START_S)

    def wait_until(self, condition: Callable[[], bool], longest_s: float, step_s: float = 0.05) -> None:
        deadline = time.monotonic() + longest_s
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"it did not happen within {longest_s:.0f} s: see {self.folder / 'bot.log'}")
            if self.bot is not None and self.bot.poll() not in {None, -signal.SIGKILL}:
                raise RuntimeError(f"the bot ended with {self.bot.returncode}: see {self.folder / 'bot.log'}")
            time.sleep(step_s)

    def is_drained(self) -> bool:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        return not self.count(
            "SELECT (SELECT count(*) FROM deliveries WHERE finished_at IS NULL)"
            " + (SELECT count(*) FROM subscriptions WHERE next_due_at <= ?)",
            now,
        )

    def drain(self) -> None:
        """Wait until all that is due was sent."""
        self.wait_until(self.is_drained, LONGEST_S, step_s=0.3)

    def finish(self) -> None:
        """Let the bot send what is left, and stop it."""
        self.start()
        self.drain()
        self.stop()

    def fault(self, **fault: Any) -> None:
        self.post("/sim/faults", **fault)

    def end_faults(self) -> None:
        self.http.delete("/sim/faults").raise_for_status()

    def close_line(self) -> None:
        """Telegram is away: connections are refused."""
        self.server.stop()

    def open_line(self) -> None:
        """It is back at the same address, and knows all that it knew."""
        self.server = SandboxServer(self.server.sandbox, port=self.server.port).start()

    def forget_updates(self) -> None:
        """The bot never learns of what happened in its chats."""
        polls = f"/bot{self.server.token}/getUpdates"
        if updates := self.http.get(polls, params={"offset": -1}).json()["result"]:
            self.http.get(polls, params={"offset": updates[-1]["update_id"] + 1}).raise_for_status()

    def came(self) -> list[tuple[int, str]]:
        """Chat and text of each message that the sandbox took since this was asked last."""
        log = self.server.sandbox.log
        if log.calls and log.calls[0].number > self.seen_call + 1 and len(log.calls) == log.calls.maxlen:
            raise RuntimeError(f"there were {log.count - self.seen_call:,} calls, more than the sandbox remembers")
        calls = self.http.get("/sim/calls", params={"method": "sendMessage", "since": self.seen_call}).json()
        self.seen_call = max(log.count, *(call["number"] for call in calls), self.seen_call)
        return [
            (int(call["parameters"]["chat_id"]), call["parameters"]["text"])
            for call in calls
            # A fault may answer 200 to a message that was not taken.
            if call["status"] == httpx.codes.OK and call["fault"] != "status"
        ]

    def tally(self) -> Count:
        """Compare what the ledger of this round says with what the sandbox took, and begin the next round."""
        came = Counter(self.came())
        with self.connection() as connection:
            wanted = connection.execute(WANTED).fetchall()
            wrong = int(connection.execute(WRONG).fetchone()[0])
            # Each round is counted by itself, and tells the same news.
            for table in ("outbox", "deliveries", "told_articles"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
        return Count.of([came[part] for part in wanted], wrong)
