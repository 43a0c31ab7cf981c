"""Record outcomes, however long the database is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from summaries.errors import StoreError

T = TypeVar("T")

log = logging.getLogger(__name__)


class RetryingWriter:
    """Repeats writes until the database takes them, or until `stop`."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._stopped = asyncio.Event()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """Give up writes that fail from now on: their messages are uncertain at the next start."""
        self._stopped.set()

    async def write(self, write: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `write`, repeated while the database fails: an outcome that is lost means a second copy.

        Raises:
            StoreError: it could not be written before the stop.
        """
        while True:
            try:
                return await write()
            except StoreError as error:
                if self.is_stopped:
                    raise
                log.warning("the outcome of a message could not be stored yet: %s", error)
                await self.pause()

    async def pause(self) -> None:
        """Wait before the database is tried again, but not after `stop`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._stopped.wait()
