"""Use case: forget what is old, a few rows at a time, so that nobody waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from summaries.model import Old

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from summaries.ports import Clock, UpkeepStore

AT_ONCE = 1_000
# Telegram lets a person edit for two days, and nobody presses the buttons of half a year ago. A reader's article whose
# answers are gone, as after /hapusdata, goes with the next look.
KEPT: Mapping[Old, timedelta] = {
    Old.DIGESTS: timedelta(days=90),
    Old.TOLD: timedelta(days=90),
    Old.TEXTS: timedelta(days=90),
    Old.ALERTS: timedelta(days=90),
    Old.BROADCASTS: timedelta(days=90),
    Old.QUESTIONS: timedelta(days=1),
    Old.EXCHANGES: timedelta(days=2),
    Old.QUERIES: timedelta(days=30),
    Old.ANSWERS: timedelta(days=180),
    Old.OWN_ARTICLES: timedelta(days=1),
}


class UpkeepService:
    """Forgets what is older than `KEPT`."""

    def __init__(self, store: UpkeepStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def count(self) -> Mapping[Old, int]:
        """How many rows `forget` would delete now."""
        return await self._store.count_old(moments(self._clock()))

    async def forget(self) -> Mapping[Old, int]:
        """Delete what is old; how many rows of each kind went."""
        before = moments(self._clock())
        gone = dict.fromkeys(Old, 0)
        for kind in Old:
            while count := await self._store.forget_old(kind, before, limit=AT_ONCE):
                gone[kind] += count
        return gone


def moments(now: datetime) -> Mapping[Old, datetime]:
    """What is older than these is old."""
    return {kind: now - kept for kind, kept in KEPT.items()}
