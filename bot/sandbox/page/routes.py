"""The page's addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.errors import SimError
from bot.sandbox.page.demo_data import set_scene
from bot.sandbox.page.files import file_response, static_response
from bot.sandbox.page.menus import commands_for
from bot.sandbox.page.stream import events
from bot.sandbox.sim.asking import chat_of, number, world_of
from bot.sandbox.user_actions import READER_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from bot.sandbox.sandbox import Sandbox

    Handler = Callable[[Sandbox, Request], Awaitable[Response]]


async def index(_sandbox: Sandbox, _request: Request) -> Response:
    return static_response("index.html") or _nothing("the page is not installed")


async def static(_sandbox: Sandbox, request: Request) -> Response:
    return static_response(request.path_params["path"]) or _nothing("there is no such file")


async def stream(sandbox: Sandbox, request: Request) -> Response:
    changes = events(sandbox, world_of(sandbox, request))
    return StreamingResponse(changes, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def file(sandbox: Sandbox, request: Request) -> Response:
    stored = world_of(sandbox, request).files.get(request.path_params["file_id"])
    return _nothing("there is no such file") if stored is None else file_response(stored)


async def commands(sandbox: Sandbox, request: Request) -> Response:
    world = world_of(sandbox, request)
    user = world.users.get(int(number(request, "user_id", READER_ID)))
    if user is None:
        raise SimError("there is no such person", status=404)
    return JSONResponse(commands_for(world, chat_of(world, request), user))


async def scene(sandbox: Sandbox, request: Request) -> Response:
    set_scene(world_of(sandbox, request))
    return JSONResponse({"ok": True})


def _nothing(why: str) -> Response:
    return JSONResponse({"error": why}, status_code=404)


def page_routes(sandbox: Sandbox) -> list[Route]:
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/", index),
        ("GET", "/page/static/{path:path}", static),
        ("GET", "/page/events", stream),
        ("GET", "/page/files/{file_id}", file),
        ("GET", "/page/commands", commands),
        ("POST", "/page/scene", scene),
    ]
    return [Route(path, _bound(sandbox, h), methods=[method]) for method, path, h in table]


def _bound(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            return await handler(sandbox, request)
        except SimError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)

    return handle
