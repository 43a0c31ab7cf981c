"""Webhook delivery: updates are sent until the bot answers 2xx, in order within a chat, concurrently across chats."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx

from bot.sandbox import Json
from bot.sandbox.api import execute
from bot.sandbox.request_parsing import RawCall
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Webhook, World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a header's name
ANSWER_TIMEOUT_S = 10.0
FIRST_RETRY_S, LONGEST_RETRY_S = 0.1, 5.0
_IDLE_S = 60.0
_CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=100)


async def deliver(sandbox: Sandbox, token: str) -> None:
    """Deliver to one bot's webhook, while it has one, until cancelled."""
    async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_TIMEOUT_S, limits=_CONNECTIONS) as client:
        in_flight: dict[int, asyncio.Task[None]] = {}
        served: Webhook | None = None
        try:
            while True:
                world = sandbox.worlds[token]
                if world.webhook is not served:
                    served = world.webhook
                    _cancel(in_flight)
                if served is not None:
                    _begin(sandbox, world, served, client, in_flight)
                await world.signal.wait(_IDLE_S)
        finally:
            _cancel(in_flight)


def _cancel(in_flight: dict[int, asyncio.Task[None]]) -> None:
    for task in in_flight.values():
        task.cancel()
    in_flight.clear()


def _begin(
    sandbox: Sandbox, world: World, hook: Webhook, client: httpx.AsyncClient, in_flight: dict[int, asyncio.Task[None]]
) -> None:
    """Send the first update of every chat that has none in flight."""
    for chat_id in [chat_id for chat_id, task in in_flight.items() if task.done()]:
        del in_flight[chat_id]
    for update in world.pending():
        if len(in_flight) >= hook.max_connections:
            return
        chat_id = chat_of(update)
        if chat_id not in in_flight:
            in_flight[chat_id] = asyncio.create_task(_hand_over(sandbox, world, hook, update, client))


def chat_of(update: Json) -> int:
    """Return the id of an update's chat, or of its user if it has no chat."""
    (payload,) = [value for value in update.values() if isinstance(value, dict)]
    place: Json = payload.get("chat") or payload.get("message", {}).get("chat") or payload.get("from") or {}
    return int(place.get("id", 0))


async def _hand_over(sandbox: Sandbox, world: World, hook: Webhook, update: Json, client: httpx.AsyncClient) -> None:
    """Send one update until it is accepted or expires."""
    retry_s = FIRST_RETRY_S
    while update in world.pending():
        problem, wanted_s = await _post(sandbox, world, hook, update, client)
        if problem is None:
            world.confirm(update["update_id"])
            return
        hook.last_error, hook.last_error_at = problem, world.now()
        await asyncio.sleep(retry_s if wanted_s is None else wanted_s)
        retry_s = min(retry_s * 2, LONGEST_RETRY_S)
    world.signal.notify()


async def _post(
    sandbox: Sandbox, world: World, hook: Webhook, update: Json, client: httpx.AsyncClient
) -> tuple[str | None, float | None]:
    """Return the error, or None, and the bot's Retry-After in seconds, if any.

    A method in the bot's response is executed, as Telegram does.
    """
    headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
    try:
        response = await client.post(hook.url, json=update, headers=headers)
    except httpx.ConnectError:
        return "Connection refused", None
    except httpx.TimeoutException:
        return "Read timeout expired", None
    except httpx.HTTPError as error:
        return f"Connection error: {type(error).__name__}", None
    if not response.is_success:
        later = response.headers.get("retry-after", "")
        wanted_s = min(float(later), LONGEST_RETRY_S) if later.isascii() and later.isdecimal() else None
        return f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}", wanted_s
    with suppress(ValueError):
        answer = response.json()
        if isinstance(answer, dict) and isinstance(answer.get("method"), str):
            call = sandbox.log.start(world.clock(), world.bot.id, answer.pop("method"), answer)
            await execute(sandbox, world, call, RawCall(answer, {}))
    return None, None
