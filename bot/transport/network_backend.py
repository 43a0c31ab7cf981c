"""Connections of asyncio for httpcore, whose own layer over anyio costs a third of a request.

A request is buffered until its response is read, so that head and body leave in one packet.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpcore

# A longer body, of a file, is written in pieces, each when the one before has left.
MAX_BUFFERED_BYTES = 65_536
# The delay after which a second address of the server is tried at the same time (RFC 8305).
SECOND_ADDRESS_S = 0.25


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Opens connections, with TLS if a context is given."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        async with translating(httpcore.ConnectTimeout, httpcore.ConnectError, timeout):
            reader, writer = await asyncio.open_connection(
                host, port, ssl=self._tls, happy_eyeballs_delay=SECOND_ADDRESS_S
            )
        return AsyncioStream(reader, writer)


class AsyncioStream(httpcore.AsyncNetworkStream):
    """A connection of which only one task reads and writes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._unwritten = bytearray()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        async with translating(httpcore.ReadTimeout, httpcore.ReadError, timeout):
            self._flush()
            return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._unwritten += buffer
        if len(self._unwritten) >= MAX_BUFFERED_BYTES:
            async with translating(httpcore.WriteTimeout, httpcore.WriteError, timeout):
                self._flush()
                await self._writer.drain()

    async def aclose(self) -> None:
        # The rest of a request that failed must not be written: its caller may send it again.
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002
        server_hostname: str | None = None,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Return the stream itself, which was opened with TLS."""
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._is_readable() if info == "is_readable" else self._writer.get_extra_info(info)

    def _flush(self) -> None:
        if self._unwritten:
            self._writer.write(bytes(self._unwritten))
            self._unwritten.clear()

    def _is_readable(self) -> bool:
        """Return whether the server has sent something that nobody asked for, usually the end of the connection."""
        reader = self._reader
        if reader.at_eof() or reader.exception() is not None or self._writer.is_closing():
            return True
        return has_input(self._writer.get_extra_info("socket").fileno())


def has_input(number: int) -> bool:
    """Return whether reading from the open file of this number would not wait."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


@asynccontextmanager
async def translating(
    late: type[httpcore.TimeoutException], failed: type[httpcore.NetworkError], timeout_s: float | None
) -> AsyncIterator[None]:
    """Raise httpcore's errors for those of asyncio."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error
