"""One after the other, and not twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.conversation.locks import ONE_TAP, REMEMBERED, Turns

NOW = datetime(2026, 11, 24, tzinfo=UTC)


async def test_who_has_the_turn_keeps_others_of_the_key_waiting() -> None:
    turns, done = Turns(), []

    async def work(key: int, name: str) -> None:
        async with turns.of(key):
            done.append(f"{name} begins")
            await asyncio.sleep(0)
            done.append(f"{name} ends")

    await asyncio.gather(work(1, "a"), work(1, "b"), work(2, "c"))
    assert done.index("a ends") < done.index("b begins")
    assert done.index("c begins") < done.index("a ends")


def test_two_taps_are_one() -> None:
    turns = Turns()
    assert turns.is_first("a", NOW)
    assert not turns.is_first("a", NOW)
    assert turns.is_first("b", NOW)
    assert not turns.is_first("a", NOW + ONE_TAP - timedelta(microseconds=1))
    assert turns.is_first("a", NOW + ONE_TAP)


def test_not_every_tap_is_remembered_for_ever() -> None:
    turns = Turns()
    for number in range(REMEMBERED + 1):
        turns.is_first(number, NOW)
    assert turns.is_first(0, NOW)
