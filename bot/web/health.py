"""/health/live and /health/ready: whether the process answers, and whether everything it depends on works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.config import Listen
from bot.runtime.health import ALONE, HeartbeatCheck, Probe, judge
from bot.runtime.metrics import Heartbeats

NOT_KEPT = {"Cache-Control": "no-store"}
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def health_routes(
    listen: Listen,
    probe: Callable[[], Awaitable[Probe]],
    heartbeats: Heartbeats,
    signs: Sequence[HeartbeatCheck] = ALONE,
) -> list[Route]:
    """Return the routes; see `for_neighbours` about access to them."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"}, headers=NOT_KEPT)

    async def ready(_: Request) -> Response:
        health = judge(await probe(), heartbeats, signs)
        status = HTTPStatus.OK if health.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(health.to_json(), status_code=status, headers=NOT_KEPT)

    return [for_neighbours(listen, "/health/live", live), for_neighbours(listen, "/health/ready", ready)]


def for_neighbours(listen: Listen, path: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
    """Return a route with restricted access. If the server listens on loopback, a request with another host name came
    through an open proxy or from a web page whose name resolves to this machine, and is refused."""

    async def guarded(request: Request) -> Response:
        try:
            name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            name = None
        if listen.is_loopback and name not in LOOPBACK_NAMES | {listen.host}:
            return Response(status_code=HTTPStatus.FORBIDDEN)
        return await answer(request)

    return Route(path, guarded, methods=["GET"])
