"""The contract of ports.SubscriptionStore and ports.DeliveryStore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from threading import get_ident
from typing import Any

import pytest

from summaries.digests.importance import Ranking
from summaries.digests.select import rank_candidates
from summaries.digests.tastes import Subject, put_taste
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import (
    MEDIUM,
    Addition,
    Article,
    ChatMembership,
    ChatRef,
    CompositionResult,
    Delivery,
    DeliveryPart,
    DeliveryRecord,
    DigestOrder,
    Marks,
    MessageKind,
    News,
    NewsRequest,
    Origin,
    OutboxMessage,
    Outcome,
    PartState,
    Preferences,
    QuietHours,
    Reason,
    RegionRule,
    Subscription,
    Summary,
    SummarySentence,
    Taste,
    TasteKind,
)
from summaries.model.deliveries import USUAL
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store
from summaries.storage.sql import digest_candidates

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Summarize = Callable[..., tuple[Summary, ...]]

LEASE = timedelta(minutes=5)
DAY = timedelta(days=1)


def make_subscription(chat_id: int = 7, thread_id: int | None = None) -> Subscription:
    return Subscription(ChatRef(chat_id, thread_id), (time(7, 0), time(18, 30)), "Asia/Makassar")


async def claim_due(store: Store, now: datetime, limit: int = 10) -> tuple[Delivery, ...]:
    """Return the due digests, composed or not."""
    await store.deliveries.create_due(now=now, limit=limit, next_due=lambda _: now + DAY)
    ready = await store.outbox.claim_digests(now=now, lease_until=now + LEASE, limit=limit)
    new = await store.deliveries.claim(now=now, lease_until=now + LEASE, limit=limit - len(ready))
    return ready + new


async def put_parts(store: Store, now: datetime, delivery: Delivery, *parts: DeliveryPart) -> Delivery:
    """Store the messages, and claim the delivery for sending."""
    await store.deliveries.save_composed(CompositionResult(rendered=((parts, (delivery.id,)),)), now=now)
    (claimed,) = await store.outbox.claim_digests(now=now, lease_until=now + LEASE, limit=10)
    return claimed


def reset_part_ids(delivery: Delivery) -> tuple[DeliveryPart, ...]:
    return tuple(replace(part, id=0) for part in delivery.parts)


async def postpone(store: Store, delivery: Delivery, until: datetime) -> None:
    """Let a delivery that is not composed wait."""
    await store.deliveries.save_composed(CompositionResult(postponed=((delivery.id, until),)), now=until)


async def test_subscription_round_trip(store: Store, now: datetime) -> None:
    assert await store.subscriptions.find(7) is None
    await store.subscriptions.put(make_subscription(7, 42), next_due_at=now, now=now)
    assert await store.subscriptions.find(7) == make_subscription(7, 42)
    assert await store.subscriptions.next_due_at(7) == now
    await store.subscriptions.put(make_subscription(7), next_due_at=now + DAY, now=now)
    assert await store.subscriptions.find(7) == make_subscription(7)
    assert await store.subscriptions.next_due_at(7) == now + DAY


async def test_deactivation_keeps_the_settings(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    assert await store.subscriptions.deactivate(7, now=now) is True
    assert await store.subscriptions.deactivate(7, now=now) is False
    assert await store.subscriptions.deactivate(8, now=now) is False

    assert await store.subscriptions.find(7) == make_subscription().stopped()
    assert await claim_due(store, now + DAY) == ()
    await store.subscriptions.put(make_subscription().stopped(), next_due_at=now, now=now)
    assert await store.subscriptions.next_due_at(7) is None


async def test_resume_reactivates_only_a_suspended_digest(store: Store, now: datetime) -> None:
    async def wake() -> Subscription | None:
        return (await store.subscriptions.resume(7, next_due=lambda _: now, now=now)).digest

    assert await wake() is None
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    assert await store.subscriptions.suspend(7, now=now)
    assert await wake() == make_subscription()
    assert await wake() is None
    assert await store.subscriptions.suspend(7, now=now)
    assert not await store.subscriptions.deactivate(7, now=now)
    assert await wake() is None


async def test_due_digest_is_claimed_once(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(7, 42), next_due_at=now, now=now)
    await store.subscriptions.put(make_subscription(8), next_due_at=now + timedelta(seconds=1), now=now)
    (delivery,) = await claim_due(store, now)
    assert (delivery.chat, delivery.zone, delivery.due_at) == (ChatRef(7, 42), "Asia/Makassar", now)
    assert (delivery.parts, delivery.lease_until, delivery.previous_due_at) == ((), now + LEASE, None)
    assert await claim_due(store, now) == ()
    assert await store.subscriptions.next_due_at(7) == now + DAY


async def test_unfinished_delivery_is_claimed_again_after_its_lease(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (first,) = await claim_due(store, now)
    added = Addition(9, "Kompas.com", now, SummarySentence("Tujuh “orang” tewas.", 4, 24))
    marks = ((1, Marks(is_disputed=True, addition=added)), (2, Marks(is_development=True)))
    one = DeliveryPart(0, "<b>Halo</b>", (1, 2), "https://kabar.example/1", marks)
    first = await put_parts(store, now, first, one, DeliveryPart(1, "dua"))
    await store.outbox.mark_sending(first.message(first.parts[0]), until=first.lease_until)
    assert await claim_due(store, now + LEASE - timedelta(seconds=1)) == ()
    (again,) = await claim_due(store, now + LEASE)
    assert again.id == first.id
    assert reset_part_ids(again) == (
        replace(one, state=PartState.SENDING, attempts=1, possible_copies=1),
        DeliveryPart(1, "dua"),
    )


async def test_finished_delivery_is_not_claimed_again(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (first,) = await claim_due(store, now)
    await store.deliveries.finish(first.id, Outcome.SENT, now=now)
    (second,) = await claim_due(store, now + DAY)
    assert second.id != first.id
    assert second.previous_due_at == now


@pytest.mark.parametrize("outcome", [Outcome.SKIPPED, Outcome.FAILED])
async def test_only_a_sent_digest_is_the_previous_one(store: Store, now: datetime, outcome: Outcome) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (first,) = await claim_due(store, now)
    await store.deliveries.finish(first.id, outcome, now=now)
    (second,) = await claim_due(store, now + DAY)
    assert second.previous_due_at is None


async def test_postponed_delivery_is_not_claimed_early(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    await postpone(store, delivery, now + timedelta(seconds=30))
    assert await claim_due(store, now + timedelta(seconds=29)) == ()
    assert [d.id for d in await claim_due(store, now + timedelta(seconds=30))] == [delivery.id]


async def test_oldest_deliveries_are_claimed_first_up_to_the_limit(store: Store, now: datetime) -> None:
    for chat_id in range(5):
        await store.subscriptions.put(make_subscription(chat_id), next_due_at=now - timedelta(minutes=chat_id), now=now)
    assert [d.chat.chat_id for d in await claim_due(store, now, limit=2)] == [4, 3]
    assert [d.chat.chat_id for d in await claim_due(store, now, limit=2)] == [2, 1]
    assert [d.chat.chat_id for d in await claim_due(store, now, limit=2)] == [0]


async def test_two_processes_never_claim_the_same_delivery(database_url: str, now: datetime) -> None:
    stores = [await open_store(database_url, pool_size=3) for _ in range(2)]
    for chat_id in range(40):
        await stores[0].subscriptions.put(make_subscription(chat_id), next_due_at=now, now=now)
    claims = await asyncio.gather(*(claim_due(stores[n % 2], now, limit=5) for n in range(10)))
    claimed = [delivery.chat.chat_id for deliveries in claims for delivery in deliveries]
    assert sorted(claimed) == list(range(40))
    for store in stores:
        await store.close()


@pytest.mark.parametrize(("state", "copies"), [(PartState.PENDING, 0), (PartState.FAILED, 0), (PartState.UNCERTAIN, 1)])
async def test_part_counts_attempts_and_possible_copies(
    store: Store, now: datetime, state: PartState, copies: int
) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    delivery = await put_parts(store, now, delivery, DeliveryPart(0, "satu"))
    await store.outbox.mark_sending(delivery.message(delivery.parts[0]), until=delivery.lease_until)
    await store.outbox.mark_unsent(delivery.message(delivery.parts[0]), state=state, error="putus")
    (again,) = await claim_due(store, now + LEASE)
    assert reset_part_ids(again) == (DeliveryPart(0, "satu", state=state, attempts=1, possible_copies=copies),)


async def test_concurrent_marks_reach_their_own_deliveries(store: Store, now: datetime) -> None:
    chats = range(20)
    for chat_id in chats:
        await store.subscriptions.put(make_subscription(chat_id), next_due_at=now, now=now)
    deliveries = {delivery.chat.chat_id: delivery for delivery in await claim_due(store, now, limit=20)}
    for chat_id, delivery in deliveries.items():
        deliveries[chat_id] = await put_parts(
            store, now, delivery, DeliveryPart(0, "satu"), DeliveryPart(1, f"dua {delivery.id}")
        )
    messages = {c: deliveries[c].message(deliveries[c].parts[c % 2]) for c in chats}
    lease_until = now + LEASE
    await asyncio.gather(*(store.outbox.mark_sending(messages[c], until=lease_until) for c in chats))
    sent = [chat_id for chat_id in chats if chat_id % 3]
    await asyncio.gather(
        *(store.outbox.mark_sent(messages[c], message_id=900 + c, now=now + DAY) for c in sent),
        *(
            store.deliveries.finish(deliveries[c].id, Outcome.FAILED, now=now, reason=Reason.GONE)
            for c in chats
            if c not in sent
        ),
    )
    again = {delivery.chat.chat_id: delivery for delivery in await claim_due(store, now + LEASE, limit=20)}
    assert sorted(again) == sent
    for chat_id, delivery in again.items():
        marked, other = delivery.parts[chat_id % 2], delivery.parts[1 - chat_id % 2]
        assert (marked.state, marked.message_id, marked.possible_copies) == (PartState.SENT, 900 + chat_id, 1)
        assert (other.state, other.message_id, other.possible_copies) == (PartState.PENDING, None, 0)
    for chat_id in chats:
        (record,) = await store.deliveries.history(chat_id, limit=1)
        expected = (None, None, 1) if chat_id in sent else (Outcome.FAILED, Reason.GONE, 0)
        assert (record.outcome, record.reason, record.sent) == expected


async def test_last_sent_part_finishes_the_delivery(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    delivery = await put_parts(store, now, delivery, DeliveryPart(0, "satu"), DeliveryPart(1, "dua"))
    first, last = map(delivery.message, delivery.parts)
    await store.outbox.mark_sending(first, until=delivery.lease_until)
    await store.outbox.mark_unsent(first, state=PartState.FAILED, error="putus")
    await store.outbox.mark_sending(last, until=delivery.lease_until)
    await store.outbox.mark_sent(last, message_id=5, now=now, is_last=True)
    (record,) = await store.deliveries.history(7, limit=9)
    assert (record.outcome, record.finished_at, record.messages, record.sent) == (Outcome.SENT, now, 2, 1)
    assert record.waits_until is None
    assert await store.outbox.claim_digests(now=now + DAY, lease_until=now + 2 * DAY, limit=9) == ()


async def test_last_sent_part_does_not_finish_a_reclaimed_delivery(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    delivery = await put_parts(store, now, delivery, DeliveryPart(0, "satu"))
    (slow,) = map(delivery.message, delivery.parts)
    await store.outbox.mark_sending(slow, until=delivery.lease_until)
    (again,) = await claim_due(store, now + LEASE)
    await store.outbox.mark_sent(slow, message_id=5, now=now + LEASE, is_last=True)
    (record,) = await store.deliveries.history(7, limit=9)
    assert (record.outcome, record.sent) == (None, 1)
    await store.deliveries.finish(again.id, Outcome.SENT, now=now + LEASE)
    (record,) = await store.deliveries.history(7, limit=9)
    assert (record.outcome, record.waits_until) == (Outcome.SENT, None)


async def test_mark_unsent_refuses_the_sent_state(store: Store, now: datetime) -> None:
    message = OutboxMessage(MessageKind.DIGEST, (1,), ChatRef(7), now)
    with pytest.raises(ValueError, match="sent"):
        await store.outbox.mark_unsent(message, state=PartState.SENT, error="")


async def test_article_is_delivered_once_per_chat(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    ids = []
    for number in range(3):
        article = make_article(number, published_at=now - timedelta(hours=number))
        stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
        ids.append(stored.id)
    await store.subscriptions.put(make_subscription(7), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    delivery = await put_parts(store, now, delivery, DeliveryPart(0, "a", (ids[0],)), DeliveryPart(1, "b", (ids[1],)))
    await store.outbox.mark_sending(delivery.message(delivery.parts[0]), until=delivery.lease_until)
    await store.outbox.mark_sent(delivery.message(delivery.parts[0]), message_id=99, now=now)
    await store.outbox.mark_sending(delivery.message(delivery.parts[1]), until=delivery.lease_until)
    await store.outbox.mark_unsent(delivery.message(delivery.parts[1]), state=PartState.FAILED, error="putus")
    assert await find_news(store, 7, now - DAY) == (ids[1:], 2)
    assert await find_news(store, 8, now - DAY) == (ids, 3)
    assert await find_news(store, 8, now - DAY, Preferences(count=2)) == (ids[:2], 3)
    assert await find_news(store, 8, now + timedelta(seconds=1)) == ([], 0)
    (again,) = await claim_due(store, now + LEASE)
    assert again.parts[0].message_id == 99
    assert again.parts[0].state is PartState.SENT


async def test_story_is_delivered_once_per_chat_across_outlets(
    store: Store, writer: ArticleWriter, make_event: Make, prepare_article: Prepare, now: datetime
) -> None:
    first = await writer.add(prepare_article(make_event("Warta Kota")), origin=Origin.FEED)
    assert await find_news(store, 7, now - DAY) == ([first.id], 1)
    await store.subscriptions.put(make_subscription(7), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    delivery = await put_parts(store, now, delivery, DeliveryPart(0, "a", (first.id,)))
    await store.outbox.mark_sending(delivery.message(delivery.parts[0]), until=delivery.lease_until)
    await store.outbox.mark_sent(delivery.message(delivery.parts[0]), message_id=99, now=now)
    # Another outlet's article is the better one: for others it is news, for this chat it is not.
    full = await writer.add(prepare_article(make_event("Kabar Desa")), origin=Origin.FEED)
    assert await find_news(store, 7, now - DAY) == ([], 0)
    assert await find_news(store, 8, now - DAY) == ([full.id], 1)


async def test_part_of_a_split_story_that_was_not_shown_is_news(
    store: Store, writer: ArticleWriter, make_event: Make, prepare_article: Prepare, now: datetime
) -> None:
    prepared = [prepare_article(make_event(outlet)) for outlet in ("Warta Kota", "Kabar Desa")]
    one, two = [await writer.add(article, origin=Origin.FEED) for article in prepared]
    await store.subscriptions.put(make_subscription(7), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    delivery = await put_parts(store, now, delivery, DeliveryPart(0, "a", (one.id,)))
    await store.outbox.mark_sending(delivery.message(delivery.parts[0]), until=delivery.lease_until)
    await store.outbox.mark_sent(delivery.message(delivery.parts[0]), message_id=99, now=now)
    state = (await store.stories.changes(after=0, since=now, limit=9)).state
    await store.stories.put_many(
        [prepared[1]],
        {prepared[1].key: 77},
        known=state,
        next_story=78,
        keep_since=now - DAY,
        origin=Origin.FEED,
        now=now,
    )
    assert await find_news(store, 8, now - DAY) == ([one.id, two.id], 2)
    assert await find_news(store, 7, now - DAY) == ([two.id], 1)


async def test_chat_article_is_in_no_digest(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=now)
    assert await find_news(store, 7, now - DAY) == ([], 0)


async def test_all_rows_move_with_a_migrated_group(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    await store.subscriptions.put(make_subscription(-5), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    delivery = await put_parts(store, now, delivery, DeliveryPart(0, "a", (stored.id,)))
    await store.outbox.mark_sending(delivery.message(delivery.parts[0]), until=delivery.lease_until)
    await store.outbox.mark_sent(delivery.message(delivery.parts[0]), message_id=1, now=now)
    await store.subscriptions.move_chat(-5, -100_5)
    assert await store.subscriptions.find(-5) is None
    assert await store.subscriptions.find(-100_5) == make_subscription(-100_5)
    assert await find_news(store, -100_5, now - DAY) == ([], 0)
    (moved,) = await claim_due(store, now + LEASE)
    assert (moved.id, moved.chat.chat_id) == (delivery.id, -100_5)


async def find_news(
    store: Store, chat_id: int, since: datetime, preferences: Preferences = USUAL
) -> tuple[list[int], int]:
    """Return the articles of the chat's next digest by id, and the number of all new stories."""
    (found,) = await store.deliveries.open_news().choose([NewsRequest(chat_id, since, since + DAY, preferences)])
    return sorted(item.stored.id for item in found.items), found.total


@pytest.mark.parametrize(
    ("wishes", "numbers"),
    [
        ({}, [0, 1, 2]),
        ({"topics": ("politik",)}, [1]),
        ({"topics": ("politik", "ekonomi")}, [0, 1, 2]),
        ({"outlets": ("warta kota",)}, [2]),
        ({"outlets": ("Tiada",)}, []),
        # Words match titles or texts with any ending; phrases match as a whole.
        ({"include": ("pemilihan",)}, [1]),
        ({"include": ("memilih", "naiknya")}, [0, 1, 2]),
        ({"include": ("panen raya",)}, [0, 1, 2]),
        ({"include": ("raya panen",)}, []),
        ({"exclude": ("dipilih",)}, [0, 2]),
        ({"include": ("panen",), "exclude": ("pilih",), "topics": ("ekonomi",), "outlets": ("kabar desa",)}, [0]),
        # Text without words finds nothing, and raises no error.
        ({"include": ('" OR *',)}, []),
        ({"exclude": ("!!!",)}, [0, 1, 2]),
    ],
)
async def test_news_is_filtered_by_preferences(
    store: Store,
    make_article: Make,
    summarize_first: Summarize,
    now: datetime,
    wishes: dict[str, tuple[str, ...]],
    numbers: list[int],
) -> None:
    fields: tuple[dict[str, str], ...] = (
        {}, {"category": "politik", "text": "Warga memilih kepala desa. Suara dihitung."}, {"outlet": "Warta Kota"},
    )  # fmt: skip
    ids = []
    for number, field in enumerate(fields):
        article = make_article(number, published_at=now - timedelta(hours=number), **field)
        stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
        ids.append(stored.id)
    wanted = [ids[number] for number in numbers]
    assert await find_news(store, 7, now - DAY, preferences=Preferences(**wishes)) == (wanted, len(wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(("order", "first"), [(DigestOrder.IMPORTANT, "Bendungan"), (DigestOrder.NEWEST, "Panen")])
async def test_digest_has_the_most_important_or_the_newest_stories(
    store: Store,
    writer: ArticleWriter,
    make_article: Make,
    make_event: Make,
    prepare_article: Prepare,
    now: datetime,
    order: DigestOrder,
    first: str,
) -> None:
    covered = [make_event(outlet, published_at=now - timedelta(hours=9)) for outlet in ("Kabar Desa", "Warta Kota")]
    for article in (*covered, make_article(1, published_at=now - timedelta(hours=1))):
        await writer.add(prepare_article(article), origin=Origin.FEED)
    request = NewsRequest(7, now - DAY, now, Preferences(count=1, order=order))
    (found,) = await store.deliveries.open_news().choose([request])
    assert [item.stored.article.title.split()[0] for item in found.items] == [first]
    assert found.total == 2


@pytest.mark.parametrize("order", list(DigestOrder))
async def test_headlines_are_in_the_order_of_importance_and_stories_by_topic(
    store: Store,
    writer: ArticleWriter,
    make_article: Make,
    make_event: Make,
    prepare_article: Prepare,
    now: datetime,
    order: DigestOrder,
) -> None:
    hour_ago = now - timedelta(hours=1)
    event = [make_event(outlet, category="olahraga", published_at=hour_ago) for outlet in ("Kabar Desa", "Warta Kota")]
    articles = (*event, make_article(1, category="ekonomi", published_at=now))
    sport, _, economy = [(await writer.add(prepare_article(one), origin=Origin.FEED)).id for one in articles]
    (found,) = await store.deliveries.open_news().choose([NewsRequest(7, now - DAY, now, Preferences(order=order))])
    assert [item.stored.id for item in found.items] == [economy, sport]
    by_importance = order is DigestOrder.IMPORTANT
    assert found.headline_ids == ((sport, economy) if by_importance else (economy, sport))


async def test_regional_stories_come_first_or_alone(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    titles = ["Harga Emas Naik", "Harga Cabai Turun", "Panen Raya di Kota Malang", "Pasar di Denpasar Ramai"]
    for hours, title in enumerate(titles):
        article = make_article(hours, title=title, published_at=now - timedelta(hours=hours))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    gold, _, malang, bali = titles
    first, only = ({"region_rule": rule, "count": 3} for rule in RegionRule)
    marked = {malang: "35", bali: "51"}
    for order in DigestOrder:
        for wishes, shown, total in (
            (Preferences(regions=("35",), **first), [malang, gold, titles[1]], 4),  # type: ignore[arg-type]
            (Preferences(regions=("35", "51"), **first), [malang, bali, gold], 4),  # type: ignore[arg-type]
            (Preferences(regions=("35", "51"), **only), [malang, bali], 2),  # type: ignore[arg-type]
            (Preferences(regions=("35", "51"), include=("pasar",), **only), [bali], 1),  # type: ignore[arg-type]
            (Preferences(regions=("12",), **only), [], 0),  # type: ignore[arg-type]
            (Preferences(regions=("12",), **first), titles[:3], 4),  # type: ignore[arg-type]
        ):
            requests = [NewsRequest(chat_id, now - DAY, now, replace(wishes, order=order)) for chat_id in (7, 8)]
            found, other = await store.deliveries.open_news().choose(requests)
            assert other is found
            names = [item.stored.article.title for item in found.items]
            assert (sorted(names), found.total) == (sorted(shown), total)
            own = {name: code for name, code in marked.items() if code in wishes.regions and name in shown}
            assert names[: len(own)] == list(own)
            assert [item.marks.region for item in found.items] == [own.get(name) for name in names]


async def test_equal_requests_of_a_run_share_their_news(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number in range(3):
        article = make_article(number, published_at=now - timedelta(hours=number))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    news = store.deliveries.open_news()
    requests = [NewsRequest(chat_id, now - DAY, now, Preferences(count=2)) for chat_id in (7, 8)]
    one, other = await news.choose(requests)
    assert one is other
    assert (await news.choose(requests[:1]))[0] is one
    (longer,) = await news.choose([NewsRequest(7, now - DAY, now, Preferences(count=3))])
    assert len(longer.items) == 3


async def test_chats_with_equal_tastes_share_news_and_the_top_story_stays(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    topics = ("ekonomi", "olahraga", "daerah", "hiburan")
    for number, topic in enumerate(topics):
        article = make_article(number, published_at=now - timedelta(hours=number), category=topic)
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    news = store.deliveries.open_news()

    async def choose(*tastes: tuple[Subject, bool], order: DigestOrder = DigestOrder.IMPORTANT) -> News:
        made: tuple[Taste, ...] = ()
        for subject, is_more in tastes:
            made = put_taste(made, subject, is_more=is_more)
        wishes = Preferences(count=2, tastes=made, order=order)
        return (await news.choose([NewsRequest(7, now - DAY, now, wishes)]))[0]

    fun, economy = Subject(TasteKind.TOPIC, "hiburan"), Subject(TasteKind.TOPIC, "ekonomi")
    usual = await choose()
    assert {item.stored.article.category for item in usual.items} == {"ekonomi", "olahraga"}
    tasted = await choose((fun, True), (economy, False))
    assert {item.stored.article.category for item in tasted.items} == {"ekonomi", "hiburan"}
    assert await choose((economy, False), (fun, True)) is tasted
    # Tastes that change nothing share the digest of chats without any.
    assert await choose((Subject(TasteKind.NAME, "Persib"), True)) is usual
    newest = await choose((fun, True), order=DigestOrder.NEWEST)
    assert {item.stored.article.category for item in newest.items} == {"ekonomi", "hiburan"}


async def test_stories_of_the_last_sent_digest_have_the_reports_of_that_time(
    store: Store, writer: ArticleWriter, make_event: Make, make_article: Make, prepare_article: Prepare, now: datetime
) -> None:
    assert await store.deliveries.last_stories(7) == ()
    event = await writer.add(prepare_article(make_event("Kabar Desa", published_at=now)), origin=Origin.FEED)
    other = await writer.add(prepare_article(make_article(1, published_at=now)), origin=Origin.FEED)
    await store.subscriptions.put(make_subscription(7), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    marked = DeliveryPart(0, "a", (other.id, event.id), marks=((event.id, Marks(region="35")),))
    delivery = await put_parts(store, now, delivery, marked)
    message = delivery.message(delivery.parts[0])
    await store.outbox.mark_sending(message, until=delivery.lease_until)
    await store.outbox.mark_sent(message, message_id=1, now=now)
    await store.deliveries.finish(delivery.id, Outcome.SENT, now=now)
    found = await store.deliveries.last_stories(7)
    assert [(story.article_id, story.title, story.composed_at) for story in found] == [
        (other.id, other.article.title, now),
        (event.id, event.article.title, now),
    ]
    assert [story.region for story in found] == [None, "35"]
    (report,) = found[1].reports
    assert (report.outlet, report.published_at, report.is_showable) == ("Kabar Desa", now, True)
    assert event.article.text.startswith(report.opening)
    assert await store.deliveries.last_stories(8) == ()


async def test_sent_digest_is_found_in_its_chat_only_with_its_messages(store: Store, now: datetime) -> None:
    wishes = Preferences(topics=("ekonomi",), length=MEDIUM)
    await store.subscriptions.put(replace(make_subscription(), preferences=wishes), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    assert await store.deliveries.find_sent(7, delivery.id) is None
    composed = now + timedelta(hours=1)
    delivery = await put_parts(store, composed, delivery, DeliveryPart(0, "a", (5, 3)), DeliveryPart(1, "b", (9,)))
    message = delivery.message(delivery.parts[0])
    await store.outbox.mark_sending(message, until=delivery.lease_until)
    await store.outbox.mark_sent(message, message_id=44, now=composed)
    found = await store.deliveries.find_sent(7, delivery.id)
    assert found is not None
    assert (found.id, found.due_at, found.zone, found.composed_at) == (delivery.id, now, "Asia/Makassar", composed)
    assert found.preferences == wishes
    assert found.article_ids == (5, 3, 9)
    assert [part.message_id for part in found.parts] == [44, None]
    assert await store.deliveries.find_sent(8, delivery.id) is None
    assert await store.deliveries.find_sent(7, delivery.id + 1) is None


async def test_id_of_a_deleted_delivery_is_not_used_again(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (first,) = await claim_due(store, now)
    await store.chat_data.forget(7)
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (second,) = await claim_due(store, now)
    assert second.id > first.id


async def test_stories_sent_outside_of_a_digest_are_not_news_any_more(
    store: Store, writer: ArticleWriter, make_event: Make, make_article: Make, prepare_article: Prepare, now: datetime
) -> None:
    first = await writer.add(prepare_article(make_event("Kabar Desa", published_at=now)), origin=Origin.FEED)
    second = await writer.add(prepare_article(make_event("Warta Kota", published_at=now)), origin=Origin.FEED)
    other = await writer.add(prepare_article(make_article(1, published_at=now)), origin=Origin.FEED)
    items = await store.news.items([other.id, 999, second.id], length=MEDIUM)
    assert [item.stored.id for item in items] == [other.id, second.id]
    assert {item.summary.length for item in items} == {MEDIUM}
    assert len(items[1].coverage) == 2
    assert [await store.deliveries.add_delivered(7, [first.id], now=now) for _ in range(2)] == [True, False]

    async def choose(chat_id: int) -> list[int]:
        (news,) = await store.deliveries.open_news().choose([NewsRequest(chat_id, now - DAY, now + DAY)])
        return [item.stored.id for item in news.items]

    assert await choose(7) == [other.id]
    assert len(await choose(8)) == 2


@pytest.mark.parametrize(("kind", "is_channel"), [("channel", True), ("supergroup", False), (None, False)])
async def test_digest_of_a_channel_is_marked(store: Store, now: datetime, kind: str | None, is_channel: bool) -> None:
    if kind is not None:
        await store.memberships.put(ChatMembership(-7, kind, "Warga", is_member=True), now=now)
    await store.subscriptions.put(make_subscription(-7), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    assert delivery.is_channel == is_channel


async def test_preferences_are_stored_and_returned_with_each_delivery(store: Store, now: datetime) -> None:
    wishes = Preferences(
        topics=("ekonomi",), outlets=("Kabar Désa",), include=("harga beras",), exclude=("gosip",), length=MEDIUM,
        count=3, order=DigestOrder.NEWEST, regions=("35", "73.71"), region_rule=RegionRule.ONLY,
        tastes=(Taste(TasteKind.NAME, "Persib: Dé", is_more=True), Taste(TasteKind.TOPIC, "otomotif", is_more=False)),
        quiet=QuietHours(time(22), time(5, 30)), is_silent=True, skips_empty=True,
    )  # fmt: skip
    wanted = replace(make_subscription(), days=frozenset({0, 5}), preferences=wishes)
    await store.subscriptions.put(wanted, next_due_at=now, now=now)
    assert await store.subscriptions.find(7) == wanted
    (delivery,) = await claim_due(store, now)
    assert delivery.preferences == wishes


async def test_change_is_atomic_and_keeps_the_due_time_if_possible(store: Store, now: datetime) -> None:
    async def change(what: Callable[[Subscription | None], Subscription]) -> Subscription:
        return await store.subscriptions.change(7, what, next_due=lambda _: now + DAY, now=now)

    assert await change(lambda before: before or make_subscription()) == make_subscription()
    assert await store.subscriptions.next_due_at(7) == now + DAY
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    # Another length changes nothing about the clock.
    longer = await change(lambda s: replace(s or make_subscription(), preferences=Preferences(length=MEDIUM)))
    assert longer.preferences.length == MEDIUM
    assert await store.subscriptions.next_due_at(7) == now
    await change(lambda s: replace(s or make_subscription(), days=frozenset({1})))
    assert await store.subscriptions.next_due_at(7) == now + DAY
    await change(lambda s: (s or make_subscription()).stopped())
    assert await store.subscriptions.next_due_at(7) is None

    def refuse(before: Subscription | None) -> Subscription:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await change(refuse)
    kept = await store.subscriptions.find(7)
    assert kept is not None
    assert (kept.days, kept.is_active) == (frozenset({1}), False)


async def test_history_contains_the_outcome_of_each_digest(store: Store, now: datetime) -> None:
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (first,) = await claim_due(store, now)
    first = await put_parts(store, now, first, DeliveryPart(0, "a", (1, 2)), DeliveryPart(1, "b", (3,)))
    for position in (0, 1):
        await store.outbox.mark_sending(first.message(first.parts[position]), until=first.lease_until)
    await store.outbox.mark_sent(first.message(first.parts[0]), message_id=9, now=now)
    await store.outbox.mark_unsent(first.message(first.parts[1]), state=PartState.FAILED, error="putus")
    await store.deliveries.finish(first.id, Outcome.SENT, now=now)
    (second,) = await claim_due(store, now + DAY)
    await postpone(store, second, now + DAY + LEASE)
    zone = "Asia/Makassar"
    assert await store.deliveries.history(7, limit=9) == (
        DeliveryRecord(now + DAY, zone, None, None, None, now + DAY + LEASE, 0, 0, 0, None),
        DeliveryRecord(now, zone, Outcome.SENT, None, now, None, 2, 1, 2, "putus"),
    )
    assert len(await store.deliveries.history(7, limit=1)) == 1
    assert await store.deliveries.history(8, limit=9) == ()


async def test_stories_are_ranked_off_the_event_loop(
    store: Store,
    make_article: Make,
    summarize_first: Summarize,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = []

    def rank(*args: Any) -> Ranking:
        threads.append(get_ident())
        return rank_candidates(*args)

    monkeypatch.setattr(digest_candidates, "rank_candidates", rank)
    article = make_article(published_at=now)
    await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    _, total = await find_news(store, 7, now - DAY)
    assert total == 1
    assert threads
    assert get_ident() not in threads
