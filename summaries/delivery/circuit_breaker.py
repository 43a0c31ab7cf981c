"""Whether Telegram takes messages: what can be sent only once more is not sent into an outage."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from summaries.digests.schedule import compute_retry_delay
from summaries.errors import SendError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from summaries.ports import Clock

log = logging.getLogger(__name__)

# So many calls in a row of which nobody knows the end are more than one chat's trouble.
IN_A_ROW = 3
LONGEST_SILENCE = timedelta(seconds=60)
# So long a last copy waits for another message to arrive. Where messages with both copies left find out whether it is
# over, it is more than the longest silence: it is not spent meanwhile.
PATIENCE = timedelta(seconds=10)
PATIENCE_WITH_OTHERS = timedelta(seconds=120)
# So long a process lives before it spends a last copy. Killed before its request was out, it would have spent it for
# nothing: one that dies again and again, sooner than this, spends none.
STEADY_AFTER = timedelta(seconds=30)
# So long the others wait for what becomes of the message that finds out.
ANSWER_TIME = timedelta(seconds=5)


class Unreached(Exception):
    """Telegram does not take messages: nothing is to be sent before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"nothing is sent before {until}")
        self.until = until


class Reach:
    """Tells from calls of which nobody knows the end whether there is an outage, and finds out when it is over.

    An outage would else eat both copies that a message may have, and the digest be lost. In one, a harmless call comes
    before the next message, and then a single message that has both copies left. What has one copy left waits until
    another message arrived, and until this process has lived for a while: what kills it may kill it again. `ask` makes
    the harmless call, and raises `SendError`; `chance` gives uniform numbers in [0, 1) that spread what waits.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]], clock: Clock, chance: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._chance = chance
        self._begun_at = clock()
        self._in_a_row = 0
        self._failed_at: datetime | None = None
        self._others_tried_at: datetime | None = None
        self._silences = 0
        self._is_finding_out = False
        self._silent_until: datetime | None = None
        self._asking = asyncio.Lock()

    def failed(self) -> None:
        """A call ended without an answer that says what became of it."""
        self._in_a_row += 1
        self._failed_at = self._clock()
        if self._is_finding_out:
            self._is_finding_out = False
            self._be_silent()

    def arrived(self) -> None:
        """Telegram took a message, or refused it for a reason of its own."""
        self._in_a_row, self._silences, self._is_finding_out = 0, 0, False
        self._failed_at = self._others_tried_at = self._silent_until = None

    def check(self) -> None:
        """Raise `Unreached` where it is known that nothing is to be sent yet."""
        now = self._clock()
        # More than the longest silence away: the clock was put back meanwhile.
        if self._silent_until is not None and now < self._silent_until <= now + LONGEST_SILENCE:
            raise Unreached(self._silent_until + timedelta(seconds=self._chance()))

    async def make_sure(self, *, is_last_copy: bool) -> None:
        """Return when the message may be sent.

        Raises:
            Unreached: it may not yet.
        """
        if is_last_copy:
            self._have_patience((self._begun_at, STEADY_AFTER))
        if self._is_free(is_last_copy):
            return
        async with self._asking:
            # Those who waited here know by the answer that the first got.
            if self._is_free(is_last_copy):
                return
            self.check()
            await self._ask_first()
            if is_last_copy:
                self._have_patience((self._failed_at, PATIENCE), (self._others_tried_at, PATIENCE_WITH_OTHERS))
            else:
                self._others_tried_at = self._clock()
            # This message tells whether it is over; the others wait for what becomes of it.
            self._is_finding_out = True
            self._silent_until = self._clock() + ANSWER_TIME

    def _is_free(self, is_last_copy: bool) -> bool:
        return self._in_a_row == 0 or (not is_last_copy and self._in_a_row < IN_A_ROW)

    async def _ask_first(self) -> None:
        try:
            await self._ask()
        except SendError as error:
            self._be_silent()
            log.warning("Telegram does not answer (%s): what is due waits", type(error).__name__)
            self.check()

    def _be_silent(self) -> None:
        wait = min(compute_retry_delay(self._silences, self._chance()), LONGEST_SILENCE)
        self._silences += 1
        self._silent_until = self._clock() + wait

    def _have_patience(self, *waits: tuple[datetime | None, timedelta]) -> None:
        """Raise `Unreached` unless each of the moments is so long ago."""
        now = self._clock()
        for since, patience in waits:
            if since is not None and now < since + patience <= now + patience:
                # Another message may arrive before.
                raise Unreached(min(since + patience, now + PATIENCE) + timedelta(seconds=self._chance()))
