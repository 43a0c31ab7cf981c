"""A sandbox per test, listening on a free port of loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(settle_s=0.05)


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as running:
        yield running


@pytest.fixture
def http(server: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=10) as client:
        yield client
