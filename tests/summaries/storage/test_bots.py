"""Several bots on one PostgreSQL database: one news for all, and each with chats of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from summaries.errors import StoreError, StoreTooNew
from summaries.model import (
    SHORT,
    Article,
    Box,
    ChatSettings,
    HazardKind,
    Membership,
    NewsQuery,
    Old,
    Origin,
    Place,
    Summary,
)
from summaries.storage import Fleet, Store, open_fleet, open_store
from summaries.storage.postgres import schema
from summaries.storage.postgres.health import examine_server
from summaries.storage.sql.schema import Step
from summaries.upkeep import KEPT, UpkeepService
from summaries.urls import make_article_key
from tests.postgres_server import ReusedDatabase, new_database, reused_database
from tests.summaries.storage.conftest import make_warning

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
Furnish = Callable[..., Awaitable[None]]
A, B = 77, 88
WORKER = Membership("worker", "1.0", 7, ("answers",))
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def shared(postgres_server: str) -> Iterator[ReusedDatabase]:
    with reused_database(postgres_server) as database:
        yield database


@pytest.fixture
def shared_url(shared: ReusedDatabase) -> str:
    return shared.url


@pytest.fixture
async def fleet(shared: ReusedDatabase) -> AsyncIterator[Fleet]:
    opened = await open_fleet(shared.url, WORKER, bot_ids=[A, B], pool_size=2)
    shared.empty()
    yield opened
    await opened.store.close()


@pytest.fixture
def new_url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


def query_rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as server:
        cursor = server.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


async def test_events_are_shared_and_each_bot_has_its_own_warnings(fleet: Fleet, now: datetime) -> None:
    first, second = fleet.stores[A], fleet.stores[B]
    for store, chat_id in ((first, 7), (second, 8)):
        place = Place("Kota Malang", (-8.0, 112.6), 10.0)
        await store.warnings.change(chat_id, partial(replace, places=(place,)), now=now)
    claims = [
        await store.hazards.claim_due(["nowcast"], now=now, lease_until=now + MINUTE, latest=now + MINUTE)
        for store in (first, second)
    ]
    assert [len(claimed) for claimed in claims] == [1, 0]
    await first.hazards.revise(HazardKind.WEATHER, lambda _: [make_warning(now)], since=now, now=now)
    for store, chat_id in ((first, 7), (second, 8)):
        (hazard,) = await store.warnings.find_unmatched(now=now)
        (listener,) = await store.warnings.listeners(Box(-9, 112, -7, 113), after=0, limit=9)
        assert listener.chat.chat_id == chat_id
        await store.warnings.put_matches(hazard, [listener.chat], now=now, is_last=True)
        assert await store.warnings.find_unmatched(now=now) == ()
        (claimed,) = await store.outbox.claim_warnings(now=now, lease_until=now + MINUTE, limit=9)
        assert claimed.message.chat.chat_id == chat_id


async def read_all_of_chat(store: Store, chat_id: int, now: datetime) -> dict[str, object]:
    """Everything that a bot could read or do in a chat; nothing of it works for an unknown chat."""
    return {
        "stored": dict(await store.chat_data.export(chat_id)),
        "settings": await store.chats.find(chat_id) == ChatSettings(chat_id),
        "place": await store.memberships.find(chat_id),
        "question": await store.questions.latest(chat_id),
        "subscription": await store.subscriptions.find(chat_id),
        "due": await store.subscriptions.next_due_at(chat_id),
        "watches": await store.watches.of_chat(chat_id),
        "feeds": await store.own_feeds.of_chat(chat_id),
        "own": (await store.own_feeds.list_page(chat_id, number=0, size=9)).items,
        "saved": (await store.saved.page(chat_id, number=0, size=9)).items,
        "answered": await store.answers.recall(chat_id, 11),
        "ledger": await store.deliveries.ledger(limit=9),
        "last": await store.deliveries.latest_created_at(),
        "blocked": await store.blocks.all(),
        "audience": await store.broadcasts.audience(),
        "broadcast": await store.broadcasts.find(1),
        "waiting": (await store.figures.backlog(now=now, late_from=now)).due,
    }


NOTHING: dict[str, object] = {
    "stored": {}, "settings": True, "place": None, "question": None, "subscription": None, "due": None, "watches": (),
    "feeds": (), "own": (),
    "saved": (), "answered": None, "ledger": (), "last": None, "blocked": frozenset(), "audience": 0,
    "broadcast": None, "waiting": 0,
}  # fmt: skip


async def test_chats_of_one_bot_are_invisible_to_another(fleet: Fleet, populate: Furnish, now: datetime) -> None:
    first, second = fleet.stores[A], fleet.stores[B]
    await populate(first, now)
    # The same person, in the other bot's chat, which has the same number.
    assert await read_all_of_chat(second, 7, now) == NOTHING
    # The news are those of both.
    assert (await second.news.list_page(NewsQuery(), length=SHORT, number=0, size=9)).total == 1
    figures = await second.figures.count(now=now)
    assert (figures.articles, figures.private_chats, figures.digests_sent, figures.blocked) == (1, 0, 0, 0)
    of_all = await fleet.store.figures.count(now=now)
    assert (of_all.articles, of_all.private_chats, of_all.digests_sent, of_all.blocked) == (1, 1, 1, 1)
    of_first = await read_all_of_chat(first, 7, now)
    await populate(second, now, number=2)
    assert await read_all_of_chat(first, 7, now) == of_first
    of_all = await fleet.store.figures.count(now=now)
    assert (of_all.articles, of_all.private_chats, of_all.digests_sent, of_all.blocked) == (2, 2, 2, 2)
    of_second = await read_all_of_chat(second, 7, now)
    await first.subscriptions.move_chat(7, -1007)
    assert await read_all_of_chat(second, 7, now) == of_second
    assert await first.chat_data.forget(-1007) > 0
    assert await read_all_of_chat(second, 7, now) == of_second
    assert dict(await first.chat_data.export(-1007)).keys() <= {"blocked_chats"}


async def test_each_bot_claims_its_own_digests_and_dead_members_are_released_for_all(
    fleet: Fleet, shared_url: str, populate: Furnish, now: datetime
) -> None:
    dying = await open_fleet(shared_url, WORKER, bot_ids=[A, B], pool_size=2)
    for number, bot_id in enumerate((A, B), 1):
        await populate(dying.stores[bot_id], now, number=number)
        digest = await dying.stores[bot_id].subscriptions.find(7)
        assert digest is not None
        await dying.stores[bot_id].subscriptions.put(digest, next_due_at=now + MINUTE, now=now)
    claim: dict[str, Any] = {"now": now + MINUTE, "lease_until": now + 9 * MINUTE, "limit": 9}
    for bot_id in (A, B):
        deliveries = dying.stores[bot_id].deliveries
        assert await deliveries.create_due(now=now + MINUTE, limit=9, next_due=lambda _: None) == 1
        assert len(await deliveries.claim(**claim)) == 1
        assert await fleet.stores[bot_id].deliveries.claim(**claim) == ()
    assert await fleet.members.gone() == frozenset()
    await dying.store.close()
    async with asyncio.timeout(20):
        while not (gone := await fleet.members.gone()):  # noqa: ASYNC110  (the server sends no signal)
            await asyncio.sleep(0.01)
    assert await fleet.members.release(gone, now=now) == 2
    for bot_id in (A, B):
        assert len(await fleet.stores[bot_id].deliveries.claim(**claim)) == 1


async def test_shared_connections_do_not_mix_rows_of_bots(fleet: Fleet, now: datetime) -> None:
    await fleet.stores[A].chats.put(ChatSettings(7, "en"), now=now)
    await fleet.stores[B].chats.put(ChatSettings(7, "id"), now=now)

    async def ask(number: int) -> tuple[int, str | None]:
        bot_id = (A, B)[number % 3 // 2]
        return bot_id, (await fleet.stores[bot_id].chats.find(7)).language

    # Often enough that the server keeps the statement prepared, on two connections.
    languages = await asyncio.gather(*map(ask, range(60)))
    assert set(languages) == {(A, "en"), (B, "id")}


async def test_every_bot_has_the_same_tables(fleet: Fleet, shared_url: str) -> None:
    columns = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = '{}'"
        " ORDER BY table_name, ordinal_position"
    )
    second = query_rows(shared_url, columns.format(f"bot_{B}"))
    names = {name for name, *_ in second}
    assert second == [row for row in query_rows(shared_url, columns.format("public")) if row[0] in names]
    with_chats = query_rows(
        shared_url,
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'chat_id'",
    )
    assert {name for (name,) in with_chats} <= names
    assert not names & {"articles", "stories", "sources", "queries", "ringkas_steps"}


async def test_upkeep_covers_all_bots_and_keeps_articles_in_use(
    fleet: Fleet, populate: Furnish, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    first, second = fleet.stores[A], fleet.stores[B]
    await populate(first, now)
    await populate(second, now, number=2)
    kept = make_article(5, url=None, outlet=None)
    stored = await first.articles.put(kept, summarize_first(kept), origin=Origin.CHAT, now=now)
    await second.saved.save(7, stored.id, now=now)
    later = now + max(KEPT.values()) + MINUTE
    upkeep = UpkeepService(first.upkeep, lambda: later)
    counted = await upkeep.count()
    assert counted == dict.fromkeys(KEPT, 2) | {Old.TEXTS: 4, Old.ANSWERS: 4, Old.FOLLOWS: 0, Old.CHAIN_TERMS: 18} | {
        Old.HAZARD_MESSAGES: 4
    }
    assert await upkeep.forget() == counted
    assert await second.deliveries.ledger(limit=9) == ()
    assert await second.articles.find(make_article_key(kept)) is not None
    await second.saved.remove(7, stored.id)
    assert (await upkeep.forget())[Old.OWN_ARTICLES] == 1


async def test_upkeep_keeps_news_that_a_chat_of_another_bot_is_saving(
    fleet: Fleet, shared_url: str, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    first, second = fleet.stores[A], fleet.stores[B]
    later = now + timedelta(days=101)

    async def report(number: int, at: datetime) -> int:
        article = make_article(number, published_at=at)
        return (await first.articles.put(article, summarize_first(article), origin=Origin.FEED, now=at)).id

    old = await report(1, now)
    await report(2, later)
    upkeep = UpkeepService(first.upkeep, lambda: later, timedelta(days=100))
    with psycopg.connect(shared_url) as chat:
        chat.execute(f"INSERT INTO bot_{B}.saved_articles VALUES (7, {old}, now())".encode())  # noqa: S608  (ours)
        # Not committed yet.
        assert await upkeep.count() == dict.fromkeys(upkeep.kept, 0) | {Old.NEWS: 1}
        assert (await upkeep.forget())[Old.NEWS] == 0
    assert (await upkeep.forget())[Old.NEWS] == 0
    assert await second.saved.remove(7, old)
    assert (await upkeep.forget())[Old.NEWS] == 1


async def test_single_bot_database_is_converted_to_a_fleet(new_url: str, populate: Furnish, now: datetime) -> None:
    alone = await open_store(new_url, is_bot=True, bot_id=A, pool_size=2)
    await populate(alone, now)
    before = await read_all_of_chat(alone, 7, now)
    with pytest.raises(StoreError, match="leave --bot away"):
        await open_store(new_url, bot_id=A, pool_size=2)
    await alone.close()
    # In whichever order they are named from then on.
    for named in ([A, B], [B, A]):
        fleet = await open_fleet(new_url, WORKER, bot_ids=named, pool_size=2)
        assert await read_all_of_chat(fleet.stores[A], 7, now) == before
        assert await read_all_of_chat(fleet.stores[B], 7, now) == NOTHING
        await fleet.store.close()
    for bot_id, expected in ((A, before), (B, NOTHING), (None, before)):
        store = await open_store(new_url, is_bot=True, bot_id=bot_id, pool_size=2)
        assert await read_all_of_chat(store, 7, now) == expected
        await store.close()
    with pytest.raises(StoreError, match=r"no bot with the id 99 .* 77, 88"):
        await open_store(new_url, bot_id=99, pool_size=2)
    # One that runs alone is given a place too, and the doctor looks at all.
    third = await open_store(new_url, is_bot=True, bot_id=99, pool_size=2)
    digest = await add_earlier_digest(third, populate, now)
    await third.close()
    assert query_rows(new_url, "SELECT bot_id, place FROM fleet.bots ORDER BY bot_id") == [
        (77, "public"), (88, "bot_88"), (99, "bot_99"),
    ]  # fmt: skip
    health = await examine_server(new_url, pool_size=2)
    assert (health.fault, health.next_due_at) == (None, digest)


async def add_earlier_digest(store: Store, furnish: Furnish, now: datetime) -> datetime:
    """The chat's next digest, earlier than all others."""
    await furnish(store, now, chat_id=9, number=9)
    digest = await store.subscriptions.find(9)
    assert digest is not None
    await store.subscriptions.put(digest, next_due_at=now - MINUTE, now=now)
    return now - MINUTE


async def test_newer_version_migrates_the_tables_of_every_bot(
    new_url: str, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    fleet = await open_fleet(new_url, WORKER, bot_ids=[A, B], pool_size=2)
    await fleet.stores[B].chats.put(ChatSettings(7, "en"), now=now)
    await fleet.store.close()
    newer = (
        *schema.STEPS,
        Step("m999_moods", "CREATE TABLE moods (id int)", "ALTER TABLE chat_settings ADD mood text"),
    )
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(schema, "STEPS", newer)
        fleet = await open_fleet(new_url, WORKER, bot_ids=[A, B, 99], pool_size=2)
        assert (await fleet.stores[B].chats.find(7)).language == "en"
        await fleet.store.close()
    changed = query_rows(
        new_url, "SELECT table_schema FROM information_schema.columns WHERE column_name = 'mood' ORDER BY table_schema"
    )
    assert changed == [("bot_88",), ("bot_99",), ("public",)]
    assert query_rows(
        new_url, "SELECT to_regclass('public.moods') IS NOT NULL, to_regclass('bot_88.moods') IS NULL"
    ) == [(True, True)]
    with pytest.raises(StoreTooNew):
        await open_fleet(new_url, WORKER, bot_ids=[A, B], pool_size=2)


async def test_concurrent_starts_assign_one_schema_per_bot(new_url: str) -> None:
    fleets = await asyncio.gather(*(open_fleet(new_url, WORKER, bot_ids=[A, B, 90 + n], pool_size=2) for n in range(4)))
    for fleet in fleets:
        await fleet.store.close()
    assert len(query_rows(new_url, "SELECT DISTINCT place FROM fleet.bots")) == 6


async def test_existing_schema_of_the_same_name_is_reported(new_url: str) -> None:
    query_rows(new_url, f"CREATE SCHEMA bot_{B}")
    with pytest.raises(StoreError, match="rename it"):
        await open_fleet(new_url, WORKER, bot_ids=[A, B], pool_size=2)
