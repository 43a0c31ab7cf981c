"""/health/live and /health/ready: whether the process answers, and whether all that it needs does."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.runtime.health import ALONE, judge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request

    from bot.config import Listen
    from bot.runtime.health import Probe, Sign
    from bot.runtime.metrics import Pulse

NOT_KEPT = {"Cache-Control": "no-store"}
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def health_routes(
    listen: Listen, probe: Callable[[], Awaitable[Probe]], pulse: Pulse, signs: Sequence[Sign] = ALONE
) -> list[Route]:
    """The routes, for who may look: see `for_neighbours`."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"}, headers=NOT_KEPT)

    async def ready(_: Request) -> Response:
        health = judge(await probe(), pulse, signs)
        status = HTTPStatus.OK if health.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(health.to_json(), status_code=status, headers=NOT_KEPT)

    return [for_neighbours(listen, "/health/live", live), for_neighbours(listen, "/health/ready", ready)]


def for_neighbours(listen: Listen, path: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
    """The route. Where only this machine can come, who calls it by another name comes from elsewhere: through a proxy
    that passes everything on, or from a web page whose name leads here."""

    async def guarded(request: Request) -> Response:
        try:
            name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            name = None
        if listen.is_loopback and name not in LOOPBACK_NAMES | {listen.host}:
            return Response(status_code=HTTPStatus.FORBIDDEN)
        return await answer(request)

    return Route(path, guarded, methods=["GET"])
