"""Round trips to PostgreSQL of each view, which are most of its cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from summaries.model import (
    MEDIUM,
    Article,
    ChatRef,
    CompositionResult,
    DeliveryPart,
    NewsQuery,
    NewsRequest,
    Order,
    Origin,
    Outcome,
    Subscription,
    Summary,
)
from summaries.storage import Store, open_store

pytestmark = pytest.mark.bench

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
LEASE = timedelta(minutes=5)
# The store prepares a statement that runs this many times.
UNTIL_PREPARED = 6


class Relay:
    """A proxy between a client and a server that counts round trips. While `is_silent`, it drops everything."""

    def __init__(self, server_url: str) -> None:
        self._server = conninfo_to_dict(server_url)
        self._is_asked = False
        self._ends: set[asyncio.Task[None]] = set()
        self.round_trips = 0
        self.is_silent = False

    def address(self, port: int) -> str:
        """The address that a client uses in place of the server."""
        user, password, name = (
            quote(str(self._server.get(key) or ""), safe="") for key in ("user", "password", "dbname")
        )
        return f"postgresql://{user}{f':{password}' if password else ''}@127.0.0.1:{port}/{name}?sslmode=disable"

    async def accept(self, questions: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        host, port = str(self._server["host"]), self._server.get("port") or 5432
        if host.startswith("/"):
            answers, server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            answers, server = await asyncio.open_connection(host, int(port))
        for end in (self._pass_on(questions, server, is_asking=True), self._pass_on(answers, client)):
            task = asyncio.create_task(end)
            self._ends.add(task)
            task.add_done_callback(self._ends.discard)

    async def close(self) -> None:
        """Once the client has said goodbye."""
        await asyncio.gather(*self._ends)

    async def _pass_on(self, said: asyncio.StreamReader, to: asyncio.StreamWriter, *, is_asking: bool = False) -> None:
        while part := await said.read(65536):
            self.round_trips += is_asking and not self._is_asked
            self._is_asked = is_asking
            if not self.is_silent:
                to.write(part)
        to.close()


@pytest.fixture
async def relayed(postgres_url: str) -> AsyncIterator[tuple[Relay, Store]]:
    """A store that reaches its server past a relay, by one connection."""
    relay = Relay(postgres_url)
    async with await asyncio.start_server(relay.accept, "127.0.0.1", 0) as server:
        opened = await open_store(relay.address(server.sockets[0].getsockname()[1]), pool_size=2)
        yield relay, opened
        await opened.close()
        await relay.close()


async def count_round_trips(relay: Relay, ask: Callable[[], Awaitable[object]]) -> int:
    """The round trips of one more, when it was asked often before."""
    for _ in range(UNTIL_PREPARED):
        await ask()
    before = relay.round_trips
    await ask()
    return relay.round_trips - before


@pytest.mark.parametrize(
    ("query", "order", "number", "most"),
    [
        (NewsQuery(), Order.NEWEST, 0, 1),
        (NewsQuery(), Order.MOST_COVERED, 1, 1),
        (NewsQuery(category="ekonomi"), Order.NEWEST, 0, 1),
        (NewsQuery(outlet="kabar desa"), Order.NEWEST, 0, 1),
        (NewsQuery(words="padi"), Order.NEWEST, 0, 1),
        # Past the end it is asked how many there are, and then for the last page.
        (NewsQuery(), Order.NEWEST, 9, 3),
        # Begin, is it long, between which ids, the stories in two looks, their items, end.
        (NewsQuery(words="padi", since=datetime(2026, 1, 1, tzinfo=UTC)), Order.NEWEST, 0, 7),
    ],
)
async def test_list_page_takes_one_round_trip(
    relayed: tuple[Relay, Store],
    make_article: Make,
    summarize_first: Summarize,
    now: datetime,
    query: NewsQuery,
    order: Order,
    number: int,
    most: int,
) -> None:
    relay, store = relayed
    for n in range(7):
        article = make_article(n)
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)

    async def ask() -> None:
        page = await store.news.list_page(query, length=MEDIUM, number=number, size=5, order=order)
        assert page.total == 7

    assert await count_round_trips(relay, ask) <= most


async def test_story_takes_one_round_trip(
    relayed: tuple[Relay, Store], make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    relay, store = relayed
    article = make_article()
    stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    assert await store.stories.coverage(stored.id)
    assert await count_round_trips(relay, lambda: store.stories.coverage(stored.id)) <= 1


async def test_due_digests_take_a_constant_number_of_round_trips(relayed: tuple[Relay, Store], now: datetime) -> None:
    relay, store = relayed
    for chat_id in range(1, 41):
        subscription = Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta")
        await store.subscriptions.put(subscription, next_due_at=now, now=now)
    found: list[int] = []
    moments = iter(now + timedelta(minutes=n) for n in range(UNTIL_PREPARED + 1))

    async def tick() -> None:
        at = next(moments)
        opened = await store.deliveries.create_due(now=at, limit=50, next_due=lambda _: at + timedelta(minutes=1))
        claimed = await store.deliveries.claim(now=at, lease_until=at + LEASE, limit=50)
        found.append(min(opened, len(claimed)))

    # Begin, four statements and five, end; both as transactions of their own.
    assert await count_round_trips(relay, tick) <= 10
    assert found == [40] * (UNTIL_PREPARED + 1)


async def test_mark_sent_takes_one_round_trip_and_counts_once(
    relayed: tuple[Relay, Store], make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    relay, store = relayed
    article = make_article()
    stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    await store.subscriptions.put(Subscription(ChatRef(7), (time(7),), "Asia/Jakarta"), next_due_at=now, now=now)
    await store.deliveries.create_due(now=now, limit=9, next_due=lambda _: None)
    (due,) = await store.deliveries.claim(now=now, lease_until=now + LEASE, limit=9)
    parts = (DeliveryPart(0, "Kabar", (stored.id,)),)
    await store.deliveries.save_composed(CompositionResult(rendered=((parts, (due.id,)),)), now=now)
    (due,) = await store.outbox.claim_digests(now=now, lease_until=now + LEASE, limit=9)
    await store.outbox.mark_sending(due.message(due.parts[0]), until=due.lease_until)
    message = due.message(due.parts[0])
    assert await count_round_trips(relay, lambda: store.outbox.mark_sent(message, message_id=41, now=now)) <= 1
    assert await count_round_trips(relay, lambda: store.deliveries.finish(due.id, Outcome.SENT, now=now)) <= 1
    assert (
        await count_round_trips(relay, lambda: store.outbox.mark_sent(message, message_id=41, now=now, is_last=True))
        <= 1
    )
    (record,) = await store.deliveries.history(7, limit=9)
    assert (record.messages, record.sent, record.stories) == (1, 1, 1)
    (news,) = await store.deliveries.open_news().choose([NewsRequest(7, now - LEASE, now)])
    assert news.total == 0
