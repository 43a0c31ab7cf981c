"""Use case: delete old rows in short steps, because other writes wait while one runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from summaries.model import FOLLOW_LASTS, Old, Position
from summaries.ports import Clock, UpkeepStore
from summaries.stories.chains import MEMORY

# A step takes about this long: a write may wait for two of them and a commit, and should not wait for 50 ms.
STEP_S = 0.01
# Rows of a step: at first, and at least and at most. Some rows have hundreds of others that refer to them.
FIRST_LIMIT = 20
MIN_LIMIT, MAX_LIMIT = 5, 1_000
# Telegram allows edits for two days, and nobody presses half-year-old buttons. A reader's article without replies, as
# after /hapusdata, is deleted in the next run.
KEPT: Mapping[Old, timedelta] = {
    Old.DIGESTS: timedelta(days=90),
    Old.DELIVERED: timedelta(days=90),
    Old.TEXTS: timedelta(days=90),
    Old.ALERTS: timedelta(days=90),
    Old.FOLLOWS: FOLLOW_LASTS,
    Old.BROADCASTS: timedelta(days=90),
    Old.HAZARDS: timedelta(days=7),
    Old.HAZARD_MESSAGES: timedelta(days=7),
    Old.QUESTIONS: timedelta(days=1),
    Old.EXCHANGES: timedelta(days=2),
    Old.QUERIES: timedelta(days=30),
    Old.ANSWERS: timedelta(days=180),
    Old.CHAIN_TERMS: MEMORY,
    Old.OWN_ARTICLES: timedelta(days=1),
}


class UpkeepService:
    """Deletes rows older than `KEPT`."""

    def __init__(self, store: UpkeepStore, clock: Clock, timer: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._timer = timer

    async def count(self) -> Mapping[Old, int]:
        """Return the number of rows that `forget` would delete now."""
        return await self._store.count_old(compute_cutoffs(self._clock()))

    async def forget(self) -> Mapping[Old, int]:
        """Delete old rows; return the number of deleted rows of each kind."""
        before = compute_cutoffs(self._clock())
        gone = dict.fromkeys(Old, 0)
        for kind in Old:
            position: Position | None = ()
            limit = FIRST_LIMIT
            while position is not None:
                began = self._timer()
                rows, position = await self._store.forget_old(kind, before, limit=limit, after=position)
                gone[kind] += rows
                limit = choose_limit(limit, self._timer() - began)
        return gone


def choose_limit(limit: int, took_s: float) -> int:
    """Return the number of rows of the next step, after `limit` rows took that long. At most twice as many."""
    fitting = limit * STEP_S / took_s if took_s > 0 else MAX_LIMIT
    return max(MIN_LIMIT, min(MAX_LIMIT, 2 * limit, int(fitting)))


def compute_cutoffs(now: datetime) -> Mapping[Old, datetime]:
    """Return the cut-off time of each kind."""
    return {kind: now - kept for kind, kept in KEPT.items()}
