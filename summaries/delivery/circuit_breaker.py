"""Circuit breaker for Telegram. During an outage a message with one copy left is held back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from summaries.digests.schedule import compute_retry_delay
from summaries.errors import SendError
from summaries.ports import Clock

log = logging.getLogger(__name__)

# More calls in a row than this that Telegram did not handle are an outage, not the trouble of one chat.
IN_A_ROW = 3
MAX_OPEN = timedelta(seconds=60)
# A last copy waits this long for another message to arrive first. While messages with both copies left probe whether
# the outage is over, the wait is longer than MAX_OPEN, so that no last copy is spent on probing.
PATIENCE = timedelta(seconds=10)
PATIENCE_WITH_OTHERS = timedelta(seconds=120)
# The age of a process before it spends a last copy. A process that is killed between the row and the request would
# spend it for nothing: one that dies again and again, sooner than this, spends none.
STEADY_AFTER = timedelta(seconds=30)
# The others wait this long for the outcome of the message that probes.
PROBE_TIME = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class RetryLater(Exception):
    """The message, and those of its chat that follow, must wait until then."""

    until: datetime


class CircuitBreaker:
    """Detects an outage from calls that Telegram did not handle, and probes when it is over.

    Without it, an outage would use up both copies that a message may have, and the digest would be lost. During one, a
    harmless call comes before the next message, and then a single message that has both copies left. A message with one
    copy left waits until another message arrived, and until this process has lived for a while, because the cause of
    its end may return. `ask` makes the harmless call, and raises `SendError`; `chance` gives uniform numbers in [0, 1)
    that spread the waiting messages.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]], clock: Clock, chance: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._chance = chance
        self._begun_at = clock()
        self._in_a_row = 0
        self._failed_at: datetime | None = None
        self._others_tried_at: datetime | None = None
        self._openings = 0
        self._is_probing = False
        self._open_until: datetime | None = None
        self._asking = asyncio.Lock()

    def record_failure(self) -> None:
        """Record that Telegram did not handle a call, or that nobody knows whether it did."""
        self._in_a_row += 1
        self._failed_at = self._clock()
        if self._is_probing:
            self._is_probing = False
            self._open()

    def record_success(self) -> None:
        """Record that Telegram took a message, or refused it for a reason of its own."""
        self._in_a_row, self._openings, self._is_probing = 0, 0, False
        self._failed_at = self._others_tried_at = self._open_until = None

    def check(self) -> None:
        """Raise `RetryLater` while nothing is to be sent."""
        now = self._clock()
        # An end further away than MAX_OPEN means that the clock was put back meanwhile.
        if self._open_until is not None and now < self._open_until <= now + MAX_OPEN:
            raise RetryLater(self._open_until + timedelta(seconds=self._chance()))

    async def before_send(self, *, is_last_copy: bool) -> None:
        """Return when the message may be sent.

        Raises:
            RetryLater: it must wait.
        """
        if is_last_copy:
            self._have_patience((self._begun_at, STEADY_AFTER))
        if self._is_closed(is_last_copy):
            return
        async with self._asking:
            # The first message to get here has asked for all that waited.
            if self._is_closed(is_last_copy):
                return
            self.check()
            await self._ask_first()
            if is_last_copy:
                self._have_patience((self._failed_at, PATIENCE), (self._others_tried_at, PATIENCE_WITH_OTHERS))
            else:
                self._others_tried_at = self._clock()
            # This message probes; the others wait for its outcome.
            self._is_probing = True
            self._open_until = self._clock() + PROBE_TIME

    def _is_closed(self, is_last_copy: bool) -> bool:
        return self._in_a_row == 0 or (not is_last_copy and self._in_a_row < IN_A_ROW)

    async def _ask_first(self) -> None:
        try:
            await self._ask()
        except SendError as error:
            self._open()
            log.warning("Telegram does not answer (%s): messages wait", type(error).__name__)
            self.check()

    def _open(self) -> None:
        wait = min(compute_retry_delay(self._openings, self._chance()), MAX_OPEN)
        self._openings += 1
        self._open_until = self._clock() + wait

    def _have_patience(self, *waits: tuple[datetime | None, timedelta]) -> None:
        """Raise `RetryLater` unless each of the times is that long ago."""
        now = self._clock()
        for since, patience in waits:
            if since is not None and now < since + patience <= now + patience:
                # Another message may arrive before.
                raise RetryLater(min(since + patience, now + PATIENCE) + timedelta(seconds=self._chance()))
