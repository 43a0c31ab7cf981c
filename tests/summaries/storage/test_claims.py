"""The claims of a dead process go to the next at once; rows that wait for their own time still wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from summaries.model import SHORT, Article, ChatRef, Membership, MessageKind, Origin, PartState, Subscription, Summary
from summaries.storage import Fleet, Store, open_fleet
from tests.postgres_server import new_database

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# Four messages: claimed, being sent, waiting for a later hour, and free.
CLAIMED, SENDING, WAITING, FREE = range(1, 5)
WORKER = Membership("worker", "1.0", 7, ("alerts",))


async def add_alerts_and_broadcast(
    store: Store, article: Article, summaries: tuple[Summary, ...], now: datetime
) -> None:
    """An alert for each of four chats, and a broadcast to them."""
    watches = [await store.watches.add(ChatRef(n), "padi", most=9, now=now - DAY) for n in range(1, 5)]
    stored = await store.articles.put(article, summaries, origin=Origin.FEED, now=now)
    pairs = [(watch, stored.id) for watch in watches if watch is not None]
    assert await store.alerts.put(pairs, looked_at=None, now=now, pace=MINUTE) == 4
    for chat_id in range(1, 5):
        digest = Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta")
        await store.subscriptions.put(digest, next_due_at=now + DAY, now=now)
    draft = await store.broadcasts.draft("Halo", 99, now=now)
    await store.broadcasts.begin(draft.id, 5)


async def claim_most(store: Store, now: datetime) -> None:
    """Claim all but one alert and all but one message of the broadcast; begin to send one of each, and let one wait."""
    alerts = {batch.watch.chat.chat_id: batch for batch in await claim_alerts(store, now, limit=3)}
    messages = {m.message.chat.chat_id: m for m in await claim_messages(store, now, limit=3)}
    assert set(alerts) == set(messages) == {CLAIMED, SENDING, WAITING}
    await store.outbox.mark_sending(alerts[SENDING].message, until=now + DAY)
    await store.outbox.mark_sending(messages[SENDING].message, until=now + DAY)
    await store.outbox.postpone(alerts[WAITING].message.ids, now + DAY)
    await store.outbox.postpone(messages[WAITING].message.ids, now + DAY)


async def claim_alerts(store: Store, now: datetime, limit: int = 9) -> Any:
    return await store.outbox.claim_alerts(now=now, lease_until=now + DAY, length=SHORT, max_items=5, limit=limit)


async def claim_messages(store: Store, now: datetime, limit: int = 9) -> Any:
    return await store.outbox.claim_broadcasts(now=now, lease_until=now + DAY, limit=limit)


async def find_claimable(store: Store, now: datetime) -> tuple[set[int], set[int]]:
    """The chats whose alert, and whose message, is claimed by this."""
    alerts = {batch.watch.chat.chat_id for batch in await claim_alerts(store, now)}
    return alerts, {message.message.chat.chat_id for message in await claim_messages(store, now)}


async def test_release_frees_the_claims_of_a_process(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    await add_alerts_and_broadcast(store, article, summarize_first(article), now)
    await claim_most(store, now)
    assert await store.outbox.release(MessageKind.ALERT, now=now) == 2
    assert await store.outbox.release(MessageKind.BROADCAST, now=now) == 2
    assert await find_claimable(store, now) == ({CLAIMED, SENDING, FREE}, {CLAIMED, SENDING, FREE})


async def test_release_keeps_postponed_rows_and_skips_finished_ones(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    await add_alerts_and_broadcast(store, article, summarize_first(article), now)
    batches, messages = await claim_alerts(store, now), await claim_messages(store, now)
    for number, (batch, message) in enumerate(zip(batches, messages, strict=True)):
        await store.outbox.mark_sending(batch.message, until=now + DAY)
        await store.outbox.mark_sending(message.message, until=now + DAY)
        if number == 0:
            await store.outbox.mark_sent(batch.message, message_id=1, now=now, pause=MINUTE)
            await store.outbox.mark_sent(message.message, message_id=1, now=now)
        elif number == 1:
            await store.outbox.mark_unsent(batch.message, state=PartState.FAILED, error="refused")
            await store.outbox.mark_unsent(message.message, state=PartState.FAILED, error="refused")
        else:
            await store.outbox.mark_unsent(batch.message, state=PartState.PENDING, error="slow down")
            await store.outbox.postpone(batch.message.ids, now + MINUTE)
            await store.outbox.mark_unsent(message.message, state=PartState.PENDING, error="slow down")
            await store.outbox.postpone(message.message.ids, now + MINUTE)
    assert await store.outbox.release(MessageKind.ALERT, now=now) == 0
    assert await store.outbox.release(MessageKind.BROADCAST, now=now) == 0
    assert await find_claimable(store, now) == (set(), set())
    left = {batch.watch.chat.chat_id for batch in batches[2:]}
    assert await find_claimable(store, now + MINUTE) == (
        left,
        {message.message.chat.chat_id for message in messages[2:]},
    )


@pytest.fixture(scope="module")
def fleet_url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
async def fleet(fleet_url: str) -> AsyncIterator[Fleet]:
    opened = await open_fleet(fleet_url, WORKER, pool_size=2)
    yield opened
    await opened.store.close()


async def test_claims_of_a_dead_member_are_released(
    fleet: Fleet, fleet_url: str, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    await add_alerts_and_broadcast(fleet.store, article, summarize_first(article), now)
    dying = await open_fleet(fleet_url, WORKER, pool_size=2)
    await claim_most(dying.store, now)
    # The claims of a live process remain its own when another dies.
    assert await find_claimable(fleet.store, now) == ({FREE}, {FREE})
    assert await fleet.members.gone() == frozenset()
    await dying.store.close()
    async with asyncio.timeout(20):
        # The server needs a moment to see that a connection ended.
        while not (gone := await fleet.members.gone()):  # noqa: ASYNC110  (the server sends no signal)
            await asyncio.sleep(0.01)
    assert len(gone) == 1
    assert await fleet.members.release(gone, now=now) == 4
    assert await fleet.members.gone() == frozenset()
    assert await fleet.members.release(gone, now=now) == 0
    assert await find_claimable(fleet.store, now) == ({CLAIMED, SENDING}, {CLAIMED, SENDING})
