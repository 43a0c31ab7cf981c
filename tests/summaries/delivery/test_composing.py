"""The content of digests, and that equal ones are composed once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta

import pytest

from summaries.digests import compose
from summaries.errors import SendRefused
from summaries.model import (
    ChatMembership,
    ChatRef,
    DeliveryPart,
    Digest,
    FeedLimits,
    FoundOwnFeed,
    OwnEntry,
    OwnFeed,
    PollState,
    Subscription,
)
from tests.summaries.delivery.conftest import DAY, Add, World, render_digest


async def test_digest_follows_the_preferences_of_its_chat(world: World, add_news: Add) -> None:
    await world.subscribe(exclude=("news 2",), count=1)
    for number in (1, 2, 3):
        await add_news(number)
    assert await world.tick() == ["1 items, 1 more", "news 1"]


async def test_preview_shows_the_digest_and_stores_nothing(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    subscription = await world.store.subscriptions.find(7)
    assert subscription is not None
    for _ in range(2):
        parts = await world.composer.preview(subscription, None)
        assert [part.html for part in parts] == ["1 items, 0 more", "news 1"]
    assert world.messenger.arrived == []
    assert await world.tick() == ["1 items, 0 more", "news 1"]


def note_rendered(world: World) -> list[Digest]:
    """Return a list to which each digest that is rendered from now on is added."""
    rendered = []

    def render(digest: Digest) -> Sequence[DeliveryPart]:
        rendered.append(digest)
        return render_digest(digest)

    world.service._composing._render = render
    return rendered


@pytest.mark.parametrize("batch", [500, 3], ids=["in one batch", "over many batches"])
async def test_equal_digests_are_rendered_once_and_shared(
    world: World, add_news: Add, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(compose, "COMPOSE_LIMIT", batch)
    rendered = note_rendered(world)
    await add_news(1)
    for chat_id in range(20):
        await world.subscribe(chat_id, count=5 if chat_id % 2 else 8)
    await world.tick()
    # Chats that want more stories share the digest as long as there are no more.
    assert len(rendered) == 1
    assert len({html for _, html in world.messenger.arrived}) == 2
    assert len(world.messenger.arrived) == 40


async def add_own_feed(world: World, chat_id: int, *titles: str) -> None:
    """Give the chat the feed of the village, and add articles to it."""
    feeds, now = world.store.own_feeds, world.clock() - timedelta(minutes=5)
    found = FoundOwnFeed("https://warga.example/rss", "Warga")
    feed = await feeds.add(chat_id, found, limits=FeedLimits(9, 9, 9), now=now)
    assert isinstance(feed, OwnFeed)
    entries = [OwnEntry(f"https://warga.example/{title}", title, "", now) for title in titles]
    await feeds.record(feed.id, PollState(next_check_at=now + DAY), entries, kept=9, now=now)


async def test_own_feeds_are_a_message_of_their_own_and_other_messages_stay_shared(world: World, add_news: Add) -> None:
    rendered = note_rendered(world)
    await add_news(1)
    for chat_id in range(1, 7):
        await world.subscribe(chat_id)
    for chat_id in (5, 6):
        await add_own_feed(world, chat_id, "ronda", "air mati")
    await world.tick()
    # One for the news of all, one for both chats with the feed.
    assert [digest.own is not None for digest in rendered] == [False, True]
    sent = {chat_id: [html for to, html in world.messenger.arrived if to == chat_id] for chat_id in range(1, 7)}
    news = ["1 items, 0 more", "news 1"]
    assert sent == {key: [*news, *(["air mati, ronda"] if key > 4 else [])] for key in range(1, 7)}
    # The buttons are below the news.
    assert len(world.messenger.endings) == 6


async def test_own_articles_that_did_not_arrive_come_with_the_next_digest(world: World, add_news: Add) -> None:
    await world.subscribe(skips_empty=True)
    await add_news(1)
    await add_own_feed(world, 7, "ronda")
    world.messenger.plan = [None, None, SendRefused("no")]
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    world.clock.now += DAY
    # Without news, the own articles are a reason to send it.
    assert await world.tick() == ["ronda"]
    world.clock.now += DAY
    assert await world.tick() == []
    subscription = await world.store.subscriptions.find(7)
    assert subscription is not None
    await add_own_feed(world, 7, "air mati")
    assert [part.html for part in await world.composer.preview(subscription, None)] == ["air mati"]


async def test_digest_is_composed_once_for_chats_and_once_for_channels(world: World, add_news: Add) -> None:
    rendered = []

    def count(digest: Digest) -> Sequence[DeliveryPart]:
        rendered.append(digest.is_channel)
        return [DeliveryPart(0, "channel" if digest.is_channel else "chat")]

    world.composer._render = count
    await add_news(1)
    kinds = {1: None, -2: "supergroup", -3: "channel", -4: "channel"}
    for chat_id, kind in kinds.items():
        await world.subscribe(chat_id)
        if kind is not None:
            await world.store.memberships.put(ChatMembership(chat_id, kind, "Warga", is_member=True), now=world.clock())
    await world.tick()
    assert sorted(rendered) == [False, True]
    assert dict(world.messenger.arrived) == {1: "chat", -2: "chat", -3: "channel", -4: "channel"}


async def test_cached_rendering_is_not_reused_after_news_changed(
    world: World, add_news: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "MAX_RENDERED", 1)
    await add_news(1)
    await world.subscribe(1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    await add_news(2)
    for chat_id in (2, 3):
        await world.subscribe(chat_id, count=8 - chat_id)
    assert sorted(await world.tick()) == sorted(["2 items, 0 more", "news 1", "news 2"] * 2)


async def test_digest_that_fails_to_compose_does_not_block_others(
    world: World, add_news: Add, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(digest: Digest) -> Sequence[DeliveryPart]:
        if len(digest.items) == 1:
            raise ValueError("a fault of ours")
        return render_digest(digest)

    world.service._composing._render = fail
    await add_news(1)
    await add_news(2)
    for chat_id in range(9):
        await world.subscribe(chat_id, count=1 if chat_id == 4 else 8)
    await world.tick()
    assert {chat_id for chat_id, _ in world.messenger.arrived} == {0, 1, 2, 3, 5, 6, 7, 8}
    assert caplog.text.count("can't be composed") == 1
    # It is tried again: mended, it comes.
    world.service._composing._render = render_digest
    world.clock.forward(minutes=5)
    assert await world.tick() == ["1 items, 1 more", "news 1"]


async def test_unknown_zone_does_not_block_other_chats(world: World) -> None:
    await world.subscribe(7)
    lost = Subscription(ChatRef(8), (time(7),), "Asia/Atlantis")
    await world.store.subscriptions.put(lost, next_due_at=world.clock(), now=world.clock())
    await world.tick()
    assert (7, "0 items, 0 more") in world.messenger.arrived
    assert await world.store.subscriptions.next_due_at(8) == world.clock() + DAY
