"""The webhook: one POST, one update. Requests without the correct secret are rejected before the body is read."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.runtime.metrics import STATUS, Accept, WebhookResult
from summaries.text.characters import parse_json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a header's name
# Ten times the largest updates, which are long replies to long messages.
MAX_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 10.0
# Telegram retries without this header too.
RETRY_AFTER_S = 1


def webhook_route(path: str, secret: str, accept: Accept, count: Callable[[WebhookResult], None]) -> Route:
    """Return the route of the webhook at `path`. `count` is called with the result of every POST; other methods are
    refused."""

    async def take(request: Request) -> Response:
        received = await receive(request, secret, accept)
        count(received)
        headers = {"Retry-After": str(RETRY_AFTER_S)} if received is WebhookResult.BUSY else {}
        return Response(status_code=STATUS[received], headers=headers)

    return Route(path, take, methods=["POST"])


async def receive(request: Request, secret: str, accept: Accept) -> WebhookResult:
    """Read the request and pass its update to `accept`."""
    shown = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(shown.encode(), secret.encode()):
        return WebhookResult.NOT_TELEGRAM
    if trust := getattr(request.state, "trust", None):
        trust()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return WebhookResult.WRONG_TYPE
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await read_body(request)
    except (ClientDisconnect, TimeoutError):
        return WebhookResult.CUT_OFF
    if body is None:
        return WebhookResult.TOO_LARGE
    update = update_in(body)
    return WebhookResult.UNREADABLE if update is None else await accept(update)


async def read_body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too large, regardless of its content length."""
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
    """Return the update in `body`, or None."""
    update = parse_json(body)
    return update if isinstance(update, dict) and type(update.get("update_id")) is int else None
