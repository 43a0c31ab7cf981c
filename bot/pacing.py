"""Keeps the bot within Telegram's limits: 30 messages a second over all, 1 a second a chat, 20 a minute a group.

Unlike python-telegram-bot's own limiter, a chat that was told to slow down waits alone: the others go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.messenger import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)

# Telegram's FAQ: 30 messages a second, 1 a second a chat with short bursts, 20 a minute a group.
OVERALL_PER_S = 30
CHAT_BURST = 3
# An edit makes no sound: a person who taps one button after the other does not wait for them.
EDIT_BURST = 10
GROUP_PER_MIN = 20
# So long an answer waits for its turn when Telegram asks to wait; after that the person has moved on.
PATIENCE_S = 60.0
CHATS_REMEMBERED = 4096
PACED = ("send", "edit", "copy", "forward")


class Pace(BaseRateLimiter[float]):
    """Lets each request pass when its time has come, and repeats what Telegram refused for pace.

    `rate_limit_args` is how many seconds the caller is ready to wait after a refusal: `PATIENCE_S` by default; with 0
    the refusal is raised at once.
    """

    def __init__(self) -> None:
        self._overall = AsyncLimiter(OVERALL_PER_S, 1)
        self._chats: OrderedDict[tuple[int | str, bool], tuple[AsyncLimiter, ...]] = OrderedDict()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: float | None,
    ) -> Any:
        """Call `callback(*args, **kwargs)` in its turn.

        Raises:
            RetryAfter: Telegram refuses for longer than the caller is ready to wait.
        """
        patience_s = PATIENCE_S if rate_limit_args is None else rate_limit_args
        while True:
            await self._turn(endpoint, data)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as refusal:
                wait_s = seconds(refusal)
                patience_s -= wait_s
                if patience_s < 0:
                    raise
                log.info("%s is to wait %.0f s", endpoint, wait_s)
                await asyncio.sleep(wait_s)

    async def _turn(self, endpoint: str, data: dict[str, Any]) -> None:
        chat_id = data.get("chat_id")
        if chat_id is None or endpoint == "sendChatAction" or not endpoint.startswith(PACED):
            return
        for limiter in self._limiters(chat_id, is_edit=endpoint.startswith("edit")):
            await limiter.acquire()
        await self._overall.acquire()

    def _limiters(self, chat_id: int | str, *, is_edit: bool) -> tuple[AsyncLimiter, ...]:
        """The chat's own limiters; those of the chats that were quiet longest are forgotten."""
        limiters = self._chats.pop((chat_id, is_edit), None)
        if limiters is None:
            burst = EDIT_BURST if is_edit else CHAT_BURST
            per_chat = AsyncLimiter(burst, burst)
            is_group = isinstance(chat_id, str) or chat_id < 0
            limiters = (per_chat, AsyncLimiter(GROUP_PER_MIN, 60)) if is_group and not is_edit else (per_chat,)
        self._chats[chat_id, is_edit] = limiters
        if len(self._chats) > CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        return limiters
