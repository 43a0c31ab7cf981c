"""Editions on one PostgreSQL database: each has its own news, which no statement of another edition sees."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import psycopg
import pytest

from summaries.errors import StoreError
from summaries.model import SHORT, Article, ChatRef, ChatSettings, Membership, NewsQuery, Old, Origin, Subscription
from summaries.storage import Fleet, Store, open_fleet, open_public_store, open_store
from summaries.storage.postgres import schema
from summaries.storage.postgres.database import Database
from summaries.storage.postgres.health import examine_server
from summaries.storage.sql.schema import Step
from summaries.summarizer import summarize_each
from summaries.upkeep import KEPT, UpkeepService
from summaries.urls import make_article_key
from tests.postgres_server import new_database

Make = Callable[..., Article]
Furnish = Callable[..., Awaitable[None]]
# A and B have editions, C shares that of B, and D has none.
A, B, C, D = 71, 72, 73, 74
NAMES = {A: "jatim", B: "bola", C: "bola"}
WORKER = Membership("worker", "1.0", 7, ("answers",))
NOW = datetime(2026, 11, 2, 7, tzinfo=UTC)
KILLS = 6


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as made:
        yield made


@pytest.fixture
async def fleet(url: str) -> AsyncIterator[Fleet]:
    opened = await open_fleet(url, WORKER, bot_ids=[A, B, C, D], editions=NAMES, pool_size=2)
    yield opened
    await opened.store.close()


async def read_news(store: Store, now: datetime = NOW) -> list[object]:
    """Return everything that readers could see of the news."""
    queries = NewsQuery(), NewsQuery(words="padi")
    lists = [await store.news.list_page(query, length=SHORT, number=0, size=99) for query in queries]
    found: list[object] = [item.stored.article.title for page in lists for item in page.items]
    found += await store.news.outlets()
    found += await store.news.categories()
    found += await store.news.most_covered(now - timedelta(days=2), now + timedelta(days=1), length=SHORT, limit=9)
    found += await store.articles.list_summaries(after=0, limit=9)
    found += (await store.stories.changes(after=0, since=now - timedelta(days=9), limit=9)).entries
    return found


async def read_titles(url: str, bot_id: int) -> list[str]:
    """Return the titles that the API of the bot's edition lists."""
    public = await open_public_store(url, pool_size=2, bot_id=bot_id)
    page = await public.news.list_page(NewsQuery(), length=SHORT, number=0, size=99)
    await public.close()
    return [item.stored.article.title for item in page.items]


async def test_news_of_an_edition_is_seen_by_its_bots_only(url: str, fleet: Fleet, populate: Furnish) -> None:
    await populate(fleet.stores[B], NOW, number=2)
    news = await read_news(fleet.stores[B])
    assert news
    assert await read_news(fleet.stores[C]) == news
    assert [await read_titles(url, bot_id) for bot_id in (A, B, C, D)] == [[], [news[0]], [news[0]], []]
    for bot_id in (A, D):
        assert await read_news(fleet.stores[bot_id]) == []
        assert await fleet.stores[bot_id].sources.all() == ()
        figures = await fleet.stores[bot_id].figures.count(now=NOW)
        assert (figures.articles, figures.stories) == (0, 0)
    # Ids begin in each edition, so that a saved article of one cannot be taken for another's.
    await populate(fleet.stores[A], NOW, number=1)
    assert await read_news(fleet.stores[B]) == news
    of_all = await fleet.store.figures.count(now=NOW)
    assert (of_all.articles, of_all.private_chats, of_all.sources) == (2, 2, 2)


async def test_upkeep_of_one_edition_leaves_the_others(
    fleet: Fleet, populate: Furnish, make_article: Make, summarize_first: Callable[..., Any]
) -> None:
    for number, bot_id in enumerate((A, B, C, D)):
        await populate(fleet.stores[bot_id], NOW, number=number)
    later = NOW + max(KEPT.values()) + timedelta(minutes=1)
    for store in fleet.stores[A], fleet.stores[B]:
        for number, at in (8, NOW), (9, later):
            article = make_article(number, published_at=at)
            await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=at)
    gone = await UpkeepService(fleet.stores[B].upkeep, lambda: later, timedelta(days=100)).forget()
    # B and C share the edition.
    assert (gone[Old.DIGESTS], gone[Old.NEWS]) == (2, 1)
    key = make_article_key(make_article(8))
    found = [await fleet.stores[bot_id].articles.find(key) for bot_id in (A, B)]
    assert [stored is not None for stored in found] == [True, False]
    assert len(await fleet.stores[A].deliveries.ledger(limit=9)) == 1
    assert len(await fleet.stores[D].deliveries.ledger(limit=9)) == 1


async def test_first_bot_keeps_its_news_and_a_bot_keeps_its_edition(url: str, populate: Furnish) -> None:
    alone = await open_store(url, is_bot=True, bot_id=A, edition="jatim", pool_size=2)
    await populate(alone, NOW)
    news = await read_news(alone)
    assert await read_titles(url, A) == news[:1]
    await alone.close()
    # A command of the operator, before there was a fleet.
    command = await open_store(url, bot_id=A, edition="jatim", pool_size=2)
    assert await read_news(command) == news
    await command.close()
    fleet = await open_fleet(url, WORKER, bot_ids=[A, D], editions=NAMES, pool_size=2)
    assert await read_news(fleet.stores[A]) == news
    assert await read_news(fleet.stores[D]) == []
    await fleet.store.close()
    with pytest.raises(StoreError, match="71 has had the edition jatim, and EDITIONS gives it no edition"):
        await open_fleet(url, WORKER, bot_ids=[A], pool_size=2)
    with pytest.raises(StoreError, match="74 has had no edition, and EDITIONS gives it the edition bola"):
        await open_store(url, is_bot=True, bot_id=D, edition="bola", pool_size=2)
    places = {A: ("public", "public", "jatim"), D: ("bot_74", "news", "")}
    with psycopg.connect(url) as server:
        rows = server.execute("SELECT bot_id, place, news, edition FROM fleet.bots").fetchall()
    assert {bot_id: tuple(names) for bot_id, *names in rows} == places
    # The doctor counts the news of all editions.
    health = await examine_server(url, pool_size=2)
    assert (health.fault, health.articles, health.indexed) == (None, 1, 1)


async def test_newer_version_migrates_the_news_of_every_edition(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await open_fleet(url, WORKER, bot_ids=[D, A], editions=NAMES, pool_size=2)).store.close()
    newer = Step("m999_moods", "CREATE TABLE moods (id int)", "ALTER TABLE chat_settings ADD mood text")
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(schema, "STEPS", (*schema.STEPS, newer))
        await (await open_fleet(url, WORKER, bot_ids=[D, A, B], editions=NAMES, pool_size=2)).store.close()
    with psycopg.connect(url) as server:
        places = server.execute("SELECT table_schema FROM information_schema.tables WHERE table_name = 'moods'")
        assert {place for (place,) in places} == {"public", "news_jatim", "news_bola"}


async def test_interrupted_change_of_the_search_path_is_not_trusted(url: str) -> None:
    """The server may have run the statement although the caller was cancelled."""
    await (await open_fleet(url, WORKER, bot_ids=[D, A], editions=NAMES, pool_size=2)).store.close()
    database = await Database.open(url, pool_size=1, bot_ids=[D])
    other = database.of_bot(A)
    path = "SELECT current_setting('search_path')"
    first = await database.value(path)
    async with database._pool.connection() as connection:
        run = connection.execute

        async def run_and_cancel(*values: Any, **more: Any) -> None:
            await run(*values, **more)
            raise asyncio.CancelledError

        connection.execute = run_and_cancel  # type: ignore[method-assign, assignment]
    with pytest.raises(asyncio.CancelledError):
        await other.value(path)
    connection.execute = run  # type: ignore[method-assign]
    assert await database.value(path) == first
    assert await other.value(path) == "bot_71, news_jatim"
    await database.close()


def make_article_of(name: str, number: int) -> Article:
    text = (
        f"Petani {name} menjemur padi ke-{number} di halaman balai. Hasilnya naik dari tahun lalu.\n\n"
        "Harga gabah ikut naik sejak pekan lalu karena pasokan ke pasar induk berkurang. Kepala balai meminta warga "
        "menyimpan sebagian hasil panen itu untuk musim kemarau yang diperkirakan lebih panjang."
    )
    url = f"https://{name}.example/{number}"
    return Article(title=f"Kabar {name} {number}", text=text, outlet=f"Koran {name}", category="daerah", url=url)


def write_until_killed(url: str, began_at: int, pipe: Connection) -> None:
    """Store articles, chats and digests of two editions on shared connections, and report each round."""

    async def add(store: Store, name: str, number: int) -> None:
        article = make_article_of(name, number)
        await store.articles.put(article, summarize_each(article, (SHORT,)), origin=Origin.FEED, now=NOW)
        await store.chats.put(ChatSettings(number, "en" if name == "jatim" else "id"), now=NOW)
        digest = Subscription(ChatRef(number), (NOW.time(),), "Asia/Jakarta")
        await store.subscriptions.put(digest, next_due_at=NOW, now=NOW)
        await store.deliveries.create_due(now=NOW, limit=9, next_due=lambda _: None)

    async def work() -> None:
        fleet = await open_fleet(url, WORKER, bot_ids=[A, B], editions=NAMES, pool_size=2)
        for number in range(began_at, began_at + 10_000):
            adding = [asyncio.create_task(add(fleet.stores[bot_id], NAMES[bot_id], number)) for bot_id in (A, B)]
            if number % 3 == 0:
                # A stop cancels the work in progress.
                await asyncio.sleep(number % 7 / 1000)
                for task in adding:
                    task.cancel()
            results = await asyncio.gather(*adding, return_exceptions=True)
            assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results), results
            pipe.send(number)

    asyncio.run(work())


async def test_no_story_is_in_another_edition_after_kills(url: str) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    number = 1
    for kill in range(KILLS):
        ours, theirs = context.Pipe()
        doomed = context.Process(target=write_until_killed, args=(url, number, theirs), daemon=True)
        doomed.start()
        for _ in range(3 + kill):
            assert await asyncio.to_thread(ours.poll, 60)
            number = ours.recv() + 1
        doomed.kill()
        await asyncio.to_thread(doomed.join)
    fleet = await open_fleet(url, WORKER, bot_ids=[A, B], editions=NAMES, pool_size=2)
    for bot_id, language in ((A, "en"), (B, "id")):
        store, name = fleet.stores[bot_id], NAMES[bot_id]
        page = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=500)
        titles = [item.stored.article.title for item in page.items]
        assert len(titles) >= KILLS
        assert all(title.startswith(f"Kabar {name} ") for title in titles)
        assert await store.news.outlets() == (f"Koran {name}",)
        chats = [await store.chats.find(chat_id) for chat_id in range(1, number)]
        assert {chat.language for chat in chats if chat.language} == {language}
    await fleet.store.close()
