"""Concurrent work of several processes happens once, in both stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, time, timedelta

import pytest

from summaries.errors import LeaseLost, StoryConflict
from summaries.model import SHORT, Article, ChatRef, NewsQuery, Origin, Source, Subscription, Summary
from summaries.ports import StoryState
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Study = Callable[[Store], Awaitable[int]]
Summarize = Callable[..., tuple[Summary, ...]]
LEASE = timedelta(minutes=5)
DAY = timedelta(days=1)


@pytest.fixture
async def stores(database_url: str) -> AsyncIterator[list[Store]]:
    """The same database, opened by three processes."""
    opened = [await open_store(database_url, pool_size=4) for _ in range(3)]
    yield opened
    for store in opened:
        await store.close()


async def subscribe(store: Store, now: datetime, *chat_ids: int) -> None:
    for chat_id in chat_ids:
        subscription = Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta")
        await store.subscriptions.put(subscription, next_due_at=now, now=now)


async def test_due_chat_gets_one_delivery(stores: list[Store], now: datetime) -> None:
    await subscribe(stores[0], now, *range(30))
    begun = await asyncio.gather(
        *(stores[n % 3].deliveries.create_due(now=now, limit=7, next_due=lambda _: now + DAY) for n in range(9))
    )
    assert sum(begun) == 30
    ledger = await stores[0].deliveries.ledger(limit=99)
    assert sorted(chat_id for chat_id, _ in ledger) == list(range(30))
    assert await stores[0].subscriptions.next_due_at(7) == now + DAY


async def test_broadcast_is_sent_once_per_chat(stores: list[Store], now: datetime) -> None:
    await subscribe(stores[0], now, *range(1, 31))
    draft = await stores[0].broadcasts.draft("Halo", 99, now=now)
    # Two presses of the button.
    await asyncio.gather(*(store.broadcasts.begin(draft.id, 5) for store in stores))
    claims = await asyncio.gather(
        *(stores[n % 3].outbox.claim_broadcasts(now=now, lease_until=now + LEASE, limit=4) for n in range(12))
    )
    messages = [message for claimed in claims for message in claimed]
    assert sorted(message.message.chat.chat_id for message in messages) == list(range(1, 31))
    await asyncio.gather(
        *(stores[n % 3].outbox.mark_sent(m.message, message_id=1, now=now) for n, m in enumerate(messages))
    )
    ended = await asyncio.gather(*(store.broadcasts.end_finished() for store in stores))
    assert [(broadcast.id, broadcast.sent) for results in ended for broadcast in results] == [(draft.id, 30)]


async def test_source_is_claimed_by_one_process(stores: list[Store], now: datetime) -> None:
    sources = [Source(f"s-{n}", "Kabar", "daerah", f"https://s{n}.example/rss") for n in range(20)]
    # All bring the catalogue up to date as they start.
    await asyncio.gather(*(store.sources.sync(sources, now=now) for store in stores))
    claims = await asyncio.gather(
        *(stores[n % 3].sources.claim_due(now=now, lease_until=now + LEASE, limit=3) for n in range(12))
    )
    claimed = [found.source.key for sources_of_one in claims for found in sources_of_one]
    assert sorted(claimed) == sorted(source.key for source in sources)


async def test_alert_is_claimed_by_one_process(
    stores: list[Store], make_article: Make, summarize_first: Summarize, study: Study, now: datetime
) -> None:
    watches = [await stores[0].watches.add(ChatRef(n), "padi", most=9, now=now - DAY) for n in range(1, 13)]
    article = make_article()
    stored = await stores[0].articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    await study(stores[0])
    looks = await asyncio.gather(*(store.alerts.fresh(until=now, oldest=now - DAY, limit=9) for store in stores))
    assert [fresh.article_id for fresh in looks if fresh is not None] == [stored.id] * 3
    pairs = [(watch, stored.id) for watch in watches if watch is not None]
    found = await asyncio.gather(
        *(store.alerts.put(pairs, looked_at=looks[0], now=now, pace=LEASE) for store in stores)
    )
    assert sum(found) == 12
    claims = await asyncio.gather(
        *(
            stores[n % 3].outbox.claim_alerts(now=now, lease_until=now + LEASE, length=SHORT, max_items=5, limit=3)
            for n in range(9)
        )
    )
    batches = [(n % 3, batch) for n, claimed in enumerate(claims) for batch in claimed if batch.message.ids]
    assert sorted(batch.watch.chat.chat_id for _, batch in batches) == list(range(1, 13))
    await asyncio.gather(
        *(stores[owner].outbox.mark_sending(batch.message, until=now + LEASE) for owner, batch in batches)
    )
    # The slower process gets an error.
    late = now + 2 * LEASE
    taken = await stores[1].outbox.claim_alerts(now=late, lease_until=late + LEASE, length=SHORT, max_items=5, limit=99)
    assert {batch.message.possible_copies for batch in taken} == {1}
    with pytest.raises(LeaseLost):
        await stores[batches[0][0]].outbox.mark_sending(batches[0][1].message, until=late)


async def test_concurrent_story_writers_conflict_and_retry(
    stores: list[Store], make_article: Make, prepare_article: Prepare, now: datetime
) -> None:
    async def put(store: Store, number: int) -> bool:
        prepared = prepare_article(make_article(number))
        try:
            await store.stories.put_many(
                [prepared], {prepared.key: number}, known=StoryState(), next_story=number + 1, keep_since=now - DAY,
                origin=Origin.FEED, now=now,
            )  # fmt: skip
        except StoryConflict:
            return False
        return True

    results = await asyncio.gather(*(put(store, number) for number, store in enumerate(stores, 1)))
    assert sorted(results) == [False, False, True]
    page = await stores[0].news.list_page(NewsQuery(), length=SHORT, number=0, size=9)
    assert page.total == 1


async def test_article_from_several_writers_is_stored_once(
    stores: list[Store], make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    put = await asyncio.gather(
        *(
            store.articles.put(article, summarize_first(article), origin=origin, now=now)
            for store in stores
            for origin in (Origin.CHAT, Origin.FEED)
        )
    )
    assert len({stored.id for stored in put}) == 1
    found = await stores[0].articles.get(put[0].id)
    assert found is not None
    assert found.origin is Origin.FEED
    assert (await stores[0].news.list_page(NewsQuery(words="padi"), length=SHORT, number=0, size=9)).total == 1


async def test_concurrent_user_actions_are_applied_once(
    stores: list[Store], make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    made = await asyncio.gather(*(store.watches.add(ChatRef(7), "Padi", most=9, now=now) for store in stores))
    assert len({watch.id for watch in made if watch is not None}) == 1
    article = make_article()
    stored = await stores[0].articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    saved = await asyncio.gather(*(store.saved.save(7, stored.id, now=now) for store in stores))
    assert sorted(saved) == [False, False, True]

    def also(day: int) -> Callable[[Subscription | None], Subscription]:
        def change(before: Subscription | None) -> Subscription:
            days = before.days if before else frozenset()
            return Subscription(ChatRef(7), (time(7),), "Asia/Jakarta", days=days | {day})

        return change

    await asyncio.gather(
        *(store.subscriptions.change(7, also(day), next_due=lambda _: now, now=now) for day, store in enumerate(stores))
    )
    kept = await stores[0].subscriptions.find(7)
    assert kept is not None
    assert kept.days == {0, 1, 2}
    queries = await asyncio.gather(*(store.queries.remember(NewsQuery(words="padi"), now=now) for store in stores))
    assert len(set(queries)) == 1
