"""Digests that are due to many chats at once, while something else is measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.load.scene import FIRST_CHAT
from summaries.delivery import SENDERS

if TYPE_CHECKING:
    from benchmarks.load.scene import Scene

LOOK_EVERY_S = 0.2
# So long nothing goes out: nothing ever will.
PATIENCE_S = 120.0
WAITING = """\
SELECT (SELECT count(*) FROM deliveries WHERE chat_id >= ?1 AND chat_id < ?2 AND finished_at IS NULL)
    + (SELECT count(*) FROM subscriptions WHERE chat_id >= ?1 AND chat_id < ?2 AND is_active AND next_due_at <= ?3)"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """How many digests went out in so many seconds, and whether they did to its end."""

    seconds: float
    digests: int
    is_whole: bool


class FanOut:
    """Digests to chats of their own, one each, whose ids follow each other from the first on."""

    def __init__(self, stage: Scene, first: int = FIRST_CHAT) -> None:
        self._stage = stage
        self._first = first
        self._next = first
        self._looked = time.monotonic()

    def add(self, chats: int) -> None:
        """So many more chats are due now."""
        if chats > 0:
            self._stage.make_chats(self._next, chats)
            self._stage.subscribe(range(self._next, self._next + chats), datetime.now(UTC))
            self._next += chats

    def fill(self, chats: int) -> None:
        """Add what is missing until so many wait."""
        self.add(chats - self.waiting())

    def waiting(self) -> int:
        """How many digests are due and have not gone out; of those on their way to Telegram some may have."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        (waiting,) = self._stage.read(WAITING, self._first, self._next, now)
        return int(waiting)

    def stretch(self) -> Stretch:
        """What went out since this was asked last."""
        sent, now = self._stage.new_sends(), time.monotonic()
        digests = sum(self._first <= int(call["parameters"]["chat_id"]) < self._next for call in sent)
        seconds, self._looked = now - self._looked, now
        # What is on its way may have arrived: more than that must wait.
        return Stretch(seconds, digests, is_whole=self.waiting() > SENDERS)

    def wait_for_first(self) -> None:
        """Until a digest has gone out.

        Raises SystemExit where none does."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.stretch().digests:
            self._wait(deadline)

    def wait_for_last(self) -> None:
        """Until none waits.

        Raises SystemExit where those that wait don't go out."""
        deadline = time.monotonic() + PATIENCE_S
        while self.waiting():
            if self.stretch().digests:
                deadline = time.monotonic() + PATIENCE_S
            self._wait(deadline)
        # Those that came after the last look are not the first of the next.
        self.stretch()

    def _wait(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise SystemExit(f"no digest is sent: see {self._stage.log}")
        time.sleep(LOOK_EVERY_S)
