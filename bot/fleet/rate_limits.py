"""The pace of a bot's token, of its chats and of its people, shared with all processes that serve it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.conversation.user_limits import RateResult, decide
from bot.transport.rate_limiter import OVERALL_BURST, Waiters, steady_per_s
from summaries.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from summaries.model import ChatTurn, Reserved
    from summaries.ports import PaceStore

log = logging.getLogger(__name__)

# So many seconds' turns are reserved at once, by each process: more would let answers wait behind digests of others,
# fewer would ask the database for each message.
BLOCK_S = 0.05
# So many seconds' turns may follow each other at once, to make up for the way to the database. It is less than what the
# steady pace leaves free: a process that the machine holds up comes late to a block, and has it together with others.
BURST_S = 0.03
# Turns that are so near are given together: to sleep before each of a thousand a second costs more than the turns do.
GRAIN_S = 0.005
AGAIN_S = 1.0
# Messages whose turns within their chats are reserved by one statement.
MOST_AT_ONCE = 200


class SharedLine:
    """Fulfils `pacing.Turning` over the turns of all processes.

    A message's turn within its chat is reserved first, and waited for; only then it stands in line for one of the
    bot's. While nobody stands there both are reserved by one statement, so that a message costs one.
    """

    def __init__(
        self, per_s: float, store: PaceStore, row: int, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """`row` is the bot's id, or another number below which turns are counted together."""
        self._sleep = sleep
        self._burst = burst_of(per_s)
        self._block = max(1, round(per_s * BLOCK_S))
        self._per_s = steady_per_s(per_s, max(self._burst, self._block))
        self._store = store
        self._row = row
        self._waiters = Waiters()
        self._giving: asyncio.Task[None] | None = None
        self._asking: list[tuple[Sequence[ChatTurn], asyncio.Future[float]]] = []
        self._reserving: asyncio.Task[None] | None = None

    async def acquire(
        self, *, is_bulk: bool, chat: str = "", is_late: bool = False, chats: Sequence[ChatTurn] = ()
    ) -> None:
        if chats and (wait_s := await self._within(chats)) > 0:
            await self._sleep(wait_s)
        turn = self._waiters.add(is_bulk=is_bulk, chat=chat, is_late=is_late)
        if self._giving is None:
            self._begin_giving(self._give())
        await turn

    async def _within(self, chats: Sequence[ChatTurn]) -> float:
        """In how many seconds the message's turn within its chat is. Those who ask meanwhile ask together."""
        wait: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._asking.append((chats, wait))
        if self._reserving is None:
            self._begin_reserving()
        return await wait

    def _begin_reserving(self) -> None:
        self._reserving = asyncio.create_task(self._reserve_in_chats(), name="reserve turns in chats")
        self._reserving.add_done_callback(self._reserved)

    def _reserved(self, _: asyncio.Task[None]) -> None:
        self._reserving = None
        if self._asking:
            # Somebody came at the last moment.
            self._begin_reserving()

    async def _reserve_in_chats(self) -> None:
        while self._asking:
            batch, self._asking = self._asking[:MOST_AT_ONCE], self._asking[MOST_AT_ONCE:]
            count = min(len(batch), self._block) if self._giving is None else 0
            try:
                reserved = await self._reserve(count, [turn for chats, _ in batch for turn in chats])
            except Exception as error:  # noqa: BLE001  (each of those who wait is told)
                for _, wait in batch:
                    if not wait.done():
                        wait.set_exception(error)
                continue
            waits_s = iter(reserved.chats_s)
            for chats, wait in batch:
                wait_s = max([next(waits_s) for _ in chats])
                if not wait.done():
                    wait.set_result(wait_s)
            # They stand in line by the time when the first turn is given.
            if count and self._giving is None:
                self._begin_giving(self._give(count, reserved.wait_s))

    def _begin_giving(self, giving: Coroutine[None, None, None]) -> None:
        self._giving = asyncio.create_task(giving, name="give turns")
        self._giving.add_done_callback(self._gave)

    def _gave(self, _: asyncio.Task[None]) -> None:
        self._giving = None
        if self._waiters:
            # Somebody came at the last moment.
            self._begin_giving(self._give())

    async def _give(self, count: int = 0, wait_s: float = 0.0) -> None:
        """Give turns as long as somebody stands in line; so many are reserved already, the first in `wait_s`."""
        clock_s = asyncio.get_running_loop().time
        while count or self._waiters:
            if not count:
                count = min(len(self._waiters), self._block)
                wait_s = (await self._reserve(count)).wait_s
            # Whose turn it is shows when it comes: an answer goes before a digest that came earlier. Each has a time of
            # its own, so that one which comes late makes none after it later.
            first_s = clock_s() + wait_s
            for number in range(count):
                if (left_s := first_s + number / self._per_s - clock_s()) > GRAIN_S:
                    await self._sleep(left_s)
                if (turn := self._waiters.first()) is not None:
                    turn.set_result(None)
            count = 0

    async def _reserve(self, count: int, chats: Sequence[ChatTurn] = ()) -> Reserved:
        while True:
            try:
                return await self._store.reserve(self._row, count, per_s=self._per_s, burst=self._burst, chats=chats)
            except StoreError as error:
                log.warning("no turn to send can be had, and nothing is sent: %s", error)
                await self._sleep(AGAIN_S)


def burst_of(per_s: float) -> int:
    """How many turns may follow each other at once where little was sent."""
    return max(OVERALL_BURST, round(per_s * BURST_S))


class SharedUserRateLimiter:
    """Fulfils `asking_pace.UserLimiter` over what a bot's people ask all processes."""

    def __init__(self, store: PaceStore, bot_id: int, per_minute: float, burst: int) -> None:
        self._store = store
        self._bot_id = bot_id
        self._per_s = per_minute / 60
        self._burst = burst

    async def acquire(self, user_id: int) -> RateResult:
        asked = await self._store.ask(self._bot_id, user_id, per_s=self._per_s, burst=self._burst)
        return RateResult(decide(asked.refused), asked.wait_s)
