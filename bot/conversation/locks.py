"""One after the other where two would get in each other's way, and not twice where once is meant."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable
    from datetime import datetime


# Two taps of one finger are closer together than this.
ONE_TAP = timedelta(seconds=5)
REMEMBERED = 4096


class Turns:
    """Turns by key, such as a chat's id: whoever has one keeps the others of that key waiting."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._begun: OrderedDict[Hashable, datetime] = OrderedDict()

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            yield

    def is_first(self, key: Hashable, now: datetime) -> bool:
        """Whether nobody began this within the last moments; it counts as begun now."""
        before = self._begun.get(key)
        if before is not None and now - before < ONE_TAP:
            return False
        self._begun[key] = now
        self._begun.move_to_end(key)
        if len(self._begun) > REMEMBERED:
            self._begun.popitem(last=False)
        return True


class Presses:
    """Knows which presses are at work. A button's work must also be harmless when it is done again later."""

    def __init__(self) -> None:
        self._at_work: set[str] = set()

    @asynccontextmanager
    async def once(self, key: str) -> AsyncIterator[bool]:
        """Whether nobody else is at work on `key`; while the block runs, others are told that somebody is."""
        is_first = key not in self._at_work
        self._at_work.add(key)
        try:
            yield is_first
        finally:
            if is_first:
                self._at_work.discard(key)
