"""A sandbox with chats, a database in which they are due, and the bot as a process that is started and ended."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.delivery.fill import subscribe

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.server import SandboxServer

FIRST_CHAT = 50_000
LONGEST_S = 600.0
EXIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Count:
    """What reached the chats: messages due, those that never came, those that came twice, and more often."""

    due: int
    lost: int
    twice: int
    thrice: int


class Stage:
    """One database over one sandbox. `chats` are due in each round."""

    def __init__(self, server: SandboxServer, folder: Path, chats: int) -> None:
        self.server = server
        self.folder = folder
        self.database = folder / "ringkas.db"
        self.http = httpx.Client(base_url=server.url, trust_env=False, timeout=60)
        self.chat_ids = range(FIRST_CHAT, FIRST_CHAT + chats)
        self.bot: subprocess.Popen[bytes] | None = None
        self.seen_call = 0
        for chat_id in self.chat_ids:
            self.http.post("/sim/chats", json={"type": "private", "chat_id": chat_id}).raise_for_status()
        self.run("import", "seeds/articles")
        with closing(sqlite3.connect(self.database)) as connection:
            subscribe(connection, self.chat_ids, datetime.now(UTC) + timedelta(days=1))

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "TELEGRAM_BOT_TOKEN": self.server.token,
            "TELEGRAM_API_URL": self.server.url,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REFRESH_MINUTES": "0",
        }

    def run(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "bot", *arguments], env=self.environment(), check=True, capture_output=True
        )

    def make_due(self) -> int:
        """A new round: all chats are due now; the numbers of calls after this one belong to it."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            return connection.execute("UPDATE subscriptions SET next_due_at = ? WHERE is_active", [now]).rowcount

    def start(self) -> None:
        with (self.folder / "bot.log").open("ab") as log:
            self.bot = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], env=self.environment(), stdout=log, stderr=log
            )

    def kill(self) -> int:
        """kill -9; how many messages were on their way."""
        if self.bot is not None:
            self.bot.kill()
            self.bot.wait()
        return self.count("SELECT count(*) FROM delivery_parts WHERE state = 'sending'")

    def stop(self) -> float:
        """SIGTERM; how many seconds the bot took."""
        if self.bot is None:
            return 0.0
        began = time.monotonic()
        self.bot.send_signal(signal.SIGTERM)
        # A bot that only just starts has nothing to finish, and ends at once.
        if self.bot.wait(timeout=60) not in {0, -signal.SIGTERM}:
            raise RuntimeError(f"the bot ended with {self.bot.returncode}: see {self.folder / 'bot.log'}")
        return time.monotonic() - began

    def count(self, sql: str, *values: str) -> int:
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            return int(connection.execute(sql, values).fetchone()[0])

    def is_drained(self) -> bool:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        return not self.count(
            "SELECT (SELECT count(*) FROM deliveries WHERE finished_at IS NULL)"
            " + (SELECT count(*) FROM subscriptions WHERE next_due_at <= ?)",
            now,
        )

    def drain(self) -> None:
        """Wait until all that is due was sent."""
        deadline = time.monotonic() + LONGEST_S
        while not self.is_drained():
            if time.monotonic() > deadline:
                raise RuntimeError("the digests did not go out in time")
            time.sleep(0.3)

    def fault(self, **fault: Any) -> None:
        self.http.post("/sim/faults", json=fault).raise_for_status()

    def tally(self) -> Count:
        """Compare what the ledger of this round says with what the sandbox took, and begin the next round."""
        calls = self.http.get("/sim/calls", params={"method": "sendMessage", "since": self.seen_call}).json()
        self.seen_call = max((call["number"] for call in calls), default=self.seen_call)
        came = Counter(
            (int(call["parameters"]["chat_id"]), call["parameters"]["text"])
            for call in calls
            if call["status"] == httpx.codes.OK
        )
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            wanted = connection.execute(
                "SELECT d.chat_id, b.html FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id"
                " JOIN bodies b ON b.id = p.body_id WHERE d.reason IS NULL OR d.reason <> 'gone'"
            ).fetchall()
            # Each round is counted by itself: two digests without news say the same.
            connection.execute("DELETE FROM delivery_parts")
            connection.execute("DELETE FROM deliveries")
        copies = [came[part] for part in wanted]
        return Count(
            due=len(wanted),
            lost=sum(number == 0 for number in copies),
            twice=sum(number == 2 for number in copies),
            thrice=sum(number > 2 for number in copies),
        )
