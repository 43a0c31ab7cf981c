"""Timing in rounds: alternatives run in turn within one process, so that slow moments hit all alike."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, smallest and largest value over the rounds."""

    middle: float
    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}–{self.high:.2f})"


def ratios(ours: Sequence[float], others: Sequence[float]) -> Spread:
    """Return the spread of `ours` divided by `others`, round by round."""
    return Spread.over([one / other for one, other in zip(ours, others, strict=True)])


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which `percent` per cent of the values lie (1 to 99), interpolated."""
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def time_in_turn(
    alternatives: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Run every alternative once per round and return the seconds of each, by name."""
    times: dict[str, list[float]] = {name: [] for name in alternatives}
    for _ in range(rounds):
        for name, run in alternatives.items():
            began = clock()
            run()
            times[name].append(clock() - began)
    return times


async def time_call(call: Callable[[], Awaitable[object]]) -> float:
    """Return the seconds on the clock until the call has finished."""
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began
