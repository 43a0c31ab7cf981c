"""Work in processes with limits: hostile work costs its process, and people who wait go before background work."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from summaries.errors import NothingToSummarize, RefusalReason, ResourceLimitExceeded
from summaries.workers.pools import WorkerPool, _Queue

MEBIBYTE = 1024 * 1024


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    """Two processes with limits of a second of processor time, and of ten seconds in all."""
    opened = WorkerPool(processes=2, max_cpu_s=1, max_wall_s=10, max_bytes=400 * MEBIBYTE, preloaded=["math"])
    yield opened
    await opened.close()


async def test_work_runs_in_processes(pool: WorkerPool) -> None:
    assert pool._pool is None
    used = set(await asyncio.gather(*(pool(os.getpid) for _ in range(40)), *(pool.urgent(os.getpid) for _ in range(9))))
    assert os.getpid() not in used
    assert 1 <= len(used) <= 2
    assert await pool(sorted, [3, 1, 2], reverse=True) == [3, 2, 1]


async def test_start_launches_the_processes(pool: WorkerPool) -> None:
    await pool.start()
    assert pool._pool is not None


def refuse_paywalled() -> None:
    raise NothingToSummarize(RefusalReason.PAYWALL, "hanya untuk pelanggan")


async def test_worker_errors_are_raised_unchanged(pool: WorkerPool) -> None:
    with pytest.raises(NothingToSummarize) as caught:
        await pool(refuse_paywalled)
    assert (caught.value.reason, caught.value.detail) == (RefusalReason.PAYWALL, "hanya untuk pelanggan")


def backtrack() -> object:
    """Hold the interpreter's lock inside one call for ever: the pattern is exponential."""
    return re.fullmatch(r"(?:a|a)*b", "a" * 60)


async def test_crashing_work_does_not_affect_other_work(pool: WorkerPool) -> None:
    results = await asyncio.gather(
        pool(backtrack),
        pool(time.sleep, 20),
        pool(os._exit, 3),
        pool(bytes, 4_000 * MEBIBYTE),
        *(pool.urgent(pow, 2, n) for n in range(20)),
        return_exceptions=True,
    )
    assert [type(result) for result in results[:4]] == [ResourceLimitExceeded] * 4
    assert results[4:] == [2**n for n in range(20)]
    # Lost processes are replaced.
    assert await asyncio.gather(*(pool(abs, -n) for n in range(20))) == list(range(20))


async def test_cpu_limit_applies_to_each_call() -> None:
    pool = WorkerPool(processes=1, max_cpu_s=1, preloaded=["math"])
    # Together they take longer than the limit.
    for _ in range(6):
        assert await pool.urgent(spin, 0.3) >= 0.3
    with pytest.raises(ResourceLimitExceeded):
        await pool.urgent(spin, 20)
    await pool.close()


def spin(cpu_s: float) -> float:
    began_s = time.process_time()
    while time.process_time() < began_s + cpu_s:
        pass
    return time.process_time() - began_s


async def test_background_work_leaves_a_process_for_urgent_work(pool: WorkerPool) -> None:
    await pool.start()
    began_s = time.monotonic()
    background = [asyncio.create_task(pool(time.sleep, 1)) for _ in range(4)]
    await asyncio.sleep(0)
    assert await pool.urgent(abs, -1) == 1
    # The second and later ones of the four are still waiting for the first.
    assert sum(task.done() for task in background) <= int(time.monotonic() - began_s)
    await asyncio.gather(*background)


async def test_urgent_work_is_queued_first_and_cancelled_work_is_removed() -> None:
    queue, order = _Queue(2), []
    await queue.enter(is_urgent=False)

    async def run(name: str, *, is_urgent: bool) -> None:
        await queue.enter(is_urgent=is_urgent)
        order.append(name)
        await asyncio.sleep(0)
        queue.leave(is_urgent=is_urgent)

    tasks = [
        asyncio.create_task(run("background", is_urgent=False)),
        asyncio.create_task(run("first", is_urgent=True)),
        asyncio.create_task(run("gone", is_urgent=True)),
        asyncio.create_task(run("second", is_urgent=True)),
    ]
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.wait(tasks[1:])
    assert order == ["first", "second"]
    queue.leave(is_urgent=False)
    await asyncio.wait(tasks)
    assert order == ["first", "second", "background"]
    assert queue._running == 0


async def test_broken_pool_is_recreated(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await pool.start()
    broken = pool._pool
    assert broken is not None
    await asyncio.to_thread(broken.stop)
    assert await pool(abs, -1) == 1
    assert pool._pool is not broken
    assert "started again" in caplog.text
    # One that breaks every time is given up.
    healthy, pool._pool = pool._pool, None
    monkeypatch.setattr(pool, "_make_pool", lambda: broken)
    with pytest.raises(ResourceLimitExceeded, match="twice"):
        await pool(abs, -1)
    pool._pool = healthy


class FailingPool:
    """A pool for whose pipes no file descriptors are left."""

    def schedule(self, *_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    def stop(self) -> None:
        """Nothing runs."""

    def join(self) -> None:
        """Nothing to wait for."""


async def test_pool_that_cannot_start_is_replaced(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = iter([FailingPool(), pool._make_pool()])
    monkeypatch.setattr(pool, "_make_pool", lambda: next(made))
    assert await asyncio.gather(*(pool(abs, -number) for number in (1, 2))) == [1, 2]
    assert caplog.text.count("Too many open files") == 1


CLOSED_EARLY = """
import asyncio, os
from summaries.workers.pools import WorkerPool

async def main():
    pool = WorkerPool(processes=1)
    starting = asyncio.create_task(pool.start())
    await asyncio.sleep(0.05)
    starting.cancel()
    await pool.close()

if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
"""


def test_pool_closed_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    """Python reports semaphores that are left."""
    script = tmp_path / "closed_early.py"
    script.write_text(CLOSED_EARLY)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")


async def test_close_cancels_running_work_and_refuses_new_work() -> None:
    pool = WorkerPool(processes=1, preloaded=["math"])
    await pool.start()
    long = asyncio.create_task(pool(time.sleep, 60))
    await asyncio.sleep(0)
    begin = time.monotonic()
    await pool.close()
    assert time.monotonic() - begin < 10
    long.cancel()
    await asyncio.wait([long])
    with pytest.raises(asyncio.CancelledError):
        await pool(abs, -1)
    assert pool._pool is None


async def test_close_during_start() -> None:
    pool = WorkerPool(processes=1, preloaded=["math"])
    starting = asyncio.create_task(pool.start())
    await asyncio.sleep(0)
    await pool.close()
    await asyncio.wait([starting])
    await pool.close()


def test_processes_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = """
import asyncio, os, sys
from summaries.workers.pools import WorkerPool

async def main():
    pool = WorkerPool(processes=2, preloaded=["math"])
    pids = {await pool(os.getpid) for _ in range(9)}
    print(*pids, flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""
    path = tmp_path / "parent.py"
    path.write_text(script)
    with subprocess.Popen(
        [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline, "a worker outlives its parent"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
