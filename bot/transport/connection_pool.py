"""A pool of connections to Telegram whose cost does not grow with their number.

httpx's pool scans all its connections twice per request and polls the idle ones: with thirty of them that is a quarter
of the cost of a message. This pool is a stack.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

# Shorter than servers keep idle connections: a request written while the server closes may or may not arrive.
KEPT_S = 4.0
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class LifoConnectionPool(httpx.AsyncBaseTransport):
    """At most `most` connections at a time. `make` returns a transport with one connection.

    Raises httpx.PoolTimeout if none becomes free within the request's pool timeout; nothing was sent then.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], *, most: int, kept_s: float = KEPT_S) -> None:
        self._make = make
        self._kept_s = kept_s
        self._room = asyncio.Semaphore(most)
        # The most recently used connection is at the right end and is used next.
        self._idle: deque[tuple[httpx.AsyncBaseTransport, float]] = deque()
        self._closing: asyncio.Task[None] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._wait_for_room(request)
        connection = self._idle.pop()[0] if self._idle else self._make()
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            # The transport has closed its broken connection and can be used again.
            self._give_back(connection)
            raise
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = PooledStream(response.stream, lambda: self._give_back(connection))
        return response

    async def aclose(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
        while self._idle:
            await self._idle.pop()[0].aclose()

    async def _wait_for_room(self, request: httpx.Request) -> None:
        if not self._room.locked():  # A timeout for each request would cost more than the request's own bookkeeping.
            await self._room.acquire()
            return
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("pool")):
                await self._room.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("all connections are in use", request=request) from error

    def _give_back(self, connection: httpx.AsyncBaseTransport) -> None:
        self._idle.append((connection, time.monotonic()))
        self._room.release()
        # Connections of a burst are closed after it.
        if self._closing is None or self._closing.done():
            self._closing = asyncio.create_task(self._close_unused())

    async def _close_unused(self) -> None:
        """Close connections that were idle for too long, until the pool is empty."""
        while self._idle:
            left_s = self._idle[0][1] + self._kept_s - time.monotonic()
            if left_s > 0:
                await asyncio.sleep(left_s)
            else:
                await self._idle.popleft()[0].aclose()


class PooledStream(httpx.AsyncByteStream):
    """A response body that returns its connection to the pool when it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, give_back: Callable[[], None]) -> None:
        self._stream = stream
        self._give_back = give_back
        self._is_lent = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        if not self._is_lent:
            return
        self._is_lent = False
        try:
            await self._stream.aclose()
        finally:
            self._give_back()


def create_pool(server: str, most: int) -> LifoConnectionPool:
    """Return a pool of direct connections to the server."""
    context = httpx.create_ssl_context() if urlsplit(server).scheme == "https" else False
    alone = httpx.Limits(max_connections=1, keepalive_expiry=KEPT_S)
    return LifoConnectionPool(lambda: httpx.AsyncHTTPTransport(verify=context, limits=alone), most=most)


def is_local(server: str) -> bool:
    """Return whether the server is on this machine, so that no proxy applies."""
    return urlsplit(server).hostname in LOOPBACK_HOSTS


def is_proxied(server: str) -> bool:
    """Return whether the environment sets a proxy for the server."""
    address = urlsplit(server)
    named = getproxies()
    return (address.scheme in named or "all" in named) and not proxy_bypass(address.hostname or "")
