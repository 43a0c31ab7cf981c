"""Group commit: rows that wait at the same time for the same statements share one round trip and one transaction.

Most of the cost of a small write is its round trip and its commit, which waits for the disk.
"""

from __future__ import annotations

import asyncio
from asyncio import Future, Task
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from itertools import chain
from typing import Any, TypeAlias

# Rows in one transaction: more would delay the first of them.
MAX_GROUP = 64
# A group that takes longer waits for a lock, and the next one does not wait for it.
SLOW_AFTER_S = 0.5
# Writes that are still running when the database closes end after this time.
CLOSE_S = 2.0

# Writes the rows in one transaction and returns the result of each.
Run: TypeAlias = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]


class WriteQueue:
    """Rows with equal keys are written together. While a group is being written, the next one gathers."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Hashable, deque[tuple[Any, Future[Any]]]] = defaultdict(deque)
        self._writers: dict[Hashable, Task[None]] = {}
        self._tasks: set[Task[None]] = set()

    def put(self, key: Hashable, row: Any, run: Run) -> Future[Any]:
        """Add a row, and return the future of its result, which is committed by then. `run` depends on the key only."""
        done: Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[key].append((row, done))
        if key not in self._writers:
            self._begin(key, run)
        return done

    async def close(self) -> None:
        """Finish the waiting writes, within CLOSE_S."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for _, done in chain(*self._waiting.values()):
            done.cancel()

    def _begin(self, key: Hashable, run: Run) -> None:
        task = self._writers[key] = asyncio.create_task(self._work_off(key, run), name="write rows")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, key: Hashable, run: Run) -> None:
        """Write groups until no row waits, or until another task does so because a group was slow."""
        waiting, me = self._waiting[key], asyncio.current_task()
        while waiting and self._writers.get(key) is me:
            group = [waiting.popleft() for _ in range(min(len(waiting), MAX_GROUP))]
            replacing = asyncio.get_running_loop().call_later(SLOW_AFTER_S, self._begin, key, run)
            try:
                await write([(row, done) for row, done in group if not done.done()], run)
            finally:
                replacing.cancel()
                for _, done in group:
                    done.cancel()
        if self._writers.get(key) is me:
            del self._writers[key]


async def write(group: Sequence[tuple[Any, Future[Any]]], run: Run) -> None:
    """Resolve the futures of the group, from one transaction, or from one each if that fails."""
    try:
        results = await run([row for row, _ in group]) if group else ()
    except Exception as error:  # noqa: BLE001  (the caller of the write gets it)
        if len(group) > 1:
            # Written alone, each row raises its own error.
            await asyncio.gather(*(write([one], run) for one in group))
        elif not group[0][1].done():
            group[0][1].set_exception(error)
        return
    for (_, done), result in zip(group, results, strict=True):
        if not done.done():
            done.set_result(result)
