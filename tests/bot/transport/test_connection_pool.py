"""Connections that are kept, over transports that only count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.transport.connection_pool import LifoConnectionPool, is_proxied

URL = "http://telegram.test/sendMessage"


class Body(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"arrived"


class FakeConnection(httpx.AsyncBaseTransport):
    """One connection: answers when the exchange lets it, or fails as it says."""

    def __init__(self, exchange: FakeTransports) -> None:
        self.exchange = exchange
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Others come meanwhile.
        await asyncio.sleep(0)
        await self.exchange.may_answer.wait()
        if self.exchange.failure is not None:
            raise self.exchange.failure
        return httpx.Response(200, stream=Body())

    async def aclose(self) -> None:
        self.is_closed = True
        if all(line.is_closed for line in self.exchange.lines):
            self.exchange.all_closed.set()


class FakeTransports:
    """Makes the lines and keeps them."""

    def __init__(self, most: int = 2, kept_s: float = 4.0) -> None:
        self.lines: list[FakeConnection] = []
        self.all_closed = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.failure: Exception | None = None
        self.client = httpx.AsyncClient(
            transport=LifoConnectionPool(self.make, most=most, kept_s=kept_s),
            timeout=httpx.Timeout(5, pool=0.01),
        )

    def make(self) -> FakeConnection:
        self.lines.append(FakeConnection(self))
        return self.lines[-1]


async def test_sequential_requests_share_one_connection() -> None:
    exchange = FakeTransports()
    for _ in range(3):
        assert (await exchange.client.get(URL)).content == b"arrived"
    assert len(exchange.lines) == 1


async def test_request_without_a_free_connection_fails_as_unsent() -> None:
    exchange = FakeTransports()
    exchange.may_answer.clear()
    busy = [asyncio.create_task(exchange.client.get(URL)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(httpx.PoolTimeout):
        await exchange.client.get(URL)
    waiting = asyncio.create_task(exchange.client.get(URL, timeout=httpx.Timeout(5, pool=5)))
    exchange.may_answer.set()
    assert [(await answer).content for answer in (*busy, waiting)] == [b"arrived"] * 3
    assert len(exchange.lines) == 2


async def test_failed_connection_is_released() -> None:
    exchange = FakeTransports(most=1)
    exchange.failure = httpx.ReadError("cut")
    for _ in range(3):
        with pytest.raises(httpx.ReadError):
            await exchange.client.get(URL)
    exchange.failure = None
    assert (await exchange.client.get(URL)).content == b"arrived"


async def test_cancelled_request_returns_its_connection() -> None:
    exchange = FakeTransports(most=1)
    exchange.may_answer.clear()
    given_up = asyncio.create_task(exchange.client.get(URL))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    exchange.may_answer.set()
    assert (await exchange.client.get(URL)).content == b"arrived"


async def test_connections_of_a_burst_are_closed_after_it() -> None:
    exchange = FakeTransports(most=5, kept_s=0.2)
    await asyncio.gather(*(exchange.client.get(URL) for _ in range(5)))
    assert [line.is_closed for line in exchange.lines] == [False] * 5
    async with asyncio.timeout(10):
        await exchange.all_closed.wait()
    assert (await exchange.client.get(URL)).content == b"arrived"
    assert len(exchange.lines) == 6


async def test_closed_pool_leaves_no_connection_open() -> None:
    exchange = FakeTransports()
    await exchange.client.get(URL)
    await exchange.client.aclose()
    assert [line.is_closed for line in exchange.lines] == [True]


async def test_closing_a_body_twice_releases_one_connection() -> None:
    exchange = FakeTransports(most=1)
    async with exchange.client.stream("GET", URL) as answer:
        await answer.aread()
        await answer.aclose()
        await answer.stream.aclose()  # type: ignore[union-attr]
    exchange.may_answer.clear()
    busy = asyncio.create_task(exchange.client.get(URL))
    await asyncio.sleep(0)
    with pytest.raises(httpx.PoolTimeout):
        await exchange.client.get(URL)
    exchange.may_answer.set()
    await busy


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"https_proxy": "http://proxy.test:3128"}, True),
        ({"all_proxy": "http://proxy.test:3128"}, True),
        ({"http_proxy": "http://proxy.test:3128"}, False),
        ({"https_proxy": "http://proxy.test:3128", "no_proxy": "telegram.test"}, False),
        ({"https_proxy": "http://proxy.test:3128", "no_proxy": "other.test"}, True),
    ],
)
def test_proxy_in_the_environment_is_detected(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *, expected: bool
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_proxied("https://telegram.test") is expected
