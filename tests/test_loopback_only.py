"""The guard that keeps tests on this machine does its work, here and in child processes."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest


@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8", "2001:db8::1"])
def test_connection_beyond_loopback_is_refused(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(RuntimeError, match="stay on loopback"):
        sock.connect((address, 80))


def test_lookup_of_other_names_is_refused() -> None:
    with pytest.raises(RuntimeError, match="stay on loopback"):
        socket.getaddrinfo("example.com", 80)


def test_child_processes_are_guarded() -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "stay on loopback" in done.stderr


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
