"""Waking those who wait for a change."""

from __future__ import annotations

import asyncio


class Signal:
    """Something changed: `notify` wakes every coroutine that is in `wait`. One event loop only."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, timeout_s: float) -> bool:
        """Whether a change came before the time was over."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            # Not wait_for: in Python 3.11 it forgets that it was cancelled when the change comes at the same moment.
            async with asyncio.timeout(max(0.0, timeout_s)):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True
