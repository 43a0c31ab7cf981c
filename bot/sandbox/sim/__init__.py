"""The user's side over HTTP: JSON in, JSON out, under /sim/. The table stands in `bot.sandbox`'s docstring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.errors import SimError
from bot.sandbox.sim import clock, places, record, talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from bot.sandbox.sandbox import Sandbox

    Handler = Callable[[Sandbox, Request], Awaitable[Response]]


def sim_routes(sandbox: Sandbox) -> list[Route]:
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/messages", talk.send),
        ("PUT", "/messages", talk.edit),
        ("POST", "/press", talk.press),
        ("GET", "/wait", talk.wait),
        ("GET", "/feed", talk.feed),
        ("POST", "/inline", talk.inline),
        ("POST", "/drop", talk.drop),
        ("GET", "/chats", places.list_all),
        ("POST", "/chats", places.make),
        ("GET", "/chats/{chat_id}", places.show),
        ("POST", "/chats/{chat_id}/{event}", places.change),
        ("POST", "/users", places.make_user),
        ("GET,POST,DELETE", "/faults", record.faults),
        ("GET", "/clock", clock.show),
        ("PUT", "/clock", clock.forward),
        ("GET", "/calls", record.calls),
        ("GET", "/breaks", record.breaks),
        ("GET", "/commands", record.commands),
        ("GET,PUT", "/limits", record.limits),
        ("POST", "/reset", record.reset),
    ]
    return [Route(f"/sim{path}", _bound(sandbox, h), methods=methods.split(",")) for methods, path, h in table]


def _bound(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            return await handler(sandbox, request)
        except SimError as error:
            return JSONResponse({"error": str(error)}, status_code=error.status)
        except ClientDisconnect:
            return Response(status_code=499)

    return handle
