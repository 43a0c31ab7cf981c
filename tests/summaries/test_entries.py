"""Which entries are read, in which order, and which are tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from summaries.entries import ENTRIES_PER_PASS, EntryReader, EntryResult
from summaries.errors import TooCostly
from summaries.fetch.feeds import FeedEntry
from summaries.intake import Intake
from summaries.model import SHORT, NewsQuery, Source
from summaries.storage import Store
from tests.summaries.conftest import FakeFetcher

if TYPE_CHECKING:
    from summaries.ports import Offload

T = TypeVar("T")
DESA = Source("desa", "Kabar Desa", "umum", "https://desa.example/rss")
TEXT = (
    "Harga beras di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin pagi setelah panen raya tiba. " * 5
)


@pytest.fixture
def reader(store: Store, intake: Intake, web: FakeFetcher, offload: Offload, now: datetime) -> EntryReader:
    return EntryReader(articles=store.articles, intake=intake, fetcher=web, offload=offload, clock=lambda: now)


async def test_the_newest_are_read_first_whatever_the_order(
    reader: EntryReader, web: FakeFetcher, now: datetime
) -> None:
    dated = [FeedEntry(f"https://desa.example/{n}", "Berita", now - timedelta(hours=200 - n)) for n in range(60)]
    undated = [FeedEntry(f"https://desa.example/tanpa/{n}", "Berita") for n in range(3)]
    counts = await reader.add_new(DESA, [*undated, *dated])
    assert counts == {EntryResult.FAILED: ENTRIES_PER_PASS}
    assert web.asked == [entry.url for entry in reversed(dated[-ENTRIES_PER_PASS:])]


async def test_an_excerpt_takes_the_topic_that_the_feed_names(reader: EntryReader, store: Store, now: datetime) -> None:
    tagged = FeedEntry("https://desa.example/1", "Harga Beras", now, TEXT, categories=("Beras", "Ekonomi"))
    assert await reader.add_new(DESA, [tagged]) == {EntryResult.EXCERPT: 1}
    assert reader.is_waiting(tagged)
    stored = await store.articles.find("url:desa.example/1")
    assert stored is not None
    assert (stored.article.category, stored.article.is_excerpt) == ("ekonomi", True)
    # A page that fails again leaves the excerpt as it is.
    assert await reader.add_new(DESA, [tagged]) == {EntryResult.FAILED: 1}
    assert await store.articles.find("url:desa.example/1") == stored


async def test_a_fault_of_ours_in_one_entry_does_not_hurt_another(
    reader: EntryReader, web: FakeFetcher, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = (FeedEntry(f"https://desa.example/{n}", "Berita") for n in range(2))

    async def fail(url: str, **_: object) -> object:
        if url == bad.url:
            raise LookupError
        return web.pages[url]

    monkeypatch.setattr(web, "fetch", fail)
    paragraphs = "".join(f"<p>{TEXT}</p>" for _ in range(2))
    web.publish(good.url, f"<html><body><article><h1>Harga Beras Turun</h1>{paragraphs}</article></body></html>")
    counts = await reader.add_new(DESA, [bad, good])
    assert counts == {EntryResult.ADDED: 1, EntryResult.FAILED: 1}
    assert f"{bad.url} could not be read" in caplog.text
    assert not reader.is_waiting(bad)


async def test_a_page_that_is_too_costly_is_left_alone(
    store: Store, intake: Intake, web: FakeFetcher, offload: Offload, now: datetime
) -> None:
    async def lose(work: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        if args[0] == b"bom":
            raise TooCostly("it took too much memory")
        return await offload(work, *args, **kwargs)

    reader = EntryReader(articles=store.articles, intake=intake, fetcher=web, offload=lose, clock=lambda: now)
    bomb, good = (FeedEntry(f"https://desa.example/{n}", "Berita") for n in range(2))
    web.publish(bomb.url, b"bom")
    web.publish(good.url, f"<html><body><article><h1>Harga Beras Turun</h1><p>{TEXT}</p></article></body></html>")
    assert await reader.add_new(DESA, [bomb, good]) == {EntryResult.REFUSED: 1, EntryResult.ADDED: 1}
    assert not reader.is_waiting(bomb)


def page(title: str, text: str = TEXT, *, canonical: str = "") -> str:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return f"<html><head>{link}</head><body><article><h1>{title}</h1><p>{text}</p></article></body></html>"


async def test_an_edit_is_read_again_and_stays_the_same_article(
    reader: EntryReader, store: Store, web: FakeFetcher
) -> None:
    url = "https://desa.example/beras"
    web.publish(url, page("Harga Beras Turun"))
    entry = FeedEntry(url, "Harga Beras")
    assert await reader.add_new(DESA, [entry]) == {EntryResult.ADDED: 1}
    first = await store.articles.find("url:desa.example/beras")
    assert await reader.add_new(DESA, [entry]) == {}
    web.publish(url, page("Harga Beras Turun Lagi", TEXT.replace("turun", "anjlok")))
    edited = FeedEntry(url, "Harga Beras Turun Lagi")
    assert await reader.add_new(DESA, [edited]) == {EntryResult.UPDATED: 1}
    second = await store.articles.find("url:desa.example/beras")
    assert first is not None
    assert second is not None
    assert (second.id, second.added_at) == (first.id, first.added_at)
    assert "anjlok" in second.article.text
    # Two feeds of an outlet may name one article differently: neither is an edit any more.
    assert await reader.add_new(DESA, [entry]) == {}
    assert await reader.add_new(DESA, [edited]) == {}


async def test_an_article_that_moved_is_the_same_article(reader: EntryReader, store: Store, web: FakeFetcher) -> None:
    old, new = "https://desa.example/lama/beras", "https://desa.example/baru/beras"
    for url in (old, new):
        web.publish(url, page("Harga Beras Turun", canonical=new))
    assert await reader.add_new(DESA, [FeedEntry(old, "Harga Beras")]) == {EntryResult.ADDED: 1}
    assert await store.articles.find("url:desa.example/lama/beras") is None
    assert await reader.add_new(DESA, [FeedEntry(new, "Harga Beras")]) == {}
    third = "https://desa.example/lagi/beras"
    web.publish(third, page("Harga Beras Turun", canonical=new))
    await reader.add_new(DESA, [FeedEntry(third, "Harga Beras")])
    assert await reader.add_new(DESA, [FeedEntry(old, "Harga Beras"), FeedEntry(third, "Harga Beras")]) == {}
    assert await article_count(store) == 1


async def test_one_address_on_all_pages_of_a_site_joins_nothing(
    reader: EntryReader, store: Store, web: FakeFetcher
) -> None:
    entries = [FeedEntry(f"https://desa.example/berita/{n}", f"Berita {n}") for n in range(4)]
    for entry in entries:
        web.publish(entry.url, page(f"Judul {entry.title}", canonical="https://desa.example/indeks"))
    # One by one, and side by side.
    assert await reader.add_new(DESA, entries[:1]) == {EntryResult.ADDED: 1}
    assert await reader.add_new(DESA, entries) == {EntryResult.ADDED: 3}
    assert await article_count(store) == 4
    assert await reader.add_new(DESA, entries) == {}


async def test_a_page_takes_the_place_of_its_excerpt_wherever_it_says_it_is(
    reader: EntryReader, store: Store, web: FakeFetcher
) -> None:
    entry = FeedEntry("https://desa.example/lama/beras", "Harga Beras", None, TEXT)
    assert await reader.add_new(DESA, [entry]) == {EntryResult.EXCERPT: 1}
    web.publish(entry.url, page("Harga Beras Turun", canonical="https://desa.example/baru/beras"))
    assert await reader.add_new(DESA, [entry]) == {EntryResult.UPDATED: 1}
    assert await article_count(store) == 1


async def article_count(store: Store) -> int:
    listed = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=50)
    count = 0
    for item in listed.items:
        story = await store.stories.find_by_article(item.stored.id)
        assert story is not None
        count += len(story.tellings)
    return count
