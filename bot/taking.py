"""How many updates are taken from Telegram at a time."""

from __future__ import annotations

import asyncio


class TakenUpdates(asyncio.Queue[object]):
    """The application's queue, which knows how many updates are not done with yet.

    python-telegram-bot takes whatever comes into memory. Who polls waits for room here: the rest stays with Telegram,
    where it costs nothing, and where a crash does not lose it.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._left = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def put_nowait(self, item: object) -> None:
        super().put_nowait(item)
        self._left += 1
        if self._left >= self._most:
            self._has_room.clear()

    def task_done(self) -> None:
        super().task_done()
        self._left -= 1
        if self._left < self._most:
            self._has_room.set()

    async def wait_for_room(self) -> None:
        """Until fewer updates are left than there may be."""
        await self._has_room.wait()
