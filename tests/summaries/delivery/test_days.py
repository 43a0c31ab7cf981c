"""Whole days as tables: the moments at which digests come, for odd clocks, calendars and changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from summaries import errors
from summaries.digests.schedule import find_next_due, load_zone
from summaries.model import ChatRef, PartState, QuietHours, Subscription
from tests.summaries.delivery.conftest import JAKARTA, Add, World

# Decisions by the chat's clock do not depend on the store, so one store is enough for long tables.
one_store = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EMPTY_DIGEST = "0 items, 0 more"


def parse_local(text: str, zone: str = JAKARTA) -> datetime:
    """A moment as the zone's clock shows it: "2026-11-24 07:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=load_zone(zone)).astimezone(UTC)


def parse_times(text: str) -> tuple[time, ...]:
    return tuple(map(time.fromisoformat, text.split()))


async def subscribe_at(world: World, hours: str, zone: str = JAKARTA, *, after: datetime) -> None:
    subscription = Subscription(ChatRef(7), parse_times(hours), zone)
    await world.store.subscriptions.put(
        subscription, next_due_at=find_next_due(subscription.times, zone, after), now=world.clock()
    )


async def run_days(world: World, zone: str, begin: datetime, days: float, step: timedelta) -> list[str]:
    """Let the time pass, and return the zone's clock times at which something came."""
    came = []
    for number in range(int(timedelta(days=days) / step) + 1):
        world.clock.now = begin + number * step
        for text in await world.tick():
            assert text == EMPTY_DIGEST
            came.append(f"{world.clock().astimezone(load_zone(zone)):%m-%d %H:%M}")
    return came


@one_store
@pytest.mark.parametrize(
    ("hours", "zone", "begin", "days", "came"),
    [
        ("07:00 18:30", JAKARTA, "2026-11-24 00:00", 1.9,
         ["11-24 07:00", "11-24 18:30", "11-25 07:00", "11-25 18:30"]),
        # Two that are close, over midnight.
        ("23:30 00:00", JAKARTA, "2026-11-24 12:00", 1, ["11-24 23:30", "11-25 00:00"]),
        ("07:00", JAKARTA, "2028-02-28 00:00", 2.5, ["02-28 07:00", "02-29 07:00", "03-01 07:00"]),
        ("07:00", JAKARTA, "2027-02-28 00:00", 1.5, ["02-28 07:00", "03-01 07:00"]),
        ("07:00", JAKARTA, "2026-12-31 00:00", 1.5, ["12-31 07:00", "01-01 07:00"]),
        # The clock jumps over 02:30 in spring: it comes an hour later, once. In autumn 02:30 comes twice: the first.
        ("02:30", "Europe/Amsterdam", "2026-03-28 00:00", 2.5, ["03-28 02:30", "03-29 03:30", "03-30 02:30"]),
        ("02:30", "Europe/Amsterdam", "2026-10-24 00:00", 2.5, ["10-24 02:30", "10-25 02:30", "10-26 02:30"]),
        # Both sides of the gap are one moment: one digest.
        ("02:30 03:30", "Europe/Amsterdam", "2026-03-29 00:00", 1.2, ["03-29 03:30", "03-30 02:30", "03-30 03:30"]),
        # Before, within and after the hour that comes twice.
        ("01:30 02:30 03:00", "Europe/Amsterdam", "2026-10-25 00:00", 0.5,
         ["10-25 01:30", "10-25 02:30", "10-25 03:00"]),
        # Half an hour of daylight saving, a zone of 45 minutes, and one that jumps over midnight.
        ("02:00", "Australia/Lord_Howe", "2026-10-03 12:00", 1, ["10-04 02:30"]),
        ("07:00", "Asia/Kathmandu", "2026-11-24 00:00", 1, ["11-24 07:00"]),
        ("00:00", "Africa/Cairo", "2026-04-23 12:00", 2, ["04-24 01:00", "04-25 00:00"]),
    ],
)  # fmt: skip
async def test_digests_arrive_at_their_local_times(
    world: World, hours: str, zone: str, begin: str, days: float, came: list[str]
) -> None:
    first = parse_local(begin, zone)
    await subscribe_at(world, hours, zone, after=first - timedelta(seconds=1))
    assert await run_days(world, zone, first, days, timedelta(minutes=30)) == came


# Successive times of the machine's clock, and the digests sent at each. The bot notices when it is set back.
JUMPS = [
    ("forward over the hour", [("11-24 06:59", []), ("11-24 08:00", ["late"])]),
    ("forward, and little by little back", [("11-24 06:59", []), ("11-24 07:01", ["in time"]), ("11-24 07:00", [])]),
    ("back before the hour", [("11-24 06:59", []), ("11-24 05:00", []), ("11-24 07:00", ["in time"])]),
    (
        "back after the hour: not again",
        [("11-24 07:00", ["in time"]), ("11-24 06:00", []), ("11-24 07:00", []), ("11-25 07:00", ["in time"])],
    ),
    (
        "days ahead, and right again: what was left out then comes at its hour",
        [("11-24 06:59", []), ("11-27 06:00", []), ("11-24 06:59", []), ("11-24 07:00", ["in time"]),
         ("11-25 07:00", ["in time"])],
    ),
    (
        "an hour ahead at the hour: it came early, and comes no second time",
        [("11-24 06:00", []), ("11-24 07:00", ["in time"]), ("11-24 06:01", []), ("11-24 07:00", []),
         ("11-25 06:59", []), ("11-25 07:00", ["in time"])],
    ),
    (
        "years ahead from the start: that day's is caught up with",
        [("11-24 06:00", []), ("2031-01-01 12:00", ["late"]), ("11-24 06:01", []), ("11-24 07:00", ["in time"])],
    ),
    (
        "years back: nothing comes before its hour, nor all at once",
        [("11-24 06:59", []), ("2020-01-01 00:00", []), ("11-24 06:59", []), ("11-24 07:00", ["in time"])],
    ),
]  # fmt: skip


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("shown", [shown for _, shown in JUMPS], ids=[name for name, _ in JUMPS])
async def test_clock_jump_sends_late_or_skips(
    world: World, shown: list[tuple[str, list[str]]], is_restarted: bool
) -> None:
    """Noticed while it runs, or at a start after the clock was put right."""
    world.clock.now = parse_local("2026-11-24 05:00")
    await subscribe_at(world, "07:00", after=world.clock())
    for moment, comes in shown:
        is_back = (now := parse_local(moment if moment.startswith("20") else f"2026-{moment}")) < world.clock()
        world.clock.now = now
        if is_restarted:
            await world.service.resume()
        elif is_back:
            await world.service.on_clock_rollback()
        texts = ["late" if text.startswith("late") else "in time" for text in await world.tick()]
        assert (moment, texts) == (moment, comes)


async def test_clock_rollback_does_not_delay_a_retry(world: World) -> None:
    await world.subscribe()
    world.messenger.plan = [errors.DeliveryUnknown("timed out")]
    await world.tick()
    world.clock.forward(hours=-6)
    await world.service.on_clock_rollback()
    # A copy of it may have arrived, so it continues now. An unsent digest would wait for its hour.
    assert await world.tick() == [EMPTY_DIGEST]
    world.clock.forward(hours=6)
    assert await world.tick() == []


CHANGED = [
    # At seven a digest is being sent, and its reader meanwhile asks for other hours.
    ("18:00", ["11-24 07:00", "11-24 18:00", "11-25 18:00"]),
    ("07:00 18:00", ["11-24 07:00", "11-24 18:00", "11-25 07:00", "11-25 18:00"]),
    ("07:30", ["11-24 07:00", "11-24 07:30", "11-25 07:30"]),
    ("06:30", ["11-24 07:00", "11-25 06:30"]),
    ("07:00", ["11-24 07:00", "11-25 07:00"]),
]


@one_store
@pytest.mark.parametrize(("hours", "came"), CHANGED)
async def test_schedule_change_during_delivery_sets_the_next_digest(world: World, hours: str, came: list[str]) -> None:
    async def change() -> None:
        now = world.clock()
        await world.store.subscriptions.change(
            7,
            lambda _: Subscription(ChatRef(7), parse_times(hours), JAKARTA),
            next_due=lambda s: find_next_due(s.times, s.zone, now, s.days),
            now=now,
        )

    await subscribe_at(world, "07:00", after=parse_local("2026-11-24 06:00"))
    world.messenger.meanwhile = [change]
    assert await run_days(world, JAKARTA, parse_local("2026-11-24 06:30"), 1.5, timedelta(minutes=30)) == came


async def test_digest_stopped_during_delivery_is_completed(world: World, add_news: Add) -> None:
    async def stop() -> None:
        await world.store.subscriptions.deactivate(7, now=world.clock())

    await world.subscribe()
    await add_news(1)
    world.messenger.meanwhile = [stop]
    # Sends that began are finished.
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    world.clock.forward(days=1)
    assert await world.tick() == []


@pytest.mark.parametrize(
    ("trouble", "hours_down", "comes"),
    [
        # Composed at seven, unsent while the bot is down: the later digest is composed again and says it is late.
        (errors.NotDelivered("connection refused"), 3, ["late 1 items, 0 more", "news 1"]),
        (errors.RateLimited(60), 3, ["late 1 items, 0 more", "news 1"]),
        (errors.NotDelivered("connection refused"), 0.1, ["0 items, 0 more"]),
        (errors.NotDelivered("connection refused"), 13, []),
        # A copy may be out: the same words again.
        (errors.DeliveryUnknown("timed out"), 3, ["0 items, 0 more"]),
    ],
)
async def test_digest_composed_before_a_pause_is_composed_again(
    world: World, add_news: Add, trouble: errors.SendError, hours_down: float, comes: list[str]
) -> None:
    await world.subscribe()
    world.messenger.plan = [trouble]
    assert await world.tick() == []
    world.clock.forward(hours=hours_down)
    await add_news(1)
    await world.service.resume()
    assert await world.tick() == comes
    assert await world.tick() == []


async def test_restart_keeps_quiet_hours(world: World) -> None:
    await world.subscribe(quiet=QuietHours(time(6), time(9)))
    await world.tick()
    world.clock.forward(hours=1)
    await world.service.resume()
    assert await world.tick() == []
    world.clock.forward(hours=1)
    assert await world.tick() == [EMPTY_DIGEST]


async def test_clock_rollback_does_not_prolong_a_lease(world: World) -> None:
    await world.subscribe()
    await world.service.prepare_due()
    (delivery,) = await world.store.outbox.claim_digests(
        now=world.clock(), lease_until=world.clock() + timedelta(minutes=5), limit=1
    )
    assert delivery.parts[0].state is PartState.PENDING
    world.clock.forward(minutes=-30)
    await world.service.on_clock_rollback()
    world.clock.forward(minutes=5)
    assert await world.tick() == [EMPTY_DIGEST]
