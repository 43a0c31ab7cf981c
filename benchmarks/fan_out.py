"""Digests that are due in many chats at once while something else is measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.scene import FIRST_CHAT, Scene
from summaries.delivery import SENDERS

POLL_S = 0.2
# Without a digest for this long, none is expected any more.
PATIENCE_S = 120.0
COUNT_DUE = """\
SELECT (SELECT count(*) FROM deliveries WHERE chat_id >= ?1 AND chat_id < ?2 AND finished_at IS NULL)
    + (SELECT count(*) FROM subscriptions WHERE chat_id >= ?1 AND chat_id < ?2 AND is_active AND next_due_at <= ?3)"""


@dataclass(frozen=True, slots=True)
class Interval:
    """Digests sent in an interval; `is_whole` means that some were still due at its end."""

    seconds: float
    digests: int
    is_whole: bool


class FanOut:
    """Digests in consecutive chats from `first` on, one each."""

    def __init__(
        self, scene: Scene, first: int = FIRST_CHAT, *, patience_s: float = PATIENCE_S, poll_s: float = POLL_S
    ) -> None:
        self._scene = scene
        self._first = first
        self._next = first
        self._patience_s = patience_s
        self._poll_s = poll_s
        self._interval_began = time.monotonic()

    def add(self, chats: int) -> None:
        """Make digests due in this many new chats."""
        if chats > 0:
            self._scene.make_chats(self._next, chats)
            self._scene.subscribe(range(self._next, self._next + chats), datetime.now(UTC))
            self._next += chats

    def fill(self, backlog: int) -> None:
        """Add chats until `backlog` digests are due."""
        self.add(backlog - self.count_due())

    def count_due(self) -> int:
        """Return how many digests are due and not recorded as sent; a few of them may be on their way."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        (due,) = self._scene.read(COUNT_DUE, self._first, self._next, now)
        return int(due)

    def next_interval(self) -> Interval:
        """Return the digests sent since the previous call."""
        sent, now = self._scene.new_sends(), time.monotonic()
        digests = sum(self._first <= int(call["parameters"]["chat_id"]) < self._next for call in sent)
        seconds, self._interval_began = now - self._interval_began, now
        # As many as there are senders may be on their way and already arrived.
        return Interval(seconds, digests, is_whole=self.count_due() > SENDERS)

    def wait_for_first(self) -> None:
        """Wait until a digest has gone out.

        Raises:
            SystemExit: none went out in time.
        """
        deadline = time.monotonic() + self._patience_s
        while not self.next_interval().digests:
            self._wait(deadline)

    def wait_for_last(self) -> None:
        """Wait until no digest is due.

        Raises:
            SystemExit: for too long none went out.
        """
        deadline = time.monotonic() + self._patience_s
        while self.count_due():
            if self.next_interval().digests:
                deadline = time.monotonic() + self._patience_s
            self._wait(deadline)
        # Digests sent after the last poll do not belong to the next interval.
        self.next_interval()

    def _wait(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise SystemExit(f"no digest is sent: see {self._scene.log}")
        time.sleep(self._poll_s)
