"""How often and how much at once a person may ask, so that nobody's questions hold up another's."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PEOPLE_REMEMBERED = 4096
# Pages that are fetched at the same time.
PLACES_PER_PERSON = 2
PLACES = 32


class Verdict(Enum):
    """A question is answered; refused with a word about it; or, after that word, refused in silence."""

    PASS = auto()
    SAY = auto()
    SILENT = auto()


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float
    is_told: bool = False


class AskingPace:
    """A token bucket for each person: `burst` questions at once, `per_minute` in the long run."""

    def __init__(self, per_minute: float, burst: int) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._people: OrderedDict[int, _Bucket] = OrderedDict()

    def ask(self, user_id: int, now_s: float) -> Verdict:
        """Count one more question at that moment (seconds of any clock that only goes forward)."""
        bucket = self._people.pop(user_id, None) or _Bucket(self._burst, now_s)
        self._people[user_id] = bucket
        if len(self._people) > PEOPLE_REMEMBERED:
            self._people.popitem(last=False)
        bucket.level = min(self._burst, bucket.level + (now_s - bucket.at) * self._per_s)
        bucket.at = now_s
        if bucket.level >= 1:
            bucket.level -= 1
            bucket.is_told = False
            return Verdict.PASS
        if bucket.is_told:
            return Verdict.SILENT
        bucket.is_told = True
        return Verdict.SAY

    def wait_s(self, user_id: int) -> float:
        """How long until the person's next question is answered, as of the last one."""
        bucket = self._people.get(user_id)
        return 0.0 if bucket is None else max(0.0, (1 - bucket.level) / self._per_s)


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
