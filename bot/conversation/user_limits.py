"""How often and how much at once a person may ask, so that nobody's questions hold up another's."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from bot.access.guarded_store import operated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from bot.access.chat_admins import OperatorAccess
    from summaries.ports import BlockStore


PEOPLE_REMEMBERED = 4096
# Pages that are fetched at the same time.
PLACES_PER_PERSON = 2
PLACES = 32


class Verdict(Enum):
    """A question is answered; refused with a word about it; or, after that word, refused in silence."""

    PASS = auto()
    SAY = auto()
    SILENT = auto()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of a question, and in how many seconds the person's next one is answered."""

    verdict: Verdict
    wait_s: float


def verdict_on(refused: int) -> Verdict:
    """By how often in a row the person's questions were refused (pure)."""
    return {0: Verdict.PASS, 1: Verdict.SAY}.get(refused, Verdict.SILENT)


class Asking(Protocol):
    """A bucket of questions for each person: some at once, so many a minute in the long run."""

    async def ask(self, user_id: int) -> Ruling:
        """Count one more question, which comes now."""
        ...


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float
    refused: int = 0


class AskingPace:
    """Fulfils `Asking` for a process that is alone: `burst` questions at once, `per_minute` in the long run, by a clock
    that only goes forward."""

    def __init__(self, per_minute: float, burst: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock_s = clock_s
        self._people: OrderedDict[int, _Bucket] = OrderedDict()

    async def ask(self, user_id: int) -> Ruling:
        now_s = self._clock_s()
        bucket = self._people.pop(user_id, None) or _Bucket(self._burst, now_s)
        self._people[user_id] = bucket
        if len(self._people) > PEOPLE_REMEMBERED:
            self._people.popitem(last=False)
        bucket.level = min(self._burst, bucket.level + (now_s - bucket.at) * self._per_s)
        bucket.at = now_s
        if bucket.level >= 1:
            bucket.level -= 1
            bucket.refused = 0
        else:
            bucket.refused += 1
        return Ruling(verdict_on(bucket.refused), max(0.0, (1 - bucket.level) / self._per_s))


class Places:
    """Places for slow work: so many in all, and for each person fewer, so that one person's never take all."""

    def __init__(self, places: int = PLACES, per_person: int = PLACES_PER_PERSON) -> None:
        self._all = asyncio.Semaphore(places)
        self._new: Callable[[], asyncio.Semaphore] = lambda: asyncio.Semaphore(per_person)
        self._own: dict[int, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def place(self, user_id: int) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        own, users = self._own.get(user_id) or (self._new(), 0)
        self._own[user_id] = (own, users + 1)
        try:
            async with own, self._all:
                yield
        finally:
            own, users = self._own[user_id]
            if users == 1:
                del self._own[user_id]
            else:
                self._own[user_id] = (own, users - 1)


class Blocklist:
    """The stored list: asked at every update, and remembered unless the bot `is_shared` by several processes."""

    def __init__(self, store: BlockStore, *, is_shared: bool = False) -> None:
        self._store = store
        self._is_shared = is_shared
        self._known: frozenset[int] | None = None

    async def all(self) -> frozenset[int]:
        if self._known is None or self._is_shared:
            self._known = await self._store.all()
        return self._known

    async def block(self, operator: OperatorAccess, chat_id: int, *, now: datetime) -> None:
        operated(operator)
        await self._store.block(chat_id, now=now)
        self._known = None

    async def unblock(self, operator: OperatorAccess, chat_id: int) -> None:
        operated(operator)
        await self._store.unblock(chat_id)
        self._known = None
