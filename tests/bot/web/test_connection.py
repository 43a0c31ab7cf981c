"""Connections of strangers and of Telegram, over real sockets, with a server that waits for nobody for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.config import Listen
from bot.web.server import MAX_HEAD_BYTES, STRANGERS_OF_PEER, Timeouts, serve
from tests.ports import free_port

LONGEST_S = 20
HASTY = Timeouts(head_s=0.2, answer_s=0.5, flush_s=0.2, idle_s=60)
# More than the socket buffers of both sides hold.
LARGE = 32 * 1024 * 1024
GET = b"GET /empty HTTP/1.1\r\nHost: a\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content"


async def empty(_: Request) -> Response:
    return Response(status_code=204)


async def trusted(request: Request) -> Response:
    request.state.trust()
    return Response(status_code=204)


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def never(_: Request) -> Response:
    await asyncio.Event().wait()
    return Response()


async def slow(_: Request) -> Response:
    await asyncio.sleep(0.5)
    return Response(status_code=204)


async def large(_: Request) -> Response:
    return PlainTextResponse(b"x" * LARGE)


HANDLERS = (empty, trusted, echo, never, slow, large)


@asynccontextmanager
async def open_server(timeouts: Timeouts = HASTY) -> AsyncIterator[Listen]:
    listen = Listen("127.0.0.1", free_port())
    routes = [Route(f"/{handler.__name__}", handler, methods=["GET", "POST"]) for handler in HANDLERS]
    async with serve([(listen, route) for route in routes], timeouts):
        yield listen


async def send_until_closed(listen: Listen, *pieces: bytes, answers: int = 0) -> bytes:
    """Send the pieces one after the other, and return the bytes that come back until the server closes the connection.

    Each of the first `answers` pieces is followed by the next only after its answer.
    """
    reader, writer = await asyncio.open_connection(listen.host, listen.port)
    heads = []
    async with asyncio.timeout(LONGEST_S):
        for number, piece in enumerate(pieces):
            writer.write(piece)
            await writer.drain()
            if number < answers:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
        try:
            rest = await reader.read()
        except ConnectionResetError:
            rest = b"reset"
    writer.close()
    return b"".join((*heads, rest))


def make_post(path: str, *headers: bytes) -> bytes:
    return b"\r\n".join((f"POST /{path} HTTP/1.1\r\nHost: a".encode(), *headers, b"", b""))


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(GET[:-3], id="half a head"),
        pytest.param(make_post("echo", b"Content-Length: 9"), id="a head, and no body"),
        pytest.param(make_post("echo", b"Content-Length: 9") + b"half", id="half a body"),
        pytest.param(make_post("never"), id="a request without an answer"),
    ],
)
async def test_incomplete_request_times_out(piece: bytes) -> None:
    async with open_server() as listen:
        assert await send_until_closed(listen, piece) in {b"", b"reset"}


async def test_slow_request_head_times_out() -> None:
    async with open_server() as listen:
        reader, writer = await asyncio.open_connection(listen.host, listen.port)
        sent = 0
        async with asyncio.timeout(LONGEST_S):
            while not reader.at_eof() and not writer.is_closing():
                writer.write(GET[sent : sent + 1] or b"x")
                sent += 1
                await asyncio.sleep(0.05)
        writer.close()
        assert reader.exception() is not None or await reader.read() == b""


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        pytest.param(GET[:-2] + b"X-Long: " + b"x" * 2 * MAX_HEAD_BYTES, b"HTTP/1.1 400", id="a long header"),
        pytest.param(GET[:-2] + b"X: y\r\n" * MAX_HEAD_BYTES + b"\r\n", b"HTTP/1.1 400", id="many headers"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", b"HTTP/1.1 400", id="TLS"),
        pytest.param(make_post("echo", b"Transfer-Encoding: chunked") + b"1\r\nx\r\n", b"HTTP/1.1 400", id="chunks"),
        pytest.param(
            make_post("echo", b"Transfer-Encoding: chunked", b"Content-Length: 3") + b"0\r\n\r\n",
            b"HTTP/1.1 400",
            id="both",
        ),
        pytest.param(GET + GET, NO_CONTENT, id="pipelined"),
        pytest.param(GET + b"nonsense\r\n\r\n", NO_CONTENT, id="followed by nonsense"),
        pytest.param(make_post("empty", b"Content-Length: 3") + b"abcd", NO_CONTENT, id="a body that is too long"),
    ],
)
async def test_refused_request_gets_one_answer_and_no_log_line(
    piece: bytes, expected: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_server() as listen:
        answer = await send_until_closed(listen, piece)
    assert answer.startswith(expected) or answer == b"reset"
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_bytes_during_an_answer_are_not_logged_as_errors(caplog: pytest.LogCaptureFixture) -> None:
    async with open_server(Timeouts()) as listen:
        reader, writer = await asyncio.open_connection(listen.host, listen.port)
        writer.write(make_post("slow", b"Connection: close"))
        # So that it comes by itself. Where it does not, nothing is to be seen here.
        await asyncio.sleep(0.2)
        writer.write(b"more than was announced")
        assert await asyncio.wait_for(reader.read(), LONGEST_S) == b""
        writer.close()
        await asyncio.sleep(0.5)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_untrusted_connection_gets_one_response() -> None:
    async with open_server() as listen:
        answer = await send_until_closed(listen, GET)
        assert answer.startswith(NO_CONTENT)
        assert b"connection: close" in answer.lower()
        whole = make_post("echo", b"Content-Length: 3") + b"abc"
        assert (await send_until_closed(listen, whole)).endswith(b"\r\n\r\nabc")
        # One that sends more than is read: the rest is taken, so that the answer reaches its reader.
        unread = make_post("empty", b"Content-Length: 300000")
        assert (await send_until_closed(listen, unread, b"x" * 300_000, answers=1)).startswith(NO_CONTENT)
        assert (await send_until_closed(listen, unread, b"x" * 299_999, answers=1)).startswith(NO_CONTENT)


async def test_trusted_connection_is_kept_open() -> None:
    async with open_server() as listen:
        reader, writer = await asyncio.open_connection(listen.host, listen.port)
        for body in (b"", b"abc", b""):
            writer.write(make_post("trusted", b"Content-Length: %d" % len(body)) + body)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LONGEST_S)
            assert answer.startswith(NO_CONTENT)
            assert b"connection: close" not in answer.lower()
            # Longer than any of a stranger's waits.
            await asyncio.sleep(2 * HASTY.answer_s)
        # Not for half a head.
        writer.write(GET[:-3])
        assert await asyncio.wait_for(reader.read(), LONGEST_S) == b""
        writer.close()


async def test_client_that_reads_no_answer_is_disconnected() -> None:
    async with open_server() as listen:
        reader, writer = await asyncio.open_connection(listen.host, listen.port, limit=1024)
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        # Read slower than it waits.
        await asyncio.sleep(4 * HASTY.answer_s)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(LARGE), LONGEST_S)
        writer.close()


async def test_oldest_idle_connections_are_closed_above_the_limit() -> None:
    patient = Timeouts(head_s=60)
    async with open_server(patient) as listen:
        telegram = await asyncio.open_connection(listen.host, listen.port)
        telegram[1].write(make_post("trusted"))
        assert (await asyncio.wait_for(telegram[0].readuntil(b"\r\n\r\n"), LONGEST_S)).startswith(NO_CONTENT)
        silent = [await asyncio.open_connection(listen.host, listen.port) for _ in range(STRANGERS_OF_PEER + 30)]
        # A new request is answered while they all wait.
        assert (await send_until_closed(listen, GET)).startswith(NO_CONTENT)
        for reader, _ in silent[:30]:
            assert await asyncio.wait_for(reader.read(), LONGEST_S) == b""
        assert not any(reader.at_eof() for reader, _ in silent[32:])
        telegram[1].write(make_post("trusted"))
        assert (await asyncio.wait_for(telegram[0].readuntil(b"\r\n\r\n"), LONGEST_S)).startswith(NO_CONTENT)
        for _, writer in (telegram, *silent):
            writer.close()
