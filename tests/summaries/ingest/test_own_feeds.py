"""Own feeds: discovery, checks within limits, and isolation of failures."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from summaries.errors import AddressRefused, FetchError, PermanentFetchError, TransientFetchError
from summaries.ingest import own_feeds
from summaries.ingest.own_feeds import OwnFeedService, PublicSource
from summaries.ingest.politeness import HostBackoff
from summaries.model import FeedLimit, FeedLimits, FoundOwnFeed, OwnArticle, OwnFeed, Source
from summaries.ports import Fetched
from summaries.storage import Store
from tests.summaries.conftest import NOW
from tests.summaries.fetch.html.test_telegram_channels import make_channel, make_post
from tests.summaries.ingest.test_refresh import Web, make_feed, make_rice_page

if TYPE_CHECKING:
    from summaries.ports import Offload

FEED, SITE = "https://warga.example/rss", "https://warga.example/"
TEXT = "Warga RT 05 mulai ronda malam pada Senin karena lampu jalan di tiga gang padam. " * 4
PAGE = f'<html><head><link rel="alternate" type="application/rss+xml" href="{FEED}?comments" title="Comments">'
PAGE += f'<link rel="alternate" type="application/atom+xml" href="{FEED}" title="Kabar"></head><body>Halo</body></html>'


class World:
    """Own feeds of chats over a fake web."""

    def __init__(self, store: Store, offload: Offload, now: datetime) -> None:
        self.store, self.now, self.web = store, now, Web()
        self.service = OwnFeedService(
            feeds=store.own_feeds,
            sources=store.sources,
            fetcher=self.web,
            pages=self.web,
            offload=offload,
            clock=lambda: self.now,
            chance=lambda: 0.5,
            most=9,
        )

    async def add(self, address: str, chat_id: int = 7) -> OwnFeed | FeedLimit:
        async def keep(found: FoundOwnFeed, limits: FeedLimits) -> OwnFeed | FeedLimit:
            return await self.store.own_feeds.add(chat_id, found, limits=limits, now=self.now)

        return await self.service.add(address, keep)

    async def check(self, after: timedelta = timedelta(hours=7)) -> int:
        self.now += after
        return await self.service.check_due()

    async def articles(self, chat_id: int = 7) -> tuple[OwnArticle, ...]:
        return (await self.store.own_feeds.list_page(chat_id, number=0, size=99)).items

    async def feed(self, chat_id: int = 7) -> OwnFeed:
        (feed,) = await self.store.own_feeds.of_chat(chat_id)
        return feed


@pytest.fixture
def world(store: Store, offload: Offload, now: datetime) -> World:
    return World(store, offload, now)


@pytest.mark.parametrize("address", [FEED, SITE, "warga.example/rss", "warga.example/"])
async def test_a_feed_is_found_at_its_address_or_through_its_site(world: World, address: str) -> None:
    world.web.publish(FEED, make_feed([f"{SITE}ronda"], TEXT), media_type="application/xml", etag='"1"')
    world.web.publish(SITE, PAGE)
    added = await world.add(address)
    assert isinstance(added, OwnFeed)
    site = None if address.endswith("rss") else SITE
    assert (added.found.url, added.found.title, added.found.site) == (FEED, "Kabar", site)
    (article,) = await world.articles()
    assert (article.feed, article.title, article.url) == ("Kabar", "Berita 0", f"{SITE}ronda")
    assert article.summary.startswith("Warga RT 05 mulai ronda malam")
    # Its validators are known from the start.
    assert await world.check() == 0
    assert (await world.feed()).state.failures_in_a_row == 0
    # Nothing of it is public.
    assert await world.store.articles.list_summaries(after=0, limit=9) == []


async def test_a_channel_is_added_by_name_and_checked(world: World) -> None:
    url = "https://t.me/s/kabarwarga"
    world.web.publish(url, make_channel(make_post(1, "Ronda dimulai<br/>Bawa senter ke pos.")))
    added = await world.add("@kabarwarga")
    assert isinstance(added, OwnFeed)
    assert (added.found.url, added.found.title) == (url, "Kabar Warga")
    world.web.publish(url, make_channel(make_post(1, "Ronda dimulai"), make_post(2, "Air mati")))
    assert await world.check() == 1
    assert [(item.title, item.summary) for item in await world.articles()] == [
        ("Air mati", ""),
        ("Ronda dimulai", "Bawa senter ke pos."),
    ]
    assert set(world.web.asked) == {url}


async def test_a_feed_is_fetched_once_for_all_its_chats(world: World) -> None:
    world.web.publish(FEED, make_feed([f"{SITE}ronda"], TEXT))
    for chat_id in (7, 8):
        await world.add(FEED, chat_id)
    world.web.asked.clear()
    world.web.publish(FEED, make_feed([f"{SITE}ronda", f"{SITE}air"], TEXT))
    assert await world.check() == 1
    assert world.web.asked == [FEED]
    assert await world.articles(7) == await world.articles(8) != ()
    assert await world.articles(9) == ()
    # It is not due again at once.
    assert await world.check(timedelta(minutes=20)) == 0
    assert world.web.asked == [FEED]


@pytest.mark.parametrize("address", ["https://kosong.example/", "https://kosong.example/gambar.png"])
async def test_an_address_without_a_feed_is_refused(world: World, address: str) -> None:
    world.web.publish("https://kosong.example/", "<html><body>Halo</body></html>")
    with pytest.raises(FetchError):
        await world.add(address)
    assert await world.store.own_feeds.of_chat(7) == ()


async def test_private_addresses_of_discovered_feeds_are_not_added(world: World) -> None:
    """The guarded fetcher judges each address, also one that a page named."""

    class Guarded(Web):
        async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
            if "warga.example" not in url:
                raise AddressRefused(url)
            return await super().fetch(url, etag=etag, last_modified=last_modified)

    web = Guarded()
    web.publish(SITE, PAGE.replace(FEED, "http://169.254.169.254/rss"))
    world.service = replace(world.service, fetcher=web)
    with pytest.raises(AddressRefused):
        await world.add(SITE)


async def test_a_source_of_the_bot_is_no_own_feed(world: World, now: datetime) -> None:
    await world.store.sources.sync([Source("warga", "Warga", "umum", FEED)], now=now)
    world.web.publish(FEED, make_feed([f"{SITE}ronda"], TEXT))
    world.web.publish(SITE, PAGE)
    for address in (FEED, SITE):
        with pytest.raises(PublicSource):
            await world.add(address)


async def test_short_entries_are_read_from_pages_of_the_own_site_a_few_at_a_time(world: World) -> None:
    urls = [f"{SITE}beras-{n}" for n in range(5)]
    world.web.publish(FEED, make_feed([*urls, "https://lain.example/beras"], "Singkat."))
    for url in (*urls, "https://lain.example/beras"):
        world.web.publish(url, make_rice_page("beras"))
    await world.add(FEED)
    assert len(world.web.asked) == 1 + own_feeds.PAGES_PER_CHECK
    articles = await world.articles()
    assert len(articles) == 6
    assert sum("Sitti Rahma" in item.summary for item in articles) == own_feeds.PAGES_PER_CHECK
    assert {item.summary for item in articles if "Sitti" not in item.summary} == {"Singkat."}
    world.web.asked.clear()
    assert await world.check() == 0
    assert world.web.asked == [FEED]


async def test_only_the_newest_entries_of_a_huge_feed_are_stored(world: World) -> None:
    world.web.publish(FEED, make_feed([f"https://lain.example/{n}" for n in range(400)], TEXT))
    await world.add(FEED)
    assert len(await world.articles()) == own_feeds.ENTRIES_PER_CHECK


async def test_another_feed_of_the_site_replaces_one_that_fails(world: World) -> None:
    world.web.publish(FEED, make_feed([f"{SITE}ronda"], TEXT))
    world.web.publish(SITE, PAGE)
    await world.add(SITE)
    del world.web.pages[FEED]
    assert (await world.check(), (await world.feed()).state.failures_in_a_row) == (0, 1)
    moved = "https://warga.example/atom"
    world.web.publish(SITE, PAGE.replace(FEED, moved))
    world.web.publish(moved, make_feed([f"{SITE}air"], TEXT))
    assert await world.check() == 1
    state = (await world.feed()).state
    assert (state.address, state.failures_in_a_row) == (1, 0)


@pytest.mark.parametrize(
    ("error", "failures", "is_shown"),
    [
        (TransientFetchError(f"{FEED} answered 500", status=500), 1, True),
        (PermanentFetchError(f"{FEED} answered 404", status=404), 1, True),
        (RuntimeError("boom"), 1, True),
        (HostBackoff(NOW + timedelta(days=1), now=NOW), 0, False),
    ],
    ids=["transient", "permanent", "unexpected", "back-off"],
)
async def test_a_failing_feed_affects_no_other(
    world: World, error: Exception, failures: int, is_shown: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    other = "https://sehat.example/rss"
    for url in (FEED, other):
        world.web.publish(url, make_feed([f"{url}/1"], TEXT))
        await world.add(url)
    world.web.error, world.web.error_host = error, "warga.example"
    world.web.publish(other, make_feed([f"{other}/1", f"{other}/2"], TEXT))
    assert await world.check() == 1
    broken, sound = await world.store.own_feeds.of_chat(7)
    assert (broken.state.failures_in_a_row, broken.state.last_error is not None) == (failures, is_shown)
    assert sound.state.failures_in_a_row == 0
    assert (broken.state.next_check_at or world.now) > world.now
    # Addresses that people chose are in no log.
    assert "warga.example" not in caplog.text.replace(str(error), "")


async def test_a_feed_that_hangs_ends_after_its_time(world: World) -> None:
    for n in range(6):
        world.web.publish(f"https://warga{n}.example/rss", make_feed([f"https://lain.example/{n}"], TEXT))
        await world.add(f"https://warga{n}.example/rss", chat_id=n)
    world.service = replace(world.service, timeout_s=0.01)
    world.web.gate = asyncio.Event()
    world.web.asked.clear()
    assert await world.check() == 0
    for n in range(6):
        assert "took longer" in ((await world.feed(n)).state.last_error or "")


async def test_checks_in_progress_are_cancelled_at_the_end(world: World) -> None:
    world.web.publish(FEED, make_feed([f"{SITE}ronda"], TEXT))
    await world.add(FEED)
    world.web.gate = asyncio.Event()
    world.web.was_asked.clear()
    checking = asyncio.create_task(world.check())
    await world.web.was_asked.wait()
    replace(world.service, most=1).stop()
    assert await checking == 0
    # It is due again when its lease ends.
    world.web.gate = None
    world.web.publish(FEED, make_feed([f"{SITE}ronda", f"{SITE}air"], TEXT))
    assert await world.check(timedelta(minutes=16)) == 1


async def test_limits_are_those_of_the_service(world: World) -> None:
    for n in range(own_feeds.MAX_FEEDS_PER_CHAT + 1):
        world.web.publish(f"https://warga{n}.example/rss", make_feed([f"https://lain.example/{n}"], TEXT))
    added = [await world.add(f"https://warga{n}.example/rss") for n in range(own_feeds.MAX_FEEDS_PER_CHAT + 1)]
    assert added[-1] is FeedLimit.CHAT
    assert all(isinstance(feed, OwnFeed) for feed in added[:-1])
    assert not replace(world.service, most=0).is_enabled
