"""Group commit: writes that wait at the same time share one hop to the database's thread and one transaction.

Each commit waits for the disk, and each statement releases the interpreter lock and waits to get it back.
"""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from summaries.storage.sqlite.session import SqliteSession, drive

# Writes in one transaction: more would delay the first of them.
MAX_GROUP = 128


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One waiting write. A shared work receives `value` together with those of other writes, and returns as many
    results."""

    work: Callable[..., Any]
    done: Future[Any]
    is_shared: bool = False
    value: Any = None


class WriteQueue:
    """The writes of one event loop. `run` runs work in one transaction on the thread."""

    def __init__(self, thread: Executor, run: Callable[[Callable[[SqliteSession], list[Any]]], list[Any]]) -> None:
        self._thread = thread
        self._run = run
        self._waiting: deque[Write] = deque()

    def run_all(self) -> None:
        """Run all waiting writes. Call it on the thread."""
        while self._waiting:
            self._run_waiting()

    def put(self, work: Callable[..., Awaitable[Any]], *, is_shared: bool = False, value: Any = None) -> Future[Any]:
        """Add a write, and return the future of its result, which is committed by then."""
        write = Write(work, asyncio.get_running_loop().create_future(), is_shared, value)
        self._waiting.append(write)
        # A run that is scheduled already takes this write along.
        if len(self._waiting) == 1:
            self._thread.submit(self._run_waiting)
        return write.done

    def _run_waiting(self) -> None:
        """Run a group of waiting writes on the thread and hand the outcomes to their event loop."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_GROUP))]
        if self._waiting:
            self._thread.submit(self._run_waiting)
        group = [write for write in group if not write.done.cancelled()]
        if group:
            outcomes = self._outcomes(group)
            # RuntimeError: the loop was closed in the meantime.
            with suppress(RuntimeError):
                group[0].done.get_loop().call_soon_threadsafe(settle, group, outcomes)

    def _outcomes(self, group: Sequence[Write]) -> list[Any]:
        """Return each write's result or error, from one transaction, or from one each if any of them fails."""
        if len(group) > 1:
            # Run alone, each write raises its own error.
            with suppress(Exception):
                return self._run(lambda db: run_together(db, group))
        return [self._outcome(write) for write in group]

    def _outcome(self, write: Write) -> Any:
        try:
            (result,) = self._run(lambda db: run_together(db, [write]))
        except BaseException as error:  # noqa: BLE001  (the caller of the write gets it)
            return error
        return result


def run_together(db: SqliteSession, group: Sequence[Write]) -> list[Any]:
    """Return the results in the order of the writes. A shared work runs once for all its values, before the others."""
    shared: defaultdict[Callable[..., Any], list[Any]] = defaultdict(list)
    for write in group:
        if write.is_shared:
            shared[write.work].append(write.value)
    results = {work: iter(drive(work(db, values))) for work, values in shared.items()}
    return [next(results[write.work]) if write.is_shared else drive(write.work(db)) for write in group]


def settle(group: Sequence[Write], outcomes: Sequence[Any]) -> None:
    """Resolve the futures of the writes. Call it on the loop."""
    for write, outcome in zip(group, outcomes, strict=True):
        if write.done.done():
            continue
        if isinstance(outcome, BaseException):
            write.done.set_exception(outcome)
        else:
            write.done.set_result(outcome)
