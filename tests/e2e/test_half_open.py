"""Strangers hold many connections to the webhook open: Telegram is heard all the same."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bot.transport.webhook import derive_secret
from bot.web.server import Timeouts
from tests import flooding
from tests.e2e.conftest import World
from tests.ports import free_port

HEADER = "X-Telegram-Bot-Api-Secret-Token"
POSTS = 10
# A delivery takes milliseconds; a blocked webhook would never answer. The rest is for a busy machine.
LONGEST_S = 30.0


@contextmanager
def run_flood(kind: str, port: int, count: int) -> Iterator[None]:
    command = [sys.executable, str(Path(flooding.__file__)), kind, str(port), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"open\n"
            yield
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def test_idle_connections_do_not_block_the_webhook(world: World) -> None:
    port = free_port()
    url, numbers = f"http://127.0.0.1:{port}/telegram", itertools.count(1)
    with world.bot(WEBHOOK_URL=url, WEBHOOK_LISTEN=f"127.0.0.1:{port}"):
        reader = world.person()
        assert reader.say("/topik")
        with socket.create_connection(("127.0.0.1", port), timeout=Timeouts().head_s + LONGEST_S) as silent:
            for kind, count in (("silent", 250), ("half", 2000), ("body", 2000), ("broken", 50)):
                with run_flood(kind, port, count):
                    for _ in range(POSTS):
                        deliver(url, world, next(numbers))
                    # The sandbox delivers as Telegram does.
                    assert reader.say("/topik")
            assert silent.recv(1) == b""
        assert httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).status_code == httpx.codes.OK
    # Broken requests from strangers are not logged as errors of the bot.
    assert "Traceback" not in world.log()


def deliver(url: str, world: World, update_id: int) -> None:
    """Deliver an update over a connection of its own.

    A broken connection is repeated, as Telegram does: on a busy machine 128 newer ones of this address can push it
    out before it is read.
    """
    began_s = time.monotonic()
    while True:
        try:
            answer = httpx.post(
                url,
                json={"update_id": update_id},
                headers={HEADER: derive_secret(world.server.token)},
                timeout=LONGEST_S,
                trust_env=False,
            )
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            assert time.monotonic() - began_s < LONGEST_S
        else:
            assert answer.status_code == httpx.codes.OK
            return
