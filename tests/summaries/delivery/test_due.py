"""When digests come: at their hour, late, not at all, or when the quiet hours are over."""

from __future__ import annotations

from datetime import time

import pytest

from summaries import errors
from summaries.model import ChatRef, Outcome, Preferences, QuietHours, Reason, Subscription
from tests.summaries.delivery.conftest import JAKARTA, Add, World, find_last_outcome


async def test_digest_is_sent_once_at_its_time(world: World, add_news: Add) -> None:
    world.clock.forward(seconds=-1)
    await world.subscribe()
    await add_news(1)
    assert await world.tick() == []
    world.clock.forward(seconds=1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    assert await world.tick() == []
    world.clock.forward(hours=23, minutes=59)
    assert await world.tick() == []


async def test_next_digest_contains_only_new_stories(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    world.clock.forward(days=1)
    await add_news(2)
    assert await world.tick() == ["1 items, 0 more", "news 2"]
    world.clock.forward(days=1)
    assert await world.tick() == ["0 items, 0 more"]


@pytest.mark.parametrize(
    ("hours_down", "arrives"),
    [(0.1, ["0 items, 0 more"]), (5, ["late 0 items, 0 more"]), (11.9, ["late 0 items, 0 more"]), (12, []), (20, [])],
)
async def test_missed_digest_is_sent_late_or_skipped(world: World, hours_down: float, arrives: list[str]) -> None:
    await world.subscribe()
    world.clock.forward(hours=hours_down)
    assert await world.tick() == arrives
    assert await world.tick() == []


async def test_empty_digest_is_skipped_if_configured(world: World, add_news: Add) -> None:
    await world.subscribe(skips_empty=True)
    assert await world.tick() == []
    assert await find_last_outcome(world) == (Outcome.SKIPPED, Reason.EMPTY)
    world.clock.forward(days=1)
    await add_news(1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


async def test_digest_waits_for_the_end_of_quiet_hours(world: World, add_news: Add) -> None:
    await world.subscribe(quiet=QuietHours(time(20), time(9)))
    assert await world.tick() == []
    world.clock.forward(hours=2, seconds=-1)
    assert await world.tick() == []
    # Articles that arrived meanwhile are included, and the digest is not late.
    await add_news(1)
    world.clock.forward(seconds=1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


async def test_long_quiet_hours_do_not_skip_the_digest(world: World) -> None:
    await world.subscribe(quiet=QuietHours(time(6, 59), time(20)))
    assert await world.tick() == []
    world.clock.forward(hours=13)
    assert await world.tick() == ["0 items, 0 more"]
    assert await find_last_outcome(world) == (Outcome.SENT, None)


async def test_digest_that_is_too_late_is_recorded_as_skipped(world: World) -> None:
    await world.subscribe()
    world.clock.forward(hours=12)
    await world.tick()
    assert await find_last_outcome(world) == (Outcome.SKIPPED, Reason.LATE)


async def test_two_digests_due_at_one_moment_are_merged(world: World, add_news: Add) -> None:
    """The quiet hours end, and both the digest before them and the one in them are due."""
    await world.subscribe(quiet=QuietHours(time(6), time(12)))
    await world.tick()
    world.clock.forward(hours=2)
    await world.store.subscriptions.put(
        Subscription(ChatRef(7), (time(9),), JAKARTA, preferences=Preferences(quiet=QuietHours(time(6), time(12)))),
        next_due_at=world.clock(), now=world.clock(),
    )  # fmt: skip
    await world.tick()
    await add_news(1)
    world.clock.forward(hours=3)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


async def test_digest_in_delivery_is_not_composed_again(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [None, errors.RateLimited(3600)]
    assert await world.tick() == ["1 items, 0 more"]
    world.clock.forward(minutes=30)
    # Meanwhile the chat asks for another hour, which is now.
    await world.store.subscriptions.put(
        Subscription(ChatRef(7), (time(7, 30),), JAKARTA), next_due_at=world.clock(), now=world.clock()
    )
    assert await world.tick() == ["0 items, 0 more"]
    world.clock.forward(minutes=31)
    assert await world.tick() == ["news 1"]
