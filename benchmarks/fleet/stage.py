"""A sandbox, a PostgreSQL server of our own, and members of a fleet as processes."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import httpx
import psycopg

from benchmarks.ingest.memory import ended_s, processor_s, tree
from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer
from tests.postgres_server import own_server, with_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from bot.sandbox.call_log import Call

FIRST_CHAT = 50_000
LONGEST_S = 600.0
STOP_S = 20.0
SUBSCRIBE = """
INSERT INTO subscriptions (chat_id, times, zone, days, is_active, next_due_at, created_at, updated_at)
    SELECT n, '07:00', 'Asia/Jakarta', '0123456', true, %(now)s, %(now)s, %(now)s
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
    ON CONFLICT (chat_id) DO UPDATE SET next_due_at = %(now)s
"""


class Stage:
    """Use it as a context: at its end all processes are gone."""

    def __init__(self, folder: Path, *, pool_size: int = 6) -> None:
        self._folder = folder
        self._pool_size = pool_size
        self._stack = ExitStack()
        self._seen = 0
        self._members: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        sandbox = Sandbox(limits=Limits(is_on=False))
        self.telegram = self._stack.enter_context(SandboxServer(sandbox))
        self.http = self._stack.enter_context(httpx.Client(base_url=self.telegram.url, trust_env=False, timeout=120))
        self.server = own_server(self._folder / "server", cleanup_mode="stop")
        name = f"fleet_{secrets.token_hex(4)}"
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        self.url = with_name(self.server.get_uri(), name)
        done = subprocess.run(
            [sys.executable, "-m", "bot", "import", "seeds/articles"], env=self._environment(), check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.send_signal(signal.SIGTERM)
        for member in self._members:
            try:
                member.wait(STOP_S)
            except subprocess.TimeoutExpired:
                member.kill()
        self._stack.close()
        self.server.stop()

    def _environment(self, **settings: str) -> dict[str, str]:
        return {
            **os.environ,
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_API_URL": self.telegram.url,
            "DATABASE_URL": self.url,
            "DATABASE_POOL_SIZE": str(self._pool_size),
            "REFRESH_MINUTES": "0",
            "LOG_LEVEL": "WARNING",
            "MESSAGES_PER_SECOND": "10000",
            "CHAT_MESSAGES_PER_SECOND": "1000",
            **settings,
        }

    def start(self, *command: str, stdin: BinaryIO | None = None, **settings: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{command[0]}-{len(self._members)}.log").open("ab") as log:
            member = subprocess.Popen(
                [sys.executable, "-m", "bot", *command],
                env=self._environment(**settings),
                stdin=stdin,
                stdout=log,
                stderr=log,
            )
        self._members.append(member)
        return member

    def restart_server(self) -> float:
        """End the server at once, as a power cut does, and start it again; the seconds that it was away."""
        began = time.monotonic()
        pid = self.server.get_pid()
        if pid is None:
            raise RuntimeError("the server does not run")
        os.kill(pid, signal.SIGQUIT)
        while self.server.get_postmaster_info().is_running():
            time.sleep(0.05)
        self.server.ensure_postgres_running()
        return time.monotonic() - began

    def server_s(self) -> float:
        """Processor time of the database's server so far, in seconds; backends that ended are in its main process's."""
        pid = self.server.get_pid()
        return 0.0 if pid is None else ended_s(pid) + sum(processor_s(one) for one in tree(pid))

    def make_chats(self, count: int) -> None:
        made = self.http.post("/sim/chats", json={"type": "private", "chat_id": FIRST_CHAT, "count": count})
        made.raise_for_status()

    def make_due(self, count: int) -> None:
        """Let so many chats be due now, told of nothing yet."""
        self.forget_calls()
        with psycopg.connect(self.url) as connection:
            for table in ("outbox", "told_articles", "deliveries"):
                connection.execute(f"DELETE FROM {table}".encode())  # noqa: S608
            wanted = {"now": datetime.now(UTC), "first": FIRST_CHAT, "last": FIRST_CHAT + count - 1}
            connection.execute(SUBSCRIBE, wanted)

    def forget_calls(self) -> None:
        """Count from here on."""
        self._seen = max((call.number for call in list(self.telegram.sandbox.log.calls)), default=0)

    def hold_to_limits(self, *, is_on: bool) -> None:
        """Let the sandbox refuse what Telegram would refuse for pace, or nothing; it counts anew."""
        self.http.put("/sim/limits", json={"is_on": is_on}).raise_for_status()

    def stars_spent(self) -> float:
        """What the bot paid for messages, since `hold_to_limits`."""
        return sum(world.limiter.spent for world in self.telegram.sandbox.worlds.values())

    def is_ready(self, listen: str) -> bool:
        """Whether the member whose HTTP_LISTEN that is has begun."""
        try:
            return self.http.get(f"http://{listen}/health/ready").status_code == httpx.codes.OK
        except httpx.ConnectError:
            return False

    def finished(self) -> int:
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT count(*) FROM deliveries WHERE outcome IS NOT NULL").fetchone()
        return int(found[0]) if found else 0

    def sending(self) -> int:
        """How many messages are on their way."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT count(*) FROM outbox WHERE state = 'sending'").fetchone()
        return int(found[0]) if found else 0

    def copies(self) -> Counter[tuple[int, str]]:
        """How often each message came, by chat and text."""
        return Counter(
            (int(call.parameters["chat_id"]), str(call.parameters["text"]))
            for call in self.sends()
            if call.status == httpx.codes.OK
        )

    def sends(self) -> list[Call]:
        """The calls that were to send a message, whether or not they were taken."""
        calls = list(self.telegram.sandbox.log.calls)
        return [call for call in calls if call.number > self._seen and call.method == "sendMessage"]

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + LONGEST_S
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not happen within {LONGEST_S:.0f} s; see the logs in {self._folder}")
            time.sleep(0.2)

    def ask(self, chat_id: int, text: str) -> None:
        """A person writes, and waits for nothing."""
        fields: dict[str, Any] = {"chat_id": chat_id, "text": text}
        self.http.post("/sim/messages", json=fields).raise_for_status()
