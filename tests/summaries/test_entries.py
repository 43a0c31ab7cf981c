"""Which entries are read, in which order, and which are tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from summaries import entries
from summaries.entries import ENTRIES_PER_PASS, MOST_TRIES, EntryReader, EntryResult, Retries
from summaries.errors import TooCostly
from summaries.fetch.feeds import FeedEntry
from summaries.intake import Intake
from summaries.model import Source
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
def reader(store: Store, intake: Intake, web: FakeFetcher, offload: Offload) -> EntryReader:
    return EntryReader(articles=store.articles, intake=intake, fetcher=web, offload=offload)


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
    store: Store, intake: Intake, web: FakeFetcher, offload: Offload
) -> None:
    async def lose(work: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        if args[0] == b"bom":
            raise TooCostly("it took too much memory")
        return await offload(work, *args, **kwargs)

    reader = EntryReader(articles=store.articles, intake=intake, fetcher=web, offload=lose)
    bomb, good = (FeedEntry(f"https://desa.example/{n}", "Berita") for n in range(2))
    web.publish(bomb.url, b"bom")
    web.publish(good.url, f"<html><body><article><h1>Harga Beras Turun</h1><p>{TEXT}</p></article></body></html>")
    assert await reader.add_new(DESA, [bomb, good]) == {EntryResult.REFUSED: 1, EntryResult.ADDED: 1}
    assert not reader.is_waiting(bomb)


def test_tries() -> None:
    retries = Retries()
    assert (retries.is_waiting("a"), retries.is_given_up("a")) == (False, False)
    for _ in range(MOST_TRIES - 1):
        retries.fail("a")
        retries.postpone("a")
        assert (retries.is_waiting("a"), retries.is_given_up("a")) == (True, False)
    retries.fail("a")
    assert (retries.is_waiting("a"), retries.is_given_up("a")) == (False, True)
    retries.postpone("b")
    assert retries.is_waiting("b")
    retries.succeed("b")
    assert not retries.is_waiting("b")


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_REMEMBERED", 3)
    retries = Retries()
    for key in "abcd":
        retries.give_up(key)
    assert [key for key in "abcd" if retries.is_given_up(key)] == ["b", "c", "d"]
