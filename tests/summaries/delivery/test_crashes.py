"""Digests while the process dies, stops, or cannot store results."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from summaries import errors
from summaries.model import ChatRef, Origin, Outcome
from summaries.storage import open_store
from tests.summaries.delivery.conftest import SEVEN, Add, Make, Summarize, World, find_last_outcome


async def test_digest_resumes_after_a_crash_between_two_messages(database_url: str) -> None:
    """Only the database survives the death of the process."""
    first = World(await open_store(database_url))
    await first.subscribe()
    first.messenger.plan = [asyncio.CancelledError()]
    assert await first.tick() == []
    await first.store.close()

    second = World(await open_store(database_url))
    assert await second.tick() == []
    second.clock.forward(minutes=5)
    assert await second.tick() == ["0 items, 0 more"]
    assert await second.tick() == []
    await second.store.close()


async def test_two_crashes_in_the_same_call_send_at_most_two_copies(database_url: str) -> None:
    arrived = 0
    clock_minutes = 0
    for crashes in (True, True, False, False):
        world = World(await open_store(database_url))
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


async def test_crash_loop_does_not_use_up_the_last_copy(database_url: str) -> None:
    """Each dies before its request is out, as far as anybody can know: the row says that it may be."""
    for start in range(5):
        world = World(await open_store(database_url), SEVEN + timedelta(seconds=4 * start), lives_for=timedelta())
        if not start:
            await world.subscribe()
        await world.service.resume()
        for _ in range(4):
            world.messenger.plan = [asyncio.CancelledError()]
            assert await world.tick() == []
            world.clock.forward(seconds=1)
        await world.store.close()
    world = World(await open_store(database_url), SEVEN + timedelta(minutes=1), lives_for=timedelta())
    await world.service.resume()
    assert await world.tick() == []
    world.clock.forward(seconds=30)
    assert await world.tick() == ["0 items, 0 more"]
    await world.store.close()


async def test_arrived_message_is_recorded_after_a_long_database_outage(
    world: World, add_news: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.subscribe()
    await add_news(1)
    store, failures = world.store.outbox, [errors.StoreError("the disk is full")] * 3
    mark_sent = store.mark_sent

    async def fail_first(*args: Any, **kwargs: Any) -> None:
        if failures:
            raise failures.pop()
        await mark_sent(*args, **kwargs)

    monkeypatch.setattr(store, "mark_sent", fail_first)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    assert failures == []
    assert await find_last_outcome(world) == (Outcome.SENT, None)


async def test_nothing_is_sent_while_the_store_cannot_record_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.subscribe()
    failures = [errors.StoreBusy("in use")]
    mark_sending = world.store.outbox.mark_sending

    async def fail_first(*args: Any, **kwargs: Any) -> None:
        if failures:
            raise failures.pop()
        await mark_sending(*args, **kwargs)

    monkeypatch.setattr(world.store.outbox, "mark_sending", fail_first)
    assert await world.tick() == ["0 items, 0 more"]


async def test_shutdown_finishes_sends_in_progress_and_starts_none(world: World) -> None:
    on_its_way, go_on = asyncio.Event(), asyncio.Event()
    send = world.messenger.send

    async def slow(chat: ChatRef, html: str, **options: Any) -> int:
        on_its_way.set()
        await go_on.wait()
        return await send(chat, html, **options)

    async def in_line(chat: ChatRef) -> None:
        if chat.chat_id != 0:
            await asyncio.Event().wait()

    world.messenger.send = slow  # type: ignore[method-assign]
    world.messenger.turn = in_line  # type: ignore[method-assign]
    for chat_id in range(5):
        await world.subscribe(chat_id)
    sending = asyncio.create_task(world.deliver_due())
    await on_its_way.wait()
    stopping = asyncio.create_task(world.outbox.stop(grace_s=10))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(stopping, sending)
    assert world.messenger.arrived == [(0, "0 items, 0 more")]
    # A new process takes up the others at once, their leases notwithstanding.
    after = World(world.store)
    assert await after.tick() == []
    await after.service.resume()
    assert len(await after.tick()) == 4


async def test_expired_lease_hands_the_rest_to_another_process(
    postgres_url: str, make_article: Make, summarize_first: Summarize
) -> None:
    """Two processes on one PostgreSQL, of which the first hangs in the midst of a digest."""
    slow, quick = [World(await open_store(postgres_url, pool_size=3)) for _ in range(2)]
    await slow.subscribe()
    article, before = make_article(1, title="news 1"), slow.clock() - timedelta(hours=1)
    await slow.store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=before)
    quick.clock.forward(minutes=6)

    async def hang() -> None:
        # A message that may have arrived is sent once more, and the rest by the new holder of the lease.
        assert await quick.tick() == ["1 items, 0 more", "news 1"]

    slow.messenger.meanwhile = [hang]
    assert await slow.tick() == ["1 items, 0 more"]
    assert await find_last_outcome(quick) == (Outcome.SENT, None)
    for world in (slow, quick):
        await world.store.close()
