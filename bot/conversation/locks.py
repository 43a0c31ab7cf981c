"""Per-key locks, and detection of double taps."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

# A second tap within this time is taken for the same tap.
DOUBLE_TAP = timedelta(seconds=5)
# Keys whose last tap is remembered.
MAX_TAPS = 4096


class KeyedLock:
    """A lock for each key, such as a chat's id."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._taps: OrderedDict[Hashable, datetime] = OrderedDict()

    @asynccontextmanager
    async def hold(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the key's lock and hold it while the block runs."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            yield

    def is_held(self, key: Hashable) -> bool:
        """Return whether some task holds the key's lock."""
        lock = self._locks.get(key)
        return lock is not None and lock.locked()

    def is_double_tap(self, key: Hashable, now: datetime) -> bool:
        """Return whether the key was tapped a moment ago; otherwise remember this tap."""
        last = self._taps.get(key)
        if last is not None and now - last < DOUBLE_TAP:
            return True
        self._taps[key] = now
        self._taps.move_to_end(key)
        if len(self._taps) > MAX_TAPS:
            self._taps.popitem(last=False)
        return False
