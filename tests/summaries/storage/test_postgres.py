"""Conditions that only a server brings: start twice, be unfit, go away, serve several processes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from summaries.errors import (
    InvalidSettings,
    LeaseLost,
    StoreBusy,
    StoreError,
    StoreInUse,
    StoreTooNew,
    StoreUnreachable,
)
from summaries.model import (
    SHORT,
    Article,
    ChatRef,
    CompositionResult,
    DeliveryPart,
    NewsQuery,
    NewsRequest,
    Origin,
    Outcome,
    PartState,
    Preferences,
    Subscription,
    Summary,
)
from summaries.storage import Store, check_address, open_store, shown_address
from summaries.storage.postgres import advisory_lock
from summaries.storage.postgres import connect as pg_pool
from summaries.storage.postgres import connect as starting
from summaries.storage.postgres.database import Database
from summaries.storage.postgres.schema import STEPS
from summaries.storage.postgres.session import Session
from summaries.storage.sql.articles import ArticleRows
from summaries.storage.sql.deliveries import DeliveryRows
from summaries.storage.sql.news import NewsRows
from summaries.urls import make_url_key
from tests.postgres_server import new_database, with_name
from tests.summaries.storage.test_round_trips import Relay

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
LEASE = timedelta(minutes=5)


def run_sql(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.encode())


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(postgres_url, pool_size=3)
    yield opened
    await opened.close()


async def test_foreign_keys_are_indexed(database: Database) -> None:
    found = await database.rows(
        "SELECT conrelid::regclass || '.' || a.attname AS name, EXISTS (SELECT FROM pg_index i"
        " WHERE i.indrelid = conrelid AND i.indkey[0] = a.attnum AND"
        " coalesce(pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)', true)) AS is_found"
        " FROM pg_constraint JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1] WHERE contype = 'f'"
    )
    assert len(found) > 10
    assert [row["name"] for row in found if not row["is_found"]] == []


async def test_concurrent_starts_create_the_tables_once(postgres_server: str) -> None:
    with new_database(postgres_server) as url:
        stores = await asyncio.gather(*(open_store(url, pool_size=2) for _ in range(4)))
        assert await stores[3].news.outlets() == ()
        for store in stores:
            await store.close()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT name FROM ringkas_steps ORDER BY name").fetchall() == [
                (step.name,) for step in STEPS
            ]


async def open_refused(url: str, error: type[Exception], **options: Any) -> str:
    """The output of a start, which is one line."""
    with pytest.raises(error) as caught:
        await open_store(url, **({"pool_size": 2} | options))
    message = str(caught.value)
    assert "\n" not in message
    return message


async def test_unusable_database_error_explains_the_fix(postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "postgresql://ringkas:rahasia@127.0.0.1:9/ringkas"
    message = await open_refused(secret, StoreUnreachable)
    assert message.startswith("cannot connect to postgresql://127.0.0.1:9/ringkas: ")
    assert "rahasia" not in message
    message = await open_refused(with_name(postgres_server, "tiada"), StoreUnreachable)
    assert 'database "tiada" does not exist' in message
    with new_database(postgres_server) as url:
        assert "lower DATABASE_POOL_SIZE" in await open_refused(url, StoreError, pool_size=100_000)
        run_sql(url, "CREATE TABLE articles (id int)")
        assert "create a database for Ringkas alone" in await open_refused(url, StoreError)
        run_sql(url, "DROP TABLE articles")
        await (await open_store(url, pool_size=2)).close()
        run_sql(url, "INSERT INTO ringkas_steps (name) VALUES ('m999_dreams')")
        assert "newer version of Ringkas (it has m999_dreams)" in await open_refused(url, StoreTooNew)
        monkeypatch.setattr(starting, "MIN_VERSION", 990_000)
        assert "Ringkas needs 99 or newer: update the server" in await open_refused(url, StoreError)
    with new_database(postgres_server, "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0") as url:
        monkeypatch.undo()
        assert "ENCODING 'UTF8'" in await open_refused(url, StoreError)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p%40w@db.example:6543/ringkas?sslmode=require", "postgresql://db.example:6543/ringkas"),
        ("postgres://u:pw@[::1]/r", "postgresql://::1/r"),
        ("postgresql:///ringkas?host=/run/postgresql", "postgresql:///ringkas"),
    ],
)
def test_shown_address_hides_secrets(url: str, shown: str) -> None:
    check_address(url)
    assert shown_address(url) == shown


async def test_invalid_address_error_hides_secrets() -> None:
    assert "rahasia" not in await open_refused("postgresql://u:rahasia%zz@127.0.0.1/ringkas", InvalidSettings)
    assert "rahasia" not in await open_refused("postgresql://u:rahasia@127.0.0.1/ringkas?warna=biru", InvalidSettings)


async def test_second_bot_on_a_database_is_refused(postgres_url: str) -> None:
    bot = await open_store(postgres_url, is_bot=True, pool_size=2)
    assert "another bot is running" in await open_refused(postgres_url, StoreInUse, is_bot=True)
    await (await open_store(postgres_url, pool_size=2)).close()
    await bot.close()
    await (await open_store(postgres_url, is_bot=True, pool_size=2)).close()


async def wait_until_refusal_is(is_refused: bool, write: Callable[[], Awaitable[object]]) -> bool:
    """Write until another bot is the reason why that can't be, or is no more."""
    async with asyncio.timeout(20):
        while True:
            try:
                await write()
                was_refused = False
            except StoreInUse:
                was_refused = True
            if was_refused is is_refused:
                return True
            await asyncio.sleep(0.02)


async def test_lost_advisory_lock_is_reacquired_unless_taken(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(advisory_lock, "CHECK_EVERY_S", 0.05)
    bot = await open_store(postgres_url, is_bot=True, pool_size=2)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        # Another bot is quicker.
        other.execute(END_ALL, [other.info.backend_pid])
        other.execute("SELECT pg_advisory_lock(%s)", [advisory_lock.KEY])
        assert await wait_until_refusal_is(True, lambda: bot.blocks.block(7, now=now))
    # And goes again.
    assert await wait_until_refusal_is(False, lambda: bot.blocks.unblock(7))
    await open_refused(postgres_url, StoreInUse, is_bot=True)
    await bot.close()


END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


async def test_query_is_retried_after_a_server_restart(database: Database, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as other:
        mine = other.info.backend_pid
        assert await database.value("SELECT 1") == 1
        other.execute(END_ALL, [mine])
        assert await database.value("SELECT 2") == 2
        tries = 0

        async def work(db: Session) -> int:
            nonlocal tries
            tries += 1
            await db.run("INSERT INTO search_words (word) VALUES ('padi')")
            if tries == 1:
                # In the midst of it: nothing of the first try is left.
                other.execute(END_ALL, [mine])
            return int(await db.value("SELECT count(*) FROM search_words"))

        assert (await database.write(work), tries) == (1, 2)


async def test_prepared_statement_is_renewed_after_a_table_change(
    postgres_server: str,
) -> None:
    with new_database(postgres_server) as url:
        old = await Database.open(url, pool_size=2)
        for _ in range(8):
            assert await old.rows("SELECT * FROM search_words") == []
        run_sql(url, "ALTER TABLE search_words ADD COLUMN since integer")
        assert await old.rows("SELECT * FROM search_words") == []
        await old.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("TimeZone", "UTC"),
        ("lock_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("random_page_cost", "1.1"),
        ("jit", "off"),
    ],
)
async def test_each_connection_is_configured(database: Database, setting: str, value: str) -> None:
    assert await database.value(f"SHOW {setting}") == value


async def test_planner_setting_in_the_url_is_kept(postgres_url: str) -> None:
    mark = "&" if "?" in postgres_url else "?"
    database = await Database.open(f"{postgres_url}{mark}options=-c%20random_page_cost%3D2", pool_size=2)
    assert await database.value("SHOW random_page_cost") == "2"
    await database.close()


async def test_article_terms_are_stored_inline(database: Database) -> None:
    kept = "SELECT attstorage::text FROM pg_attribute WHERE attrelid = 'article_search'::regclass AND attname = 'terms'"
    assert await database.value(kept) == "m"


async def test_word_searches_are_not_prepared(
    database: Database, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article, news, deliveries = make_article(), NewsRows(database), DeliveryRows(database)
    await ArticleRows(database).put(article, summarize_first(article), origin=Origin.FEED, now=now)
    wish = NewsRequest(7, now - LEASE, now, Preferences(include=("padi",)))
    for _ in range(8):
        for query in (NewsQuery(words="padi"), NewsQuery(words="padi", since=now - LEASE), NewsQuery()):
            assert (await news.list_page(query, length=SHORT, number=0, size=5)).total == 1
        assert await news.suggest("padz") == "padi"
        (chosen,) = await deliveries.open_news().choose([wish])
        assert chosen.total == 1
    prepared = [row["statement"] for row in await database.rows("SELECT statement FROM pg_prepared_statements")]
    assert any("FROM stories" in statement for statement in prepared)
    assert not [statement for statement in prepared if "terms @@" in statement]


async def test_row_locked_for_long_raises_busy(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(pg_pool, "SESSION", "SET lock_timeout = '50ms'")
    store = await open_store(postgres_url, pool_size=2)
    await store.blocks.block(7, now=now)
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM blocked_chats FOR UPDATE")
        with pytest.raises(StoreBusy, match="another process"):
            await store.blocks.unblock(7)
    assert await store.blocks.unblock(7)
    await store.close()


async def test_deadlock_is_retried(database: Database) -> None:
    await database.run("INSERT INTO search_words (word) VALUES ('a'), ('b')")
    barrier = asyncio.Barrier(2)
    is_first = [True, True]

    async def work(db: Session, number: int) -> None:
        await db.run("UPDATE search_words SET word = word WHERE word = %s", ["ab"[number]])
        if is_first[number]:
            is_first[number] = False
            await barrier.wait()
        await db.run("UPDATE search_words SET word = word WHERE word = %s", ["ba"[number]])

    await asyncio.gather(*(database.write(lambda db, n=n: work(db, n)) for n in range(2)))  # type: ignore[misc]


async def test_caller_error_rolls_back_and_is_raised(database: Database) -> None:
    async def fail(db: Session) -> None:
        await db.run("INSERT INTO search_words (word) VALUES ('padi')")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    assert await database.value("SELECT count(*) FROM search_words") == 0


async def test_closed_store_refuses_work_and_closes_twice(postgres_url: str) -> None:
    store = await open_store(postgres_url, pool_size=2)
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.sources.all()
    await store.close()


async def test_bot_closes_soon_while_the_server_does_not_answer(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory_lock, "RELEASE_S", 0.05)
    relay = Relay(postgres_url)
    async with await asyncio.start_server(relay.accept, "127.0.0.1", 0) as server:
        bot = await open_store(relay.address(server.sockets[0].getsockname()[1]), is_bot=True, pool_size=2)
        relay.is_silent = True
        async with asyncio.timeout(5):
            await bot.close()
        await relay.close()


async def test_expired_lease_leaves_the_delivery_to_its_new_owner(postgres_url: str, now: datetime) -> None:
    slow, quick = [await open_store(postgres_url, pool_size=2) for _ in range(2)]
    await slow.subscriptions.put(Subscription(ChatRef(7), (time(7),), "Asia/Jakarta"), next_due_at=now, now=now)
    await slow.deliveries.create_due(now=now, limit=9, next_due=lambda _: None)
    (new,) = await slow.deliveries.claim(now=now, lease_until=now + LEASE, limit=9)
    parts = (DeliveryPart(0, "satu"), DeliveryPart(1, "dua"))
    await slow.deliveries.save_composed(CompositionResult(rendered=((parts, (new.id,)),)), now=now)
    (new,) = await slow.outbox.claim_digests(now=now, lease_until=now + LEASE, limit=9)
    await slow.outbox.mark_sending(new.message(new.parts[0]), until=new.lease_until)
    later = now + LEASE
    (taken,) = await quick.outbox.claim_digests(now=later, lease_until=later + LEASE, limit=9)
    assert taken.parts[0].state is PartState.SENDING
    # The first message left all the same, and is known to have; the second is the other's.
    await slow.outbox.mark_sent(new.message(new.parts[0]), message_id=5, now=later)
    with pytest.raises(LeaseLost):
        await slow.outbox.mark_sending(new.message(new.parts[1]), until=new.lease_until)
    await slow.outbox.postpone([part.id for part in new.parts], now)
    await slow.deliveries.finish(new.id, Outcome.FAILED, now=now)
    assert await slow.outbox.claim_digests(now=later, lease_until=later, limit=9) == ()
    await quick.outbox.mark_sending(taken.message(taken.parts[1]), until=taken.lease_until)
    await quick.deliveries.finish(new.id, Outcome.SENT, now=later)
    (record,) = await quick.deliveries.history(7, limit=9)
    assert (record.outcome, record.sent) == (Outcome.SENT, 1)
    for store in (slow, quick):
        await store.close()


async def test_extreme_values_are_stored(
    postgres_url: str, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    store = await open_store(postgres_url, pool_size=2)
    draw = random.Random(7)
    words = ["".join(draw.choices("abcdefghij", k=9)) for _ in range(45_000)]
    for number, (title, text, url) in enumerate([
        ("Nol\0nol", "Air\0surut. Warga pulang.", "https://kabar.example/nol"),
        ("Alamat", "Alamat panjang. Sekali.", "https://kabar.example/" + "".join(draw.choices("abcdefgh", k=9_000))),
        ("Panjang", f"Awal. {' '.join(words)}", "https://kabar.example/panjang"),
        ("Berulang", f"Awal. {'padi ' * 40_000}", "https://kabar.example/berulang"),
    ]):  # fmt: skip
        article = make_article(number, title=title, text=text, url=url)
        put = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
        assert await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now) == put
        assert (await store.articles.find(make_url_key(url))) is not None
    for asked, found in ((words[0], ["Panjang"]), ("alamat", ["Alamat"]), ("berulang padi", ["Berulang"])):
        page = await store.news.list_page(NewsQuery(words=asked), length=SHORT, number=0, size=9)
        assert [item.stored.article.title for item in page.items] == found
    long = NewsQuery(words="".join(draw.choices("abcdefgh", k=4_000)))
    assert await store.queries.recall(await store.queries.remember(long, now=now)) == long
    await store.close()


WORDS = [
    "padi",
    "gabah",
    "panen",
    "memanen",
    "dipanen",
    "undang-undang",
    "kafé",
    "kafe",
    "naïve",
    "É",
    "Éclair",
    "ke-10",
    "2,5",
    "10km",
    "x2y",
    "http://a.b",
    "ibu",
    "Ibu",
    "jum'at",
    "“kepala",
    "desa”",
    "pemilihan",
    "memilih",
    "日本",
    "ß",
    "straße",
    "a",
    "b",
    "O'Brien",
    "\\garis\\",
    "'kutip'",
    "&",
    "|",
    "!",
    "(",
    ")",
    "<->",
    ":*",
    "%s",
    "%(x)s",
]


async def test_both_stores_return_the_same_search_results(
    postgres_url: str, tmp_path: Path, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    stores = [await open_store(f"sqlite:///{tmp_path / 'a.db'}"), await open_store(postgres_url, pool_size=2)]
    draw = random.Random(11)
    for number in range(24):
        title, text = (" ".join(draw.choices(WORDS, k=k)) for k in (3, 15))
        article = make_article(number, title=title, text=f"Awal. {text}", published_at=now - timedelta(hours=number))
        for store in stores:
            await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    found = 0
    for _ in range(60):
        asked = " ".join(draw.choices(WORDS, k=draw.choice((1, 1, 2))))
        asked = draw.choice((asked, f'"{asked}"'))
        one, two = [await find_titles(store, asked) for store in stores]
        assert one == two, asked
        found += bool(one)
        one_meant, two_meant = [await store.news.suggest(f"{asked} gabha pmilihan") for store in stores]
        assert one_meant == two_meant
    assert found > 20
    for store in stores:
        await store.close()


async def find_titles(store: Store, words: str) -> list[str]:
    page = await store.news.list_page(NewsQuery(words=words), length=SHORT, number=0, size=50)
    return [item.stored.article.title for item in page.items]


async def test_password_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreUnreachable):
        await open_store("postgresql://ringkas:rahasia@127.0.0.1:9/ringkas", pool_size=2)
    assert "rahasia" not in caplog.text
