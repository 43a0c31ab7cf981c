"""Detect work that grows faster than the length of its input.

Processor time is measured, so that other processes hardly matter. A suspicious result is measured again, on longer
inputs and several times, before it counts; work that takes too long is broken off.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import NoReturn

# With four times the input, linear work takes four times as long and quadratic work sixteen times.
STEP = 4
_MOST_GROWTH = 8.0
_SUSPICIOUS_GROWTH = 6.0
# Shorter times depend more on the clock and the processor's caches than on the input.
_LEAST_S = 0.000012
# Reading even the first, shortest input several times takes longer.
_UNREAD_S = 0.000001
_TRIALS = 3

Work = Callable[[], object]


class WorkInterrupted(BaseException):
    """The work used all the processor time that it had. No handler for errors in the work may catch it."""


@contextmanager
def interrupt_after(seconds: float) -> Iterator[None]:
    """Limit the block to `seconds` of processor time. Only for the main thread.

    The signal handler stays, because to install and remove it takes longer than most expressions.

    Raises:
        BrokenOff: the block used all of its time.
    """
    _install_handler()
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


@cache
def _install_handler() -> None:
    signal.signal(signal.SIGVTALRM, _interrupt)


def _interrupt(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise WorkInterrupted


def find_excess(prepare: Callable[[int], Work], *, first: int, last: int, limit_s: float) -> str | None:
    """The times that show that the work grows faster than its input or is too slow, or None if it is neither.

    `prepare` makes the work on an input of the given size. Sizes go from `first` to `last` in steps of `STEP`, no
    further than is needed: work that a bound makes linear from some size on is linear. It is too slow when it takes
    longer than `limit_s` on an input of size `last`, or than that in proportion on a smaller one.
    """
    shown = []
    before, size = math.inf, first
    while size <= last:
        work = prepare(size)
        seconds = _cost(work, limit_s)
        if limit_s * size / last < seconds < math.inf:
            seconds = min(_cost(work, limit_s) for _ in range(_TRIALS))
        shown.append(f"{size:,}: {f'{seconds * 1000:,.2f} ms' if math.isfinite(seconds) else 'broken off'}")
        if seconds > limit_s * size / last:
            return " · ".join(shown)
        if seconds < _UNREAD_S or (size > first and (seconds < _LEAST_S or seconds < before * _SUSPICIOUS_GROWTH)):
            return None
        before, size = seconds, size * STEP
    smaller, larger = (
        min(_cost(prepare(size), limit_s) for _ in range(_TRIALS)) for size in (size // STEP // STEP, size // STEP)
    )
    return " · ".join(shown) if larger > smaller * _MOST_GROWTH else None


def _cost(work: Work, limit_s: float) -> float:
    """The seconds of processor time that the work takes; infinitely many when it is broken off."""
    try:
        with interrupt_after(limit_s):
            start = time.thread_time()
            work()
            return time.thread_time() - start
    except WorkInterrupted:
        return math.inf
