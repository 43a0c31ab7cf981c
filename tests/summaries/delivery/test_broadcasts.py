"""Broadcasts, with a messenger that fails in every way."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from summaries import errors
from summaries.delivery import Outbox
from summaries.delivery.broadcasts import AT_A_TIME, BroadcastService
from summaries.delivery.outbox import CALL_LEASE, TURN_LEASE
from summaries.model import BroadcastState, ChatRef, Subscription
from summaries.storage import Store


class FakeMessenger:
    """Keeps the messages that arrive; `failures` are raised first, by chat."""

    def __init__(self) -> None:
        self.arrived: list[int] = []
        self.failures: dict[int, errors.SendError] = {}

    async def turn(self, chat: ChatRef) -> None:
        """It is everybody's turn."""

    async def reach(self) -> None:
        """It is always reached."""

    async def send(self, chat: ChatRef, html: str, **_: object) -> int:
        failure = self.failures.pop(chat.chat_id, None)
        if failure is None or isinstance(failure, errors.DeliveryUnknown):
            self.arrived.append(chat.chat_id)
        if failure is not None:
            raise failure
        return len(self.arrived)

    async def send_plain(self, chat: ChatRef, html: str, **_: object) -> int:
        raise AssertionError("markup is never refused here")


class World:
    def __init__(self, store: Store, now: datetime) -> None:
        self.store, self.now, self.messenger = store, now, FakeMessenger()
        self.outbox = Outbox(
            store=store.outbox,
            line=self.messenger,
            subscriptions=store.subscriptions,
            notifier=self,
            clock=lambda: self.now,
            chance=lambda: 0.0,
            pause_s=0.01,
        )
        self.service = BroadcastService(
            broadcasts=store.broadcasts, messenger=self.messenger, outbox=self.outbox, clock=lambda: self.now
        )

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None:
        raise AssertionError("nobody lacks rights here")

    def forward(self, by: timedelta) -> None:
        self.now += by

    async def begin(self, *chat_ids: int) -> int:
        for chat_id in chat_ids:
            subscription = Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta")
            await self.store.subscriptions.put(subscription, next_due_at=None, now=self.now)
        draft = await self.store.broadcasts.draft("Halo", 99, now=self.now)
        await self.store.broadcasts.begin(draft.id, 5)
        return draft.id


@pytest.fixture
def world(store: Store, now: datetime) -> World:
    return World(store, now)


@pytest.mark.parametrize(
    ("per_s", "tick_s", "count"), [(1, 1, AT_A_TIME), (30, 1, AT_A_TIME), (30, 2, 2 * AT_A_TIME), (1000, 1, 267)]
)
async def test_batch_size_follows_rate_and_tick_interval(world: World, per_s: float, tick_s: float, count: int) -> None:
    await world.begin(*range(1, 301))
    faster = BroadcastService(
        broadcasts=world.store.broadcasts,
        messenger=world.messenger,
        outbox=world.outbox,
        clock=lambda: world.now,
        per_s=per_s,
        tick_s=tick_s,
    )
    await faster.send_some()
    assert len(world.messenger.arrived) == count


async def test_broadcast_is_sent_in_batches(world: World) -> None:
    await world.begin(*range(1, AT_A_TIME + 2))
    assert await world.service.send_some() == ()
    assert len(world.messenger.arrived) == AT_A_TIME
    (ended,) = await world.service.send_some()
    assert (ended.state, ended.sent, ended.total) == (BroadcastState.DONE, AT_A_TIME + 1, AT_A_TIME + 1)
    assert await world.service.send_some() == ()
    assert sorted(world.messenger.arrived) == list(range(1, AT_A_TIME + 2))


@pytest.mark.parametrize(
    ("failure", "wait"),
    [(errors.NotDelivered("refused"), timedelta(seconds=5)), (errors.RateLimited(7), timedelta(seconds=7))],
)
async def test_unsent_message_is_sent_later(world: World, failure: errors.SendError, wait: timedelta) -> None:
    await world.begin(1, 2)
    world.messenger.failures[1] = failure
    assert await world.service.send_some() == ()
    world.now += wait - timedelta(seconds=1)
    assert await world.service.send_some() == ()
    world.now += timedelta(seconds=1)
    (ended,) = await world.service.send_some()
    assert world.messenger.arrived == [2, 1]
    assert (ended.sent, ended.failed) == (2, 0)


@pytest.mark.parametrize(
    ("failure", "sent", "failed"),
    [
        (errors.ChatUnreachable("blocked"), 1, 1),
        (errors.SendRefused("no rights"), 1, 1),
        (errors.InvalidMarkup("odd"), 1, 1),
    ],
)
async def test_undeliverable_message_is_counted(
    world: World, failure: errors.SendError, sent: int, failed: int
) -> None:
    await world.begin(1, 2)
    world.messenger.failures[1] = failure
    (ended,) = await world.service.send_some()
    assert (ended.sent, ended.failed) == (sent, failed)
    assert world.messenger.arrived == [2]
    kept = await world.store.subscriptions.find(1)
    assert kept is not None
    assert kept.is_active is not isinstance(failure, errors.ChatUnreachable)


async def test_broadcast_follows_a_migrated_group(world: World) -> None:
    await world.begin(-5)
    world.messenger.failures[-5] = errors.ChatMoved(-1005)
    await world.service.send_some()
    await world.service.send_some()
    assert world.messenger.arrived == [-1005]


async def test_broadcast_falls_back_to_the_general_topic_when_its_topic_is_deleted(world: World) -> None:
    subscription = Subscription(ChatRef(-5, 42), (time(7),), "Asia/Jakarta")
    await world.store.subscriptions.put(subscription, next_due_at=None, now=world.now)
    await world.begin()
    world.messenger.failures[-5] = errors.TopicNotFound("message thread not found")
    (ended,) = await world.service.send_some()
    assert (world.messenger.arrived, ended.sent, ended.failed) == ([-5], 1, 0)


async def test_uncertain_message_is_sent_at_most_twice(world: World) -> None:
    await world.begin(1, 2)
    for _ in range(4):
        world.messenger.failures[1] = errors.DeliveryUnknown("timed out")
        await world.service.send_some()
        world.forward(timedelta(minutes=15))
    assert sorted(world.messenger.arrived) == [1, 1, 2]
    assert await world.service.find_sending() == ()
    ended = await world.store.broadcasts.find(1)
    assert ended is not None
    assert (ended.sent, ended.failed, ended.unknown) == (1, 0, 1)


async def test_messages_claimed_before_a_crash_are_sent(world: World) -> None:
    await world.begin(1, 2)
    (never_left,) = await world.store.outbox.claim_broadcasts(
        now=world.now, lease_until=world.now + TURN_LEASE, limit=1
    )
    await world.service.send_some()
    assert world.messenger.arrived == [2]
    world.forward(TURN_LEASE)
    (ended,) = await world.service.send_some()
    assert (world.messenger.arrived, ended.sent) == ([2, never_left.message.chat.chat_id], 2)


async def test_message_in_flight_at_a_crash_is_resent_once_by_a_steady_process(world: World) -> None:
    await world.begin(1)
    (cut,) = await world.store.outbox.claim_broadcasts(now=world.now, lease_until=world.now + TURN_LEASE, limit=1)
    await world.store.outbox.mark_sending(cut.message, until=world.now + CALL_LEASE)
    await world.service.resume()
    assert await world.service.send_some() == ()
    world.forward(timedelta(minutes=1))
    (ended,) = await world.service.send_some()
    assert (world.messenger.arrived, ended.sent) == ([1], 1)


async def test_clock_rollback_does_not_delay_broadcasts(world: World) -> None:
    await world.begin(1)
    world.forward(timedelta(hours=5))
    world.messenger.failures[1] = errors.NotDelivered("refused")
    await world.service.send_some()
    world.forward(timedelta(hours=-5))
    await world.service.on_clock_rollback()
    world.forward(CALL_LEASE)
    (ended,) = await world.service.send_some()
    assert (world.messenger.arrived, ended.sent) == ([1], 1)
