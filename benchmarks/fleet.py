"""A fleet on PostgreSQL: receivers behind a load balancer, and workers, each a process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

import psycopg

from benchmarks.processes import BOT, ROOT, hide_tools
from tests.ports import free_port
from tests.postgres_server import own_server

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

STOP_S = 20.0
CHUNK = 65_536


class Balancer:
    """Forwards connections at `port` on loopback, in a thread, to the next port of `behind` that accepts."""

    def __init__(self, port: int, behind: list[int]) -> None:
        self._port = port
        self._behind = behind
        self._next = 0
        self._loop = asyncio.new_event_loop()
        self._is_ready = Event()
        self._stopping: asyncio.Event | None = None
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        async with await asyncio.start_server(self._forward, "127.0.0.1", self._port):
            self._is_ready.set()
            await self._stopping.wait()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._behind:
            self._next += 1
            with suppress(OSError):
                upstream = await asyncio.open_connection("127.0.0.1", self._behind[self._next % len(self._behind)])
                break
        else:
            writer.close()
            return
        await asyncio.gather(_copy(reader, upstream[1]), _copy(upstream[0], writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


class Fleet:
    """A database server of its own with the sample articles, and the processes started over it."""

    def __init__(self, folder: Path, telegram_url: str, token: str, **settings: str) -> None:
        self._folder = folder
        self._server = own_server(folder / "server", cleanup_mode="stop")
        self._stack = ExitStack()
        self.members: list[subprocess.Popen[bytes]] = []
        self.url = self._server.get_uri()
        self.environment = {
            **hide_tools(os.environ),
            "TELEGRAM_BOT_TOKEN": token,
            "TELEGRAM_API_URL": telegram_url,
            "DATABASE_URL": self.url,
            "ALLOW_PRIVATE_ADDRESSES": "true",
            "REFRESH_MINUTES": "0",
            **settings,
        }

    def __enter__(self) -> Self:
        self._stack.callback(self._server.stop)
        command = [*BOT, "import", "seeds/articles"]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.terminate()
        for member in self.members:
            try:
                member.wait(STOP_S)
            except subprocess.TimeoutExpired:
                member.kill()
                member.wait()
        self._stack.close()

    def start(self, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a process of the fleet, such as "worker"."""
        with (self._folder / f"{command[0]}-{len(self.members)}.log").open("wb") as log:
            environment = self.environment | settings
            member = subprocess.Popen([*BOT, *command], env=environment, cwd=ROOT, stdout=log, stderr=log)
        self.members.append(member)
        return member

    def start_receivers(self, count: int) -> None:
        """Start receivers behind a load balancer to which the webhook points."""
        outside, ports = free_port(), [free_port() for _ in range(count)]
        self._stack.enter_context(Balancer(outside, ports))
        self.environment["WEBHOOK_URL"] = f"http://127.0.0.1:{outside}/telegram"
        for port in ports:
            self.start("web", WEBHOOK_LISTEN=f"127.0.0.1:{port}")

    def crash_server(self) -> float:
        """End the database server as a power cut does, start it again, and return the seconds in between."""
        began = time.monotonic()
        pid = self._server.get_pid()
        if pid is None:
            raise RuntimeError("the server does not run")
        os.kill(pid, signal.SIGQUIT)
        while self._server.get_postmaster_info().is_running():
            time.sleep(0.05)
        self._server.ensure_postgres_running()
        return time.monotonic() - began

    def execute(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows, if it has any."""
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description else []
