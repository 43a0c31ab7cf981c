"""uvicorn in the bot's event loop, which keeps its own signal handlers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from bot.config import Listen
from bot.web.connection import Connection, ConnectionState, Timeouts
from summaries.errors import InvalidSettings

# Connections that the kernel holds until they are accepted. A client beyond it retries after a second.
BACKLOG = 2048
# Connections accepted per turn of the event loop.
ACCEPTED_AT_ONCE = 16
STOP_S = 1
TIMEOUTS = Timeouts()


class Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    def __init__(self, config: uvicorn.Config, timeouts: Timeouts) -> None:
        super().__init__(config)
        self.server_state = ConnectionState(timeouts)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            # asyncio has one setting for both numbers, and applied the smaller one.
            listener.listen(BACKLOG)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serve(sites: Iterable[tuple[Listen, BaseRoute]], timeouts: Timeouts = TIMEOUTS) -> AsyncIterator[None]:
    """Serve each route at its address during the block, then finish the requests in progress. Raise InvalidSettings if
    the process cannot listen on an address."""
    routes: defaultdict[Listen, list[BaseRoute]] = defaultdict(list)
    for listen, route in sites:
        routes[listen].append(route)
    async with AsyncExitStack() as stack:
        for listen, here in routes.items():
            await stack.enter_async_context(serve_one(listen, Starlette(routes=here), timeouts))
        yield


@asynccontextmanager
async def serve_one(listen: Listen, app: ASGIApp, timeouts: Timeouts) -> AsyncIterator[None]:
    with contextlib.closing(bind(listen)) as listener:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=ACCEPTED_AT_ONCE,
            timeout_graceful_shutdown=STOP_S,
        )
        server = Server(config, timeouts)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"serve {listen}")
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def bind(listen: Listen) -> socket.socket:
    """Return a listening socket. Clients that connect before the server accepts only wait a moment longer."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((listen.host, listen.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        fault = f"WEBHOOK_LISTEN or HTTP_LISTEN: {listen} can't be listened on ({error.strerror}), choose another"
        raise InvalidSettings((fault,)) from error
    return listener
