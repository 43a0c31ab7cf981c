"""Digests from due row to sent message, with a messenger that fails in every way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

from summaries import errors
from summaries.composing import ComposingService
from summaries.delivery import DeliveryService
from summaries.model import (
    Article,
    ChatRef,
    DeliveryPart,
    Digest,
    Origin,
    Outcome,
    Preferences,
    QuietHours,
    Reason,
    Subscription,
    Summary,
    Woken,
)
from summaries.schedule import next_due
from summaries.storage import Store, open_store

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]

P = ParamSpec("P")
T = TypeVar("T")
JAKARTA = "Asia/Jakarta"
DAY = timedelta(days=1)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class FakeMessenger:
    """Keeps what arrives. `plan` says what becomes of the next calls: None sends, an error is raised; with
    `MaybeSent` the message arrives all the same when `uncertain_arrives`."""

    def __init__(self) -> None:
        self.arrived: list[tuple[int, str]] = []
        self.plan: list[BaseException | None] = []
        self.uncertain_arrives = False
        self.silent: list[bool] = []
        self.turns: list[int] = []

    async def turn(self, chat: ChatRef) -> None:
        self.turns.append(chat.chat_id)

    async def send(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        self.silent.append(is_silent)
        outcome = self.plan.pop(0) if self.plan else None
        if outcome is None or (isinstance(outcome, errors.MaybeSent) and self.uncertain_arrives):
            self.arrived.append((chat.chat_id, html))
        if outcome is not None:
            raise outcome
        return len(self.arrived)

    async def send_plain(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        return await self.send(chat, f"plain:{html}", is_silent=is_silent)


def render(digest: Digest) -> Sequence[DeliveryPart]:
    """One message an item, headed by one for the digest."""
    head = DeliveryPart(0, f"{'late ' if digest.is_late else ''}{len(digest.items)} items, {digest.more} more")
    items = [
        DeliveryPart(n, item.stored.article.title, (item.stored.id,)) for n, item in enumerate(digest.items, start=1)
    ]
    return [head, *items]


async def at_once(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Fulfils ports.Offload."""
    return work(*args, **kwargs)


class World:
    """A store, a clock at seven in the morning in Jakarta, a messenger, and the service over them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock(datetime.fromisoformat("2026-11-24T07:00:00+07:00"))
        self.messenger = FakeMessenger()
        self.service = DeliveryService(
            deliveries=store.deliveries,
            subscriptions=store.subscriptions,
            composing=ComposingService(
                deliveries=store.deliveries, sources=store.sources, render=render, offload=at_once, clock=self.clock
            ),
            messenger=self.messenger,
            notifier=self,
            clock=self.clock,
            chance=lambda: 0.0,
            pause_s=0.01,
        )
        self.told_of_rights: list[tuple[int, int]] = []

    async def tell_no_rights(self, user_id: int, chat_id: int) -> None:
        self.told_of_rights.append((user_id, chat_id))

    async def subscribe(self, chat_id: int = 7, **preferences: Any) -> None:
        wishes = Preferences(**preferences)
        subscription = Subscription(ChatRef(chat_id), (time(7, 0),), JAKARTA, preferences=wishes)
        due = next_due(subscription.times, JAKARTA, self.clock() - timedelta(seconds=1))
        await self.store.subscriptions.put(subscription, next_due_at=due, now=self.clock())

    async def tick(self) -> list[str]:
        """Deliver what is due, and tell what arrived by that."""
        before = len(self.messenger.arrived)
        await self.service.deliver_due()
        return [html for _, html in self.messenger.arrived[before:]]


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


@pytest.fixture
def add_news(world: World, make_article: Make, summarize_first: Summarize) -> Callable[[int], object]:
    async def add(number: int) -> None:
        article = make_article(number, title=f"news {number}", published_at=world.clock() - timedelta(hours=1 + number))
        await world.store.articles.put(
            article, summarize_first(article), origin=Origin.FEED, now=world.clock() - timedelta(hours=1)
        )

    return add


Add = Callable[[int], "asyncio.Future[None]"]


async def test_a_digest_comes_once_at_its_hour(world: World, add_news: Add) -> None:
    world.clock.forward(seconds=-1)
    await world.subscribe()
    await add_news(1)
    assert await world.tick() == []
    world.clock.forward(seconds=1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    assert await world.tick() == []
    world.clock.forward(hours=23, minutes=59)
    assert await world.tick() == []


async def test_the_next_digest_tells_only_what_is_new(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    world.clock.forward(days=1)
    await add_news(2)
    assert await world.tick() == ["1 items, 0 more", "news 2"]
    world.clock.forward(days=1)
    assert await world.tick() == ["0 items, 0 more"]


@pytest.mark.parametrize(
    ("error", "wait_s"),
    [
        (errors.NotSent("connection refused"), 5),
        (errors.MaybeSent("timed out"), 5),
        (errors.SlowDown(37), 37),
    ],
)
async def test_what_can_be_sent_later_is_sent_later(
    world: World, add_news: Add, error: errors.SendError, wait_s: int
) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [None, error]
    assert await world.tick() == ["1 items, 0 more"]
    world.clock.forward(seconds=wait_s - 1)
    assert await world.tick() == []
    world.clock.forward(seconds=1)
    assert await world.tick() == ["news 1"]
    world.clock.forward(hours=1)
    assert await world.tick() == []


async def test_an_uncertain_message_is_sent_again_once_and_never_more(world: World) -> None:
    await world.subscribe()
    world.messenger.uncertain_arrives = True
    world.messenger.plan = [errors.MaybeSent("timed out")] * 5
    for _ in range(20):
        await world.tick()
        world.clock.forward(minutes=15)
    assert world.messenger.arrived == [(7, "0 items, 0 more")] * 2


async def test_attempts_that_never_left_do_not_count_as_copies(world: World) -> None:
    await world.subscribe()
    never, maybe = errors.NotSent("refused"), errors.MaybeSent("timed out")
    world.messenger.plan = [never, maybe, never, never]
    arrived: list[str] = []
    for _ in range(20):
        arrived += await world.tick()
        world.clock.forward(minutes=15)
    assert arrived == ["0 items, 0 more"]


async def test_refused_markup_goes_out_as_plain_text(world: World) -> None:
    await world.subscribe()
    world.messenger.plan = [errors.MarkupRefused("can't parse entities")]
    assert await world.tick() == ["plain:0 items, 0 more"]


async def test_a_message_that_is_refused_for_good_does_not_hold_up_the_rest(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    await add_news(2)
    world.messenger.plan = [None, errors.SendRefused("no rights")]
    assert await world.tick() == ["2 items, 0 more", "news 2"]
    # What was not told is news again tomorrow.
    world.clock.forward(days=1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


async def test_a_chat_that_is_gone_goes_quiet_and_keeps_its_settings(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [errors.ChatGone("bot was blocked by the user")]
    assert await world.tick() == []
    world.clock.forward(days=1)
    assert await world.tick() == []
    kept = await world.store.subscriptions.find(7)
    assert kept is not None
    assert (kept.is_active, kept.times) == (False, (time(7, 0),))


async def test_a_group_that_moved_gets_the_rest_at_its_new_id(world: World, add_news: Add) -> None:
    await world.subscribe(-5)
    await add_news(1)
    world.messenger.plan = [None, errors.ChatMoved(-1005)]
    await world.tick()
    await world.tick()
    assert world.messenger.arrived == [(-5, "1 items, 0 more"), (-1005, "news 1")]
    world.clock.forward(days=1)
    assert await world.tick() == ["0 items, 0 more"]
    assert world.messenger.arrived[-1][0] == -1005


async def test_one_chats_trouble_is_its_own(world: World) -> None:
    for chat_id in range(20):
        await world.subscribe(chat_id)
    world.messenger.plan = [errors.SlowDown(600), errors.ChatGone("blocked"), errors.NotSent("refused")]
    await world.tick()
    assert len({chat_id for chat_id, _ in world.messenger.arrived}) == 17


@pytest.mark.parametrize(
    ("hours_down", "arrives"),
    [(0.1, ["0 items, 0 more"]), (5, ["late 0 items, 0 more"]), (11.9, ["late 0 items, 0 more"]), (12, []), (20, [])],
)
async def test_after_a_pause_one_digest_catches_up_or_waits_for_the_next(
    world: World, hours_down: float, arrives: list[str]
) -> None:
    await world.subscribe()
    world.clock.forward(hours=hours_down)
    assert await world.tick() == arrives
    assert await world.tick() == []


async def test_a_week_of_missed_digests_is_no_burst(world: World, add_news: Add) -> None:
    await world.subscribe()
    world.clock.forward(days=7, hours=1)
    await add_news(1)
    # The first of the missed ones is too old; the next comes at its own hour, with the news.
    assert await world.tick() == []
    world.clock.forward(hours=23)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


async def test_a_crash_between_two_messages_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """What stood in the database when the process died decides; nothing else is left of it."""
    url = f"sqlite:///{tmp_path / 'ringkas.db'}"
    first = World(await open_store(url))
    await first.subscribe()
    first.messenger.plan = [asyncio.CancelledError()]
    assert await first.tick() == []
    await first.store.close()

    second = World(await open_store(url))
    assert await second.tick() == []
    second.clock.forward(minutes=5)
    assert await second.tick() == ["0 items, 0 more"]
    assert await second.tick() == []
    await second.store.close()


async def test_a_crash_twice_in_the_same_call_stops_at_two_copies(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ringkas.db'}"
    arrived = 0
    clock_minutes = 0
    for crashes in (True, True, False, False):
        world = World(await open_store(url))
        if arrived == 0 and clock_minutes == 0:
            await world.subscribe()
        world.clock.forward(minutes=clock_minutes)
        if crashes:
            # It arrives, and the process dies before it can note that.
            world.messenger.plan = [asyncio.CancelledError()]
            assert await world.tick() == []
            arrived += 1
        else:
            arrived += len(await world.tick())
        await world.store.close()
        clock_minutes += 6
    assert arrived == 2


async def test_an_unforeseen_error_stops_one_delivery_only(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for chat_id in range(3):
        await world.subscribe(chat_id)
    world.messenger.plan = [None, RuntimeError("a fault of ours")]
    await world.tick()
    assert len(world.messenger.arrived) == 2
    assert "failed unexpectedly" in caplog.text


async def fate(world: World) -> tuple[Outcome | None, Reason | None]:
    (record,) = await world.store.deliveries.history(7, limit=5)
    return record.outcome, record.reason


async def test_a_digest_without_news_is_left_out_where_the_chat_wants_that(world: World, add_news: Add) -> None:
    await world.subscribe(skips_empty=True)
    assert await world.tick() == []
    assert await fate(world) == (Outcome.SKIPPED, Reason.EMPTY)
    world.clock.forward(days=1)
    await add_news(1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


@pytest.mark.parametrize("is_silent", [True, False])
async def test_a_digest_makes_a_sound_or_none(world: World, is_silent: bool) -> None:
    await world.subscribe(is_silent=is_silent)
    world.messenger.plan = [errors.MarkupRefused("can't parse entities")]
    await world.tick()
    assert world.messenger.silent == [is_silent, is_silent]


async def test_a_digest_waits_until_the_quiet_hours_are_over(world: World, add_news: Add) -> None:
    await world.subscribe(quiet=QuietHours(time(20), time(9)))
    assert await world.tick() == []
    world.clock.forward(hours=2, seconds=-1)
    assert await world.tick() == []
    # What came in meanwhile is told, and it is not late.
    await add_news(1)
    world.clock.forward(seconds=1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


async def test_quiet_hours_longer_than_the_time_to_catch_up_lose_no_digest(world: World) -> None:
    await world.subscribe(quiet=QuietHours(time(6, 59), time(20)))
    assert await world.tick() == []
    world.clock.forward(hours=13)
    assert await world.tick() == ["0 items, 0 more"]
    assert await fate(world) == (Outcome.SENT, None)


async def test_a_digest_tells_what_its_chat_wants(world: World, add_news: Add) -> None:
    await world.subscribe(exclude=("news 2",), count=1)
    for number in (1, 2, 3):
        await add_news(number)
    assert await world.tick() == ["1 items, 1 more", "news 1"]


async def test_a_preview_shows_the_digest_and_leaves_no_trace(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    subscription = await world.store.subscriptions.find(7)
    assert subscription is not None
    for _ in range(2):
        parts = await world.service.preview(subscription, None)
        assert [part.html for part in parts] == ["1 items, 0 more", "news 1"]
    assert world.messenger.arrived == []
    assert await world.tick() == ["1 items, 0 more", "news 1"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(errors.ChatGone("blocked"), Reason.GONE), (errors.SendRefused("no rights"), Reason.REFUSED)],
)
async def test_why_a_digest_failed_is_kept(world: World, error: errors.SendError, reason: Reason) -> None:
    await world.subscribe()
    world.messenger.plan = [error]
    await world.tick()
    (record,) = await world.store.deliveries.history(7, limit=5)
    assert (record.outcome, record.reason, record.error) == (Outcome.FAILED, reason, str(error))


async def test_a_digest_that_is_too_late_is_kept_as_that(world: World) -> None:
    await world.subscribe()
    world.clock.forward(hours=12)
    await world.tick()
    assert await fate(world) == (Outcome.SKIPPED, Reason.LATE)


async def test_a_topic_that_is_gone_is_left_for_the_general_one(world: World, add_news: Add) -> None:
    due = world.clock()
    await world.store.subscriptions.put(Subscription(ChatRef(7, 42), (time(7, 0),), JAKARTA), next_due_at=due, now=due)
    await add_news(1)
    world.messenger.plan = [errors.ThreadGone("message thread not found")]
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    found = await world.store.subscriptions.find(7)
    assert found is not None
    assert found.chat == ChatRef(7)


@pytest.mark.parametrize("by", [99, None])
async def test_who_set_it_up_is_told_once_that_the_bot_may_not_write(world: World, by: int | None) -> None:
    kept = Subscription(ChatRef(-1007), (time(7, 0),), JAKARTA)
    now = world.clock()
    await world.store.subscriptions.change(-1007, lambda _: kept, next_due=lambda _: now, now=now, by=by)
    world.messenger.plan = [errors.NoRights("need administrator rights in the channel chat")]
    assert await world.tick() == []
    world.clock.forward(days=1)
    assert await world.tick() == []
    assert world.told_of_rights == ([(99, -1007)] if by else [])
    assert await world.store.subscriptions.find(-1007) == kept.stopped()


async def test_a_chat_that_went_quiet_wakes_and_one_that_was_stopped_does_not(world: World) -> None:
    def tomorrow(_: Subscription) -> datetime:
        return world.clock() + DAY

    await world.subscribe(7)
    await world.subscribe(8)
    world.messenger.plan = [errors.ChatGone("blocked"), errors.ChatGone("blocked")]
    await world.tick()
    await world.store.subscriptions.change(
        8, lambda s: (s or Subscription(ChatRef(8), (), JAKARTA)).stopped(), next_due=tomorrow, now=world.clock()
    )
    await world.store.subscriptions.put(Subscription(ChatRef(8), (time(7, 0),), JAKARTA, is_active=False),
                                        next_due_at=None, now=world.clock())  # fmt: skip
    woken = await world.store.subscriptions.wake(7, next_due=tomorrow, now=world.clock())
    assert woken.digest is not None
    assert woken.digest.is_active
    for chat_id in (7, 8, 9):
        assert await world.store.subscriptions.wake(chat_id, next_due=tomorrow, now=world.clock()) == Woken(None, 0)
    world.clock.forward(days=1)
    assert await world.tick() == ["0 items, 0 more"]


async def test_equal_digests_are_rendered_once_and_shared(world: World, add_news: Add) -> None:
    rendered = []

    def count(digest: Digest) -> Sequence[DeliveryPart]:
        rendered.append(digest)
        return render(digest)

    world.service._composing._render = count
    await add_news(1)
    for chat_id in range(20):
        await world.subscribe(chat_id, count=5 if chat_id % 2 else 8)
    await world.tick()
    assert len(rendered) == 2
    assert len({html for _, html in world.messenger.arrived}) == 2
    assert len(world.messenger.arrived) == 40


async def test_two_digests_at_one_moment_are_one(world: World, add_news: Add) -> None:
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


async def test_what_is_on_its_way_is_not_composed_again(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [None, errors.SlowDown(3600)]
    assert await world.tick() == ["1 items, 0 more"]
    world.clock.forward(minutes=30)
    # Meanwhile the chat asks for another hour, which is now.
    await world.store.subscriptions.put(
        Subscription(ChatRef(7), (time(7, 30),), JAKARTA), next_due_at=world.clock(), now=world.clock()
    )
    assert await world.tick() == ["0 items, 0 more"]
    world.clock.forward(minutes=31)
    assert await world.tick() == ["news 1"]


async def test_what_arrived_is_noted_however_long_the_database_is_away(
    world: World, add_news: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.subscribe()
    await add_news(1)
    store, failures = world.store.deliveries, [errors.StoreError("the disk is full")] * 3
    mark_sent = store.mark_sent

    async def fail_first(*args: Any, **kwargs: Any) -> None:
        if failures:
            raise failures.pop()
        await mark_sent(*args, **kwargs)

    monkeypatch.setattr(store, "mark_sent", fail_first)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    assert failures == []
    assert await fate(world) == (Outcome.SENT, None)


async def test_nothing_is_sent_while_it_can_not_be_noted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.subscribe()
    failures = [errors.StoreBusy("in use")]
    mark_sending = world.store.deliveries.mark_sending

    async def fail_first(*args: Any, **kwargs: Any) -> None:
        if failures:
            raise failures.pop()
        await mark_sending(*args, **kwargs)

    monkeypatch.setattr(world.store.deliveries, "mark_sending", fail_first)
    assert await world.tick() == ["0 items, 0 more"]


async def test_stopping_finishes_what_is_on_its_way_and_begins_nothing(world: World) -> None:
    on_its_way, go_on = asyncio.Event(), asyncio.Event()
    send = world.messenger.send

    async def slow(chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        on_its_way.set()
        await go_on.wait()
        return await send(chat, html, is_silent=is_silent)

    async def in_line(chat: ChatRef) -> None:
        if chat.chat_id != 0:
            await asyncio.Event().wait()

    world.messenger.send = slow  # type: ignore[method-assign]
    world.messenger.turn = in_line  # type: ignore[method-assign]
    for chat_id in range(5):
        await world.subscribe(chat_id)
    sending = asyncio.create_task(world.service.deliver_due())
    await on_its_way.wait()
    stopping = asyncio.create_task(world.service.stop(grace_s=10))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(stopping, sending)
    assert world.messenger.arrived == [(0, "0 items, 0 more")]
    # A new process takes up the others at once, their leases notwithstanding.
    after = World(world.store)
    assert await after.tick() == []
    await after.service.resume()
    assert len(await after.tick()) == 4
