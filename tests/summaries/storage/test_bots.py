"""Several bots on one PostgreSQL database: one news for all, and each with chats of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from summaries.errors import StoreError, StoreTooNew
from summaries.model import SHORT, Article, ChatSettings, Membership, NewsQuery, Old, Origin, Summary
from summaries.storage import Fleet, Store, open_fleet, open_store
from summaries.storage.postgres import schema
from summaries.storage.postgres.health import examine_server
from summaries.storage.sql.schema import Step
from summaries.upkeep import KEPT, UpkeepService
from summaries.urls import make_article_key
from tests.postgres_server import empty, new_database

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
Furnish = Callable[..., Awaitable[None]]
A, B = 77, 88
WORKER = Membership("worker", "1.0", 7, ("answers",))
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def shared_url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
async def fleet(shared_url: str) -> AsyncIterator[Fleet]:
    opened = await open_fleet(shared_url, WORKER, bot_ids=[A, B], pool_size=2)
    empty(shared_url)
    yield opened
    await opened.store.close()


@pytest.fixture
def new_url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


def rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as server:
        cursor = server.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


async def everything_of(store: Store, chat_id: int, now: datetime) -> dict[str, object]:
    """Everything that a bot could read or do in a chat; nothing of it works for an unknown chat."""
    return {
        "stored": dict(await store.chat_data.export(chat_id)),
        "settings": await store.chats.find(chat_id) == ChatSettings(chat_id),
        "place": await store.memberships.find(chat_id),
        "question": await store.questions.latest(chat_id),
        "subscription": await store.subscriptions.find(chat_id),
        "due": await store.subscriptions.next_due_at(chat_id),
        "watches": await store.watches.of_chat(chat_id),
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
    "saved": (), "answered": None, "ledger": (), "last": None, "blocked": frozenset(), "audience": 0,
    "broadcast": None, "waiting": 0,
}  # fmt: skip


async def test_what_one_bots_chat_does_another_bot_never_sees(fleet: Fleet, furnish: Furnish, now: datetime) -> None:
    first, second = fleet.stores[A], fleet.stores[B]
    await furnish(first, now)
    # The same person, in the other bot's chat, which has the same number.
    assert await everything_of(second, 7, now) == NOTHING
    # The news are those of both.
    assert (await second.news.list_page(NewsQuery(), length=SHORT, number=0, size=9)).total == 1
    figures = await second.figures.count(now=now)
    assert (figures.articles, figures.private_chats, figures.digests_sent, figures.blocked) == (1, 0, 0, 0)
    of_all = await fleet.store.figures.count(now=now)
    assert (of_all.articles, of_all.private_chats, of_all.digests_sent, of_all.blocked) == (1, 1, 1, 1)
    of_first = await everything_of(first, 7, now)
    await furnish(second, now, number=2)
    assert await everything_of(first, 7, now) == of_first
    of_all = await fleet.store.figures.count(now=now)
    assert (of_all.articles, of_all.private_chats, of_all.digests_sent, of_all.blocked) == (2, 2, 2, 2)
    of_second = await everything_of(second, 7, now)
    await first.subscriptions.move_chat(7, -1007)
    assert await everything_of(second, 7, now) == of_second
    assert await first.chat_data.forget(-1007) > 0
    assert await everything_of(second, 7, now) == of_second
    assert dict(await first.chat_data.export(-1007)).keys() <= {"blocked_chats"}


async def test_each_bot_claims_its_own_and_who_died_is_missed_everywhere(
    fleet: Fleet, shared_url: str, furnish: Furnish, now: datetime
) -> None:
    dying = await open_fleet(shared_url, WORKER, bot_ids=[A, B], pool_size=2)
    for number, bot_id in enumerate((A, B), 1):
        await furnish(dying.stores[bot_id], now, number=number)
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


async def test_bots_share_connections_and_never_each_others_rows(fleet: Fleet, now: datetime) -> None:
    await fleet.stores[A].chats.put(ChatSettings(7, "en"), now=now)
    await fleet.stores[B].chats.put(ChatSettings(7, "id"), now=now)

    async def ask(number: int) -> tuple[int, str | None]:
        bot_id = (A, B)[number % 3 // 2]
        return bot_id, (await fleet.stores[bot_id].chats.find(7)).language

    # Often enough that the server keeps the statement prepared, on two connections.
    told = await asyncio.gather(*map(ask, range(60)))
    assert set(told) == {(A, "en"), (B, "id")}


async def test_every_bot_has_the_same_tables(fleet: Fleet, shared_url: str) -> None:
    columns = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = '{}'"
        " ORDER BY table_name, ordinal_position"
    )
    second = rows(shared_url, columns.format(f"bot_{B}"))
    names = {name for name, *_ in second}
    assert second == [row for row in rows(shared_url, columns.format("public")) if row[0] in names]
    with_chats = rows(
        shared_url,
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'chat_id'",
    )
    assert {name for (name,) in with_chats} <= names
    assert not names & {"articles", "stories", "sources", "queries", "ringkas_steps"}


async def test_what_is_old_goes_everywhere_and_what_any_bot_needs_stays(
    fleet: Fleet, furnish: Furnish, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    first, second = fleet.stores[A], fleet.stores[B]
    await furnish(first, now)
    await furnish(second, now, number=2)
    kept = make_article(5, url=None, outlet=None)
    stored = await first.articles.put(kept, summarize_first(kept), origin=Origin.CHAT, now=now)
    await second.saved.save(7, stored.id, now=now)
    later = now + max(KEPT.values()) + MINUTE
    upkeep = UpkeepService(first.upkeep, lambda: later)
    counted = await upkeep.count()
    assert counted == dict.fromkeys(Old, 2) | {Old.TEXTS: 4, Old.ANSWERS: 4}
    assert await upkeep.forget() == counted
    assert await second.deliveries.ledger(limit=9) == ()
    assert await second.articles.find(make_article_key(kept)) is not None
    await second.saved.remove(7, stored.id)
    assert (await upkeep.forget())[Old.OWN_ARTICLES] == 1


async def test_a_database_of_one_bot_goes_on_as_that_of_several(new_url: str, furnish: Furnish, now: datetime) -> None:
    alone = await open_store(new_url, is_bot=True, bot_id=A, pool_size=2)
    await furnish(alone, now)
    before = await everything_of(alone, 7, now)
    with pytest.raises(StoreError, match="leave --bot away"):
        await open_store(new_url, bot_id=A, pool_size=2)
    await alone.close()
    # In whichever order they are named from then on.
    for named in ([A, B], [B, A]):
        fleet = await open_fleet(new_url, WORKER, bot_ids=named, pool_size=2)
        assert await everything_of(fleet.stores[A], 7, now) == before
        assert await everything_of(fleet.stores[B], 7, now) == NOTHING
        await fleet.store.close()
    for bot_id, expected in ((A, before), (B, NOTHING), (None, before)):
        store = await open_store(new_url, is_bot=True, bot_id=bot_id, pool_size=2)
        assert await everything_of(store, 7, now) == expected
        await store.close()
    with pytest.raises(StoreError, match=r"no bot with the id 99 .* 77, 88"):
        await open_store(new_url, bot_id=99, pool_size=2)
    # One that runs alone is given a place too, and the doctor looks at all.
    third = await open_store(new_url, is_bot=True, bot_id=99, pool_size=2)
    digest = await alone_digest(third, furnish, now)
    await third.close()
    assert rows(new_url, "SELECT bot_id, place FROM fleet.bots ORDER BY bot_id") == [
        (77, "public"), (88, "bot_88"), (99, "bot_99"),
    ]  # fmt: skip
    health = await examine_server(new_url, pool_size=2)
    assert (health.fault, health.next_due_at) == (None, digest)


async def alone_digest(store: Store, furnish: Furnish, now: datetime) -> datetime:
    """The chat's next digest, earlier than all others."""
    await furnish(store, now, chat_id=9, number=9)
    digest = await store.subscriptions.find(9)
    assert digest is not None
    await store.subscriptions.put(digest, next_due_at=now - MINUTE, now=now)
    return now - MINUTE


async def test_a_newer_version_changes_the_tables_of_all(
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
    changed = rows(
        new_url, "SELECT table_schema FROM information_schema.columns WHERE column_name = 'mood' ORDER BY table_schema"
    )
    assert changed == [("bot_88",), ("bot_99",), ("public",)]
    assert rows(new_url, "SELECT to_regclass('public.moods') IS NOT NULL, to_regclass('bot_88.moods') IS NULL") == [
        (True, True)
    ]
    with pytest.raises(StoreTooNew):
        await open_fleet(new_url, WORKER, bot_ids=[A, B], pool_size=2)


async def test_many_that_start_at_once_give_each_bot_one_place(new_url: str) -> None:
    fleets = await asyncio.gather(*(open_fleet(new_url, WORKER, bot_ids=[A, B, 90 + n], pool_size=2) for n in range(4)))
    for fleet in fleets:
        await fleet.store.close()
    assert len(rows(new_url, "SELECT DISTINCT place FROM fleet.bots")) == 6


async def test_a_place_that_somebody_else_has_is_named(new_url: str) -> None:
    rows(new_url, f"CREATE SCHEMA bot_{B}")
    with pytest.raises(StoreError, match="rename it"):
        await open_fleet(new_url, WORKER, bot_ids=[A, B], pool_size=2)
