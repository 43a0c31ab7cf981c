"""How much is sent at the same time, and who of it is under way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Hashable

    from summaries.delivery.outbox import Post

K = TypeVar("K", bound="Hashable")

# Chats that are written to at the same time: more connections make each call dearer. Those that take long must not keep
# the others waiting, and are not counted, up to so many in all.
SENDERS = 24
MOST_SENDERS = 128
SLOW_AFTER_S = 2.0


class Room(Generic[K]):
    """Work that sends, each by its key, and room for so much more of it."""

    def __init__(self, post: Post, senders: int, moment_s: float) -> None:
        """`moment_s` is how long `wait_for_room` waits at most."""
        self._post = post
        self._senders = senders
        self._moment_s = moment_s
        self._under_way: dict[K, asyncio.Task[None]] = {}
        self._begun_s: dict[K, float] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def keys(self) -> Collection[K]:
        """Of what is under way."""
        return self._under_way.keys()

    def begin(self, key: K, work: Coroutine[Any, Any, None]) -> None:
        task = self._post.begin(work)
        self._under_way[key] = task
        self._begun_s[key] = asyncio.get_running_loop().time()
        task.add_done_callback(lambda _: self._end(key))

    def _end(self, key: K) -> None:
        del self._under_way[key], self._begun_s[key]

    def left(self) -> int:
        """How much more may begin."""
        late = asyncio.get_running_loop().time() - SLOW_AFTER_S
        slow = sum(begun_s < late for begun_s in self._begun_s.values())
        return max(0, min(self._senders + slow, MOST_SENDERS) - len(self._under_way))

    async def wait_for_room(self) -> None:
        """Until a quarter of the senders are free, or for a moment: those that hang keep nobody waiting."""
        await self._wait(max(1, self._senders // 4))

    async def wait_for_all(self) -> None:
        """Until nothing is under way, or for a moment."""
        await self._wait(MOST_SENDERS)

    async def _wait(self, enough: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._moment_s):
                while self._under_way:
                    await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)
                    if self.left() >= enough:
                        return
