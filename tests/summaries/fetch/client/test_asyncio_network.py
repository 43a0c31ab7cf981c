"""Connections on asyncio: reading, writing, closing, and TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpcore
import pytest

from summaries.errors import TransientFetchError
from summaries.fetch.client.asyncio_network import MAX_BUFFERED_BYTES, AsyncioBackend
from summaries.fetch.client.http import GuardedFetcher

# A key and a certificate for "localhost", made for these tests.
LOCALHOST = Path(__file__).parents[1] / "tls" / "localhost.pem"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def connected(serve: Serve) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    async with listening(serve) as port:
        stream = await AsyncioBackend().connect_tcp("127.0.0.1", port, timeout=5)
        yield stream
        await stream.aclose()


async def test_what_is_written_comes_back_in_pieces_and_ends() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(6))

    async with connected(echo) as stream:
        await stream.write(b"")
        await stream.write(b"kabar!", timeout=5)
        assert [await stream.read(4), await stream.read(4, timeout=5), await stream.read(4)] == [b"kaba", b"r!", b""]


async def test_more_than_is_buffered_comes_whole() -> None:
    body = bytes(range(256)) * (MAX_BUFFERED_BYTES // 64)

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(body)
        await writer.drain()

    async with connected(send) as stream:
        found = b""
        while piece := await stream.read(65_536):
            found += piece
        assert found == body


async def test_a_reader_that_is_slow_is_waited_for() -> None:
    body = b"x" * 8_000_000
    found = asyncio.Event()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await found.wait()
        writer.write(str(len(await reader.readexactly(len(body)))).encode())

    async with connected(read) as stream:
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(body, timeout=0.01)
        found.set()
        assert await stream.read(100) == b"8000000"


async def test_silence_ends_with_a_time_out() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with connected(say_nothing) as stream:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(10, timeout=0.01)


async def test_a_connection_that_breaks_is_an_error_and_an_idle_one_tells_that_it_ended() -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        reset = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        writer.transport.abort()

    async with connected(break_off) as stream:
        assert stream.get_extra_info("is_readable") is False
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        await stream.write(b"x")
        with pytest.raises(httpcore.ReadError):
            await stream.read(10)
        assert stream.get_extra_info("is_readable") is True
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"x")


async def test_nobody_listens() -> None:
    async with listening(serve_a_page) as port:
        pass
    with pytest.raises(httpcore.ConnectError):
        await AsyncioBackend().connect_tcp("127.0.0.1", port)


async def serve_a_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000)


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOCALHOST)
    return context


async def test_tls_to_a_host_whose_certificate_is_trusted() -> None:
    trusting = ssl.create_default_context(cafile=str(LOCALHOST))
    async with (
        listening(serve_a_page, tls=server_tls()) as port,
        GuardedFetcher(allow_private_addresses=True, tls=trusting) as fetcher,
    ):
        for _ in range(2):  # the second time over the same connection
            assert len((await fetcher.fetch(f"https://localhost:{port}/")).body) == 300_000
        with pytest.raises(TransientFetchError, match="CERTIFICATE_VERIFY_FAILED"):
            await fetcher.fetch(f"https://127.0.0.1:{port}/")


async def test_tls_to_a_host_whose_certificate_nobody_signed() -> None:
    async with (
        listening(serve_a_page, tls=server_tls()) as port,
        GuardedFetcher(allow_private_addresses=True) as fetcher,
    ):
        with pytest.raises(TransientFetchError, match="CERTIFICATE_VERIFY_FAILED"):
            await fetcher.fetch(f"https://localhost:{port}/")
