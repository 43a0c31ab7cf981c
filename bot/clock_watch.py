"""Notice that this machine's clock was put back, and go on by the new time at once.

APScheduler compares the clock with when a job is next: put back by an hour, it would not tick for an hour.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.clock import utc_now
from summaries.errors import RingkasError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram.ext import JobQueue

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
# NTP corrects this much without anybody's noticing.
UNNOTICED_S = 2.0


class ClockWatch:
    """Compares the clock with one that can't be set."""

    def __init__(self, now: Callable[[], datetime] = utc_now, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._steady_s = steady_s
        self._last = (now(), steady_s())

    def went_back_s(self) -> float:
        """By how many seconds the clock was put back since the last look; 0 when it was not, or was put forward."""
        last, last_s = self._last
        self._last = (self._now(), self._steady_s())
        lost_s = (self._last[1] - last_s) - (self._last[0] - last).total_seconds()
        return lost_s if lost_s > UNNOTICED_S else 0.0


async def watch_clock(
    queue: JobQueue[Any],
    take_back_time: Callable[[], Awaitable[None]],
    watch: ClockWatch,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Until cancelled: when the clock was put back, let every job tick now, after `take_back_time`."""
    while True:
        await asyncio.sleep(look_every_s)
        back_s = watch.went_back_s()
        if not back_s:
            continue
        log.warning("this machine's clock was put back by %.0f s", back_s)
        try:
            await take_back_time()
        except RingkasError as error:
            log.error("what was decided by the wrong clock could not be taken back: %s", error)  # noqa: TRY400
        for job in queue.scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(queue.scheduler.timezone))
