"""A fleet on PostgreSQL: receivers and workers, each a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, Self

import psycopg

from benchmarks.processes import BOT, ROOT, bot_environment, stop
from tests.ports import free_port
from tests.postgres_server import own_server

CHUNK_BYTES = 65_536


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
