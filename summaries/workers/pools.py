"""Run CPU work off the event loop: threads for our own data, limited processes for external input."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from summaries.errors import ResourceLimitExceeded

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

# Python does not run faster with more threads than cores; with a single one, a reply would wait for a whole batch.
THREADS = 2
# One process is reserved for people who wait, the others also read feeds.
MIN_PROCESSES, MAX_PROCESSES = 2, 4
# The slowest real inputs (a page, a feed of 5 MiB, a PDF of 30 dense pages) take less than half a second. A process
# that exceeds this is killed, even inside a regular expression or a C library.
MAX_CPU_S = 5
# For work that waits instead of computing, and for systems without a CPU limit; high enough for a busy machine.
MAX_WALL_S = 30.0
# A process that exceeds this, through a hostile page or a memory leak, is killed and replaced.
MAX_BYTES = 512 * 1024 * 1024
TASKS_PER_PROCESS = 5_000
# Imported once by the fork server, whose memory the worker processes share.
PRELOADED = ("summaries.workers.preload",)


class ThreadOffload:
    """Implements `ports.Offload` with a few threads, for bounded work: rendering, drawing and the story index."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Reject new work, without waiting for running work."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class WorkerPool:
    """Implements `ports.Offload` with processes that have limits on time and memory.

    For all external input: a hostile input costs only its own process. Work and arguments must be picklable. Processes
    start with the first call or with `start`, and stop with `close`. For one event loop.

    Direct calls are background work, which leaves one process free. Calls of `urgent` take precedence and may use all
    processes.
    """

    def __init__(
        self,
        *,
        processes: int | None = None,
        max_cpu_s: int = MAX_CPU_S,
        max_wall_s: float = MAX_WALL_S,
        max_bytes: int = MAX_BYTES,
        preloaded: Sequence[str] = PRELOADED,
    ) -> None:
        self.processes = processes or max(MIN_PROCESSES, min(MAX_PROCESSES, os.cpu_count() or 1))
        """The number of processes once they are started."""
        self._max_cpu_s = max_cpu_s
        self._max_wall_s = max_wall_s
        self._max_bytes = max_bytes
        self._preloaded = tuple(preloaded)
        self._pool: ProcessPool | None = None
        self._start: asyncio.Task[Any] | None = None
        self._is_closed = False
        self._queue = _Queue(self.processes)

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Implement `ports.Offload`. Raises ResourceLimitExceeded if the work took too much time or memory."""
        return await self._run(False, work, *args, **kwargs)

    async def urgent(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As `__call__`, for people who wait; also implements `ports.Offload`."""
        return await self._run(True, work, *args, **kwargs)

    async def start(self) -> None:
        """Start the processes and wait until each has imported its modules."""
        await asyncio.gather(*(self.urgent(time.sleep, 0) for _ in range(self.processes)))

    async def close(self) -> None:
        """Stop the processes immediately; running work is lost."""
        self._is_closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            # It waits until the pool has started.
            await asyncio.to_thread(stop_pool, pool)

    async def _run(self, is_urgent: bool, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        await self._queue.enter(is_urgent=is_urgent)
        try:
            return await self._in_process(partial(run_limited, self._max_cpu_s, work, *args, **kwargs))
        finally:
            self._queue.leave(is_urgent=is_urgent)

    def _make_pool(self) -> ProcessPool:
        # Forked from a small server, workers share its loaded modules, and inherit neither threads nor database
        # connections.
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(list(self._preloaded))
        return ProcessPool(
            self.processes,
            max_tasks=TASKS_PER_PROCESS,
            initializer=limit_process,
            initargs=(self._max_bytes,),
            context=context,
        )

    async def _in_process(self, work: Callable[[], T]) -> T:
        for _ in range(2):
            pool, start = self._open_pool()
            try:
                # Other callers wait for it, too.
                await asyncio.shield(start)
                future = pool.schedule(work, timeout=self._max_wall_s)
            except (RuntimeError, OSError) as error:
                await self._replace(pool, error)
                continue
            try:
                return await asyncio.wrap_future(future)
            except TimeoutError as error:
                raise ResourceLimitExceeded(f"reading took longer than {self._max_wall_s:g} s") from error
            except (ProcessExpired, MemoryError) as error:
                raise ResourceLimitExceeded("reading took too much time or memory, or crashed its process") from error
            except BrokenProcessPool as error:
                await self._replace(pool, error)
        raise ResourceLimitExceeded("the worker processes broke twice")

    def _open_pool(self) -> tuple[ProcessPool, asyncio.Task[Any]]:
        """Return the pool, which `close` stops even while it starts, and its start."""
        if self._is_closed:
            raise asyncio.CancelledError("the worker processes are closed")
        if self._pool is None or self._start is None:
            self._pool = self._make_pool()
            # The first call starts the processes, which would block the event loop.
            self._start = asyncio.create_task(asyncio.to_thread(self._pool.schedule, os.getpid))
        return self._pool, self._start

    async def _replace(self, pool: ProcessPool, error: Exception) -> None:
        """Discard a broken pool, so that its work is retried in a new one."""
        log.warning("the worker processes were lost and are started again: %r", error)
        if self._pool is pool:
            self._pool = None
            await asyncio.to_thread(stop_pool, pool)


class _Queue:
    """Admits as many jobs as there are processes: urgent jobs first, background jobs to all but one process."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._running = self._in_background = 0
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()

    async def enter(self, *, is_urgent: bool) -> None:
        """Wait for a process."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._urgent if is_urgent else self._background).append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(is_urgent=is_urgent)
            raise

    def leave(self, *, is_urgent: bool) -> None:
        """Release the process."""
        self._running -= 1
        self._in_background -= not is_urgent
        self._admit()

    def _admit(self) -> None:
        while self._running < self._processes and (turn := self._next()) is not None:
            self._running += 1
            turn.set_result(None)

    def _next(self) -> asyncio.Future[None] | None:
        while self._urgent:
            if not (turn := self._urgent.popleft()).done():
                return turn
        while self._background and self._in_background < max(1, self._processes - 1):
            if not (turn := self._background.popleft()).done():
                self._in_background += 1
                return turn
        return None


def stop_pool(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def limit_process(max_bytes: int) -> None:
    """Limit the memory of this worker process, where the system supports it."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, max_bytes))
        # A process killed for its CPU time must not leave a core dump.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "win32":
        # The default action of the CPU timer's signal terminates the process, even inside C code.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)


def run_limited(max_cpu_s: int, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `work` in this worker process, which the system kills after `max_cpu_s` seconds of CPU time.

    The timer is relative. RLIMIT_CPU is not: it applies to the process's whole life, which the kernel counts in ticks
    and Python in nanoseconds, and the two diverge.
    """
    if sys.platform == "win32":
        return work(*args, **kwargs)
    signal.setitimer(signal.ITIMER_PROF, max_cpu_s)
    try:
        return work(*args, **kwargs)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
