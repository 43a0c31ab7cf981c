"""Which entries are read, in which order, and which are tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from summaries.errors import ResourceLimitExceeded
from summaries.fetch.feeds.feed_entries import FeedEntry
from summaries.ingest import entries as retries_module
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.editions import Edition
from summaries.ingest.entries import ENTRIES_PER_PASS, MAX_ATTEMPTS, EntryReader, EntryResult, Retries, prepare_excerpt
from summaries.model import SHORT, NewsQuery, Origin, Source
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
def reader(store: Store, writer: ArticleWriter, web: FakeFetcher, offload: Offload, now: datetime) -> EntryReader:
    return EntryReader(articles=store.articles, writer=writer, fetcher=web, offload=offload, clock=lambda: now)


async def test_newest_entries_are_read_first(reader: EntryReader, web: FakeFetcher, now: datetime) -> None:
    dated = [FeedEntry(f"https://desa.example/{n}", "Berita", now - timedelta(hours=200 - n)) for n in range(60)]
    undated = [FeedEntry(f"https://desa.example/tanpa/{n}", "Berita") for n in range(3)]
    counts = await reader.add_new(DESA, [*undated, *dated])
    assert counts == {EntryResult.FAILED: ENTRIES_PER_PASS, EntryResult.LEFT: 13}
    assert web.asked == [entry.url for entry in reversed(dated[-ENTRIES_PER_PASS:])]


async def test_article_that_is_no_longer_kept_is_not_stored_again(
    store: Store, writer: ArticleWriter, web: FakeFetcher, offload: Offload, now: datetime
) -> None:
    kept = timedelta(days=30)
    reader = EntryReader(
        articles=store.articles, writer=writer, fetcher=web, offload=offload, clock=lambda: now, news_kept=kept
    )
    past, recent = now - kept - timedelta(seconds=1), now - kept
    dated = FeedEntry("https://desa.example/1", "Panen Lama", past, TEXT)
    undated = FeedEntry("https://desa.example/2", "Panen Tanpa Tanggal")
    stated = f'<meta property="article:published_time" content="{past.isoformat()}">'
    web.publish("https://desa.example/2", make_page("Panen Tanpa Tanggal").replace("<head>", f"<head>{stated}"))
    listed = FeedEntry("https://desa.example/3", "Panen Baru", recent, TEXT)
    counts = await reader.add_new(DESA, [dated, undated, listed])
    assert counts == {EntryResult.OUTSIDE: 1, EntryResult.EXCERPT: 1}
    assert set(await store.articles.listed([f"url:desa.example/{n}" for n in (1, 2, 3)])) == {"url:desa.example/3"}


async def test_excerpt_takes_its_topic_from_feed_categories(reader: EntryReader, store: Store, now: datetime) -> None:
    tagged = FeedEntry("https://desa.example/1", "Harga Beras", now, TEXT, categories=("Beras", "Ekonomi"))
    assert await reader.add_new(DESA, [tagged]) == {EntryResult.EXCERPT: 1}
    assert reader.is_waiting(tagged)
    stored = await store.articles.find("url:desa.example/1")
    assert stored is not None
    assert (stored.article.category, stored.article.is_excerpt) == ("ekonomi", True)
    # A page that fails again leaves the excerpt as it is.
    assert await reader.add_new(DESA, [tagged]) == {EntryResult.FAILED: 1}
    assert await store.articles.find("url:desa.example/1") == stored


async def test_unexpected_error_in_one_entry_does_not_affect_another(
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


async def test_page_over_the_resource_limit_is_refused_for_good(
    store: Store, writer: ArticleWriter, web: FakeFetcher, offload: Offload, now: datetime
) -> None:
    async def lose(work: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        if args[0] == b"bom":
            raise ResourceLimitExceeded("it took too much memory")
        return await offload(work, *args, **kwargs)

    reader = EntryReader(articles=store.articles, writer=writer, fetcher=web, offload=lose, clock=lambda: now)
    bomb, good = (FeedEntry(f"https://desa.example/{n}", "Berita") for n in range(2))
    web.publish(bomb.url, b"bom")
    web.publish(good.url, f"<html><body><article><h1>Harga Beras Turun</h1><p>{TEXT}</p></article></body></html>")
    assert await reader.add_new(DESA, [bomb, good]) == {EntryResult.REFUSED: 1, EntryResult.ADDED: 1}
    assert not reader.is_waiting(bomb)


def make_page(title: str, text: str = TEXT, *, canonical: str = "") -> str:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return f"<html><head>{link}</head><body><article><h1>{title}</h1><p>{text}</p></article></body></html>"


async def test_edited_page_is_read_again_as_the_same_article(
    reader: EntryReader, store: Store, web: FakeFetcher
) -> None:
    url = "https://desa.example/beras"
    web.publish(url, make_page("Harga Beras Turun"))
    entry = FeedEntry(url, "Harga Beras")
    assert await reader.add_new(DESA, [entry]) == {EntryResult.ADDED: 1}
    first = await store.articles.find("url:desa.example/beras")
    assert await reader.add_new(DESA, [entry]) == {}
    web.publish(url, make_page("Harga Beras Turun Lagi", TEXT.replace("turun", "anjlok")))
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


async def test_moved_page_updates_the_same_article(reader: EntryReader, store: Store, web: FakeFetcher) -> None:
    old, new = "https://desa.example/lama/beras", "https://desa.example/baru/beras"
    for url in (old, new):
        web.publish(url, make_page("Harga Beras Turun", canonical=new))
    assert await reader.add_new(DESA, [FeedEntry(old, "Harga Beras")]) == {EntryResult.ADDED: 1}
    assert await store.articles.find("url:desa.example/lama/beras") is None
    assert await reader.add_new(DESA, [FeedEntry(new, "Harga Beras")]) == {}
    third = "https://desa.example/lagi/beras"
    web.publish(third, make_page("Harga Beras Turun", canonical=new))
    await reader.add_new(DESA, [FeedEntry(third, "Harga Beras")])
    assert await reader.add_new(DESA, [FeedEntry(old, "Harga Beras"), FeedEntry(third, "Harga Beras")]) == {}
    assert await count_articles(store) == 1


async def test_shared_canonical_url_does_not_merge_pages(reader: EntryReader, store: Store, web: FakeFetcher) -> None:
    entries = [FeedEntry(f"https://desa.example/berita/{n}", f"Berita {n}") for n in range(4)]
    for entry in entries:
        web.publish(entry.url, make_page(f"Judul {entry.title}", canonical="https://desa.example/indeks"))
    # One by one, and side by side.
    assert await reader.add_new(DESA, entries[:1]) == {EntryResult.ADDED: 1}
    assert await reader.add_new(DESA, entries) == {EntryResult.ADDED: 3}
    assert await count_articles(store) == 4
    assert await reader.add_new(DESA, entries) == {}


async def test_page_replaces_its_excerpt_at_any_canonical_url(
    reader: EntryReader, store: Store, web: FakeFetcher
) -> None:
    entry = FeedEntry("https://desa.example/lama/beras", "Harga Beras", None, TEXT)
    assert await reader.add_new(DESA, [entry]) == {EntryResult.EXCERPT: 1}
    web.publish(entry.url, make_page("Harga Beras Turun", canonical="https://desa.example/baru/beras"))
    assert await reader.add_new(DESA, [entry]) == {EntryResult.UPDATED: 1}
    assert await count_articles(store) == 1


KOMPAS = "https://www.kompas.com/read/2026/11/23/100000/beras"
EVIL = Source("penyerang", "Kabar Palsu", "umum", "https://penyerang.example/rss")


async def test_feed_cannot_claim_another_outlet(
    reader: EntryReader, store: Store, web: FakeFetcher, now: datetime
) -> None:
    """Neither its words under another outlet's address, nor its name on another outlet's page."""
    web.publish("https://www.kompas.com/read/2026/11/23/200000/banjir", make_page("Banjir Surut"))
    foreign = [
        FeedEntry(KOMPAS, "Rekening Dibekukan", now, TEXT),
        FeedEntry("https://www.kompas.com/read/2026/11/23/200000/banjir", "Banjir", now, TEXT),
        FeedEntry("https://penyerang.example.kompas.com/1", "Banjir", now, TEXT),
    ]
    assert await reader.add_new(EVIL, foreign) == {}
    assert web.asked == []
    assert await count_articles(store) == 0
    # Nor does it keep the owner's own feed from reading them.
    kompas = Source("kompas", "Kompas.com", "umum", "https://www.kompas.com/rss")
    assert await reader.add_new(kompas, [FeedEntry(KOMPAS, "Harga Beras", now, TEXT)]) == {EntryResult.EXCERPT: 1}
    stored = await store.articles.find("url:kompas.com/read/2026/11/23/100000")
    assert stored is not None
    assert (stored.article.title, stored.article.outlet) == ("Harga Beras", "Kompas.com")


async def test_entry_redirected_to_another_outlet_is_refused(
    reader: EntryReader, store: Store, web: FakeFetcher, now: datetime
) -> None:
    web.publish(KOMPAS, make_page("Harga Beras Turun"))
    web.moved["https://penyerang.example/1"] = KOMPAS
    entry = FeedEntry("https://penyerang.example/1", "Harga Beras", now, TEXT)
    assert await reader.add_new(EVIL, [entry]) == {EntryResult.REFUSED: 1}
    assert await count_articles(store) == 0
    assert await reader.add_new(EVIL, [entry]) == {}


async def test_configured_hosts_belong_to_the_outlet(reader: EntryReader, store: Store, web: FakeFetcher) -> None:
    moved = "https://desa-baru.example/beras"
    web.publish(moved, make_page("Harga Beras Turun"))
    web.moved["https://desa.example/beras"] = moved
    source = replace(DESA, hosts=("desa-baru.example",))
    assert await reader.add_new(source, [FeedEntry("https://desa.example/beras", "Beras")]) == {EntryResult.ADDED: 1}
    stored = await store.articles.find("url:desa-baru.example/beras")
    assert stored is not None
    assert (stored.article.url, stored.article.outlet) == (moved, "Kabar Desa")


async def test_owner_feed_reclaims_an_article_claimed_by_another_feed(
    reader: EntryReader, store: Store, web: FakeFetcher, offload: Offload, writer: ArticleWriter, now: datetime
) -> None:
    """An excerpt under the wrong outlet's name, from a version in which feeds could claim any address."""
    entry = FeedEntry("https://desa.example/beras", "Harga Beras", now, TEXT)
    claimed = prepare_excerpt(replace(DESA, outlet="Kabar Palsu"), replace(entry, title="Rekening Dibekukan"))
    first = await writer.add(claimed, origin=Origin.FEED)
    assert await reader.add_new(DESA, [entry]) == {EntryResult.EXCERPT: 1}
    healed = await store.articles.find("url:desa.example/beras")
    assert healed is not None
    assert (healed.id, healed.article.title, healed.article.outlet) == (first.id, "Harga Beras", "Kabar Desa")
    # From here on it is as any other excerpt.
    assert await reader.add_new(DESA, [entry]) == {EntryResult.FAILED: 1}


async def test_concurrent_entries_of_one_article_are_stored_once(
    reader: EntryReader, store: Store, web: FakeFetcher
) -> None:
    new = "https://desa.example/baru/beras"
    urls = [new, *(f"https://desa.example/lama/{n}/beras" for n in range(3))]
    for url in urls:
        web.publish(url, make_page("Harga Beras Turun", canonical=new))
    counts = await reader.add_new(DESA, [FeedEntry(url, "Harga Beras") for url in urls])
    assert counts == {EntryResult.ADDED: 4}
    assert await count_articles(store) == 1
    assert await reader.add_new(DESA, [FeedEntry(url, "Harga Beras") for url in urls]) == {}


async def test_outlet_name_is_removed_from_excerpt_title(reader: EntryReader, store: Store, now: datetime) -> None:
    entry = FeedEntry("https://desa.example/1", "Rekening Dibekukan - Kompas.com", now, TEXT)
    assert await reader.add_new(DESA, [entry]) == {EntryResult.EXCERPT: 1}
    stored = await store.articles.find("url:desa.example/1")
    assert stored is not None
    assert (stored.article.title, stored.article.outlet) == ("Rekening Dibekukan", "Kabar Desa")


async def count_articles(store: Store) -> int:
    listed = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=50)
    count = 0
    for item in listed.items:
        count += len(await store.stories.coverage(item.stored.id))
    return count


def test_entry_is_given_up_after_max_attempts() -> None:
    retries = Retries()
    assert (retries.is_waiting("a"), retries.is_given_up("a")) == (False, False)
    for _ in range(MAX_ATTEMPTS - 1):
        retries.fail("a")
        retries.postpone("a")
        assert (retries.is_waiting("a"), retries.is_given_up("a")) == (True, False)
    retries.fail("a")
    assert (retries.is_waiting("a"), retries.is_given_up("a")) == (False, True)
    retries.postpone("b")
    assert retries.is_waiting("b")
    retries.succeed("b")
    assert not retries.is_waiting("b")


def test_retry_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries_module, "MAX_REMEMBERED", 3)
    retries = Retries()
    for key in "abcd":
        retries.give_up(key)
    assert [key for key in "abcd" if retries.is_given_up(key)] == ["b", "c", "d"]


async def test_entries_outside_the_edition_are_read_once(
    store: Store, writer: ArticleWriter, web: FakeFetcher, offload: Offload, now: datetime
) -> None:
    edition = Edition("ekonomi", topics=frozenset({"ekonomi"}))
    reader = EntryReader(
        articles=store.articles, writer=writer, fetcher=web, offload=offload, clock=lambda: now, edition=edition
    )
    inside, outside = (FeedEntry(f"https://desa.example/{topic}/1", "Berita", now) for topic in ("bisnis", "bola"))
    page = "<html><body><article><h1>Harga Beras Turun</h1>{}</article></body></html>".format(f"<p>{TEXT}</p>" * 2)
    for entry in (inside, outside):
        web.publish(entry.url, page)
    excerpt = FeedEntry("https://desa.example/bola/2", "Berita", now, TEXT)
    counts = await reader.add_new(DESA, [inside, outside, excerpt])
    assert counts == {EntryResult.ADDED: 1, EntryResult.OUTSIDE: 2}
    web.asked.clear()
    await reader.add_new(DESA, [inside, outside])
    assert web.asked == []
    listed = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=9)
    assert [item.stored.article.url for item in listed.items] == [inside.url]
