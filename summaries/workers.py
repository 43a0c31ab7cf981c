"""Where the processor works: a few threads for what is short and for people who wait, processes for many pages."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from summaries.errors import TooCostly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

# More threads than cores would not make Python faster, and an answer would wait behind a whole batch with one.
THREADS = 2
MOST_PROCESSES = 4
# To start processes takes about as long as to read so many pages: a small pass never pays for it.
START_AFTER = 60
START_AT_ONCE = 6
IDLE_S = 60.0
LONGEST_S = 30.0
# A worker that needs more, for one hostile page or for memory that it never gave back, is lost and replaced.
MOST_BYTES = 512 * 1024 * 1024
TASKS_PER_PROCESS = 5_000
# Loaded once, and shared by all workers.
PRELOADED = ("summaries.warm",)


class ThreadOffload:
    """Fulfils `ports.Offload` with a few threads."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Begin nothing more. What is under way ends by itself: whoever closes does not wait for it."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class WorkerPool:
    """Fulfils `ports.Offload`: with `threads` as long as there is little to do, else with processes.

    Processes are started after `start_after` pieces of work without a pause, and stopped when there was none for
    `idle_s`. A piece of work that takes longer than `longest_s`, or more than `most_bytes` of memory, ends with
    `TooCostly` in a process, and hurts no other. Work and arguments are picklable. For one event loop; close it.

    `niceness` is how much the processes leave to others who want the processor.
    """

    def __init__(
        self,
        threads: ThreadOffload,
        *,
        processes: int | None = None,
        start_after: int = START_AFTER,
        idle_s: float = IDLE_S,
        longest_s: float = LONGEST_S,
        most_bytes: int = MOST_BYTES,
        niceness: int = 0,
        preloaded: Sequence[str] = PRELOADED,
    ) -> None:
        self.processes = processes or max(1, min(MOST_PROCESSES, os.cpu_count() or 1))
        """How many there are once they are started."""
        self._threads = threads
        self._start_after = start_after
        self._idle_s = idle_s
        self._longest_s = longest_s
        self._most_bytes = most_bytes
        self._niceness = niceness
        self._preloaded = tuple(preloaded)
        self._pool: ProcessPool | None = None
        self._starting: asyncio.Task[None] | None = None
        self._can_start = True
        self._at_work = 0
        self._since_pause = 0
        self._stop_idle: asyncio.TimerHandle | None = None

    @property
    def has_processes(self) -> bool:
        return self._pool is not None

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As `ports.Offload`.

        Raises:
            TooCostly: the work took too much time or memory.
        """
        self._begin()
        try:
            if self._pool is None:
                return await self._threads(work, *args, **kwargs)
            return await self._in_process(work, *args, **kwargs)
        finally:
            self._end()

    async def close(self) -> None:
        """Stop the processes at once; what they were at is lost."""
        self._can_start = False
        if self._stop_idle is not None:
            self._stop_idle.cancel()
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self._stop()

    def _begin(self) -> None:
        if self._stop_idle is not None:
            self._stop_idle.cancel()
            self._stop_idle = None
        self._at_work += 1
        self._since_pause += 1
        is_busy = self._since_pause >= self._start_after and self._at_work >= min(START_AT_ONCE, self._start_after)
        if is_busy and self._pool is None and self._starting is None and self._can_start:
            self._starting = asyncio.create_task(self._start(), name="start workers")

    def _end(self) -> None:
        self._at_work -= 1
        if self._at_work == 0:
            self._since_pause = 0
            if self._pool is not None and self._can_start:
                loop = asyncio.get_running_loop()
                self._stop_idle = loop.call_later(self._idle_s, lambda: loop.create_task(self._stop()))

    async def _start(self) -> None:
        """Start processes; until they are warm, threads go on working."""
        pool = self._make_pool()
        try:
            warm = [await asyncio.to_thread(pool.schedule, os.getpid) for _ in range(self.processes)]
            await asyncio.gather(*map(asyncio.wrap_future, warm))
        except BaseException as error:
            await asyncio.to_thread(stop_pool, pool)
            if not isinstance(error, Exception):
                raise
            log.exception("worker processes can't be started; threads do their work")
            self._can_start = False
        else:
            self._pool = pool
            log.info("%d processes work on pages now", self.processes)
        finally:
            self._starting = None

    def _make_pool(self) -> ProcessPool:
        # Forked from a small server, workers share what it has loaded, and inherit neither threads nor the database.
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(list(self._preloaded))
        return ProcessPool(
            self.processes,
            max_tasks=TASKS_PER_PROCESS,
            initializer=begin_process,
            initargs=(self._most_bytes, self._niceness),
            context=context,
        )

    async def _in_process(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(2):
            pool = self._pool = self._pool or self._make_pool()
            try:
                future = pool.schedule(work, args=args, kwargs=kwargs, timeout=self._longest_s)
            except RuntimeError as error:
                await self._lose(pool, error)
                continue
            try:
                return await asyncio.wrap_future(future)
            except TimeoutError as error:
                raise TooCostly(f"it took longer than {self._longest_s:g} s to read") from error
            except (ProcessExpired, MemoryError) as error:
                raise TooCostly("it took too much memory to read, or broke what read it") from error
            except BrokenProcessPool as error:
                await self._lose(pool, error)
        raise TooCostly("what read it broke twice")

    async def _lose(self, pool: ProcessPool, error: Exception) -> None:
        """Something else broke the pool: what was in it gets a second chance in a new one."""
        log.warning("the worker processes were lost and are started again: %r", error)
        if self._pool is pool:
            self._pool = None
            await asyncio.to_thread(stop_pool, pool)

    async def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(stop_pool, pool)


def stop_pool(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def begin_process(most_bytes: int, niceness: int) -> None:
    """Let this process ask for no more memory, and give way to others, where the system can see to that."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    if niceness and sys.platform != "win32":
        os.nice(niceness)
