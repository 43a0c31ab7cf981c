"""A worker that is killed inside its tasks leaves the work to another, in any state of the jobs."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Any

import psycopg
import pytest

from bot.fleet.member import membership
from bot.fleet.queue import PUBLISHING, QUEUES, TICKS, Queue, Timing, create_worker, open_queue, run_workers
from summaries.storage import open_fleet
from tests.postgres_server import new_database

ALL_QUEUES = (*QUEUES, PUBLISHING)
WORKER = membership("worker", ALL_QUEUES, more_connections=5)
QUICK = Timing(poll_s=0.1, heartbeat_s=0.2, dead_after_s=1.0, recover_s=0.2)
JOBS: dict[str, tuple[str, dict[str, int]]] = {
    **{name: (tick.queue, {"timestamp": 0}) for name, tick in TICKS.items()},
    "answer": ("answers", {"group_id": 5}),
    "send": ("digests", {}),
    "refresh": ("refresh", {}),
}
TIMEOUT_S = 60


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as made:
        yield made


class Tasks:
    """The tasks of a worker: `run` is called with the name of each."""

    def __init__(self, run: Callable[[str], Awaitable[None]]) -> None:
        self._run = run

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def task(**_: int) -> None:
            await self._run(name)

        return task


def hang(url: str, pipe: Connection) -> None:
    """Run a worker that reports each task that it enters, and never leaves it."""

    async def run(task: str) -> None:
        pipe.send(task)
        await asyncio.Event().wait()

    async def work() -> None:
        tasks: Any = Tasks(run)
        async with open_queue(url, lambda: None) as queue:
            worker = create_worker(queue, tasks, ALL_QUEUES, len(JOBS), QUICK)
            await run_workers([worker], asyncio.Event(), do_nothing, do_nothing, do_nothing)

    asyncio.run(work())


async def do_nothing() -> None:
    """Fakes a step of a worker."""


async def put(queue: Queue, name: str) -> None:
    on, values = JOBS[name]
    await queue.procrastinate.configure_task(name, queue=on, queueing_lock=name).defer_async(**values)


@asynccontextmanager
async def working(queue: Queue) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    """Run a worker with its recovery; yield a function that waits until it has run a task."""
    ran = {name: asyncio.Event() for name in JOBS}

    async def run(name: str) -> None:
        ran[name].set()

    async def recover() -> None:
        await queue.retry_stalled(QUICK.dead_after_s)

    tasks: Any = Tasks(run)
    stop = asyncio.Event()
    worker = create_worker(queue, tasks, ALL_QUEUES, 8, QUICK)
    task = asyncio.create_task(run_workers([worker], stop, do_nothing, do_nothing, recover, QUICK.recover_s))
    try:
        yield lambda name: asyncio.wait_for(ran[name].wait(), TIMEOUT_S)
    finally:
        # A worker that is only cancelled goes on.
        stop.set()
        await task


async def test_work_of_a_worker_killed_inside_all_tasks_is_done_by_another(url: str) -> None:
    opened = await open_fleet(url, WORKER, pool_size=2)
    context = multiprocessing.get_context("forkserver")
    # Do not import the module that started pytest.
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe()
    doomed = context.Process(target=hang, args=(url, theirs), daemon=True)
    async with open_queue(url, lambda: None) as queue:
        for name in JOBS:
            await put(queue, name)
        doomed.start()
        entered: set[str] = set()
        while entered != JOBS.keys():
            assert await asyncio.to_thread(ours.poll, TIMEOUT_S)
            entered.add(ours.recv())
        doomed.kill()
        await asyncio.to_thread(doomed.join)
        async with working(queue) as wait_for:
            for name in JOBS:
                await wait_for(name)
    await opened.store.close()


@pytest.mark.parametrize("is_pruned", [False, True])
@pytest.mark.parametrize("lock", [None, "name"])
async def test_any_state_of_the_jobs_is_recovered(url: str, lock: str | None, *, is_pruned: bool) -> None:
    """Each task runs in a worker that died, and is queued again. Older versions also gave both jobs a lock."""
    opened = await open_fleet(url, WORKER, pool_size=2)
    async with open_queue(url, lambda: None) as queue:
        dead = await queue.procrastinate.job_manager.register_worker()
        for name in JOBS:
            await put(queue, name)
        with psycopg.connect(url, options="-c search_path=jobs") as server:
            server.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [dead])
        for name in JOBS:
            await put(queue, name)
        with psycopg.connect(url, options="-c search_path=jobs") as server:
            if lock:
                server.execute("UPDATE procrastinate_jobs SET lock = task_name")
            gone = "DELETE FROM" if is_pruned else "UPDATE"
            late = "" if is_pruned else "SET last_heartbeat = now() - interval '1 hour'"
            server.execute(f"{gone} procrastinate_workers {late}".encode())
        async with working(queue) as wait_for:
            for name in JOBS:
                await wait_for(name)
    await opened.store.close()
