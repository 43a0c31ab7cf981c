"""Counts of work in place of times: the same on every machine, however busy it is; and processor time."""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def count_calls(work: Callable[[], object]) -> int:
    """How many functions are called, Python's and C's, when nothing is done for the first time."""
    work()
    calls = 0

    def count(_frame: object, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


TRIES = 3


def count_allocated_blocks(work: Callable[[], object]) -> int:
    """How many blocks of memory the result holds, when nothing is done for the first time.

    Allocations of other threads are counted, too, so the least of three tries is taken.
    """
    work()
    return min(_count_blocks_once(work) for _ in range(TRIES))


def _count_blocks_once(work: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.take_snapshot()
        result = work()
        gc.collect()
        after = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    del result
    ours = tracemalloc.Filter(inclusive=False, filename_pattern=tracemalloc.__file__)
    changes = after.filter_traces([ours]).compare_to(before.filter_traces([ours]), "filename")
    return sum(change.count_diff for change in changes)


class Costs:
    """The processor time and the memory that a block took."""

    seconds = 0.0
    peak_bytes = 0


@contextmanager
def measured() -> Iterator[Costs]:
    """Measure the block; the costs are set at its end."""
    costs = Costs()
    tracemalloc.start()
    began_s = time.process_time()
    yield costs
    costs.seconds = time.process_time() - began_s
    costs.peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
