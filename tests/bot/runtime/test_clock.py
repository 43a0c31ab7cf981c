"""The bot's clock: this machine's, and in the sandbox the sandbox's."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.runtime.clock import SandboxClock, open_clock, utc_now
from bot.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable

SOON = timedelta(seconds=30)


async def _wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  nothing signals that the clock has followed
            await asyncio.sleep(0.01)


async def test_system_clock_is_used_without_a_sandbox() -> None:
    async with open_clock(None) as now:
        assert now is utc_now
        assert abs(now() - datetime.now(UTC)) < SOON


async def test_clock_follows_the_sandbox() -> None:
    with SandboxServer() as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            await http.put("/sim/clock", json={"forward_s": 3600})
            async with open_clock(f"{server.url}/sim/clock") as now:
                assert abs(now() - utc_now() - timedelta(hours=1)) < SOON
                await http.put("/sim/clock", json={"forward_s": 86_400})
                await _wait_until(lambda: now() - utc_now() > timedelta(hours=24))


async def test_stopped_sandbox_keeps_the_last_offset(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with SandboxServer() as server:
        url = f"{server.url}/sim/clock"
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.put(url, json={"forward_s": 3600})
        async with open_clock(url) as now:
            await asyncio.to_thread(server.stop)
            await _wait_until(lambda: "clock can't be read" in caplog.text)
            assert abs(now() - utc_now() - timedelta(hours=1)) < SOON


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"ahead_s": "x"}', b'{"ahead_s": null}', b'{"ahead_s": 1e300}'])
async def test_invalid_clock_answer_keeps_the_offset(body: bytes) -> None:
    clock = SandboxClock("http://127.0.0.1/sim/clock", ahead=timedelta(hours=1))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(ValueError):  # noqa: PT011  json's own, or ours
            await clock.ask(http, known=None)
    assert clock.ahead == timedelta(hours=1)
