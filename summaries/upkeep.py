"""Use case: delete old rows, a few at a time, so that nobody waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from summaries.model import FOLLOW_LASTS, Old
from summaries.ports import Clock, UpkeepStore
from summaries.stories.chains import MEMORY

BATCH_SIZE = 1_000
# Telegram allows edits for two days, and nobody presses half-year-old buttons. A reader's article without replies, as
# after /hapusdata, is deleted in the next run.
KEPT: Mapping[Old, timedelta] = {
    Old.DIGESTS: timedelta(days=90),
    Old.DELIVERED: timedelta(days=90),
    Old.TEXTS: timedelta(days=90),
    Old.ALERTS: timedelta(days=90),
    Old.FOLLOWS: FOLLOW_LASTS,
    Old.BROADCASTS: timedelta(days=90),
    Old.QUESTIONS: timedelta(days=1),
    Old.EXCHANGES: timedelta(days=2),
    Old.QUERIES: timedelta(days=30),
    Old.ANSWERS: timedelta(days=180),
    Old.CHAIN_TERMS: MEMORY,
    Old.OWN_ARTICLES: timedelta(days=1),
}


class UpkeepService:
    """Deletes rows older than `KEPT`."""

    def __init__(self, store: UpkeepStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def count(self) -> Mapping[Old, int]:
        """Return the number of rows that `forget` would delete now."""
        return await self._store.count_old(compute_cutoffs(self._clock()))

    async def forget(self) -> Mapping[Old, int]:
        """Delete old rows; return the number of deleted rows of each kind."""
        before = compute_cutoffs(self._clock())
        gone = dict.fromkeys(Old, 0)
        for kind in Old:
            while count := await self._store.forget_old(kind, before, limit=BATCH_SIZE):
                gone[kind] += count
        return gone


def compute_cutoffs(now: datetime) -> Mapping[Old, datetime]:
    """Return the cut-off time of each kind."""
    return {kind: now - kept for kind, kept in KEPT.items()}
