"""Serve a sandbox on loopback: in a thread for tests, or in a running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Generator
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.sandbox.app import build_app
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.webhook_delivery import deliver

LOOPBACK_ADDRESS = "127.0.0.1"
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 2


class _Protocol(H11Protocol):
    """Give each request access to its connection, so that a fault can cut it and unread bytes can be inspected."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = self.app_state | {"transport": transport, "left_unread": self.left_unread}

    def left_unread(self) -> bytes:
        """Return the received but unread part of the current request's body, even if the client has disconnected."""
        return bytes(self.cycle.body)


class _Server(uvicorn.Server):
    """uvicorn without signal handlers, which belong to the program that starts the sandbox."""

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
            # The rest of a body may never arrive.
            if isinstance(connection, _Protocol) and connection.cycle is not None and connection.cycle.more_body:
                connection.transport.abort()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        for world in self._sandbox.worlds.values():
            world.is_closing = False
        await super().startup(sockets)
        self.is_ready.set()


class SandboxServer:
    """A sandbox that listens on 127.0.0.1; port 0 picks a free port. The address is known before it starts.

    Use `start()` and `stop()` or a `with` block (in its own thread), or `await serve()` in a running loop and end it
    with `request_stop()` or by cancelling.
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
        """Serve in a background thread. Raises RuntimeError if it does not start in time."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), name="sandbox", daemon=True)
        self._thread.start()
        if not self._server.is_ready.wait(START_TIMEOUT_S):
            raise RuntimeError("the sandbox did not start in time")
        return self

    def stop(self) -> None:
        """Stop the thread and end open polls."""
        self.request_stop()
        if self._thread is not None:
            self._thread.join(START_TIMEOUT_S)
            self._thread = None
        self._socket.close()

    def request_stop(self) -> None:
        self._server.should_exit = True

    async def serve(self) -> None:
        """Serve in this loop until `request_stop`."""
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
    """Return a listening socket. Raises OSError if the port is in use.

    The protocol is explicit because asyncio disables Nagle's algorithm only then; with it every answer takes 40 ms.
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
