"""Webhooks: updates go out one by one, in order, until the bot takes each with a 2xx answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx

from bot.sandbox.api import perform
from bot.sandbox.errors import ApiError, SchemaBreak
from bot.sandbox.wire import RawCall

if TYPE_CHECKING:
    from bot.sandbox.sandbox import Sandbox
    from bot.sandbox.state import Webhook, World

Json = dict[str, Any]

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a header's name
ANSWER_TIMEOUT_S = 10.0
FIRST_RETRY_S, LONGEST_RETRY_S = 0.1, 5.0
_IDLE_S = 60.0


async def deliver(sandbox: Sandbox, token: str) -> None:
    """Serve one bot's webhook, whenever it has one, until cancelled."""
    retry_s = FIRST_RETRY_S
    async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_TIMEOUT_S) as client:
        while True:
            world = sandbox.worlds[token]
            pending = world.pending()
            if world.webhook is None or not pending:
                await world.signal.wait(_IDLE_S)
                continue
            problem = await _post(sandbox, world, world.webhook, pending[0], client)
            if problem is None:
                world.confirm_before(pending[0]["update_id"] + 1)
                retry_s = FIRST_RETRY_S
                continue
            if world.webhook is not None:
                world.webhook.last_error, world.webhook.last_error_at = problem, world.now()
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, LONGEST_RETRY_S)


async def _post(sandbox: Sandbox, world: World, hook: Webhook, update: Json, client: httpx.AsyncClient) -> str | None:
    """What went wrong, or None. A method that the bot puts into its answer is called, as Telegram does."""
    headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
    try:
        response = await client.post(hook.url, json=update, headers=headers)
    except httpx.HTTPError as error:
        return f"Connection error: {type(error).__name__}"
    if not response.is_success:
        return f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"
    with suppress(ValueError):
        answer = response.json()
        if isinstance(answer, dict) and isinstance(answer.get("method"), str):
            _perform(sandbox, world, answer)
    return None


def _perform(sandbox: Sandbox, world: World, answer: Json) -> None:
    method = answer.pop("method")
    call = sandbox.log.start(world.clock(), world.bot.id, method, answer)
    try:
        call.response = perform(world, method, RawCall(answer, {}))
    except ApiError as error:
        if isinstance(error, SchemaBreak):
            sandbox.log.mark_break(call, error.problem)
        call.problem, call.status = error.description, error.code
        return
    call.status = 200
