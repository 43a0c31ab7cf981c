"""Write down what happened, however long the database is away."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from summaries.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

log = logging.getLogger(__name__)


class Recorder:
    """Repeats writes until the database takes them, or until it is told to stop."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._stopped = asyncio.Event()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """What can't be written now is left: it shows as uncertain at the next start."""
        self._stopped.set()

    async def record(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write down what happened, and tell what `write` tells: forgotten, a message would be sent twice.

        Raises:
            StoreError: it could not be written before the stop.
        """
        while True:
            try:
                return await write()
            except StoreError as error:
                if self.is_stopped:
                    raise
                log.warning("what became of a digest could not be stored yet: %s", error)
                await self.pause()

    async def pause(self) -> None:
        """Give the database a moment, unless told to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._stopped.wait()
