"""Rate limiter for Telegram: 30 messages a second per bot, 1 a second per chat, 20 a minute per group.

Unlike python-telegram-bot's own limiter, a chat that Telegram slows down does not delay other chats. Replies go before
digests and do not queue behind them.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any, Protocol

from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.config import FREE_PER_S
from bot.transport.messenger import ALREADY_LIMITED, BACKGROUND
from bot.transport.request import seconds
from summaries.model import ChatQuota

log = logging.getLogger(__name__)

CHAT_BURST = 3
# An edit makes no sound, so tapping several buttons in a row need not wait.
EDIT_BURST = 10
# Messages that may follow each other at once after a pause.
OVERALL_BURST = 5
# Slots that background messages leave free, so that replies need not queue behind them. The rest of the burst absorbs
# late wake-ups.
REPLIES_RESERVE = 2
# However many replies there are, one slot in this many goes to a background message.
BACKGROUND_SHARE = 10
# A reply that took longer, because of a slow page or its chat's own limit, goes behind prompt ones, but gets one slot
# in `LATE_SHARE`. Otherwise many slow pages that arrive together would delay everybody by a second for every 30 of
# them.
LATE_AFTER_S = 1.5
LATE_SHARE = 4
# A reply is given up after Telegram has asked to wait for this long: the person has moved on.
PATIENCE_S = 60.0
CHATS_REMEMBERED = 4096
PACED = ("send", "edit", "copy", "forward")


@dataclass(frozen=True, slots=True)
class Limits:
    """Telegram's limits, from its FAQ: per bot, per chat and per group."""

    overall_per_s: float = FREE_PER_S
    chat_per_s: float = 1.0
    group_per_min: float = 20.0


def steady_per_s(per_s: float, at_once: int) -> float:
    """Return the steady rate at which no second has more than `per_s` messages, a burst of `at_once` included.

    Telegram's free limit is "about" 30, so up to that rate bursts come on top, which delays nobody.
    """
    return max(min(per_s, FREE_PER_S), per_s - at_once)


class SendLimiter(Protocol):
    """Limits how many messages a bot sends."""

    async def acquire(
        self, *, is_background: bool, chat: str = "", is_late: bool = False, chats: Sequence[ChatQuota] = ()
    ) -> None:
        """Wait for the quota of each of `chats`, then for a slot of the bot. `chat` is the chat of a reply: chats share
        the slots evenly. Late replies go behind prompt ones, background messages behind both."""
        ...


def turns_in_chat(chat_id: int | str, limits: Limits, *, is_edit: bool) -> tuple[ChatQuota, ...]:
    """Return the quotas that a message to the chat counts against."""
    chat = str(chat_id)
    if is_edit:
        return (ChatQuota(chat, "edit", limits.chat_per_s, EDIT_BURST),)
    in_chat = ChatQuota(chat, "message", limits.chat_per_s, CHAT_BURST)
    if isinstance(chat_id, int) and chat_id > 0:
        return (in_chat,)
    in_group = ChatQuota(chat, "group", limits.group_per_min / 60, max(1, round(limits.group_per_min)))
    return (in_chat, in_group)


class _FairQueue:
    """Replies in start-time fair queueing order (Goyal, Vin and Cheng 1996), with one unit per message: the chats
    alternate, so that a chat with many replies delays only its own."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = count()
        # The round of the last reply that was sent, and the round of the newest reply of each chat.
        self._round = 0
        self._rounds: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, turn: asyncio.Future[None], chat: str) -> None:
        if not self._heap:
            self._rounds.clear()
        self._rounds[chat] = max(self._round, self._rounds.get(chat, 0)) + 1
        heappush(self._heap, (self._rounds[chat], next(self._arrivals), turn))

    def pop(self) -> asyncio.Future[None]:
        self._round, _, turn = heappop(self._heap)
        return turn

    def skip_cancelled(self) -> None:
        while self._heap and self._heap[0][2].done():
            heappop(self._heap)


class PriorityWaiters:
    """Messages that wait for a slot of the bot.

    Prompt replies go first, then late ones, then background messages. Even so, one slot in `LATE_SHARE` goes to a late
    reply and one in `BACKGROUND_SHARE` to a background message.
    """

    def __init__(self) -> None:
        self._prompt = _FairQueue()
        self._late = _FairQueue()
        self._background: deque[asyncio.Future[None]] = deque()
        self._since_late = self._since_background = 0

    def __len__(self) -> int:
        return len(self._prompt) + len(self._late) + len(self._background)

    def add(self, *, is_background: bool, chat: str = "", is_late: bool = False) -> asyncio.Future[None]:
        """Add a message and return a future that is done when its slot comes."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if is_background:
            self._background.append(turn)
        else:
            (self._late if is_late else self._prompt).push(turn, chat)
        return turn

    def leaves_turns(self) -> bool:
        """Return whether the next message must leave slots for replies: a background message must, unless it is owed
        its share."""
        self._skip_cancelled()
        return not self._has_replies() and not self._is_background_owed()

    def first(self) -> asyncio.Future[None] | None:
        """Remove and return the message that gets the next slot."""
        self._skip_cancelled()
        if self._background and (not self._has_replies() or self._is_background_owed()):
            self._since_background = 0
            return self._background.popleft()
        if not self._has_replies():
            return None
        self._since_background += 1
        if self._late and (not self._prompt or self._since_late >= LATE_SHARE - 1):
            self._since_late = 0
            return self._late.pop()
        self._since_late += 1
        return self._prompt.pop()

    def _has_replies(self) -> bool:
        return bool(self._prompt or self._late)

    def _skip_cancelled(self) -> None:
        self._prompt.skip_cancelled()
        self._late.skip_cancelled()
        while self._background and self._background[0].done():
            self._background.popleft()

    def _is_background_owed(self) -> bool:
        return self._since_background >= BACKGROUND_SHARE - 1


_began_s: ContextVar[float | None] = ContextVar("began_s", default=None)


@contextmanager
def timing_replies() -> Iterator[None]:
    """Count the replies that are sent in the block as late if the block takes long."""
    token = _began_s.set(asyncio.get_running_loop().time())
    try:
        yield
    finally:
        _began_s.reset(token)


def is_late_reply() -> bool:
    """Return whether the person has waited so long for this reply that a moment more does not matter."""
    began_s = _began_s.get()
    return began_s is not None and asyncio.get_running_loop().time() - began_s > LATE_AFTER_S


class ChatLimiters:
    """Limiters of chats, by this process's clock. The least recently used ones are forgotten."""

    def __init__(self) -> None:
        self._limiters: OrderedDict[tuple[str, str], AsyncLimiter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._limiters)

    async def acquire(self, turn: ChatQuota) -> None:
        key = (turn.chat, turn.kind)
        limiter = self._limiters.pop(key, None) or AsyncLimiter(turn.burst, turn.burst / turn.per_s)
        self._limiters[key] = limiter
        if len(self._limiters) > CHATS_REMEMBERED:
            self._limiters.popitem(last=False)
        await limiter.acquire()


class LocalSendLimiter:
    """Fulfils `SendLimiter` with evenly spaced slots, by this process's clock.

    Background messages stay `REPLIES_RESERVE` slots behind the limit. Replies take those slots at once, and background
    messages wait longer in return.
    """

    def __init__(self, per_s: float) -> None:
        self._interval_s = 1 / steady_per_s(per_s, OVERALL_BURST + 1)
        # Time of the next slot; after a pause up to a burst in the past.
        self._next_at = -math.inf
        self._waiters = PriorityWaiters()
        self._timer: asyncio.TimerHandle | None = None
        self.chats = ChatLimiters()

    async def acquire(
        self, *, is_background: bool, chat: str = "", is_late: bool = False, chats: Sequence[ChatQuota] = ()
    ) -> None:
        for wanted in chats:
            await self.chats.acquire(wanted)
        turn = self._waiters.add(is_background=is_background, chat=chat, is_late=is_late)
        if self._timer is None or not is_background:
            self._give()
        await turn

    def _give(self) -> None:
        """Give the slots that are due, and schedule the next call."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._next_at = max(self._next_at, now - OVERALL_BURST * self._interval_s)
        while self._turn_at() <= now and (turn := self._waiters.first()) is not None:
            turn.set_result(None)
            self._next_at += self._interval_s
        if self._waiters:
            self._timer = loop.call_at(self._turn_at(), self._give)

    def _turn_at(self) -> float:
        """Return the time of the next message's slot, which for a background message is later by the reserve."""
        left = REPLIES_RESERVE if self._waiters.leaves_turns() else 0
        return self._next_at + left * self._interval_s


class RateLimiter(BaseRateLimiter[float]):
    """Delays each request until its slot, and repeats requests that Telegram refused with 429.

    `rate_limit_args` is the number of seconds that the caller is ready to wait after a refusal, `PATIENCE_S` by
    default. With `BACKGROUND` (0) a refusal is raised at once, and replies go first. With `ALREADY_LIMITED` the caller
    has called `acquire_background`. `limiter` gives the slots; by default this process is the only one with the token.
    With paid broadcasts, messages that are not paid for also wait for `free_limiter`.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        limiter: SendLimiter | None = None,
        free_limiter: SendLimiter | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._limits = limits or Limits()
        self._limiter = limiter or LocalSendLimiter(self._limits.overall_per_s)
        self._free_limiter = free_limiter

    async def initialize(self) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: float | None,
    ) -> Any:
        """Call `callback(*args, **kwargs)` in its slot. Raise RetryAfter if Telegram refuses for longer than the caller
        is ready to wait."""
        if rate_limit_args == ALREADY_LIMITED:
            return await callback(*args, **kwargs)
        patience_s = PATIENCE_S if rate_limit_args is None else rate_limit_args
        while True:
            await self._turn(endpoint, data, is_background=rate_limit_args == BACKGROUND)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as refusal:
                wait_s = seconds(refusal)
                patience_s -= wait_s
                if patience_s < 0:
                    raise
                log.info("%s is to wait %.0f s", endpoint, wait_s)
                await self._sleep(wait_s)

    async def acquire_background(self, chat_id: int) -> None:
        """Wait until a background message may be sent to the chat."""
        await self._turn("sendMessage", {"chat_id": chat_id}, is_background=True)

    async def _turn(self, endpoint: str, data: dict[str, Any], *, is_background: bool) -> None:
        chat_id = data.get("chat_id")
        if chat_id is None or endpoint == "sendChatAction" or not endpoint.startswith(PACED):
            return
        chats = turns_in_chat(chat_id, self._limits, is_edit=endpoint.startswith("edit"))
        if self._free_limiter is not None and not is_background:
            await self._free_limiter.acquire(is_background=False, chat=str(chat_id), is_late=is_late_reply())
        await self._limiter.acquire(
            is_background=is_background, chat=str(chat_id), is_late=is_late_reply(), chats=chats
        )
