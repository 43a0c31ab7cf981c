"""Detect work that grows faster than the length of its input.

Processor time is measured, and limits are in steps of a reference expression that is measured at the same time: both
take longer on a slow or busy machine. A suspicious result is measured again, on longer inputs and several times, before
it counts; work that takes too long is interrupted.
"""

from __future__ import annotations

import math
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
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
_TRIALS = 5
# The reference: from each of n letters, the match goes to the end and back in vain, which takes n * (n + 1) / 2 steps.
_REFERENCE = re.compile(r"\w+\d")
_REFERENCE_TEXT = "a" * 100
_REFERENCE_STEPS = len(_REFERENCE_TEXT) * (len(_REFERENCE_TEXT) + 1) // 2
# It takes a fraction of a millisecond.
_LONGEST_REFERENCE_S = 60.0

Work = Callable[[], object]


class WorkInterrupted(BaseException):
    """The work used all the processor time that it had. No handler for errors in the work may catch it."""


@contextmanager
def interrupt_after(seconds: float) -> Iterator[None]:
    """Limit the block to `seconds` of processor time. Only for the main thread.

    The signal handler stays, because to install and remove it takes longer than most expressions.

    Raises:
        WorkInterrupted: the block used all of its time.
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


def find_excess(prepare: Callable[[int], Work], *, first: int, last: int, most_steps: float) -> str | None:
    """The times that show that the work grows faster than its input or is too slow, or None if it is neither.

    `prepare` makes the work on an input of the given size. Sizes go from `first` to `last` in steps of `STEP`, no
    further than is needed: work that a bound makes linear from some size on is linear. It is too slow when it takes
    longer than `most_steps` steps of the reference for each unit of the input's size.
    """
    shown = []
    before, size = math.inf, first
    patience_s = most_steps * last * _usual_step_s()
    while size <= last:
        work = prepare(size)
        seconds, step_s = _cost(work, patience_s), _usual_step_s()
        if seconds > most_steps * size * step_s:
            seconds, step_s = _costs_in_turn((work, _match_reference), patience_s)
            step_s /= _REFERENCE_STEPS
        shown.append(f"{size:,}: {f'{seconds * 1000:,.2f} ms' if math.isfinite(seconds) else 'interrupted'}")
        if seconds > most_steps * size * step_s:
            return " · ".join(shown)
        if seconds < _UNREAD_S or (size > first and (seconds < _LEAST_S or seconds < before * _SUSPICIOUS_GROWTH)):
            return None
        before, size = seconds, size * STEP
    smaller, larger = _costs_in_turn((prepare(size // STEP // STEP), prepare(size // STEP)), patience_s)
    return " · ".join(shown) if larger > smaller * _MOST_GROWTH else None


@cache
def _usual_step_s() -> float:
    """The seconds of processor time for one step of the reference, measured once."""
    return min(_cost(_match_reference, _LONGEST_REFERENCE_S) for _ in range(_TRIALS)) / _REFERENCE_STEPS


def _match_reference() -> object:
    return _REFERENCE.search(_REFERENCE_TEXT)


def _costs_in_turn(works: Sequence[Work], limit_s: float) -> list[float]:
    """The least seconds that each work takes in several trials; the works take turns."""
    trials = [[_cost(work, limit_s) for work in works] for _ in range(_TRIALS)]
    return [min(costs) for costs in zip(*trials, strict=True)]


def _cost(work: Work, limit_s: float) -> float:
    """The seconds of processor time that the work takes; infinitely many when it is interrupted."""
    try:
        with interrupt_after(limit_s):
            start = time.thread_time()
            work()
            return time.thread_time() - start
    except WorkInterrupted:
        return math.inf
