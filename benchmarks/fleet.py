"""A fleet on PostgreSQL: receivers and workers, each a process.

    python -m benchmarks.fleet [--digests N] [--workers N]

prints the processor time of a digest in workers without rate limits, from the moment when all of them have started.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from tempfile import TemporaryDirectory
from typing import Any, Self

import psutil
import psycopg

from benchmarks.processes import BOT, ROOT, bot_environment, processor_s, stop
from benchmarks.report import describe_machine, table
from benchmarks.scene import FIRST_CHAT, Reader, sandbox_process
from tests.ports import free_port
from tests.postgres_server import own_server

CHUNK_BYTES = 65_536
DIGESTS, WORKERS = 10_000, 2
MAX_START_S, MAX_SEND_S, POLL_S = 120.0, 600.0, 0.5
# One chat for each digest, all due now.
SUBSCRIBE = """
INSERT INTO subscriptions (chat_id, times, zone, days, is_active, next_due_at, created_at, updated_at)
    SELECT n, '07:00', 'Asia/Jakarta', '0123456', true, %(now)s, %(now)s, %(now)s
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
IS_STARTED = "SELECT to_regclass('fleet.members') IS NOT NULL"
MEMBERS = "SELECT count(*) FROM fleet.members"
FINISHED = "SELECT count(*) FROM deliveries WHERE finished_at IS NOT NULL"
WRITTEN = """
SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, xact_commit FROM pg_stat_database WHERE datname = current_database()
"""


class Fleet:
    """A database server of its own with the sample articles, and the processes started over it."""

    def __init__(self, folder: Path, telegram_url: str, token: str, **settings: str) -> None:
        self.folder = folder
        self._commands: dict[int, tuple[tuple[str, ...], dict[str, str]]] = {}
        self._server = own_server(folder / "server", cleanup_mode="stop")
        self.members: list[subprocess.Popen[bytes]] = []
        self.url = self._server.get_uri()
        self.environment = bot_environment(telegram_url, token, self.url, **settings)

    def __enter__(self) -> Self:
        command = [*BOT, "import", "seeds/articles"]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.terminate()
        for member in self.members:
            stop(member)
        self._server.stop()

    def start(self, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a process of the fleet, such as "worker"."""
        with (self.folder / f"{command[0]}-{len(self.members)}.log").open("ab") as log:
            environment = self.environment | settings
            member = subprocess.Popen([*BOT, *command], env=environment, cwd=ROOT, stdout=log, stderr=log)
        self.members.append(member)
        self._commands[member.pid] = command, settings
        return member

    def restart(self, member: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """Start a process that has ended again, with the same command and settings."""
        self.members.remove(member)
        command, settings = self._commands.pop(member.pid)
        return self.start(*command, **settings)

    def start_receiver(self, port: int = 0, public_port: int = 0) -> subprocess.Popen[bytes]:
        """Start a receiver of webhooks at the port, or at a free one. Telegram sends updates to the public port, or
        straight to the receiver."""
        port = port or free_port()
        url = f"http://127.0.0.1:{public_port or port}/telegram"
        return self.start("web", WEBHOOK_URL=url, WEBHOOK_LISTEN=f"127.0.0.1:{port}")

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

    def server_s(self) -> float:
        """Return the processor time of the database server so far in seconds, that of ended connections included."""
        main = psutil.Process(self._server.get_pid())
        ended = main.cpu_times()
        running_s = 0.0
        for connection in main.children():
            with suppress(psutil.NoSuchProcess):
                running_s += processor_s(connection)
        return float(processor_s(main) + ended.children_user + ended.children_system) + running_s

    def wait_for(self, sql: str, least: int, max_s: float) -> None:
        """Wait until the query returns `least`.

        Raises:
            SystemExit: it took too long.
        """
        deadline = time.monotonic() + max_s
        while (found := self.execute(sql)[0][0]) < least:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {found} of {least} after {max_s:.0f} s: {sql}")
            time.sleep(POLL_S)

    def execute(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows, if it has any."""
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description else []


class LoadBalancer(ThreadingTCPServer):
    """Passes each connection on to the next receiver that accepts it."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__(("127.0.0.1", 0), PassOn)
        self._ports = ports
        self._turns = count()
        self.port = int(self.server_address[1])
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def connect(self) -> socket.socket:
        """Return a connection to a receiver.

        Raises:
            ConnectionError: none accepts connections.
        """
        first = next(self._turns)
        for turn in range(first, first + len(self._ports)):
            with suppress(ConnectionError):
                return socket.create_connection(("127.0.0.1", self._ports[turn % len(self._ports)]))
        raise ConnectionError("no receiver accepts connections")


class PassOn(BaseRequestHandler):
    server: LoadBalancer

    def handle(self) -> None:
        with suppress(OSError), self.server.connect() as receiver:
            back = threading.Thread(target=copy_bytes, args=(receiver, self.request), daemon=True)
            back.start()
            copy_bytes(self.request, receiver)
            back.join()


def copy_bytes(source: socket.socket, target: socket.socket) -> None:
    """Copy until one of the two ends, and end the other one."""
    with suppress(OSError):
        while received := source.recv(CHUNK_BYTES):
            target.sendall(received)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def measure(digests: int, workers: int) -> str:
    """Return a table of the costs of a digest, in milliseconds of processor time."""
    with (
        TemporaryDirectory(prefix="ringkas-") as folder,
        sandbox_process(is_limited=False) as (url, token),
        closing(Reader(url)) as reader,
        Fleet(Path(folder), url, token, MESSAGES_PER_SECOND="10000", CHAT_MESSAGES_PER_SECOND="1000") as fleet,
    ):
        reader.make_chats(FIRST_CHAT, digests)
        members = [psutil.Process(fleet.start("worker").pid) for _ in range(workers)]
        fleet.wait_for(IS_STARTED, 1, MAX_START_S)
        fleet.wait_for(MEMBERS, workers, MAX_START_S)
        before_s, server_before_s = sum(map(processor_s, members)), fleet.server_s()
        ((wal, commits),) = fleet.execute(WRITTEN)
        began = time.monotonic()
        fleet.execute(SUBSCRIBE, now=datetime.now(UTC), first=FIRST_CHAT, last=FIRST_CHAT + digests - 1)
        fleet.wait_for(FINISHED, digests, MAX_SEND_S)
        took_s = time.monotonic() - began
        processes_s, server_s = sum(map(processor_s, members)) - before_s, fleet.server_s() - server_before_s
        ((wal_after, commits_after),) = fleet.execute(WRITTEN)
    processes_ms, server_ms = (1000 * seconds / digests for seconds in (processes_s, server_s))
    heads = ("digests", "workers", "s", "ms: processes", "database", "together", "commits", "bytes of WAL")
    row = (
        f"{digests:,}", workers, f"{took_s:.0f}", f"{processes_ms:.2f}", f"{server_ms:.2f}",
        f"{processes_ms + server_ms:.2f}", f"{(commits_after - commits) / digests:.2f}",
        f"{(wal_after - wal) / digests:,.0f}",
    )  # fmt: skip
    return table(heads, [row])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digests", type=int, default=DIGESTS)
    parser.add_argument("--workers", type=int, default=WORKERS)
    options = parser.parse_args()
    print(describe_machine("psycopg", "python-telegram-bot", "httpx"))
    print(measure(options.digests, options.workers))


if __name__ == "__main__":
    main()
