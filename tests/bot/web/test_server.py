"""The server in the bot's event loop."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import closing

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.config import Listen
from bot.web.server import serve
from summaries.errors import InvalidSettings
from tests.ports import free_port


async def test_routes_are_served_on_their_address_and_the_last_request_finishes() -> None:
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


async def test_address_in_use_is_an_invalid_setting() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = Listen("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(InvalidSettings, match=f"LISTEN: 127.0.0.1:{listen.port} can't be listened on"):
            async with serve([(listen, Route("/", lambda _: PlainTextResponse("")))]):
                pass
