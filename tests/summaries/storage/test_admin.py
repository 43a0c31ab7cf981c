"""The contracts of the stores that the bot's admins need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest

from summaries.errors import LeaseLost
from summaries.model import (
    Article,
    Broadcast,
    BroadcastMessage,
    BroadcastState,
    ChatRef,
    CompositionResult,
    MessageKind,
    Origin,
    Outcome,
    PartState,
    Source,
    Subscription,
    Summary,
)
from summaries.storage import Store

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


async def subscribe(store: Store, now: datetime, *chat_ids: int, is_active: bool = True) -> None:
    for chat_id in chat_ids:
        subscription = Subscription(
            ChatRef(chat_id, 42 if chat_id < 0 else None), (time(7),), "Asia/Jakarta", is_active
        )
        await store.subscriptions.put(subscription, next_due_at=now + DAY, now=now)


async def test_blocking_a_chat_stops_its_digest(store: Store, now: datetime) -> None:
    await subscribe(store, now, 7)
    assert await store.blocks.all() == frozenset()
    assert await store.blocks.block(7, now=now) is True
    assert await store.blocks.block(7, now=now) is False
    assert await store.blocks.all() == {7}
    kept = await store.subscriptions.find(7)
    assert kept is not None
    assert not kept.is_active
    # All of it is forgotten, but not that.
    await store.chat_data.forget(7)
    assert await store.blocks.all() == {7}
    assert await store.blocks.unblock(7) is True
    assert await store.blocks.unblock(7) is False


async def test_counts_of_chats_articles_and_sources(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    empty = await store.figures.count(now=now)
    assert (empty.private_chats, empty.next_due_at, empty.last_read_at, empty.stories) == (0, None, None, 0)
    await subscribe(store, now, 7, 8, -9)
    await subscribe(store, now, 10, is_active=False)
    await store.blocks.block(11, now=now)
    for number, added_at in enumerate((now, now - 2 * DAY)):
        article = make_article(number)
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=added_at)
    await store.sources.add(Source("desa", "Kabar Desa", "daerah", "https://desa.example/rss"), now=now)
    await store.deliveries.create_due(now=now + DAY, limit=9, next_due=lambda _: now + 2 * DAY)
    claimed = await store.deliveries.claim(now=now + DAY, lease_until=now + DAY, limit=9)
    await store.deliveries.finish(claimed[0].id, Outcome.SENT, now=now + DAY)
    await store.deliveries.finish(claimed[1].id, Outcome.FAILED, now=now + DAY)
    found = await store.figures.count(now=now + DAY / 2)
    assert (found.private_chats, found.groups, found.stopped, found.blocked) == (2, 1, 1, 1)
    assert (found.digests_sent, found.digests_failed, found.digests_skipped, found.digests_open) == (1, 1, 0, 1)
    assert (found.articles, found.articles_new, found.stories) == (2, 1, 2)
    assert (found.sources, found.sources_failing, found.sources_off) == (1, 0, 0)
    assert found.next_due_at == now + 2 * DAY
    assert found.database_bytes > 0


async def test_backlog_counts_due_and_late_digests(store: Store, now: datetime) -> None:
    """Unopened digests count as due, too; young ones and those in quiet hours do not count as late."""
    late_from = now + DAY - timedelta(minutes=5)

    async def waits(moment: datetime) -> tuple[int, int, float]:
        found = await store.figures.backlog(now=moment, late_from=moment - timedelta(minutes=5))
        return found.due, found.late, found.delay_s

    assert await waits(now) == (0, 0, 0)
    await subscribe(store, now, 7, 8)
    assert await waits(late_from) == (0, 0, 0)
    assert await waits(now + DAY) == (2, 0, 0)
    late = now + DAY + timedelta(minutes=6)
    assert await waits(late) == (2, 2, 360)
    await store.deliveries.create_due(now=late, limit=1, next_due=lambda _: now + 2 * DAY)
    assert await waits(late) == (2, 2, 360)
    await store.deliveries.create_due(now=late, limit=9, next_due=lambda _: now + 2 * DAY)
    one, other = await store.deliveries.claim(now=late, lease_until=late + DAY, limit=9)
    # Claimed, they are as late as before.
    assert await waits(late) == (2, 2, 360)
    await store.deliveries.save_composed(CompositionResult(postponed=((one.id, late + DAY),)), now=late)
    assert await waits(late) == (2, 1, 360)
    await store.deliveries.finish(other.id, Outcome.SENT, now=late)
    assert await waits(late) == (1, 0, 0)
    assert await waits(late + 2 * DAY) == (3, 3, 2 * DAY.total_seconds() + 360)
    await store.sources.add(Source("desa", "Kabar Desa", "daerah", "https://desa.example/rss"), now=now)
    found = await store.figures.backlog(now=now, late_from=now)
    assert (found.sources, found.sources_failing, found.sources_off) == (1, 0, 0)


async def test_broadcast_is_claimed_once_per_chat(store: Store, now: datetime) -> None:
    await subscribe(store, now, 7, 8, -9)
    await subscribe(store, now, 10, is_active=False)
    draft = await store.broadcasts.draft("<b>Halo</b>", 99, now=now)
    assert draft == Broadcast(draft.id, "<b>Halo</b>", BroadcastState.DRAFT, 99, None)
    assert await store.broadcasts.audience() == 3
    assert await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=9) == ()
    begun = await store.broadcasts.begin(draft.id, 5)
    assert begun == Broadcast(draft.id, "<b>Halo</b>", BroadcastState.SENDING, 99, 5, total=3)
    # Begun once more it goes to nobody else.
    await subscribe(store, now, 12)
    assert await store.broadcasts.begin(draft.id, 6) == begun
    first = await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=2)
    second = await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=2)
    assert sorted(message.message.chat.chat_id for message in (*first, *second)) == [-9, 7, 8]
    assert {message.message.chat.thread_id for message in (*first, *second)} == {42, None}
    assert await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=2) == ()
    await store.outbox.postpone(second[0].message.ids, now + DAY)
    assert await store.broadcasts.end_finished() == ()
    assert await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=2) == ()
    assert await store.outbox.claim_broadcasts(now=now + DAY, lease_until=now + 2 * DAY, limit=2) == second
    await store.outbox.mark_sent(first[0].message, message_id=1, now=now)
    await store.outbox.mark_sending(first[1].message, until=now + DAY)
    await store.outbox.mark_unsent(first[1].message, state=PartState.FAILED, error="blocked")
    await store.outbox.mark_sent(second[0].message, message_id=1, now=now)
    (ended,) = await store.broadcasts.end_finished()
    assert (ended.state, ended.sent, ended.failed) == (BroadcastState.DONE, 2, 1)
    assert await store.broadcasts.end_finished() == ()
    assert await store.broadcasts.cancel(draft.id) == ended


async def test_alert_watchers_receive_broadcasts_unless_they_stopped(store: Store, now: datetime) -> None:
    await subscribe(store, now, 7)
    await subscribe(store, now, 8, is_active=False)
    for chat_id in (7, 8, 9, 9):
        await store.watches.add(ChatRef(chat_id), f"beras {chat_id}", most=9, now=now)
    assert await store.broadcasts.audience() == 2
    draft = await store.broadcasts.draft("Halo", 99, now=now)
    assert await store.broadcasts.find_sending() == ()
    begun = await store.broadcasts.begin(draft.id, 5)
    assert await store.broadcasts.find_sending() == (begun,)
    claimed = await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=9)
    assert sorted(message.message.chat.chat_id for message in claimed) == [7, 9]


async def test_cancelled_broadcast_is_not_claimed(store: Store, now: datetime) -> None:
    await subscribe(store, now, 7, 8)
    draft = await store.broadcasts.draft("Halo", 99, now=now)
    await store.broadcasts.begin(draft.id, 5)
    await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=1)
    cancelled = await store.broadcasts.cancel(draft.id)
    assert cancelled is not None
    assert cancelled.state is BroadcastState.CANCELLED
    assert await store.outbox.claim_broadcasts(now=now, lease_until=now + 2 * DAY, limit=9) == ()
    assert await store.broadcasts.begin(draft.id, 5) == cancelled
    assert await store.broadcasts.end_finished() == ()
    assert await store.broadcasts.begin(12345, 5) is None
    assert await store.broadcasts.find(12345) is None


async def test_broadcast_message_counts_possible_copies(store: Store, now: datetime) -> None:
    await subscribe(store, now, 7)
    draft = await store.broadcasts.draft("Halo", 99, now=now)
    await store.broadcasts.begin(draft.id, 5)

    async def claim(at: datetime) -> BroadcastMessage:
        (found,) = await store.outbox.claim_broadcasts(now=at, lease_until=at + MINUTE, limit=9)
        return found

    first = await claim(now)
    assert (first.message.attempts, first.message.possible_copies) == (0, 0)
    again = await claim(now + MINUTE)
    with pytest.raises(LeaseLost):
        await store.outbox.mark_sending(first.message, until=now + DAY)
    await store.outbox.mark_sending(again.message, until=now + DAY)
    assert await store.broadcasts.end_finished() == ()
    # It provably never left; then it may have.
    await store.outbox.mark_unsent(again.message, state=PartState.PENDING, error="refused")
    await store.outbox.postpone(again.message.ids, now + MINUTE)
    third = await claim(now + MINUTE)
    assert (third.message.attempts, third.message.possible_copies) == (1, 0)
    await store.outbox.mark_sending(third.message, until=now + DAY)
    assert await store.outbox.release(MessageKind.BROADCAST, now=now + 2 * MINUTE) == 1
    fourth = await claim(now + 2 * MINUTE)
    assert (fourth.message.attempts, fourth.message.possible_copies) == (2, 1)
    await store.outbox.mark_sending(fourth.message, until=now + DAY)
    await store.outbox.mark_unsent(fourth.message, state=PartState.UNCERTAIN, error="timed out")
    assert await store.outbox.repair_after_clock_rollback(MessageKind.BROADCAST, claimed=now, waiting=now) == 1
    fifth = await claim(now)
    assert (fifth.message.attempts, fifth.message.possible_copies) == (3, 2)
    await store.broadcasts.cancel(draft.id)
    with pytest.raises(LeaseLost):
        await store.outbox.mark_sending(fifth.message, until=now + DAY)
