"""Limits for each user: a rate limiter, a concurrency limiter and the blocklist."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from weakref import WeakValueDictionary

from bot.access.chat_admins import OperatorAccess
from bot.access.guarded_store import operator_id
from summaries.model import Asked
from summaries.ports import BlockStore

# Users with a bucket in memory; the one that asked longest ago starts again with a full bucket.
MAX_BUCKETS = 4096
# Pages that are fetched at the same time, over all users and for one user.
MAX_SLOTS = 32
MAX_SLOTS_PER_USER = 2


class UserLimiter(Protocol):
    """A token bucket for each user."""

    async def acquire(self, user_id: int) -> Asked:
        """Count a request of the user; return whether it is allowed, or is the first to be denied."""
        ...


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float
    refused: int = 0


class UserRateLimiter:
    """Implements `UserLimiter` for a single process: `burst` requests at once, `per_minute` in the long run."""

    def __init__(self, per_minute: float, burst: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock_s = clock_s
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    async def acquire(self, user_id: int) -> Asked:
        now_s = self._clock_s()
        bucket = self._buckets.pop(user_id, None) or _Bucket(self._burst, now_s)
        self._buckets[user_id] = bucket
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        bucket.level = min(self._burst, bucket.level + (now_s - bucket.at) * self._per_s)
        bucket.at = now_s
        if bucket.level >= 1:
            bucket.level -= 1
            bucket.refused = 0
        else:
            bucket.refused += 1
        return Asked(bucket.refused, max(0.0, (1 - bucket.level) / self._per_s))


class ConcurrencyLimiter:
    """Slots for slow tasks: a number over all users, and fewer for each, so that no user takes all of them."""

    def __init__(self, slots: int = MAX_SLOTS, per_user: int = MAX_SLOTS_PER_USER) -> None:
        self._all = asyncio.Semaphore(slots)
        self._per_user = per_user
        # The semaphore of each user with tasks that run or wait.
        self._users: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def slot(self, user_id: int) -> AsyncIterator[None]:
        """Wait for a slot and hold it while the block runs."""
        own = self._users.get(user_id)
        if own is None:
            own = self._users[user_id] = asyncio.Semaphore(self._per_user)
        async with own, self._all:
            yield


class Blocklist:
    """The stored blocklist. It is read at every update, and cached unless several processes share it."""

    def __init__(self, store: BlockStore, *, is_shared: bool = False) -> None:
        self._store = store
        self._is_shared = is_shared
        self._cached: frozenset[int] | None = None

    async def all(self) -> frozenset[int]:
        """Return the ids of all blocked people and chats."""
        if self._cached is None or self._is_shared:
            self._cached = await self._store.all()
        return self._cached

    async def block(self, operator: OperatorAccess, chat_id: int, *, now: datetime) -> None:
        operator_id(operator)
        await self._store.block(chat_id, now=now)
        self._cached = None

    async def unblock(self, operator: OperatorAccess, chat_id: int) -> None:
        operator_id(operator)
        await self._store.unblock(chat_id)
        self._cached = None
