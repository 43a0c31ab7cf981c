"""What time the bot takes it to be: this machine's, or in the sandbox the sandbox's."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from summaries.errors import RingkasError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from telegram.ext import JobQueue


WAIT_S = 25.0
ANSWER_S = 10.0
RETRY_S = 1.0

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Fulfils `ports.Clock`."""
    return datetime.now(UTC)


@dataclass(slots=True)
class FollowingClock:
    """This machine's clock, put forward as far as the sandbox at `url` says. Fulfils `ports.Clock`."""

    url: str
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    async def ask(self, http: httpx.AsyncClient, *, known: timedelta | None) -> None:
        """Take over how far the sandbox is ahead; with what is known, wait until that is no longer so.

        Raises httpx.HTTPError, ValueError (no such answer).
        """
        query = {} if known is None else {"known_ahead_s": known.total_seconds(), "timeout_s": WAIT_S}
        response = await http.get(self.url, params=query)
        response.raise_for_status()
        try:
            self.ahead = timedelta(seconds=float(response.json()["ahead_s"]))
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError("the answer has no ahead_s") from error

    async def follow(self, http: httpx.AsyncClient) -> None:
        """Stay in step until cancelled. A sandbox that can't be reached is asked again; the time goes on as it was."""
        is_reached = True
        while True:
            try:
                await self.ask(http, known=self.ahead)
                is_reached = True
            except (httpx.HTTPError, ValueError) as error:
                if is_reached:
                    log.warning("the sandbox's clock can't be read (%s); going on with the last", error)
                is_reached = False
                await asyncio.sleep(RETRY_S)


@asynccontextmanager
async def open_clock(sandbox_url: str | None) -> AsyncIterator[Callable[[], datetime]]:
    """The clock to work with: this machine's, unless a sandbox's address is given."""
    if sandbox_url is None:
        yield utc_now
        return
    clock = FollowingClock(sandbox_url)
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S + ANSWER_S) as http:
        with suppress(httpx.HTTPError, ValueError):
            await clock.ask(http, known=None)
        following = asyncio.create_task(clock.follow(http))
        try:
            yield clock
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


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
