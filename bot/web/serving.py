"""uvicorn in the bot's own event loop: from the first moment to the last, and its signals are the bot's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette

from summaries.errors import BadSetting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterable

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from bot.web.listening import Listen

BACKLOG = 256
# More at once are refused with 503: Telegram opens a hundred at most.
CONNECTIONS = 200
# Longer than Telegram leaves a connection without a request, most of the time.
KEEP_ALIVE_S = 75
STOP_S = 1


class Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serve(sites: Iterable[tuple[Listen, BaseRoute]]) -> AsyncIterator[None]:
    """Serve each route where it is to be served, while the block runs; what is under way at its end is finished.

    Raises:
        BadSetting: an address can't be listened on.
    """
    routes: defaultdict[Listen, list[BaseRoute]] = defaultdict(list)
    for listen, route in sites:
        routes[listen].append(route)
    async with AsyncExitStack() as stack:
        for listen, here in routes.items():
            await stack.enter_async_context(serve_one(listen, Starlette(routes=here)))
        yield


@asynccontextmanager
async def serve_one(listen: Listen, app: ASGIApp) -> AsyncIterator[None]:
    with contextlib.closing(bind(listen)) as listener:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"serve {listen}")
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def bind(listen: Listen) -> socket.socket:
    """A socket that listens already: who comes before the server takes it only waits a moment longer."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((listen.host, listen.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise BadSetting((f"{listen} can't be listened on: {error.strerror}",)) from error
    return listener
