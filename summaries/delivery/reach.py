"""Whether Telegram answers: what can be sent only once more is not sent into an outage."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from summaries.errors import SendError
from summaries.schedule import retry_delay

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from summaries.ports import Clock

log = logging.getLogger(__name__)

LONGEST_SILENCE = timedelta(seconds=60)


class Unreached(Exception):
    """Telegram does not answer: nothing is to be sent before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"nothing is sent before {until}")
        self.until = until


class Reach:
    """After a call of which nobody knows the end, asks something harmless before the next message is sent.

    An outage would else eat both copies that a message may have, and the digest be lost. `ask` makes the harmless call,
    and raises `SendError`; `chance` gives uniform numbers in [0, 1) that spread what waits.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]], clock: Clock, chance: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._chance = chance
        self._is_in_doubt = False
        self._failures = 0
        self._silent_until: datetime | None = None
        self._asking = asyncio.Lock()

    def doubt(self) -> None:
        """A call ended without an answer that says what became of it."""
        self._is_in_doubt = True

    async def make_sure(self) -> None:
        """Return when Telegram is known to answer.

        Raises:
            Unreached: it does not.
        """
        if self._is_sure():
            return
        async with self._asking:
            # Those who waited here know by the answer that the first got.
            if self._is_sure():
                return
            self._refuse_while_silent()
            try:
                await self._ask()
            except SendError as error:
                self._failures += 1
                wait = min(retry_delay(self._failures - 1, self._chance()), LONGEST_SILENCE)
                self._silent_until = self._clock() + wait
                log.warning("Telegram does not answer (%s): digests wait %.0f s", error, wait.total_seconds())
                self._refuse_while_silent()
            else:
                self._is_in_doubt, self._failures, self._silent_until = False, 0, None

    def _is_sure(self) -> bool:
        return not self._is_in_doubt

    def _refuse_while_silent(self) -> None:
        now = self._clock()
        # More than the longest silence away: the clock went back meanwhile.
        if self._silent_until is not None and now < self._silent_until <= now + LONGEST_SILENCE:
            raise Unreached(self._silent_until + timedelta(seconds=self._chance()))
