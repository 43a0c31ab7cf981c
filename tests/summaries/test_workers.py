"""Work in threads and processes: little work starts nothing, and what breaks a process hurts nothing else."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from summaries.errors import NothingToSummarize, RefusalReason, TooCostly
from summaries.workers import ThreadOffload, WorkerPool

MEBIBYTE = 1024 * 1024


@pytest.fixture
def threads() -> Iterator[ThreadOffload]:
    offload = ThreadOffload()
    yield offload
    offload.close()


@pytest.fixture
async def pool(threads: ThreadOffload) -> AsyncIterator[WorkerPool]:
    """Two processes, which start after the second piece of work at once."""
    opened = WorkerPool(
        threads, processes=2, start_after=2, longest_s=0.5, most_bytes=400 * MEBIBYTE, preloaded=["math"]
    )
    yield opened
    await opened.close()


async def started(pool: WorkerPool) -> WorkerPool:
    while not pool.has_processes:
        await asyncio.gather(*(pool(time.sleep, 0.01) for _ in range(4)))
    return pool


async def test_little_work_stays_in_this_process(threads: ThreadOffload) -> None:
    pool = WorkerPool(threads, start_after=10)
    for _ in range(3):
        assert set(await asyncio.gather(*(pool(os.getpid) for _ in range(5)))) == {os.getpid()}
    assert not pool.has_processes
    await pool.close()


async def test_much_work_goes_to_processes(pool: WorkerPool) -> None:
    await started(pool)
    used = set(await asyncio.gather(*(pool(os.getpid) for _ in range(40))))
    assert os.getpid() not in used
    assert 1 <= len(used) <= 2
    assert await pool(sorted, [3, 1, 2], reverse=True) == [3, 2, 1]


def refuse() -> None:
    raise NothingToSummarize(RefusalReason.PAYWALL, "hanya untuk pelanggan")


async def test_errors_come_back_as_they_are(pool: WorkerPool) -> None:
    await started(pool)
    with pytest.raises(NothingToSummarize) as caught:
        await pool(refuse)
    assert (caught.value.reason, caught.value.detail) == (RefusalReason.PAYWALL, "hanya untuk pelanggan")


async def test_what_breaks_its_process_hurts_no_other_work(pool: WorkerPool) -> None:
    await started(pool)
    results = await asyncio.gather(
        pool(time.sleep, 20),
        pool(os._exit, 3),
        pool(bytes, 4_000 * MEBIBYTE),
        *(pool(pow, 2, n) for n in range(20)),
        return_exceptions=True,
    )
    assert [type(result) for result in results[:3]] == [TooCostly] * 3
    assert results[3:] == [2**n for n in range(20)]
    # Lost processes are replaced.
    assert await asyncio.gather(*(pool(abs, -n) for n in range(20))) == list(range(20))


async def test_a_pool_that_broke_altogether_is_made_anew(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await started(pool)
    broken = pool._pool
    assert broken is not None
    await asyncio.to_thread(broken.stop)
    assert await pool(abs, -1) == 1
    assert pool._pool is not broken
    assert "started again" in caplog.text
    # One that breaks every time is given up.
    monkeypatch.setattr(WorkerPool, "_make_pool", lambda _: broken)
    pool._pool, healthy = broken, pool._pool
    with pytest.raises(TooCostly, match="twice"):
        await pool(abs, -1)
    pool._pool = healthy


async def test_idle_processes_are_stopped(threads: ThreadOffload) -> None:
    pool = await started(WorkerPool(threads, processes=1, start_after=2, idle_s=0.01, preloaded=["math"]))
    while pool.has_processes:  # noqa: ASYNC110  (the pool has no event for it)
        await asyncio.sleep(0.01)
    assert await pool(os.getpid) == os.getpid()
    await pool.close()


async def test_closing_waits_for_nobody(threads: ThreadOffload) -> None:
    pool = await started(WorkerPool(threads, processes=1, start_after=2, preloaded=["math"]))
    long = asyncio.create_task(pool(time.sleep, 60))
    await asyncio.sleep(0)
    begin = time.monotonic()
    await pool.close()
    assert time.monotonic() - begin < 3
    long.cancel()
    await asyncio.wait([long])


async def test_closing_while_processes_start(threads: ThreadOffload) -> None:
    pool = WorkerPool(threads, processes=1, start_after=1, preloaded=["math"])
    await pool(abs, -1)
    await pool.close()
    assert not pool.has_processes
