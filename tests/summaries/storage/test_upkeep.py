"""The contract of ports.UpkeepStore: old rows go, needed rows stay, and the count predicts the deletion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from itertools import count

import pytest

from summaries.model import FOLLOW_LASTS, Article, ChatRef, Forgotten, Old, Origin, Position, Summary
from summaries.storage import Store
from summaries.upkeep import KEPT, MAX_LIMIT, MIN_LIMIT, STEP_S, UpkeepService, choose_limit
from summaries.urls import make_article_key

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
Furnish = Callable[..., Awaitable[None]]
SECOND = timedelta(seconds=1)
# The old rows of one chat, with an article that nobody saved. It follows no story.
ONE_CHATS = dict.fromkeys(KEPT, 1) | {
    Old.TEXTS: 2,
    Old.ANSWERS: 2,
    Old.FOLLOWS: 0,
    Old.CHAIN_TERMS: 9,
    Old.HAZARD_MESSAGES: 2,
}


def make_service(store: Store, now: datetime) -> UpkeepService:
    return UpkeepService(store.upkeep, lambda: now)


async def test_old_rows_are_deleted_as_counted(store: Store, populate: Furnish, now: datetime) -> None:
    await populate(store, now)
    later = now + max(KEPT.values()) + SECOND
    assert await make_service(store, later).count() == ONE_CHATS
    assert await make_service(store, later).forget() == ONE_CHATS
    assert await make_service(store, later).count() == dict.fromkeys(KEPT, 0)
    assert await store.deliveries.ledger(limit=9) == ()
    # The chat's settings and saved articles, and the news, stay.
    assert set(await store.chat_data.export(7)) == {
        "broadcasts", "chat_settings", "chat_memberships", "saved_articles", "subscriptions", "watches",
        "chat_feeds",
        "warning_places", "warning_settings",
    }  # fmt: skip
    assert (await store.figures.count(now=later)).articles == 1


async def test_each_kind_has_its_retention_period(store: Store, populate: Furnish, now: datetime) -> None:
    await populate(store, now)
    # A reader's article is needed as long as an answer refers to it.
    ages = dict(KEPT) | {Old.OWN_ARTICLES: KEPT[Old.ANSWERS]}
    for kind, age in sorted(ages.items(), key=lambda item: item[1]):
        assert (await make_service(store, now + age).count())[kind] == 0, kind
        counted = await make_service(store, now + age + SECOND).count()
        assert counted[kind] == ONE_CHATS[kind], kind
    for age in sorted(set(ages.values())):
        counted = await make_service(store, now + age + SECOND).count()
        assert await make_service(store, now + age + SECOND).forget() == counted


async def test_recent_rows_are_kept(store: Store, populate: Furnish, now: datetime) -> None:
    await populate(store, now)
    later = now + max(KEPT.values()) + SECOND
    await populate(store, later, chat_id=8, number=2)
    young = await store.chat_data.export(8)
    gone = await make_service(store, later).forget()
    # The second message of both digests has one text, stored once.
    assert {kind: gone[kind] for kind in (Old.DIGESTS, Old.DELIVERED, Old.TEXTS, Old.ALERTS, Old.BROADCASTS)} == {
        Old.DIGESTS: 1, Old.DELIVERED: 1, Old.TEXTS: 1, Old.ALERTS: 1, Old.BROADCASTS: 1,
    }  # fmt: skip
    assert await store.chat_data.export(8) == young
    assert len(await store.deliveries.ledger(limit=9)) == 1


async def test_follow_ends_two_weeks_after_the_last_news_of_its_chain(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    async def report(number: int, at: datetime) -> int:
        article = make_article(number, published_at=at)
        return (await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=at)).id

    await store.watches.follow(ChatRef(7), await report(1, now), "Panen", most=1, now=now + SECOND)
    end = now + FOLLOW_LASTS + 2 * SECOND
    # While there is no news at all, as after an outage, no chain counts as quiet.
    assert (await make_service(store, end).forget())[Old.FOLLOWS] == 0
    await report(2, end)
    assert (await make_service(store, end - 2 * SECOND).forget())[Old.FOLLOWS] == 0
    (followed,) = await store.watches.follows(7)
    assert followed.ends_at == now + SECOND + FOLLOW_LASTS
    # The clock is a month ahead.
    assert (await make_service(store, end + timedelta(days=30)).forget())[Old.FOLLOWS] == 0
    assert (await make_service(store, end).count())[Old.FOLLOWS] == 1
    assert (await make_service(store, end).forget())[Old.FOLLOWS] == 1
    assert await store.watches.of_chat(7) == ()


async def test_unfinished_digest_is_kept(store: Store, populate: Furnish, now: datetime) -> None:
    await populate(store, now)
    # A due digest stays due, however late.
    digest = await store.subscriptions.find(7)
    assert digest is not None
    await store.subscriptions.put(digest, next_due_at=now + SECOND, now=now)
    await store.deliveries.create_due(now=now + SECOND, limit=9, next_due=lambda _: now + timedelta(days=9999))
    gone = await make_service(store, now + timedelta(days=400)).forget()
    assert gone[Old.DIGESTS] == 1
    (left,) = await store.deliveries.history(7, limit=9)
    assert left.outcome is None


async def test_unsaved_chat_text_is_deleted_after_hapusdata(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    kept, lost = (make_article(n, url=None, outlet=None) for n in (1, 2))
    for article in (kept, lost):
        stored = await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=now)
        await store.answers.open(7, stored.id, now=now)
        if article is kept:
            await store.saved.save(8, stored.id, now=now)
    soon = now + KEPT[Old.OWN_ARTICLES] + SECOND
    assert (await make_service(store, soon).forget())[Old.OWN_ARTICLES] == 0
    await store.chat_data.forget(7)
    assert (await make_service(store, soon).forget())[Old.OWN_ARTICLES] == 1
    assert await store.articles.find(make_article_key(kept)) is not None
    assert await store.articles.find(make_article_key(lost)) is None


async def test_old_rows_are_deleted_in_batches(store: Store, populate: Furnish, now: datetime) -> None:
    for number in range(1, 4):
        await populate(store, now + number * SECOND, chat_id=number, number=number)
    before = {kind: now + timedelta(days=1) for kind in Old}
    steps = [await store.upkeep.forget_old(Old.QUERIES, before, limit=2) for _ in range(3)]
    assert steps == [Forgotten(2, ()), Forgotten(1, None), Forgotten(0, None)]


async def test_other_writes_come_between_two_steps(now: datetime) -> None:
    calls: list[str] = []

    class Searches:
        """Has old searches for two steps, which take 20 ms each, longer than wanted."""

        pause_factor = 3.0

        async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
            return dict.fromkeys(before, 0)

        async def forget_old(
            self, kind: Old, before: Mapping[Old, datetime], *, limit: int, after: Position = ()
        ) -> Forgotten:
            calls.append(kind)
            return Forgotten(1, ("first",) if kind is Old.QUERIES and not after else None)

    async def sleep(seconds: float) -> None:
        calls.append(f"{seconds:.2f}")

    timer = count(step=0.02)
    await UpkeepService(Searches(), lambda: now, timer=lambda: next(timer), sleep=sleep).forget()
    assert calls[calls.index(Old.QUERIES) :][:4] == [Old.QUERIES, "0.03", Old.QUERIES, Old.ANSWERS]
    assert calls.count("0.03") == 1


async def test_articles_that_are_kept_are_examined_once(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number in range(1, 6):
        article = make_article(number, url=None, outlet=None)
        stored = await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=now)
        if number < 4:
            await store.saved.save(8, stored.id, now=now)
    before = {kind: now + timedelta(days=1) for kind in Old}
    counts: list[int] = []
    position: Position | None = ()
    while position is not None:
        count, position = await store.upkeep.forget_old(Old.OWN_ARTICLES, before, limit=2, after=position)
        counts.append(count)
    assert counts == [0, 1, 1]


@pytest.mark.parametrize(
    ("limit", "took_s", "deleted", "chosen"),
    [
        (20, STEP_S, 20, 20),
        (20, 0.0, 20, 40),
        (20, STEP_S / 100, 10, 40),
        (20, STEP_S / 100, 9, 20),
        (800, STEP_S / 2, 800, MAX_LIMIT),
        (400, 4 * STEP_S, 0, 100),
        (20, 60.0, 20, MIN_LIMIT),
    ],
)
def test_step_is_as_large_as_its_time_allows(limit: int, took_s: float, deleted: int, chosen: int) -> None:
    assert choose_limit(limit, took_s, deleted) == chosen
