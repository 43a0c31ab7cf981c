"""Ports for servers of tests and benchmarks."""

from __future__ import annotations

import random
import socket
from contextlib import closing, suppress


def free_port() -> int:
    """A port that nothing listens on, from below those that connections take by themselves."""
    while True:
        port = random.randrange(20_000, 30_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
