"""The ASGI app: the Bot API, the user's side under /sim/, the chat page, and the check of the request's origin."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.api import answer, refusal
from bot.sandbox.errors import ApiError
from bot.sandbox.methods.updates import LOOPBACK
from bot.sandbox.page.routes import page_routes
from bot.sandbox.sandbox import Sandbox, is_token
from bot.sandbox.state import World
from bot.sandbox.user_api import sim_routes


class LoopbackOnly:
    """Refuse requests with another host name or from a page of another host: no web site may control the sandbox."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not (_is_loopback(scope) and _is_own(scope)):
            refused = JSONResponse({"error": "the sandbox is for this machine only"}, status_code=403)
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_loopback(scope: Scope) -> bool:
    hosts = [v.decode("latin-1") for k, v in scope["headers"] if k == b"host"]
    origins = [v.decode("latin-1") for k, v in scope["headers"] if k == b"origin"]
    try:
        is_named = len(hosts) == 1 and urlsplit(f"//{hosts[0]}").hostname in LOOPBACK
        return is_named and all(urlsplit(origin).hostname in LOOPBACK for origin in origins)
    except ValueError:
        return False


def _is_own(scope: Scope) -> bool:
    """Return whether the browser's Fetch Metadata headers name the chat page itself or a direct visit.

    Images and forms on other sites send no Origin and could otherwise call the bot's methods. Other programs send no
    such headers.
    """
    headers = dict(scope["headers"])
    if headers.get(b"sec-fetch-site", b"none") in {b"same-origin", b"none"}:
        return True
    is_opened = (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) == (b"navigate", b"document")
    return is_opened and scope["path"] == "/" and scope["method"] == "GET"


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
    ]
    return LoopbackOnly(Starlette(routes=routes, exception_handlers={ApiError: refuse, HTTPException: refuse}))
