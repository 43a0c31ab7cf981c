"""Per-key locks and double taps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.conversation.locks import DOUBLE_TAP, MAX_TAPS, KeyedLock

NOW = datetime(2026, 11, 24, tzinfo=UTC)


async def test_holders_of_the_same_key_wait() -> None:
    locks, done = KeyedLock(), []

    async def work(key: int, name: str) -> None:
        async with locks.hold(key):
            done.append(f"{name} begins")
            await asyncio.sleep(0)
            done.append(f"{name} ends")

    await asyncio.gather(work(1, "a"), work(1, "b"), work(2, "c"))
    assert done.index("a ends") < done.index("b begins")
    assert done.index("c begins") < done.index("a ends")


def test_second_tap_within_the_limit_is_a_double_tap() -> None:
    locks = KeyedLock()
    assert not locks.is_double_tap("a", NOW)
    assert locks.is_double_tap("a", NOW)
    assert not locks.is_double_tap("b", NOW)
    assert locks.is_double_tap("a", NOW + DOUBLE_TAP - timedelta(microseconds=1))
    assert not locks.is_double_tap("a", NOW + DOUBLE_TAP)


def test_oldest_tap_is_evicted() -> None:
    locks = KeyedLock()
    for number in range(MAX_TAPS + 1):
        locks.is_double_tap(number, NOW)
    assert not locks.is_double_tap(0, NOW)
