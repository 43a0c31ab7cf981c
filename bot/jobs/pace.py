"""Turns at the pace of a bot's token, shared with all processes that send for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.pacing import OVERALL_BURST, Waiters
from summaries.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

# So many seconds' turns are reserved at once, by each process: more would let answers wait behind digests of others,
# fewer would ask the database for each message.
BLOCK_S = 0.05
AGAIN_S = 1.0


class SharedLine:
    """Fulfils `pacing.Turning`. `reserve` reserves turns in a row, and tells in how many seconds the first is."""

    def __init__(self, per_s: float, reserve: Callable[[int], Awaitable[float]]) -> None:
        self._interval_s = 1 / per_s
        self._block = max(1, round(per_s * BLOCK_S))
        self._reserve = reserve
        self._waiters = Waiters()
        self._giving: asyncio.Task[None] | None = None

    async def acquire(self, *, is_bulk: bool) -> None:
        turn = self._waiters.add(is_bulk=is_bulk)
        if self._giving is None:
            self._giving = asyncio.create_task(self._give(), name="give turns")
            self._giving.add_done_callback(self._gave)
        await turn

    def _gave(self, _: asyncio.Task[None]) -> None:
        self._giving = None
        if self._waiters:
            # Somebody came at the last moment.
            self._giving = asyncio.create_task(self._give(), name="give turns")
            self._giving.add_done_callback(self._gave)

    async def _give(self) -> None:
        while self._waiters:
            count = min(len(self._waiters), self._block)
            try:
                wait_s = await self._reserve(count)
            except StoreError as error:
                log.warning("no turn to send can be had, and nothing is sent: %s", error)
                await asyncio.sleep(AGAIN_S)
                continue
            # Whose turn it is shows when it comes: an answer goes before a digest that came earlier.
            for _ in range(count):
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                if (turn := self._waiters.first()) is not None:
                    turn.set_result(None)
                wait_s = max(0.0, wait_s) and self._interval_s


def burst_of(per_s: float) -> int:
    """How many turns may follow each other at once where little was sent."""
    return max(OVERALL_BURST, round(per_s * BLOCK_S))
