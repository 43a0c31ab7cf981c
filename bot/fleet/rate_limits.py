"""Rate limits shared by all processes: messages of a bot, messages in a chat, and questions of a user."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.transport.rate_limiter import OVERALL_BURST, PriorityWaiters, steady_per_s
from summaries.errors import StoreError
from summaries.model import Asked, ChatQuota, Reservation
from summaries.ports import RateLimitStore

log = logging.getLogger(__name__)

# Each process reserves this many seconds of quota at a time. More would delay replies behind other processes' digests;
# less would cost a query per message.
BLOCK_S = 0.05
# Burst allowance in seconds of quota, which makes up for the round trip to the database. It is less than the headroom
# of the steady rate, because a process that runs late uses two blocks at once.
BURST_S = 0.03
# Turns closer together than this are given at once: sleeping a thousand times a second costs more than it gains.
GRAIN_S = 0.005
AGAIN_S = 1.0
# Messages whose quota in chats is reserved with one statement.
MOST_AT_ONCE = 200


class SharedSendLimiter:
    """Fulfils `rate_limiter.SendLimiter` over the quota that all processes share.

    A message first reserves quota in its chat and waits for it, then queues for quota of the bot. If nothing is queued,
    one statement reserves both.
    """

    def __init__(
        self, per_s: float, store: RateLimitStore, row: int, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """`row` is the id under which the quota is stored: the bot's, or its negative for free messages."""
        self._sleep = sleep
        self._burst = burst_of(per_s)
        self._block = max(1, round(per_s * BLOCK_S))
        self._per_s = steady_per_s(per_s, max(self._burst, self._block))
        self._store = store
        self._row = row
        self._waiters = PriorityWaiters()
        self._giving: asyncio.Task[None] | None = None
        self._asking: list[tuple[Sequence[ChatQuota], asyncio.Future[float]]] = []
        self._reserving: asyncio.Task[None] | None = None

    async def acquire(
        self, *, is_background: bool, chat: str = "", is_late: bool = False, chats: Sequence[ChatQuota] = ()
    ) -> None:
        if chats and (wait_s := await self._within(chats)) > 0:
            await self._sleep(wait_s)
        turn = self._waiters.add(is_background=is_background, chat=chat, is_late=is_late)
        if not is_running(self._giving):
            self._begin_giving()
        await turn

    async def _within(self, chats: Sequence[ChatQuota]) -> float:
        """Return the wait for the message's quota in its chat. Calls that arrive during a query share the next one."""
        wait: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._asking.append((chats, wait))
        if not is_running(self._reserving):
            self._reserving = asyncio.create_task(self._reserve_in_chats(), name="reserve turns in chats")
        return await wait

    async def _reserve_in_chats(self) -> None:
        while self._asking:
            batch, self._asking = self._asking[:MOST_AT_ONCE], self._asking[MOST_AT_ONCE:]
            count = min(len(batch), self._block) if not is_running(self._giving) else 0
            try:
                reserved = await self._reserve(count, [turn for chats, _ in batch for turn in chats])
            except Exception as error:  # noqa: BLE001  (raised in each waiting task)
                for _, wait in batch:
                    if not wait.done():
                        wait.set_exception(error)
                continue
            waits_s = iter(reserved.chats_s)
            for chats, wait in batch:
                wait_s = max([next(waits_s) for _ in chats])
                if not wait.done():
                    wait.set_result(wait_s)
            # The callers have joined the queue by the time when the first turn is given.
            if count and not is_running(self._giving):
                self._begin_giving(count, reserved.wait_s)

    def _begin_giving(self, count: int = 0, wait_s: float = 0.0) -> None:
        self._giving = asyncio.create_task(self._give(count, wait_s), name="give turns")

    async def _give(self, count: int, wait_s: float) -> None:
        """Give turns until the queue is empty. `count` of them are reserved already, the first in `wait_s` seconds."""
        clock_s = asyncio.get_running_loop().time
        while count or self._waiters:
            if not count:
                count = min(len(self._waiters), self._block)
                wait_s = (await self._reserve(count)).wait_s
            # The queue picks the message when its turn comes, so that a reply overtakes an older digest. Each turn has
            # its own time, so that one late turn delays no other.
            first_s = clock_s() + wait_s
            for number in range(count):
                if (left_s := first_s + number / self._per_s - clock_s()) > GRAIN_S:
                    await self._sleep(left_s)
                if (turn := self._waiters.first()) is not None:
                    turn.set_result(None)
            count = 0

    async def _reserve(self, count: int, chats: Sequence[ChatQuota] = ()) -> Reservation:
        while True:
            try:
                return await self._store.reserve(self._row, count, per_s=self._per_s, burst=self._burst, chats=chats)
            except StoreError as error:
                log.warning("no turn to send can be had, and nothing is sent: %s", error)
                await self._sleep(AGAIN_S)


def is_running(task: asyncio.Task[None] | None) -> bool:
    return task is not None and not task.done()


def burst_of(per_s: float) -> int:
    """Return how many messages may follow each other at once after a pause."""
    return max(OVERALL_BURST, round(per_s * BURST_S))


class SharedUserRateLimiter:
    """Fulfils `user_limits.UserLimiter` over the questions that all processes receive."""

    def __init__(self, store: RateLimitStore, bot_id: int, per_minute: float, burst: int) -> None:
        self._store = store
        self._bot_id = bot_id
        self._per_s = per_minute / 60
        self._burst = burst

    async def acquire(self, user_id: int) -> Asked:
        return await self._store.ask(self._bot_id, user_id, per_s=self._per_s, burst=self._burst)
