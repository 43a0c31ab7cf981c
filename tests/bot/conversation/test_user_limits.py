"""Rate and concurrency limits of a user in one process. fleet/test_rate_limits.py checks both implementations."""

from __future__ import annotations

import asyncio

from bot.conversation.user_limits import MAX_BUCKETS, ConcurrencyLimiter, UserRateLimiter


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_longest_idle_bucket_is_evicted() -> None:
    limiter = UserRateLimiter(10, 1, Clock())
    assert [(await limiter.acquire(1)).refused for _ in range(2)] == [0, 1]
    for user_id in range(10, MAX_BUCKETS + 20):
        await limiter.acquire(user_id)
    # The first was forgotten.
    assert (await limiter.acquire(1)).refused == 0


async def test_one_slot_per_user_runs_tasks_in_order() -> None:
    slots, order = ConcurrencyLimiter(per_user=1), []

    async def read(user_id: int, number: int) -> None:
        async with slots.slot(user_id):
            order.append((user_id, number))
            await asyncio.sleep(0)
            order.append((user_id, number))

    await asyncio.gather(*(read(1, number) for number in range(3)), read(2, 0))
    # The other person's is begun while the first one's is read.
    assert order.index((2, 0)) == 1
    assert [number for user_id, number in order if user_id == 1] == [0, 0, 1, 1, 2, 2]


async def test_busy_user_leaves_slots_for_others() -> None:
    limiter = ConcurrencyLimiter(slots=3, per_user=2)
    running: list[int] = []
    done = asyncio.Event()

    async def work(user_id: int) -> None:
        async with limiter.slot(user_id):
            running.append(user_id)
            await done.wait()

    tasks = [asyncio.create_task(work(user_id)) for user_id in (1, 1, 1, 1, 2, 3)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert sorted(running) == [1, 1, 2]
    done.set()
    await asyncio.gather(*tasks)
    assert sorted(running) == [1, 1, 1, 1, 2, 3]
    assert len(limiter._users) == 0
