"""Requests over connections of asyncio, to a server on loopback with faults."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from bot.transport.connection_pool import make_transport
from tests.ports import free_port

CERTIFICATE = Path(__file__).parents[2] / "summaries" / "fetch" / "tls" / "localhost.pem"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LARGE = b"x" * 20_000_000
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return await reader.readexactly(size)


class Server:
    """Answers `answers` requests of each connection, then closes it; keeps the bodies by connection."""

    def __init__(self, answers: int = 1000) -> None:
        self.bodies: list[list[bytes]] = []
        self.closed = asyncio.Event()
        self._answers = answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bodies: list[bytes] = []
        self.bodies.append(bodies)
        for _ in range(self._answers):
            bodies.append(await read_request(reader))
            writer.write(ANSWER)
        writer.close()
        self.closed.set()


@asynccontextmanager
async def connected(
    serve: Serve, tls: ssl.SSLContext | None = None, trusted: ssl.SSLContext | None = None
) -> AsyncIterator[Callable[..., Awaitable[httpx.Response]]]:
    """Yield a function that posts a body to the server over one connection."""
    handlers = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, OSError):
            await serve(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    client = httpx.AsyncClient(transport=make_transport(trusted), trust_env=False)
    url = f"{'https' if tls else 'http'}://localhost:{server.sockets[0].getsockname()[1]}/"
    async with server:
        try:
            yield lambda body=b"", **timeouts: client.post(url, content=body, timeout=httpx.Timeout(10, **timeouts))
        finally:
            await client.aclose()
            await asyncio.gather(*filter(None, handlers))


async def test_requests_share_a_connection() -> None:
    server = Server()
    async with connected(server.serve) as post:
        for body in (b"a", b"", LARGE, b"b"):
            assert (await post(body)).content == b"ok"
    assert server.bodies == [[b"a", b"", LARGE, b"b"]]


async def test_connection_that_the_server_closed_is_replaced() -> None:
    server = Server(answers=1)
    async with connected(server.serve) as post:
        for body in (b"a", b"b", b"c"):
            assert (await post(body)).content == b"ok"
            await server.closed.wait()
    assert server.bodies == [[b"a"], [b"b"], [b"c"]]


async def test_tls_is_verified() -> None:
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(CERTIFICATE)
    server = Server()
    async with connected(server.serve, own, ssl.create_default_context(cafile=CERTIFICATE)) as post:
        assert [(await post(body)).content for body in (b"a", LARGE)] == [b"ok", b"ok"]
    assert server.bodies == [[b"a", LARGE]]
    async with connected(server.serve, own, ssl.create_default_context()) as post:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await post()


async def test_failures_are_those_of_httpx() -> None:
    async def answer_late(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_request(reader)

    async with connected(answer_late) as post:
        with pytest.raises(httpx.ReadTimeout):
            await post(b"a", read=0.05)
    async with connected(hang_up) as post:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                await post(b"a")
    with pytest.raises(httpx.ConnectError):
        await make_transport(None).handle_async_request(httpx.Request("POST", f"http://127.0.0.1:{free_port()}/"))


async def test_request_that_was_not_written_in_time_never_arrives_whole() -> None:
    received = bytearray()
    go_on = asyncio.Event()

    async def stall(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await go_on.wait()
        while piece := await reader.read(65_536):
            received.extend(piece)

    async with connected(stall) as post:
        with pytest.raises(httpx.WriteTimeout):
            await post(LARGE, write=0.2)
        go_on.set()
    assert len(received) < len(LARGE)
