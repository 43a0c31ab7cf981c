"""Own feeds: shared by the chats that have them, and shown to no other chat, list, search or export."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import summaries
from summaries.model import (
    SHORT,
    CompositionResult,
    DeliveryPart,
    FeedLimit,
    FeedLimits,
    FoundOwnFeed,
    NewsQuery,
    NewsRequest,
    OwnEntry,
    OwnFeed,
    PollState,
)
from summaries.storage import Store
from tests.summaries.storage.test_digests import claim_due, make_subscription

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROOMY = FeedLimits(per_chat=9, per_host=None, in_all=99)


async def add(store: Store, chat_id: int, name: str, now: datetime, limits: FeedLimits = ROOMY) -> OwnFeed:
    feed = await store.own_feeds.add(chat_id, FoundOwnFeed(f"https://{name}.example/rss", name), limits=limits, now=now)
    assert isinstance(feed, OwnFeed)
    return feed


async def publish(store: Store, feed: OwnFeed, number: int, now: datetime, at: datetime | None = None) -> str:
    """Add an entry to the feed, and return its headline."""
    title = f"Rahasia{feed.found.title}{number}"
    url = f"https://{feed.found.title}.example/{number}"
    entry = OwnEntry(url, title, f"{title} dimulai.", at)
    state = PollState(next_check_at=now + HOUR)
    assert await store.own_feeds.record(feed.id, state, [entry], kept=50, now=now) == 1
    return title


async def read_titles(store: Store, chat_id: int) -> list[str]:
    return [item.title for item in (await store.own_feeds.list_page(chat_id, number=0, size=99)).items]


async def choose(store: Store, chat_id: int, since: datetime, most: int = 9) -> list[str]:
    request = NewsRequest(chat_id, since, since + DAY)
    found = await store.deliveries.open_news().choose_own([request], most=most)
    return [item.title for item in found[chat_id].items] if found else []


async def test_a_feed_is_stored_once_and_deleted_with_its_last_chat(store: Store, now: datetime) -> None:
    feed = await add(store, 7, "warga", now)
    assert await add(store, 8, "warga", now) == feed == await add(store, 7, "warga", now)
    await publish(store, feed, 1, now)
    assert await store.own_feeds.of_chat(7) == await store.own_feeds.of_chat(8)
    assert await store.own_feeds.remove(7, feed.id)
    assert not await store.own_feeds.remove(7, feed.id)
    assert (await store.own_feeds.of_chat(7), await read_titles(store, 7)) == ((), [])
    assert await read_titles(store, 8) == ["Rahasiawarga1"]
    assert await store.chat_data.forget(8) > 0
    again = await add(store, 7, "warga", now)
    assert again.id > feed.id
    assert await read_titles(store, 7) == []
    # A check that began before the feed was deleted stores nothing.
    entry = OwnEntry("https://warga.example/2", "Rahasia", "", now)
    assert await store.own_feeds.record(feed.id, PollState(), [entry], kept=9, now=now) == 0


async def test_limits_of_chat_host_and_all(store: Store, now: datetime) -> None:
    limits = FeedLimits(per_chat=2, per_host=2, in_all=3)

    async def reach(chat_id: int, url: str) -> OwnFeed | FeedLimit:
        return await store.own_feeds.add(chat_id, FoundOwnFeed(url, "Warga"), limits=limits, now=now)

    for number in (1, 2):
        assert isinstance(await reach(7, f"https://www.warga.example/{number}"), OwnFeed)
    assert await reach(7, "https://lain.example/rss") is FeedLimit.CHAT
    assert await reach(8, "https://warga.example/3") is FeedLimit.HOST
    # Feeds that are stored already count only for the chat.
    assert isinstance(await reach(8, "https://www.warga.example/1"), OwnFeed)
    assert isinstance(await reach(8, "https://lain.example/rss"), OwnFeed)
    assert await reach(9, "https://baru.example/rss") is FeedLimit.ALL


async def test_due_feeds_are_claimed_once_and_switched_off_ones_start_again(store: Store, now: datetime) -> None:
    first, second = await add(store, 7, "satu", now), await add(store, 7, "dua", now + MINUTE)

    async def claim(at: datetime) -> list[int]:
        lease_until = at + HOUR
        due = await store.own_feeds.claim_due(now=at, lease_until=lease_until, limit=9, latest=now + DAY)
        return [feed.id for feed in due]

    assert [await claim(now), await claim(now + MINUTE)] == [[first.id], [second.id]]
    off = PollState(is_active=False, failures_in_a_row=50, last_error="gone", next_check_at=now)
    await store.own_feeds.record(first.id, off, [], kept=9, now=now)
    assert await claim(now + HOUR + MINUTE) == [second.id]
    # The clock was ahead when the next check was set.
    ahead = PollState(next_check_at=now + 9 * DAY)
    await store.own_feeds.record(second.id, ahead, [], kept=9, now=now)
    assert await claim(now) == [second.id]
    again = await add(store, 8, "satu", now)
    assert (again.state.is_active, again.state.failures_in_a_row, again.state.next_check_at) == (True, 0, now)


async def test_a_feed_of_chats_that_shut_the_bot_out_is_left_alone(store: Store, now: datetime) -> None:
    for chat_id in (7, 8):
        await add(store, chat_id, "warga", now)
        await store.subscriptions.put(make_subscription(chat_id), next_due_at=now + DAY, now=now)

    async def count_due(at: datetime) -> int:
        return len(await store.own_feeds.claim_due(now=at, lease_until=at + MINUTE, limit=9, latest=at + DAY))

    await store.subscriptions.suspend(7, now=now)
    assert await count_due(now) == 1
    await store.subscriptions.suspend(8, now=now)
    assert await count_due(now + HOUR) == 0
    await store.subscriptions.resume(8, next_due=lambda _: None, now=now)
    assert await count_due(now + HOUR) == 1
    # An operator who blocks a chat also removes its feeds.
    for chat_id in (7, 8):
        await store.own_feeds.remove_all(chat_id)
    assert await count_due(now + DAY) == 0


async def test_only_new_entries_are_added_and_the_newest_kept(store: Store, now: datetime) -> None:
    feed = await add(store, 7, "warga", now)
    urls = [f"https://warga.example/{number}" for number in range(6)]
    entries = [OwnEntry(url, f"Kabar {number}", "", now - number * HOUR) for number, url in enumerate(urls)]
    assert await store.own_feeds.record(feed.id, PollState(), entries[3:], kept=4, now=now) == 3
    assert await store.own_feeds.list_new(feed.id, urls) == set(urls[:3])
    assert await store.own_feeds.record(feed.id, PollState(), entries, kept=4, now=now) == 3
    page = await store.own_feeds.list_page(7, number=5, size=3)
    assert ([item.title for item in page.items], page.number, page.count, page.total) == (["Kabar 3"], 1, 2, 4)


async def test_a_digest_gets_new_articles_once_the_newest_of_each_feed_first(store: Store, now: datetime) -> None:
    loud, quiet = await add(store, 7, "ramai", now), await add(store, 7, "sepi", now)
    for number in range(4):
        await publish(store, loud, number, now, now - number * MINUTE)
    await publish(store, quiet, 1, now, now - HOUR)
    await publish(store, quiet, 2, now, now - 9 * DAY)
    since = now - HOUR
    assert await choose(store, 7, since, most=3) == ["Rahasiaramai0", "Rahasiaramai1", "Rahasiasepi1"]
    assert await choose(store, 8, since) == []
    assert len(await choose(store, 7, since)) == 5
    await store.subscriptions.put(make_subscription(), next_due_at=now, now=now)
    (delivery,) = await claim_due(store, now)
    fresh = (await store.deliveries.open_news().choose_own([NewsRequest(7, since, now)], most=3))[7]
    assert fresh.total == 5
    part = DeliveryPart(0, "<b>Rahasia</b>", own_article_ids=tuple(item.id for item in fresh.items))
    await store.deliveries.save_composed(CompositionResult(rendered=(((part,), (delivery.id,)),)), now=now)
    left = ["Rahasiaramai2", "Rahasiaramai3"]
    assert await choose(store, 7, since) == left
    (composed,) = await store.outbox.claim_digests(now=now, lease_until=now + HOUR, limit=9)
    assert composed.parts[0].own_article_ids == part.own_article_ids
    message = composed.message(composed.parts[0])
    await store.outbox.mark_sending(message, until=composed.lease_until)
    await store.outbox.mark_sent(message, message_id=5, now=now, is_last=True)
    assert await choose(store, 7, since) == left
    # The buttons of a digest are for its public news.
    assert await store.deliveries.find_sent(7, delivery.id) is None
    assert (await store.deliveries.history(7, limit=1))[0].stories == 3


class Model:
    """The feeds of a few chats, and the same operations on sets."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store, self.now = store, now
        self.names = ("satu", "dua", "tiga")
        self.feeds: dict[str, OwnFeed] = {}
        self.owners: defaultdict[str, set[int]] = defaultdict(set)
        self.shown: defaultdict[str, set[str]] = defaultdict(set)

    async def add(self, chat_id: int, name: str) -> None:
        self.feeds[name] = await add(self.store, chat_id, name, self.now)
        self.owners[name].add(chat_id)

    async def publish(self, name: str, number: int) -> None:
        if self.owners[name]:
            self.shown[name].add(await publish(self.store, self.feeds[name], number, self.now))

    async def remove(self, chat_id: int, name: str) -> None:
        if name in self.feeds:
            is_removed = await self.store.own_feeds.remove(chat_id, self.feeds[name].id)
            assert is_removed == (chat_id in self.owners[name])
            self.drop(chat_id, name)

    async def forget(self, chat_id: int) -> None:
        await self.store.chat_data.forget(chat_id)
        for name in self.names:
            self.drop(chat_id, name)

    async def move(self, chat_id: int, new_chat_id: int) -> None:
        await self.store.subscriptions.move_chat(chat_id, new_chat_id)
        for having in self.owners.values():
            if chat_id in having:
                having.remove(chat_id)
                having.add(new_chat_id)

    def drop(self, chat_id: int, name: str) -> None:
        self.owners[name].discard(chat_id)
        if not self.owners[name]:
            self.shown[name].clear()

    async def compare(self, chat_id: int) -> None:
        names = {name for name in self.names if chat_id in self.owners[name]}
        wanted = {title for name in names for title in self.shown[name]}
        assert set(await read_titles(self.store, chat_id)) == wanted
        assert set(await choose(self.store, chat_id, self.now - HOUR, most=99)) == wanted
        exported = await self.store.chat_data.export(chat_id)
        assert {row["title"] for row in exported.get("chat_feeds", ())} == names


@pytest.mark.parametrize("seed", range(2))
async def test_no_other_chat_list_search_or_export_shows_own_feeds(store: Store, now: datetime, seed: int) -> None:
    chance, model, chats = random.Random(seed), Model(store, now), [7, 8, -7]
    for step in range(50):
        chat_id, name = chance.choice(chats), chance.choice(model.names)
        match chance.choice("aapppprrfm"):
            case "a":
                await model.add(chat_id, name)
            case "p":
                await model.publish(name, step)
            case "r":
                await model.remove(chat_id, name)
            case "f":
                await model.forget(chat_id)
            case "m":
                chats[2], group = -1000 - step, chats[2]
                await model.move(group, chats[2])
        if step % 10 == 9:
            for each in (*chats, 99):
                await model.compare(each)
    await refuse_public_rows(store, now)


async def refuse_public_rows(store: Store, now: datetime) -> None:
    """Assert that nothing public has a word of an own feed."""
    for query in (NewsQuery(), NewsQuery(words="rahasiasatu1"), NewsQuery(words="dimulai")):
        assert (await store.news.list_page(query, length=SHORT, number=0, size=9)).items == ()
    assert await store.news.suggest("rahasiasatu") is None
    assert (tuple(await store.news.outlets()), tuple(await store.news.categories())) == ((), ())
    assert await store.articles.list_summaries(after=0, limit=9) == []
    assert (await store.stories.changes(after=0, since=now - DAY, limit=9)).entries == ()
    assert (await store.figures.count(now=now)).articles == 0
    (public,) = await store.deliveries.open_news().choose([NewsRequest(7, now - DAY, now)])
    assert public.items == ()


def test_only_statements_about_one_chat_name_the_tables() -> None:
    root = Path(summaries.__file__).parent
    naming = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"\b(?:own_feed_articles|chat_feeds)\b", path.read_text())
    }
    allowed = {f"storage/sql/{name}.py" for name in ("schema", "own_feeds", "chat_data")}
    assert naming == allowed
