"""The sandbox's clock: this machine's, and as far ahead of it as a person moved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.errors import SimError

if TYPE_CHECKING:
    from collections.abc import Callable

# Zone rules and the bot's own calendar go further, but nobody's patience does.
FURTHEST_AHEAD_S = 400 * 86_400.0


@dataclass(slots=True)
class MovableClock:
    """Unix seconds, `ahead_s` before `real`. It only goes forward: what happened stays in the past."""

    real: Callable[[], float]
    ahead_s: float = 0.0

    def __call__(self) -> float:
        return self.real() + self.ahead_s

    def forward(self, seconds: float) -> None:
        """Raises SimError for a step back, and beyond FURTHEST_AHEAD_S."""
        if not 0 < seconds <= FURTHEST_AHEAD_S - self.ahead_s:
            raise SimError(f"the clock goes forward only, and {FURTHEST_AHEAD_S / 86_400:g} days at most")
        self.ahead_s += seconds
