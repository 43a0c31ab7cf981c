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
from uvicorn.protocols.http.h11_impl import H11Protocol

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
HEAD_TIMEOUT_S = 20.0
STOP_S = 1


class Protocol(H11Protocol):
    """Closes a connection on which the head of a request does not come in time: uvicorn would wait for ever, and there
    are only so many connections."""

    _last_cycle: object = None
    _hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not self._last_cycle:
            self._last_cycle = self.cycle
            self._stop_waiting()
        elif self._hurry is None and getattr(self.cycle, "response_complete", True):
            # The next head, or what is left of a body that nobody wanted.
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._hurry = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None


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
            http=Protocol,
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
        fault = f"WEBHOOK_LISTEN or HTTP_LISTEN: {listen} can't be listened on ({error.strerror}), choose another"
        raise BadSetting((fault,)) from error
    return listener
