"""Digests after an outage: exactly one, for the latest missed time that is not too late, with all the news."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from summaries import errors
from summaries.digests.compose import NEWS_PATIENCE
from summaries.digests.schedule import CATCH_UP_LIMIT, find_next_due, is_late, load_zone, skip_quiet_hours
from summaries.model import (
    CHECK_LEASE,
    EVERY_DAY,
    WORKING_DAYS,
    Article,
    ChatRef,
    DeliveryRecord,
    Origin,
    Outcome,
    PollState,
    Preferences,
    QuietHours,
    Reason,
    Source,
    Subscription,
    Summary,
)
from summaries.storage import Store
from tests.summaries.delivery.conftest import DAY, JAKARTA, World

Publish = Callable[[int], Awaitable[None]]
CHAT = ChatRef(7)
HOURLY = tuple(time(hour) for hour in range(24))
NIGHT = QuietHours(time(22), time(6))
AUTUMN, SPRING = "2026-09-21 00:30", "2026-03-02 00:30"
OUTAGES = (
    timedelta(minutes=10),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 11, 14, 26)),
    *(timedelta(days=days) for days in (3, 7, 8, 12, 30)),
)
SCHEDULES = {
    "daily": ("07:00", JAKARTA, EVERY_DAY, None, AUTUMN),
    "twice a day": ("07:00 18:30", JAKARTA, EVERY_DAY, None, AUTUMN),
    "hourly": ("hourly", JAKARTA, EVERY_DAY, None, AUTUMN),
    "hourly, with quiet nights": ("hourly", JAKARTA, EVERY_DAY, NIGHT, AUTUMN),
    "in quiet hours": ("23:00 05:00", JAKARTA, EVERY_DAY, NIGHT, AUTUMN),
    "in long quiet hours": ("07:00", JAKARTA, EVERY_DAY, QuietHours(time(6, 59), time(20)), AUTUMN),
    "on working days": ("07:00", JAKARTA, WORKING_DAYS, None, AUTUMN),
    "on Mondays": ("07:00 18:30", JAKARTA, frozenset({0}), None, AUTUMN),
    "a day ahead": ("07:00 18:30", "Pacific/Kiritimati", EVERY_DAY, None, AUTUMN),
    "a day behind": ("07:00 18:30", "Pacific/Pago_Pago", EVERY_DAY, None, AUTUMN),
    # On 25 October 02:30 comes twice, and on 29 March it is skipped.
    "winter time": ("02:30 07:00", "Europe/Madrid", EVERY_DAY, None, AUTUMN),
    "summer time": ("02:30 07:00", "Europe/Madrid", EVERY_DAY, None, SPRING),
    "hourly, summer time": ("hourly", "Europe/Madrid", EVERY_DAY, NIGHT, SPRING),
}


def list_times(subscription: Subscription, after: datetime, until: datetime) -> list[datetime]:
    """Return the due times after `after`, one by one."""
    found: list[datetime] = []
    while (due := find_next_due(subscription.times, subscription.zone, after, subscription.days)) and due <= until:
        found.append(due)
        after = due
    return found


@pytest.fixture
def publish(
    world: World, make_article: Callable[..., Article], summarize_first: Callable[..., tuple[Summary, ...]]
) -> Publish:
    """Add a story now."""

    async def add(number: int) -> None:
        article = make_article(number, title=f"news {number}", published_at=world.clock())
        await world.store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=world.clock())

    return add


async def read_history(world: World) -> tuple[DeliveryRecord, ...]:
    return await world.store.deliveries.history(CHAT.chat_id, limit=9999)


# When a digest is due does not depend on the store: PostgreSQL has one schedule of each kind.
ON_POSTGRES = ("hourly, with quiet nights", "on Mondays", "summer time")


@pytest.mark.parametrize(
    ("database_url", "schedule"),
    [*(("sqlite", schedule) for schedule in SCHEDULES), *(("postgres", schedule) for schedule in ON_POSTGRES)],
    indirect=["database_url"],
)
async def test_outage_is_followed_by_one_digest_with_all_the_news(
    world: World, publish: Publish, schedule: str
) -> None:
    """One outage after another, from ten minutes to a month; each begins a minute after a digest."""
    times, zone, days, quiet, begin = SCHEDULES[schedule]
    hours = HOURLY if times == "hourly" else tuple(map(time.fromisoformat, times.split()))
    subscription = Subscription(CHAT, hours, zone, days=days, preferences=Preferences(quiet=quiet))
    world.clock.now = datetime.fromisoformat(begin).replace(tzinfo=load_zone(zone)).astimezone(UTC)

    def find_next() -> datetime:
        due = find_next_due(hours, zone, world.clock(), days)
        assert due is not None
        return due

    await world.store.subscriptions.put(subscription, next_due_at=find_next(), now=world.clock())
    for number, outage in enumerate(OUTAGES):
        # The next digest comes in time. Both it and the next ones contain only new stories.
        world.clock.now = skip_quiet_hours(find_next(), quiet, zone)
        new = [f"news {1000 + number}"] if number else []
        assert await world.tick() == [f"{len(new)} items, 0 more", *new]
        recorded = {record.due_at for record in await read_history(world)}
        world.clock.forward(minutes=1)
        stopped_at = world.clock()
        await publish(number)

        world.clock.now += outage
        await world.service.resume()
        came = await world.tick()
        if (quiet_until := skip_quiet_hours(world.clock(), quiet, zone)) > world.clock():
            assert came == []
            world.clock.now = quiet_until
            came = await world.tick()
        assert await world.tick() == []

        missed = list_times(subscription, stopped_at, world.clock())
        latest = skip_quiet_hours(missed[-1], quiet, zone) if missed else None
        if latest is None or world.clock() - latest >= CATCH_UP_LIMIT:
            assert came == [], outage
            world.clock.now = skip_quiet_hours(find_next(), quiet, zone)
            came, latest = await world.tick(), world.clock()
            missed = list_times(subscription, stopped_at, world.clock())
        late = "late " if is_late(latest, world.clock()) else ""
        assert came == [f"{late}1 items, 0 more", f"news {number}"], outage
        # The others are in the history, of a month at least.
        records = {record.due_at: record for record in await read_history(world) if record.due_at not in recorded}
        assert records.pop(missed[-1]).outcome is Outcome.SENT
        assert {(record.outcome, record.reason) for record in records.values()} <= {(Outcome.SKIPPED, Reason.LATE)}
        assert set(records) <= set(missed)
        assert len(records) >= min(len(missed) - 1, 31)
        await publish(1001 + number)


@pytest.mark.parametrize("is_alone", [True, False], ids=["one process", "a worker of a fleet"])
@pytest.mark.parametrize("is_claimed", [False, True])
async def test_digest_composed_before_an_outage_is_replaced(
    world: World, publish: Publish, is_alone: bool, is_claimed: bool
) -> None:
    subscription = Subscription(CHAT, HOURLY, JAKARTA)
    await world.store.subscriptions.put(subscription, next_due_at=world.clock(), now=world.clock())
    await publish(1)
    await world.service.prepare_due()
    if is_claimed:
        lease_until = world.clock() + timedelta(minutes=5)
        await world.store.outbox.claim_digests(now=world.clock(), lease_until=lease_until, limit=1)
    world.clock.forward(hours=1, minutes=30)
    await publish(2)
    if is_alone:
        await world.service.resume()
    assert await world.tick() == ["late 2 items, 0 more", "news 2", "news 1"]
    assert await world.tick() == []
    sent, skipped = await read_history(world)
    assert (sent.outcome, skipped.outcome, skipped.reason) == (Outcome.SENT, Outcome.SKIPPED, Reason.LATE)


async def test_digest_of_which_a_message_may_have_arrived_is_not_replaced(world: World, publish: Publish) -> None:
    subscription = Subscription(CHAT, HOURLY, JAKARTA)
    await world.store.subscriptions.put(subscription, next_due_at=world.clock(), now=world.clock())
    await publish(1)
    world.messenger.plan = [None, errors.NotDelivered("connection refused")]
    assert await world.tick() == ["1 items, 0 more"]
    world.clock.forward(hours=1, minutes=30)
    await publish(2)
    assert sorted(await world.tick()) == ["late 1 items, 0 more", "news 1", "news 2"]


async def test_slow_sending_replaces_no_digest(world: World) -> None:
    """The next digests are composed in time: those that wait go first, or the last chats would never get one."""
    subscription = Subscription(CHAT, HOURLY, JAKARTA)
    await world.store.subscriptions.put(subscription, next_due_at=world.clock(), now=world.clock())
    for _ in range(3):
        await world.service.prepare_due()
        world.clock.forward(hours=1)
    assert len(await world.tick()) == 4


async def test_years_of_missed_digests_are_cheap(world: World, publish: Publish) -> None:
    subscription = Subscription(CHAT, HOURLY, JAKARTA)
    await world.store.subscriptions.put(subscription, next_due_at=world.clock(), now=world.clock())
    await publish(1)
    world.clock.now += 3652 * DAY
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    assert len(await read_history(world)) == 1 + 1 + 30


DESA = Source("desa", "Kabar Desa", "daerah", "https://desa.example/rss")
KOTA = Source("kota", "Kabar Kota", "daerah", "https://kota.example/rss")


async def check_source(world: World, source: Source, *, fails: bool = False) -> None:
    """Record that the source was checked now, and is due again in half an hour."""
    now = world.clock()
    after = PollState(next_check_at=now + timedelta(minutes=30))
    after = replace(after, last_failure_at=now) if fails else replace(after, last_success_at=now)
    await world.store.sources.record_result(source, after)


async def claim_sources(world: World) -> None:
    """Claim the due sources, as a refresh does at its start."""
    now = world.clock()
    assert len(await world.store.sources.claim_due(now=now, lease_until=now + CHECK_LEASE, limit=9)) == 2


@pytest.fixture
async def returned(store: Store, make_article: Callable[..., Article]) -> World:
    """A world after an outage of three hours, in which a digest was due and two sources were not checked."""
    world = World(store, patience=NEWS_PATIENCE)
    for source in (DESA, KOTA):
        await store.sources.add(source, now=world.clock())
        await check_source(world, source)
    await world.subscribe()
    world.clock.forward(hours=3)
    await world.service.resume()
    return world


async def test_catch_up_digest_waits_for_the_first_check_of_the_sources(returned: World) -> None:
    assert await returned.tick() == []
    await claim_sources(returned)
    returned.clock.forward(seconds=20)
    await check_source(returned, DESA)
    assert await returned.tick() == []
    await check_source(returned, KOTA, fails=True)
    assert await returned.tick() == ["late 0 items, 0 more"]


@pytest.mark.parametrize("is_claimed", [False, True])
async def test_wait_for_the_sources_is_bounded_even_if_the_process_restarts(
    returned: World, *, is_claimed: bool
) -> None:
    assert await returned.tick() == []
    if is_claimed:
        await claim_sources(returned)
    for _ in range(3):
        returned.clock.forward(seconds=39)
        await returned.service.resume()
        assert await returned.tick() == []
    returned.clock.forward(seconds=3)
    assert await returned.tick() == ["late 0 items, 0 more"]


async def test_digest_that_is_due_now_does_not_wait_for_the_sources(returned: World) -> None:
    await returned.store.subscriptions.put(
        Subscription(ChatRef(8), HOURLY, JAKARTA), next_due_at=returned.clock(), now=returned.clock()
    )
    assert await returned.tick() == ["0 items, 0 more"]
    assert returned.messenger.arrived[-1][0] == 8


async def test_sources_that_are_off_or_due_much_later_are_not_waited_for(returned: World) -> None:
    await returned.store.sources.remove(DESA.key)
    await returned.store.sources.record_result(KOTA, PollState(next_check_at=returned.clock() + 2 * CHECK_LEASE))
    assert await returned.tick() == ["late 0 items, 0 more"]


async def test_wait_ends_when_the_clock_goes_back(returned: World) -> None:
    assert await returned.tick() == []
    returned.clock.forward(hours=-1)
    assert await returned.tick() == ["late 0 items, 0 more"]
