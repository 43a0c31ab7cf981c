"""Use case: delete old rows in short steps, because other writes wait while one runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from summaries.model import FOLLOW_LASTS, Old, Position
from summaries.ports import Clock, UpkeepStore
from summaries.stories.chains import MEMORY

# A step takes about this long: a write may wait for one of them and its commit, and should not wait for 50 ms.
STEP_S = 0.01
# The shortest pause between two steps. Without a pause, SQLite would run waiting writes together with the next step.
PAUSE_S = 0.005
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
    """Deletes rows older than `KEPT`, and news that was stored more than `news_kept` ago; without it news stays."""

    def __init__(
        self,
        store: UpkeepStore,
        clock: Clock,
        news_kept: timedelta | None = None,
        timer: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._clock = clock
        self._timer = timer
        self._sleep = sleep
        self.kept: Mapping[Old, timedelta] = {**KEPT, **({} if news_kept is None else {Old.NEWS: news_kept})}

    async def count(self) -> Mapping[Old, int]:
        """Return the number of rows that `forget` would delete now."""
        return await self._store.count_old(self._compute_cutoffs())

    async def forget(self) -> Mapping[Old, int]:
        """Delete old rows; return the number of deleted rows of each kind."""
        before = self._compute_cutoffs()
        gone = dict.fromkeys(before, 0)
        for kind in before:
            position: Position | None = ()
            limit = FIRST_LIMIT
            while position is not None:
                began = self._timer()
                rows, position = await self._store.forget_old(kind, before, limit=limit, after=position)
                took_s = self._timer() - began
                gone[kind] += rows
                limit = choose_limit(limit, took_s, rows)
                if position is not None:
                    await self._sleep(max(PAUSE_S, self._store.pause_factor * min(took_s, STEP_S)))
        return gone

    def _compute_cutoffs(self) -> Mapping[Old, datetime]:
        """Return the cut-off time of each kind, in the order in which they are deleted."""
        now = self._clock()
        return {kind: now - self.kept[kind] for kind in Old if kind in self.kept}


def choose_limit(limit: int, took_s: float, deleted: int) -> int:
    """Return the number of rows of the next step, after `limit` rows took that long and `deleted` of them went.

    At most twice as many, and no more unless half of them went: rows that stay take less time than the others.
    """
    fitting = limit * STEP_S / took_s if took_s > 0 else MAX_LIMIT
    most = 2 * limit if 2 * deleted >= limit else limit
    return max(MIN_LIMIT, min(MAX_LIMIT, most, int(fitting)))
