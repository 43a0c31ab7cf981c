"""When things last happened: the moments by which a bot that stands still can be told from one that is quiet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TELEGRAM = "telegram"
WEBHOOK = "webhook"
"""It was seen that Telegram sends updates to us."""
QUEUE = "queue"
"""The queue was told that this worker lives."""


class Pulse:
    """Remembers the last moment of each kind, by a clock that nobody puts back."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._last_s: dict[str, float] = {}

    def beat(self, name: str) -> None:
        """It happened now."""
        self._last_s[name] = self._clock_s()

    def age_s(self, name: str) -> float | None:
        """How long ago it happened; None where it has not yet."""
        last_s = self._last_s.get(name)
        return None if last_s is None else self._clock_s() - last_s

    def ages_s(self) -> Mapping[str, float]:
        """How long ago each thing happened that has."""
        now_s = self._clock_s()
        return {name: now_s - last_s for name, last_s in self._last_s.items()}
