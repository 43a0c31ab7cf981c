"""Writes that wait at the same time share one way to the database's thread, one transaction, and one way back.

Each commit waits for the disk, and each statement gives the interpreter away and waits to get it back: what many ask
for at once is done in few statements and one commit.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    import sqlite_utils

T = TypeVar("T")
V = TypeVar("V")

MOST_TOGETHER = 128


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One write that waits. `value` is what a shared work is given of it, together with others' values."""

    work: Callable[..., Any]
    done: asyncio.Future[Any]
    is_shared: bool = False
    value: Any = None


class WriteQueue:
    """The writes of one event loop; `run` runs work in one transaction on the thread."""

    def __init__(
        self, thread: Executor, run: Callable[[Callable[[sqlite_utils.Database], list[Any]]], list[Any]]
    ) -> None:
        self._thread = thread
        self._run = run
        self._waiting: deque[Write] = deque()

    async def write(self, work: Callable[[sqlite_utils.Database], T]) -> T:
        """The result of the work, once it is stored."""
        result: T = await self._put(Write(work, asyncio.get_running_loop().create_future()))
        return result

    async def share(self, work: Callable[[sqlite_utils.Database, Sequence[V]], None], value: V) -> None:
        """Run the work once for all values that wait for it at the same time, whatever their order."""
        await self._put(Write(work, asyncio.get_running_loop().create_future(), is_shared=True, value=value))

    def run_all(self) -> None:
        """Leave nothing waiting. On the thread."""
        while self._waiting:
            self._run_waiting()

    def _put(self, write: Write) -> asyncio.Future[Any]:
        self._waiting.append(write)
        # Whoever finds another waiting is taken along with it.
        if len(self._waiting) == 1:
            self._thread.submit(self._run_waiting)
        return write.done

    def _run_waiting(self) -> None:
        """Run the writes that wait, on the thread, and tell their loop what came of them."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
        if self._waiting:
            self._thread.submit(self._run_waiting)
        # Nobody waits any more for what was cancelled.
        group = [write for write in group if not write.done.cancelled()]
        if group:
            outcomes = self._outcomes(group)
            # A loop that ended meanwhile asks for nothing.
            with suppress(RuntimeError):
                group[0].done.get_loop().call_soon_threadsafe(settle, group, outcomes)

    def _outcomes(self, group: Sequence[Write]) -> list[Any]:
        """Each write's result or error: all in one transaction; each in its own when one of them fails."""
        if len(group) > 1:
            # Whose error it is shows when each runs alone.
            with suppress(Exception):
                return self._run(lambda db: run_together(db, group))
        return [self._outcome(write) for write in group]

    def _outcome(self, write: Write) -> Any:
        try:
            (result,) = self._run(lambda db: run_together(db, [write]))
        except BaseException as error:  # noqa: BLE001  (it is raised where the write was asked for)
            return error
        return result


def run_together(db: sqlite_utils.Database, group: Sequence[Write]) -> list[Any]:
    """The writes' results, in their order; a shared work runs once for all its values, and has none."""
    shared: defaultdict[Callable[..., Any], list[Any]] = defaultdict(list)
    for write in group:
        if write.is_shared:
            shared[write.work].append(write.value)
    for work, values in shared.items():
        work(db, values)
    return [None if write.is_shared else write.work(db) for write in group]


def settle(group: Sequence[Write], outcomes: Sequence[Any]) -> None:
    """Let those go on who wait. On the loop."""
    for write, outcome in zip(group, outcomes, strict=True):
        if write.done.done():
            continue
        if isinstance(outcome, BaseException):
            write.done.set_exception(outcome)
        else:
            write.done.set_result(outcome)
