"""Keeps the bot within Telegram's limits: 30 messages a second over all, 1 a second a chat, 20 a minute a group.

Unlike python-telegram-bot's own limiter, a chat that was told to slow down waits alone: the others go on. Answers to
people go before digests, which nobody waits for, and don't wait for a turn while digests go out.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict, deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.config import FREE_PER_S
from bot.transport.messenger import BULK, IN_TURN, seconds
from summaries.model import ChatTurn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence

log = logging.getLogger(__name__)

CHAT_BURST = 3
# An edit makes no sound: a person who taps one button after the other does not wait for them.
EDIT_BURST = 10
# So many may follow each other at once where little is sent.
OVERALL_BURST = 5
# So many of them bulk leaves for answers, which then wait for no turn while bulk goes out; the rest makes up for turns
# that were given late.
ANSWERS_RESERVE = 2
# However many answers are given, one turn in so many is a digest's.
BULK_TURN = 10
# A reply that took longer, because of a slow page or its chat's own limit, goes behind prompt ones, but gets one turn
# in so many. Without this, many slow pages that arrive together delay everybody by a second for every 30 of them.
LATE_AFTER_S = 1.5
LATE_TURN = 4
# So long an answer waits for its turn when Telegram asks to wait; after that the person has moved on.
PATIENCE_S = 60.0
CHATS_REMEMBERED = 4096
PACED = ("send", "edit", "copy", "forward")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages Telegram takes, by its FAQ: over all, in a chat, and in a group."""

    overall_per_s: float = FREE_PER_S
    chat_per_s: float = 1.0
    group_per_min: float = 20.0


def steady_per_s(per_s: float, at_once: int) -> float:
    """How many turns a second are given in the long run so that no second has more than `per_s`, those included that
    come at once.

    What Telegram takes for nothing is "about" thirty: up to that they come on top, and nobody is slower for it.
    """
    return max(min(per_s, FREE_PER_S), per_s - at_once)


class Turning(Protocol):
    """Gives turns to send."""

    async def acquire(
        self, *, is_bulk: bool, chat: str = "", is_late: bool = False, chats: Sequence[ChatTurn] = ()
    ) -> None:
        """Wait for the turns in `chats`, then for one of the bot's. Background messages are bulk; `chat` is the chat
        that a reply goes to, so that chats share the turns evenly; late replies go behind prompt ones."""
        ...


def turns_in_chat(chat_id: int | str, limits: Limits, *, is_edit: bool) -> tuple[ChatTurn, ...]:
    """What a message needs within its chat (pure)."""
    chat = str(chat_id)
    if is_edit:
        return (ChatTurn(chat, "edit", limits.chat_per_s, EDIT_BURST),)
    in_chat = ChatTurn(chat, "message", limits.chat_per_s, CHAT_BURST)
    if isinstance(chat_id, int) and chat_id > 0:
        return (in_chat,)
    in_group = ChatTurn(chat, "group", limits.group_per_min / 60, max(1, round(limits.group_per_min)))
    return (in_chat, in_group)


class _FairQueue:
    """Replies in start-time fair queueing order (Goyal, Vin and Cheng 1996), with one unit a message: the chats take
    turns, so that a chat with many replies delays its own only."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = count()
        # The round of the reply that went last, and the round of each chat's newest reply.
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


class Waiters:
    """Messages that wait for one of the bot's turns.

    Prompt replies go first, then late ones, then background messages. One turn in `LATE_TURN` goes to a late reply and
    one in `BULK_TURN` to a background message all the same.
    """

    def __init__(self) -> None:
        self._prompt = _FairQueue()
        self._late = _FairQueue()
        self._bulk: deque[asyncio.Future[None]] = deque()
        self._since_late = self._since_bulk = 0

    def __len__(self) -> int:
        return len(self._prompt) + len(self._late) + len(self._bulk)

    def add(self, *, is_bulk: bool, chat: str = "", is_late: bool = False) -> asyncio.Future[None]:
        """Add a message; the result is done when its turn comes."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if is_bulk:
            self._bulk.append(turn)
        else:
            (self._late if is_late else self._prompt).push(turn, chat)
        return turn

    def leaves_turns(self) -> bool:
        """Return whether the next message leaves turns for replies: a background message does, unless its one turn in
        `BULK_TURN` is owed."""
        self._skip_cancelled()
        return not self._has_replies() and not self._is_bulk_owed()

    def first(self) -> asyncio.Future[None] | None:
        """Remove and return the message whose turn it is."""
        self._skip_cancelled()
        if self._bulk and (not self._has_replies() or self._is_bulk_owed()):
            self._since_bulk = 0
            return self._bulk.popleft()
        if not self._has_replies():
            return None
        self._since_bulk += 1
        if self._late and (not self._prompt or self._since_late >= LATE_TURN - 1):
            self._since_late = 0
            return self._late.pop()
        self._since_late += 1
        return self._prompt.pop()

    def _has_replies(self) -> bool:
        return bool(self._prompt or self._late)

    def _skip_cancelled(self) -> None:
        self._prompt.skip_cancelled()
        self._late.skip_cancelled()
        while self._bulk and self._bulk[0].done():
            self._bulk.popleft()

    def _is_bulk_owed(self) -> bool:
        return self._since_bulk >= BULK_TURN - 1


_began_s: ContextVar[float | None] = ContextVar("began_s", default=None)


@contextmanager
def timing_replies() -> Iterator[None]:
    """Let the replies that are sent in the block count as late when the block takes long."""
    token = _began_s.set(asyncio.get_running_loop().time())
    try:
        yield
    finally:
        _began_s.reset(token)


def is_late_reply() -> bool:
    """Return whether the person has waited for this reply for long, so that a moment more does not matter."""
    began_s = _began_s.get()
    return began_s is not None and asyncio.get_running_loop().time() - began_s > LATE_AFTER_S


class ChatLimiters:
    """The turns within chats, by this process's own clock; the chats that were quiet longest are forgotten."""

    def __init__(self) -> None:
        self._limiters: OrderedDict[tuple[str, str], AsyncLimiter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._limiters)

    async def acquire(self, turn: ChatTurn) -> None:
        key = (turn.chat, turn.kind)
        limiter = self._limiters.pop(key, None) or AsyncLimiter(turn.burst, turn.burst / turn.per_s)
        self._limiters[key] = limiter
        if len(self._limiters) > CHATS_REMEMBERED:
            self._limiters.popitem(last=False)
        await limiter.acquire()


class Line:
    """Fulfils `Turning`: turns at an even pace, by this process's own clock.

    Bulk keeps behind the pace by `ANSWERS_RESERVE` turns: answers that come while it goes out take those at once, and
    bulk gives them back by waiting longer for its next.
    """

    def __init__(self, per_s: float) -> None:
        self._interval_s = 1 / steady_per_s(per_s, OVERALL_BURST + 1)
        # When the next turn is due if all turns come evenly; it may lie up to a burst behind.
        self._next_at = -math.inf
        self._waiters = Waiters()
        self._timer: asyncio.TimerHandle | None = None
        self.chats = ChatLimiters()

    async def acquire(
        self, *, is_bulk: bool, chat: str = "", is_late: bool = False, chats: Sequence[ChatTurn] = ()
    ) -> None:
        for wanted in chats:
            await self.chats.acquire(wanted)
        turn = self._waiters.add(is_bulk=is_bulk, chat=chat, is_late=is_late)
        if self._timer is None or not is_bulk:
            self._give()
        await turn

    def _give(self) -> None:
        """Give the turns that are due, and come back for the next."""
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
        """When the first who waits may go: bulk once the turns that it leaves for answers are there again."""
        left = ANSWERS_RESERVE if self._waiters.leaves_turns() else 0
        return self._next_at + left * self._interval_s


class Pace(BaseRateLimiter[float]):
    """Lets each request pass when its time has come, and repeats what Telegram refused for pace.

    `rate_limit_args` is how many seconds the caller is ready to wait after a refusal: `PATIENCE_S` by default. With
    `BULK` (0) a refusal is raised at once, and answers go first. With `IN_TURN` the caller has waited for the turn by
    `bulk_turn`. `line` gives the turns: by default this process is alone with its token. Where bulk is paid for and
    goes faster, what is not waits for a turn by `free_line` before.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        line: Turning | None = None,
        free_line: Turning | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._limits = limits or Limits()
        self._line = line or Line(self._limits.overall_per_s)
        self._free_line = free_line

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
                await self._sleep(wait_s)

    async def bulk_turn(self, chat_id: int) -> None:
        """Wait until a message that nobody waits for may go to the chat."""
        await self._turn("sendMessage", {"chat_id": chat_id}, is_bulk=True)

    async def _turn(self, endpoint: str, data: dict[str, Any], *, is_bulk: bool) -> None:
        chat_id = data.get("chat_id")
        if chat_id is None or endpoint == "sendChatAction" or not endpoint.startswith(PACED):
            return
        chats = turns_in_chat(chat_id, self._limits, is_edit=endpoint.startswith("edit"))
        if self._free_line is not None and not is_bulk:
            await self._free_line.acquire(is_bulk=False, chat=str(chat_id), is_late=is_late_reply())
        await self._line.acquire(is_bulk=is_bulk, chat=str(chat_id), is_late=is_late_reply(), chats=chats)
