"""Serving a sandbox on loopback: in a thread of its own for tests, or within a running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.sandbox.app import build_app
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.webhook_delivery import deliver

if TYPE_CHECKING:
    from collections.abc import Generator

LOOPBACK_ADDRESS = "127.0.0.1"
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 2


class _Protocol(H11Protocol):
    """Lets a request reach its own connection, so that a fault can cut it, and what came by it can be read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = self.app_state | {"transport": transport, "left_unread": self.left_unread}

    def left_unread(self) -> bytes:
        """What has come of the present request's body and was not read, whether or not its sender is still there."""
        return bytes(self.cycle.body)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: they belong to the program that starts the sandbox."""

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox) -> None:
        super().__init__(config)
        self._sandbox = sandbox
        self.is_ready = threading.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for world in self._sandbox.worlds.values():
            world.close()
        for connection in list(self.server_state.connections):
            # The rest of a body may never come.
            if isinstance(connection, _Protocol) and connection.cycle is not None and connection.cycle.more_body:
                connection.transport.abort()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        for world in self._sandbox.worlds.values():
            world.open()
        await super().startup(sockets)
        self.is_ready.set()


class SandboxServer:
    """A sandbox that listens on 127.0.0.1; port 0 takes a free one. The address is known from the start.

    Either `start()` and `stop()` (a thread of its own; also as a `with` block), or `await serve()` in a loop that
    runs already, ended by `request_stop()` or by cancelling it.
    """

    def __init__(self, sandbox: Sandbox | None = None, *, port: int = 0) -> None:
        self.sandbox = sandbox or Sandbox()
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{LOOPBACK_ADDRESS}:{self.port}"
        self.token = self.sandbox.tokens[0]
        config = uvicorn.Config(
            build_app(self.sandbox),
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
        )
        self._server = _Server(config, self.sandbox)
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Serve in a background thread. Raises RuntimeError when that does not begin in time."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), name="sandbox", daemon=True)
        self._thread.start()
        if not self._server.is_ready.wait(START_TIMEOUT_S):
            raise RuntimeError("the sandbox did not start in time")
        return self

    def stop(self) -> None:
        """End the thread; open polls are let go."""
        self.request_stop()
        if self._thread is not None:
            self._thread.join(START_TIMEOUT_S)
            self._thread = None
        self._socket.close()

    def request_stop(self) -> None:
        self._server.should_exit = True

    async def serve(self) -> None:
        """Serve in this loop until asked to stop."""
        deliveries = [asyncio.create_task(deliver(self.sandbox, token)) for token in self.sandbox.tokens]
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            for task in deliveries:
                task.cancel()
            await asyncio.gather(*deliveries, return_exceptions=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: Any) -> None:
        self.stop()


def _listen(port: int) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken.

    Its protocol is named: asyncio turns Nagle's algorithm off only then, and every answer would take 40 ms with it.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK_ADDRESS, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(server: SandboxServer, *, until: asyncio.Event) -> None:
    """Serve until the event is set."""
    task = asyncio.create_task(server.serve())
    waiter = asyncio.create_task(until.wait())
    await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
    server.request_stop()
    waiter.cancel()
    await task
