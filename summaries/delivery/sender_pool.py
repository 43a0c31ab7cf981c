"""A bounded pool of concurrent sends."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Hashable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from summaries.delivery.outbox import Outbox

K = TypeVar("K", bound="Hashable")

# Chats that are written to at the same time: more connections make each call slower. Sends that take longer than
# SLOW_AFTER_S are not counted, so that they do not hold up others, up to MAX_SENDERS in all.
SENDERS = 24
MAX_SENDERS = 128
SLOW_AFTER_S = 2.0


class SenderPool(Generic[K]):
    """Running sends by their keys, and the number of slots that are free."""

    def __init__(self, outbox: Outbox, senders: int, max_wait_s: float) -> None:
        """`max_wait_s` limits how long `wait_for_slots` and `wait_for_all` wait."""
        self._outbox = outbox
        self._senders = senders
        self._max_wait_s = max_wait_s
        self._tasks: dict[K, asyncio.Task[None]] = {}
        self._begun_s: dict[K, float] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def keys(self) -> Collection[K]:
        """The keys of the running sends."""
        return self._tasks.keys()

    def begin(self, key: K, work: Coroutine[Any, Any, None]) -> None:
        task = self._outbox.begin(work)
        self._tasks[key] = task
        self._begun_s[key] = asyncio.get_running_loop().time()
        task.add_done_callback(lambda _: self._end(key))

    def _end(self, key: K) -> None:
        del self._tasks[key], self._begun_s[key]

    def free_slots(self) -> int:
        """Return how many more sends may begin."""
        late = asyncio.get_running_loop().time() - SLOW_AFTER_S
        slow = sum(begun_s < late for begun_s in self._begun_s.values())
        return max(0, min(self._senders + slow, MAX_SENDERS) - len(self._tasks))

    async def wait_for_slots(self) -> None:
        """Wait until a quarter of the slots are free, or for the longest wait."""
        await self._wait(max(1, self._senders // 4))

    async def wait_for_all(self) -> None:
        """Wait until no send is running, or for the longest wait."""
        await self._wait(MAX_SENDERS)

    async def _wait(self, enough: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._max_wait_s):
                while self._tasks:
                    await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
                    if self.free_slots() >= enough:
                        return
