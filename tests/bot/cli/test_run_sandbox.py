"""The sandbox's address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.cli.run_sandbox import listen_at
from bot.sandbox.server import SandboxServer
from tests.ports import free_port


@contextmanager
def stopping(server: SandboxServer) -> Iterator[SandboxServer]:
    """Close the socket of a server that was never started."""
    yield server
    server.stop()


def test_usual_port_is_used_if_it_is_free(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with stopping(listen_at(port)) as server:
        assert server.port == port
    assert capsys.readouterr().out == ""


def test_another_port_is_used_and_named_if_the_usual_one_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with stopping(SandboxServer()) as other, stopping(listen_at(other.port)) as server:
        assert server.port != other.port
        said = capsys.readouterr().out
    assert f"Port {other.port} " in said
    assert f"port {server.port}." in said
