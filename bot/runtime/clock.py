"""The bot's clock: the machine's, or in the sandbox one that the sandbox moves forward."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from bot.runtime.shutdown import background_task
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
class SandboxClock:
    """The machine's clock plus the offset that the sandbox at `url` sets. Fulfils `ports.Clock`."""

    url: str
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    async def ask(self, http: httpx.AsyncClient, *, known: timedelta | None) -> None:
        """Read the sandbox's offset. If the `known` one is given, wait until it changes.

        Raises httpx.HTTPError, or ValueError for a malformed answer.
        """
        query = {} if known is None else {"known_ahead_s": known.total_seconds(), "timeout_s": WAIT_S}
        response = await http.get(self.url, params=query)
        response.raise_for_status()
        try:
            self.ahead = timedelta(seconds=float(response.json()["ahead_s"]))
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError("the answer has no ahead_s") from error

    async def follow(self, http: httpx.AsyncClient) -> None:
        """Follow the sandbox's clock until cancelled. If it cannot be reached, keep the last offset and retry."""
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
    """Yield the clock to use: the machine's, or that of the sandbox at the given address."""
    if sandbox_url is None:
        yield utc_now
        return
    clock = SandboxClock(sandbox_url)
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S + ANSWER_S) as http:
        with suppress(httpx.HTTPError, ValueError):
            await clock.ask(http, known=None)
        async with background_task(clock.follow(http), "the sandbox's clock is not followed any more"):
            yield clock


CHECK_EVERY_S = 1.0
# NTP adjusts a clock by up to this much in normal operation.
UNNOTICED_S = 2.0


class ClockJumpDetector:
    """Compares the clock with the monotonic one, which cannot be set."""

    def __init__(self, now: Callable[[], datetime] = utc_now, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._steady_s = steady_s
        self._last = (now(), steady_s())

    def went_back_s(self) -> float:
        """Return by how many seconds the clock was set back since the last call; 0 if it was not."""
        last, last_s = self._last
        self._last = (self._now(), self._steady_s())
        lost_s = (self._last[1] - last_s) - (self._last[0] - last).total_seconds()
        return lost_s if lost_s > UNNOTICED_S else 0.0


async def watch_clock(
    queue: JobQueue[Any],
    on_rollback: Callable[[], Awaitable[None]],
    watch: ClockJumpDetector,
    look_every_s: float = CHECK_EVERY_S,
) -> None:
    """Until cancelled: after the clock was set back, call `on_rollback` and run every job now."""
    while True:
        await asyncio.sleep(look_every_s)
        back_s = watch.went_back_s()
        if not back_s:
            continue
        log.warning("this machine's clock was put back by %.0f s", back_s)
        try:
            await on_rollback()
        except RingkasError as error:
            log.error("what was decided by the wrong clock could not be taken back: %s", error)  # noqa: TRY400
        for job in queue.scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(queue.scheduler.timezone))
