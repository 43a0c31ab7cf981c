"""A network backend for httpcore directly on asyncio.

httpcore's own backend uses anyio, which costs a crawler of small pages more than the rest of the protocol.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

# Above this many unread bytes reading pauses, and further data waits in the server's buffers.
MAX_BUFFERED_BYTES = 256 * 1024


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        source = (local_address, 0) if local_address else None
        with _translate_errors(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                transport, buffer = await asyncio.get_running_loop().create_connection(
                    ReceiveBuffer, host, port, local_addr=source
                )
            for option in socket_options or ():
                transport.get_extra_info("socket").setsockopt(*option)
        return AsyncioStream(transport, buffer)


class ReceiveBuffer(asyncio.Protocol):
    """Buffers buffer data until it is read, and signals when more may be written."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.is_over = False
        self.error: Exception | None = None
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._is_paused = False
        self._may_write: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        if len(self.data) > MAX_BUFFERED_BYTES and self._transport is not None and not self._is_paused:
            self._transport.pause_reading()
            self._is_paused = True
        self._wake()

    def eof_received(self) -> None:
        self.is_over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over = True
        self.error = self.error or exc
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._may_write = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._may_write is not None and not self._may_write.done():
            self._may_write.set_result(None)
        self._may_write = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def take(self, most: int) -> bytes:
        """Return up to `max_bytes` as soon as there are some; empty at the end. Raises the connection's error."""
        while not self.data and not self.is_over:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        if not self.data and self.error is not None:
            raise self.error
        taken = bytes(self.data[:most])
        del self.data[:most]
        if self._is_paused and self._transport is not None and not self.is_over:
            self._is_paused = False
            self._transport.resume_reading()
        return taken

    async def drain(self) -> None:
        """Wait until more may be written. Raises the connection's error."""
        if self._may_write is not None:
            await self._may_write
        if self.error is not None:
            raise self.error


class AsyncioStream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, transport: asyncio.Transport, buffer: ReceiveBuffer) -> None:
        self._transport = transport
        self._buffer = buffer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        with _translate_errors(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._buffer.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not buffer:
            return
        if self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(buffer)
        with _translate_errors(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                await self._buffer.drain()

    async def aclose(self) -> None:
        self._transport.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        buffer = ReceiveBuffer()
        with _translate_errors(httpcore.ConnectTimeout, httpcore.ConnectError):
            try:
                async with asyncio.timeout(timeout):
                    transport = await asyncio.get_running_loop().start_tls(
                        self._transport, buffer, ssl_context, server_hostname=server_hostname
                    )
            except BaseException:
                self._transport.close()
                raise
        if transport is None:
            raise httpcore.ConnectError("the connection was closed before it was secure")
        buffer.connection_made(transport)
        return AsyncioStream(transport, buffer)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # an idle connection is readable if it ended or sent unsolicited data
            return bool(self._buffer.data) or self._buffer.is_over
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))


@contextmanager
def _translate_errors(timeout: type[Exception], failure: type[Exception]) -> Iterator[None]:
    """Translate asyncio's errors into httpcore's."""
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error)) from error
    except (OSError, ssl.SSLError) as error:
        raise failure(str(error)) from error
