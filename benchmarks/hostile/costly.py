"""Work that never ends or takes all memory, given to the worker processes of the bot."""

from __future__ import annotations

import asyncio
import os
import re
import time
from functools import partial
from typing import TYPE_CHECKING

from summaries.errors import RingkasError
from summaries.workers.pools import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable


def backtrack() -> object:
    """Match an exponential expression, which holds the interpreter's lock."""
    return re.fullmatch(r"(?:a|a)*b", "a" * 80)


def loop() -> None:
    """Compute for ever."""
    while True:
        pass


def fill_memory() -> int:
    """Ask for four gigabytes in small pieces."""
    return len([bytes(1024 * 1024) for _ in range(4096)])


WORK: dict[str, Callable[[], object]] = {
    "an expression that takes exponential time": backtrack,
    "a loop without an end": loop,
    "4 GiB of memory": fill_memory,
    "a process that ends itself": partial(os._exit, 3),
}


def cases() -> dict[str, Callable[[], str]]:
    """Return a case for each piece of work."""
    return {name: partial(bear, work) for name, work in WORK.items()}


def bear(work: Callable[[], object]) -> str:
    """Run the work in the pool, with the work of others beside it, and return how long those waited at most.

    Raises:
        ResourceLimitExceeded: the work was stopped, and the others were not held up.
    """
    return asyncio.run(_bear(work))


async def _bear(work: Callable[[], object]) -> str:
    pool = WorkerPool()
    try:
        await pool.start()
        costly = asyncio.create_task(pool(work))
        longest_s = 0.0
        while not costly.done():
            began_s = time.monotonic()
            await pool.urgent(abs, -1)
            longest_s = max(longest_s, time.monotonic() - began_s)
            await asyncio.sleep(0.05)
        waited = f"other work waited {longest_s:.2f} s at most"
        try:
            await costly
        except RingkasError as error:
            raise type(error)(f"{error}; {waited}") from error
        return f"read: {waited}"
    finally:
        await pool.close()
