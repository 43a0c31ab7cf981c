"""What time the bot takes it to be: this machine's, or in the sandbox the sandbox's."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

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
