"""Serve a sandbox on loopback, in a thread for tests or in a running event loop; its ASGI app and access to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Self
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.sandbox import HAZARDS, SITE
from bot.sandbox.api import answer, refusal
from bot.sandbox.errors import ApiError
from bot.sandbox.methods.updates import LOOPBACK
from bot.sandbox.page.routes import page_routes
from bot.sandbox.sandbox import Sandbox, is_token
from bot.sandbox.state import World
from bot.sandbox.user_api import sim_routes
from bot.sandbox.webhook_delivery import deliver

LOOPBACK_ADDRESS = "127.0.0.1"
# The pages of the sample news have their own styles and pictures, and no scripts.
SITE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'"
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 2

FindDocument = Callable[[str], tuple[str, str] | None]


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
        # The events of an earlier loop must not be waited for in this one.
        self.sandbox.notify()
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


def loopback_only(app: ASGIApp) -> ASGIApp:
    """Refuse requests with another host name or from a page of another host: no web site may control the sandbox."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not (_is_loopback(Headers(scope=scope)) and _is_own(scope)):
            refused = JSONResponse({"error": "the sandbox is for this machine only"}, status_code=403)
            await refused(scope, receive, send)
            return
        await app(scope, receive, send)

    return guarded


def _is_loopback(headers: Headers) -> bool:
    hosts = headers.getlist("host")
    try:
        is_named = len(hosts) == 1 and urlsplit(f"//{hosts[0]}").hostname in LOOPBACK
        return is_named and all(urlsplit(origin).hostname in LOOPBACK for origin in headers.getlist("origin"))
    except ValueError:
        return False


def _is_own(scope: Scope) -> bool:
    """Return whether the browser's Fetch Metadata headers name the chat page itself or a direct visit.

    Images and forms on other sites send no Origin and could otherwise call the bot's methods. Other programs send no
    such headers.
    """
    headers = Headers(scope=scope)
    if headers.get("sec-fetch-site", "none") in {"same-origin", "none"}:
        return True
    is_opened = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return is_opened and scope["path"] == "/" and scope["method"] == "GET"


def serve_documents(finder: Callable[[], FindDocument]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that answers with the document that the sandbox's present `finder` finds at a path."""

    async def visit(request: Request) -> Response:
        found = finder()(request.path_params["path"])
        if found is None:
            raise ApiError(404, "Not Found")
        media_type, content = found
        return Response(content, media_type=media_type, headers={"Content-Security-Policy": SITE_POLICY})

    return visit


def build_app(sandbox: Sandbox) -> ASGIApp:
    """Return the ASGI application of one sandbox."""

    def world_of(request: Request) -> World:
        token = request.path_params["token"]
        if not is_token(token):
            raise ApiError(404, "Not Found")
        if token not in sandbox.worlds:
            raise ApiError(401, "Unauthorized")
        return sandbox.worlds[token]

    async def call(request: Request) -> Response:
        try:
            return await answer(sandbox, world_of(request), request.path_params["method"], request)
        finally:
            sandbox.notify()  # observers of the calls see the result

    async def download(request: Request) -> Response:
        files = world_of(request).files.values()
        found = next((f for f in files if f.path == request.path_params["path"]), None)
        if found is None:
            raise ApiError(404, "Not Found")
        return Response(found.content, media_type="application/octet-stream")

    async def refuse(_request: Request, error: Exception) -> Response:
        return refusal(error if isinstance(error, ApiError) else ApiError(404, "Not Found"))

    methods = ["GET", "POST"]
    routes = [
        Route("/bot{token}/test/{method}", call, methods=methods),
        Route("/bot{token}/{method}", call, methods=methods),
        Route("/file/bot{token}/test/{path:path}", download),
        Route("/file/bot{token}/{path:path}", download),
        *sim_routes(sandbox),
        *page_routes(sandbox),
        Route(SITE + "/{path:path}", serve_documents(lambda: sandbox.read_page)),
        Route(HAZARDS + "/{path:path}", serve_documents(lambda: sandbox.read_hazards)),
    ]
    app = Starlette(routes=routes, exception_handlers={ApiError: refuse, 404: refuse})
    # A path with a slash too many is unknown.
    app.router.redirect_slashes = False
    return loopback_only(app)
