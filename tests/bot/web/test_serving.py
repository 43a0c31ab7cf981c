"""The server in the bot's event loop."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import closing

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.web import serving
from bot.web.listening import Listen
from bot.web.serving import serve
from summaries.errors import BadSetting
from tests.ports import free_port


async def test_each_route_is_where_it_was_put_and_the_last_request_is_finished() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> PlainTextResponse:
        begun.set()
        await may_end.wait()
        return PlainTextResponse("done")

    async def quick(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.url.path)

    one, other = (Listen("127.0.0.1", free_port()) for _ in range(2))
    before = signal.getsignal(signal.SIGTERM)
    async with httpx.AsyncClient(trust_env=False) as http:
        async with serve([(one, Route("/slow", slow)), (one, Route("/a", quick)), (other, Route("/b", quick))]):
            assert signal.getsignal(signal.SIGTERM) is before
            answer = await http.get(f"{one.url}/a")
            assert (answer.text, "server" in answer.headers) == ("/a", False)
            assert (await http.get(f"{other.url}/b")).text == "/b"
            assert (await http.get(f"{other.url}/a")).status_code == 404
            asked = asyncio.create_task(http.get(f"{one.url}/slow"))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.1, may_end.set)
        assert (await asked).text == "done"
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{one.url}/a")


async def test_an_address_that_is_taken_is_a_bad_setting() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = Listen("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(BadSetting, match=f"LISTEN: 127.0.0.1:{listen.port} can't be listened on"):
            async with serve([(listen, Route("/", lambda _: PlainTextResponse("")))]):
                pass


async def until_closed(listen: Listen, *pieces: bytes) -> bytes:
    """What comes back for the pieces, sent one after the other, until the server closes the connection."""
    reader, writer = await asyncio.open_connection(listen.host, listen.port)
    answers = []
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        if piece.endswith(b"\r\n\r\n"):
            answers.append(await reader.readuntil(b"\r\n\r\n"))
    rest = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return b"".join((*answers, rest))


async def test_who_sends_no_whole_head_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_TIMEOUT_S", 0.2)

    async def empty(_: Request) -> Response:
        return Response(status_code=204)

    listen = Listen("127.0.0.1", free_port())
    whole = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    async with serve([(listen, Route("/a", empty))]):
        silent, half, second = await asyncio.gather(
            until_closed(listen), until_closed(listen, b"GET /a HTT"), until_closed(listen, whole, whole, b"GET /a")
        )
        assert silent == half == b""
        # Whole ones are answered, and the connection stays until it is the server's turn no more.
        assert second.count(b"HTTP/1.1 204 No Content") == 2
        reader, writer = await asyncio.open_connection(listen.host, listen.port)
        writer.write(whole)
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.4)
        writer.write(whole)
        assert await reader.readuntil(b"\r\n\r\n")
        writer.close()
