"""A clock that is put back is noticed, and the ticks go on."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram.ext import ApplicationBuilder, JobQueue

from bot.background.scheduler import JOB
from bot.runtime.clock import ClockJumpDetector, watch_clock
from summaries.errors import StoreBusy

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown_s", "steady_s", "back_s"),
    [
        (1.0, 1.0, 0.0),
        # Suspended, or put forward.
        (3600.0, 1.0, 0.0),
        # NTP at work.
        (-0.5, 1.0, 0.0),
        (-1.5, 1.0, 2.5),
        (-3599.0, 1.0, 3600.0),
        # Put back by a minute in a tick that took two.
        (60.0, 120.0, 60.0),
    ],
)
def test_what_is_noticed(shown_s: float, steady_s: float, back_s: float) -> None:
    shown, steady = iter([NOON, NOON + timedelta(seconds=shown_s)]), iter([5.0, 5.0 + steady_s])
    watch = ClockJumpDetector(lambda: next(shown), lambda: next(steady))
    assert watch.went_back_s() == back_s


@pytest.mark.parametrize("failure", [None, StoreBusy("in use")])
async def test_jobs_tick_on_when_the_clock_is_put_back(
    caplog: pytest.LogCaptureFixture, failure: StoreBusy | None
) -> None:
    ticked, taken_back = asyncio.Event(), asyncio.Event()

    async def tick(_: Any) -> None:
        ticked.set()

    async def on_clock_rollback() -> None:
        taken_back.set()
        if failure:
            raise failure

    queue: JobQueue[Any] = JobQueue()
    # The queue holds it weakly.
    app = ApplicationBuilder().token("1:x").job_queue(queue).build()
    shown = itertools.chain([NOON], itertools.repeat(NOON - timedelta(days=3)))
    watch = ClockJumpDetector(lambda: next(shown), lambda: 5.0)
    await queue.start()
    # Put back by three days, the clock says that the next tick is in three days.
    queue.run_repeating(tick, 0.05, first=timedelta(days=3), job_kwargs=JOB)
    watching = asyncio.create_task(watch_clock(queue, on_clock_rollback, watch, look_every_s=0.01))
    await asyncio.wait_for(ticked.wait(), 5)
    ticked.clear()
    await asyncio.wait_for(ticked.wait(), 5)
    assert taken_back.is_set()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await queue.stop()
    assert app.job_queue is queue
    assert "put back by 259200 s" in caplog.text
    assert ("could not be taken back" in caplog.text) is bool(failure)
