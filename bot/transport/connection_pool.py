"""Kept-alive connections to Telegram, found at the same cost however many there are.

httpx's own pool looks at each of its connections twice a request, and asks the system about those that are idle: with
some thirty of them that is a quarter of what a message costs. Here a connection is taken from the top of a stack.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

# Shorter than servers keep idle connections: what is written while the other side closes may have arrived, or not.
KEPT_S = 4.0
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class KeptConnections(httpx.AsyncBaseTransport):
    """At most so many connections at a time, each a transport of its own that `make` gives.

    Raises httpx.PoolTimeout when none became free in the request's time for that; it never left then.
    """

    def __init__(
        self,
        make: Callable[[], httpx.AsyncBaseTransport],
        *,
        most: int,
        kept_s: float = KEPT_S,
    ) -> None:
        self._make = make
        self._kept_s = kept_s
        self._room = asyncio.Semaphore(most)
        # The one used last is at the right end, and next.
        self._idle: deque[tuple[httpx.AsyncBaseTransport, float]] = deque()
        self._closing: asyncio.Task[None] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._wait_for_room(request)
        connection = self._idle.pop()[0] if self._idle else self._make()
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            # It closed what failed itself, and can be used again.
            self._give_back(connection)
            raise
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = LentStream(response.stream, lambda: self._give_back(connection))
        return response

    async def aclose(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
        while self._idle:
            await self._idle.pop()[0].aclose()

    async def _wait_for_room(self, request: httpx.Request) -> None:
        if not self._room.locked():
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
        # A burst's connections don't stay open after it.
        if self._closing is None or self._closing.done():
            self._closing = asyncio.create_task(self._close_unused())

    async def _close_unused(self) -> None:
        """Close what was not used for long, until nothing is left."""
        while self._idle:
            left_s = self._idle[0][1] + self._kept_s - time.monotonic()
            if left_s > 0:
                await asyncio.sleep(left_s)
            else:
                await self._idle.popleft()[0].aclose()


class LentStream(httpx.AsyncByteStream):
    """An answer's body, whose connection goes back once, when it is closed."""

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


def connections_to(server: str, most: int) -> KeptConnections:
    """Connections to the server at the address, straight."""
    context = httpx.create_ssl_context() if urlsplit(server).scheme == "https" else False
    alone = httpx.Limits(max_connections=1, keepalive_expiry=KEPT_S)
    return KeptConnections(lambda: httpx.AsyncHTTPTransport(verify=context, limits=alone), most=most)


def is_here(server: str) -> bool:
    """Whether the server is on this machine: no proxy is asked for it."""
    return urlsplit(server).hostname in LOOPBACK_HOSTS


def is_proxied(server: str) -> bool:
    """Whether the environment names a proxy for the server."""
    address = urlsplit(server)
    named = getproxies()
    return (address.scheme in named or "all" in named) and not proxy_bypass(address.hostname or "")
