"""Rows that are written together in PostgreSQL keep the promises of rows that are written alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from summaries.errors import StoreError, StoreUnreachable
from summaries.model import (
    Article,
    ChatRef,
    CompositionResult,
    DeliveryPart,
    NewsRequest,
    Origin,
    OutboxMessage,
    Subscription,
    Summary,
)
from summaries.storage import Store, open_store
from summaries.storage.postgres import connect as connecting
from summaries.storage.postgres import write_queue
from summaries.storage.postgres.database import Database
from summaries.storage.sql.session import rows_with
from tests.summaries.storage.test_postgres import END_ALL
from tests.summaries.storage.test_round_trips import Relay

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
LEASE = timedelta(minutes=5)
CHATS = (1, 2, 3)
PUT_BLOCKED = f"""
INSERT INTO blocked_chats (chat_id, blocked_at) SELECT chat_id, blocked_at
    FROM {rows_with(chat_id="bigint", blocked_at="timestamptz")} WHERE true
    ON CONFLICT (chat_id) DO UPDATE SET blocked_at = excluded.blocked_at
    WHERE excluded.blocked_at > blocked_chats.blocked_at RETURNING chat_id
"""  # noqa: S608  (names of ours)
IS_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Recorded(Database):
    """A database that notes the groups of rows that are written together."""

    groups: list[list[Any]]

    async def _run_shared(self, statements: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Sequence[bool]:
        self.groups.append([row[0] for row in rows])
        return await super()._run_shared(statements, rows)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Recorded]:
    opened = await Recorded.open(postgres_url, pool_size=5)
    assert isinstance(opened, Recorded)
    opened.groups = []
    yield opened
    await opened.close()


async def wait_for_locks(url: str) -> None:
    """Wait until a statement waits for a lock."""
    async with asyncio.timeout(20):
        with psycopg.connect(url, autocommit=True) as server:
            while server.execute(IS_WAITING).fetchone() != (1,):  # noqa: ASYNC110  (the server's state)
                await asyncio.sleep(0.01)


def begin(database: Database, *rows: tuple[int, datetime | None]) -> list[asyncio.Task[bool]]:
    return [asyncio.create_task(database.share_run((PUT_BLOCKED,), row)) for row in rows]


async def test_rows_that_wait_are_written_together_and_fail_separately(
    database: Recorded, postgres_url: str, now: datetime
) -> None:
    assert await database.share_run((PUT_BLOCKED,), (1, now))
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM blocked_chats FOR UPDATE")
        first = begin(database, (1, now + LEASE))
        await wait_for_locks(postgres_url)
        others = begin(database, (2, now), (3, None), (1, now), (4, now))
        await asyncio.sleep(0)
        # One whose caller has gone before its turn is not written.
        gone = begin(database, (5, now))
        await asyncio.sleep(0)
        gone[0].cancel()
    results = await asyncio.gather(*first, *others, return_exceptions=True)
    assert isinstance(results.pop(2), psycopg.errors.NotNullViolation)
    assert results == [True, True, False, True]
    assert database.groups == [[1], [1], [2, 3, 1, 4], [2], [3], [1], [4]]
    found = await database.rows("SELECT chat_id FROM blocked_chats ORDER BY chat_id")
    assert [row["chat_id"] for row in found] == [1, 2, 4]


async def test_group_that_waits_for_a_lock_holds_up_no_others(
    database: Recorded, postgres_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_queue, "SLOW_AFTER_S", 0.02)
    await database.share_run((PUT_BLOCKED,), (1, now))
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM blocked_chats FOR UPDATE")
        (locked,) = begin(database, (1, now + LEASE))
        await wait_for_locks(postgres_url)
        async with asyncio.timeout(20):
            assert await asyncio.gather(*begin(database, (2, now), (3, now))) == [True, True]
        assert not locked.done()
    assert await locked


async def test_close_finishes_waiting_writes_within_a_limit(
    postgres_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(postgres_url, pool_size=2)
    writes = begin(database, *((chat_id, now) for chat_id in range(1, 100)))
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*writes) == [True] * 99
    with pytest.raises(StoreError, match="closed"):
        await database.share_run((PUT_BLOCKED,), (100, now))
    monkeypatch.setattr(write_queue, "CLOSE_S", 0.05)
    again = await Database.open(postgres_url, pool_size=2)
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM blocked_chats FOR UPDATE")
        locked = begin(again, (1, now + LEASE))
        await wait_for_locks(postgres_url)
        await again.close()
        ended = await asyncio.gather(*locked, return_exceptions=True)
    assert [type(error) for error in ended] == [asyncio.CancelledError]


async def test_rows_of_an_unreachable_server_fail_and_can_be_written_later(
    postgres_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = CuttingRelay(postgres_url)
    async with await asyncio.start_server(relay.accept, "127.0.0.1", 0) as server:
        database = await Database.open(relay.address(server.sockets[0].getsockname()[1]), pool_size=2)
        monkeypatch.setattr(connecting, "WAIT_S", 0.1)
        monkeypatch.setattr("summaries.storage.postgres.database.WAIT_S", 0.1)
        relay.is_away = True
        await relay.cut()
        results = await asyncio.gather(*begin(database, (1, now), (2, now)), return_exceptions=True)
        assert [type(error) for error in results] == [StoreUnreachable] * 2
        relay.is_away = False
        async with asyncio.timeout(20):
            waiting = [1, 2]
            while waiting:
                tasks = begin(database, *((chat_id, now) for chat_id in waiting))
                results = await asyncio.gather(*tasks, return_exceptions=True)
                # One may be written with the new connection while the other still waits for one.
                waiting = [chat_id for chat_id, result in zip(waiting, results, strict=True) if result is not True]
                assert all(result is True or type(result) is StoreUnreachable for result in results)
        await database.close()
        await relay.close()


class CuttingRelay(Relay):
    """A relay that ends connections: with the next answer while `is_cutting`, or all and any new ones (`is_away`)."""

    def __init__(self, server_url: str) -> None:
        super().__init__(server_url)
        self.is_cutting = self.is_away = False
        self._clients: list[asyncio.StreamWriter] = []

    async def accept(self, questions: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self.is_away:
            client.close()
            return
        self._clients.append(client)
        await super().accept(questions, client)

    async def cut(self) -> None:
        for client in self._clients:
            client.close()
        await asyncio.sleep(0)

    async def _pass_on(self, said: asyncio.StreamReader, to: asyncio.StreamWriter, *, is_asking: bool = False) -> None:
        # A server that ends a connection may reset it.
        with suppress(OSError):
            while part := await said.read(65536):
                if self.is_cutting and not is_asking:
                    self.is_cutting = False
                    break
                to.write(part)
        to.close()


async def lose_before(relay: CuttingRelay, url: str, marking: Callable[[], Awaitable[object]]) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(END_ALL, [other.info.backend_pid])
    await marking()


async def lose_during(relay: CuttingRelay, url: str, marking: Callable[[], Awaitable[object]]) -> None:
    with psycopg.connect(url) as locking, psycopg.connect(url, autocommit=True) as other:
        locking.execute("SELECT 1 FROM outbox FOR UPDATE")
        task = asyncio.ensure_future(marking())
        await wait_for_locks(url)
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        locking.rollback()
        await task


async def lose_after(relay: CuttingRelay, url: str, marking: Callable[[], Awaitable[object]]) -> None:
    """The server has committed, and its answer is lost."""
    relay.is_cutting = True
    await marking()
    assert not relay.is_cutting


@pytest.mark.parametrize("lose", [lose_before, lose_during, lose_after])
async def test_marks_count_once_when_the_connection_is_lost(
    postgres_url: str,
    now: datetime,
    make_article: Make,
    summarize_first: Summarize,
    lose: Callable[[CuttingRelay, str, Callable[[], Awaitable[object]]], Awaitable[None]],
) -> None:
    relay = CuttingRelay(postgres_url)
    async with await asyncio.start_server(relay.accept, "127.0.0.1", 0) as server:
        store = await open_store(relay.address(server.sockets[0].getsockname()[1]), pool_size=3)
        digests, broadcasts = await claim_messages(store, now, make_article(), summarize_first)
        messages = [*digests, *broadcasts]

        async def mark_sending() -> None:
            await asyncio.gather(*(store.outbox.mark_sending(each, until=until_of(each)) for each in messages))

        async def mark_sent() -> None:
            await asyncio.gather(
                *(store.outbox.mark_sent(each, message_id=each.ids[0], now=now, is_last=True) for each in digests)
            )

        await lose(relay, postgres_url, mark_sending)
        counts = "SELECT DISTINCT state, attempts, possible_copies FROM outbox"
        with psycopg.connect(postgres_url) as connection:
            assert connection.execute(counts).fetchall() == [("sending", 1, 1)]
        await lose(relay, postgres_url, mark_sent)
        for chat_id in CHATS:
            (record,) = await store.deliveries.history(chat_id, limit=9)
            assert (record.outcome, record.messages, record.sent, record.stories) == ("sent", 1, 1, 1)
        for news in await store.deliveries.open_news().choose([NewsRequest(each, now - LEASE, now) for each in CHATS]):
            assert news.total == 0
        await store.close()
        await relay.close()


def until_of(message: OutboxMessage) -> datetime:
    """A digest keeps its lease, and a broadcast's message gets another."""
    return message.lease_until if message.kind == "digest" else message.lease_until + LEASE


async def claim_messages(
    store: Store, now: datetime, article: Article, summarize: Summarize
) -> tuple[list[OutboxMessage], list[OutboxMessage]]:
    """Return a claimed message of a digest and of a broadcast for each chat."""
    stored = await store.articles.put(article, summarize(article), origin=Origin.FEED, now=now)
    for chat_id in CHATS:
        subscription = Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta")
        await store.subscriptions.put(subscription, next_due_at=now, now=now)
    await store.deliveries.create_due(now=now, limit=9, next_due=lambda _: None)
    due = await store.deliveries.claim(now=now, lease_until=now + LEASE, limit=9)
    parts = (DeliveryPart(0, "Kabar", (stored.id,)),)
    composed = CompositionResult(rendered=((parts, tuple(each.id for each in due)),))
    await store.deliveries.save_composed(composed, now=now)
    claimed = await store.outbox.claim_digests(now=now, lease_until=now + LEASE, limit=9)
    draft = await store.broadcasts.draft("Halo", 99, now=now)
    await store.broadcasts.begin(draft.id, 5)
    sent = await store.outbox.claim_broadcasts(now=now, lease_until=now + LEASE, limit=9)
    assert len(claimed) == len(sent) == len(CHATS)
    return [each.message(each.parts[0]) for each in claimed], [each.message for each in sent]
