"""The webhook: one POST, one update. Who can't show the secret learns nothing and costs nothing."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from bot.runtime.metrics import STATUS, Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from bot.runtime.metrics import Accept

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a header's name
# The largest updates, long messages that answer long messages, are a tenth of it.
MAX_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 10.0
# When Telegram is to come again; it does so by itself, too.
RETRY_AFTER_S = 1


def webhook_route(path: str, secret: str, accept: Accept, count: Callable[[Received], None]) -> Route:
    """The webhook at `path`; `count` hears of every request. Other methods than POST are refused."""

    async def take(request: Request) -> Response:
        received = await receive(request, secret, accept)
        count(received)
        headers = {"Retry-After": str(RETRY_AFTER_S)} if received is Received.BUSY else {}
        return Response(status_code=STATUS[received], headers=headers)

    return Route(path, take, methods=["POST"])


async def receive(request: Request, secret: str, accept: Accept) -> Received:
    """Read the request, and hand its update on."""
    shown = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(shown.encode(), secret.encode()):
        return Received.NOT_TELEGRAM
    if trust := getattr(request.state, "trust", None):
        trust()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Received.WRONG_TYPE
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await read_body(request)
    except (ClientDisconnect, TimeoutError):
        return Received.CUT_OFF
    if body is None:
        return Received.TOO_LARGE
    update = update_in(body)
    return Received.UNREADABLE if update is None else await accept(update)


async def read_body(request: Request) -> bytes | None:
    """The body; None as soon as it is too large, whatever it said of itself."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


def update_in(body: bytes) -> dict[str, Any] | None:
    """The update's JSON, or None where there is none (pure)."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_update = isinstance(update, dict) and type(update.get("update_id")) is int
    return update if is_update else None
