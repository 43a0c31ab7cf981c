"""The contracts of the stores about chats, for a bot that shares its database: another bot is there with chats of the
same numbers, and nothing of theirs changes."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, time, timedelta

import pytest

from summaries.model import (
    ChatMembership,
    ChatRef,
    ChatSettings,
    FeedLimits,
    FoundOwnFeed,
    Membership,
    OpenQuestion,
    Subscription,
)
from summaries.storage import Store, open_fleet
from tests.postgres_server import ReusedDatabase, reused_database
from tests.summaries.storage import test_admin, test_answers, test_chats, test_digests, test_own_feeds

CHATS = (7, 8, -7, -1007)

for module in (test_admin, test_answers, test_chats, test_digests, test_own_feeds):
    for name, contract in vars(module).items():
        if name.startswith("test_") and "store" in inspect.signature(contract).parameters:
            globals()[name] = contract


@pytest.fixture(scope="module")
def shared(postgres_server: str) -> Iterator[ReusedDatabase]:
    with reused_database(postgres_server) as database:
        yield database


async def populate_without_news(store: Store, chat_id: int, now: datetime) -> None:
    """A chat with a digest that is due, and with all that makes no news."""
    digest = Subscription(ChatRef(chat_id, 42), (time(7, 0),), "Asia/Makassar")
    await store.subscriptions.put(digest, next_due_at=now - timedelta(days=9), now=now)
    await store.chats.put(ChatSettings(chat_id, "en"), now=now)
    await store.memberships.put(ChatMembership(chat_id, "supergroup", "Warga", is_member=True), now=now)
    await store.questions.ask(OpenQuestion(chat_id, 5, "times", chat_id, 4, now))
    await store.watches.add(ChatRef(chat_id), "padi", most=9, now=now)
    await store.blocks.block(chat_id, now=now)
    found = FoundOwnFeed("https://warga.example/rss", "Kabar Warga")
    await store.own_feeds.add(chat_id, found, limits=FeedLimits(9, 9, 9), now=now)
    draft = await store.broadcasts.draft("<b>Halo</b>", chat_id, now=now)
    await store.broadcasts.begin(draft.id, 31)


@pytest.fixture
async def store(shared: ReusedDatabase, now: datetime) -> AsyncIterator[Store]:
    """The second bot's."""
    fleet = await open_fleet(shared.url, Membership("worker", "1.0", 7), bot_ids=[1, 2], pool_size=4)
    shared.empty()
    # The list of the bots is no table of theirs.
    first = fleet.stores[1]
    for chat_id in CHATS:
        await populate_without_news(first, chat_id, now)
    before = [await first.chat_data.export(chat_id) for chat_id in CHATS]
    yield fleet.stores[2]
    assert [await first.chat_data.export(chat_id) for chat_id in CHATS] == before
    await fleet.store.close()
