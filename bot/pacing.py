"""Keeps the bot within Telegram's limits: 30 messages a second over all, 1 a second a chat, 20 a minute a group.

Unlike python-telegram-bot's own limiter, a chat that was told to slow down waits alone: the others go on. Answers to
people go before digests, which nobody waits for.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.messenger import BULK, IN_TURN, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)

CHAT_BURST = 3
# An edit makes no sound: a person who taps one button after the other does not wait for them.
EDIT_BURST = 10
# So many may follow each other at once where little is sent.
OVERALL_BURST = 5
# However many answers are given, one turn in so many is a digest's.
BULK_TURN = 10
# So long an answer waits for its turn when Telegram asks to wait; after that the person has moved on.
PATIENCE_S = 60.0
CHATS_REMEMBERED = 4096
PACED = ("send", "edit", "copy", "forward")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages Telegram takes, by its FAQ: over all, in a chat, and in a group."""

    overall_per_s: float = 30.0
    chat_per_s: float = 1.0
    group_per_min: float = 20.0


class Turning(Protocol):
    """Gives turns to send."""

    async def acquire(self, *, is_bulk: bool) -> None:
        """Wait for a turn; bulk is what nobody waits for."""
        ...


class Waiters:
    """Who waits for a turn: answers go first, and one turn in `BULK_TURN` is bulk's anyway."""

    def __init__(self) -> None:
        self._answers: deque[asyncio.Future[None]] = deque()
        self._bulk: deque[asyncio.Future[None]] = deque()
        self._answers_in_a_row = 0

    def __len__(self) -> int:
        return len(self._answers) + len(self._bulk)

    def add(self, *, is_bulk: bool) -> asyncio.Future[None]:
        """One more; what is given back is done when it is their turn."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._bulk if is_bulk else self._answers).append(turn)
        return turn

    def first(self) -> asyncio.Future[None] | None:
        """Whose turn it is; those who gave up waiting are passed over."""
        for waiting in (self._answers, self._bulk):
            while waiting and waiting[0].done():
                waiting.popleft()
        is_bulks_turn = not self._answers or self._answers_in_a_row >= BULK_TURN - 1
        if self._bulk and is_bulks_turn:
            self._answers_in_a_row = 0
            return self._bulk.popleft()
        self._answers_in_a_row += 1
        return self._answers.popleft() if self._answers else None


class Line:
    """Fulfils `Turning`: turns at an even pace, by this process's own clock."""

    def __init__(self, per_s: float) -> None:
        self._interval_s = 1 / per_s
        # When the next turn would be, had all turns come evenly; it may lie up to a burst behind.
        self._next_at = 0.0
        self._waiters = Waiters()
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self, *, is_bulk: bool) -> None:
        turn = self._waiters.add(is_bulk=is_bulk)
        if self._timer is None:
            self._give()
        await turn

    def _give(self) -> None:
        """Give the turns that are due, and come back for the next."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        self._next_at = max(self._next_at, now - OVERALL_BURST * self._interval_s)
        while self._next_at <= now and (turn := self._waiters.first()) is not None:
            turn.set_result(None)
            self._next_at += self._interval_s
        if self._waiters:
            self._timer = loop.call_at(self._next_at, self._give)


class Pace(BaseRateLimiter[float]):
    """Lets each request pass when its time has come, and repeats what Telegram refused for pace.

    `rate_limit_args` is how many seconds the caller is ready to wait after a refusal: `PATIENCE_S` by default. With
    `BULK` (0) a refusal is raised at once, and answers go first. With `IN_TURN` the caller has waited for the turn by
    `bulk_turn`. `line` gives the turns over all chats: by default this process is alone with its token. Where bulk is
    paid for and goes faster, what is not waits for a turn by `free_line` before.
    """

    def __init__(
        self, limits: Limits | None = None, line: Turning | None = None, free_line: Turning | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._line = line or Line(self._limits.overall_per_s)
        self._free_line = free_line
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
        if rate_limit_args == IN_TURN:
            return await callback(*args, **kwargs)
        patience_s = PATIENCE_S if rate_limit_args is None else rate_limit_args
        while True:
            await self._turn(endpoint, data, is_bulk=rate_limit_args == BULK)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as refusal:
                wait_s = seconds(refusal)
                patience_s -= wait_s
                if patience_s < 0:
                    raise
                log.info("%s is to wait %.0f s", endpoint, wait_s)
                await asyncio.sleep(wait_s)

    async def bulk_turn(self, chat_id: int) -> None:
        """Wait until a message that nobody waits for may go to the chat."""
        await self._turn("sendMessage", {"chat_id": chat_id}, is_bulk=True)

    async def _turn(self, endpoint: str, data: dict[str, Any], *, is_bulk: bool) -> None:
        chat_id = data.get("chat_id")
        if chat_id is None or endpoint == "sendChatAction" or not endpoint.startswith(PACED):
            return
        for limiter in self._limiters(chat_id, is_edit=endpoint.startswith("edit")):
            await limiter.acquire()
        if self._free_line is not None and not is_bulk:
            await self._free_line.acquire(is_bulk=False)
        await self._line.acquire(is_bulk=is_bulk)

    def _limiters(self, chat_id: int | str, *, is_edit: bool) -> tuple[AsyncLimiter, ...]:
        """The chat's own limiters; those of the chats that were quiet longest are forgotten."""
        limiters = self._chats.pop((chat_id, is_edit), None)
        if limiters is None:
            burst = EDIT_BURST if is_edit else CHAT_BURST
            per_chat = AsyncLimiter(burst, burst / self._limits.chat_per_s)
            is_group = isinstance(chat_id, str) or chat_id < 0
            per_group = AsyncLimiter(self._limits.group_per_min, 60)
            limiters = (per_chat, per_group) if is_group and not is_edit else (per_chat,)
        self._chats[chat_id, is_edit] = limiters
        if len(self._chats) > CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        return limiters
