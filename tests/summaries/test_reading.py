"""Articles for a person: fetched once, stored, and answered from the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from summaries.errors import AlreadyShort, FetchFailedForNow, NothingToSummarize
from summaries.model import LONG, MEDIUM, SHORT, NewsQuery, Origin, Summary
from summaries.reading import ReadingService
from summaries.storage import Store

if TYPE_CHECKING:
    from summaries.ports import Offload
    from tests.summaries.conftest import FakeFetcher

URL = "https://kabar.example/ekonomi/beras-turun"
PARAGRAPHS = [
    "Makassar - Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin pagi.",
    "Kepala pasar, Sitti Rahma, mengatakan harga sempat menyentuh Rp13.500 pada awal Oktober karena stok menipis.",
    "Dinas Perdagangan memperkirakan harga akan bertahan hingga akhir bulan karena panen raya masih berlangsung.",
    "Pedagang berharap pemerintah menyerap gabah petani agar harga di tingkat petani tidak jatuh terlalu dalam.",
]
PAGE = (
    "<html lang=id><head><title>Harga Beras Turun di Pasar Sukamakmur</title>"
    '<meta property="og:type" content="article">'
    '<meta property="article:published_time" content="2026-11-02T08:30:00+08:00">'
    "</head><body><article><h1>Harga Beras Turun di Pasar Sukamakmur</h1>"
    + "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    + "</article></body></html>"
)
TEXT = "Harga Beras Turun di Pasar Sukamakmur\n\n" + "\n\n".join(PARAGRAPHS)


class World:
    def __init__(self, store: Store, web: FakeFetcher, offload: Offload) -> None:
        self.store = store
        self.fetcher = web
        self.fetcher.publish(URL, PAGE)
        self.reading = ReadingService(
            articles=store.articles,
            fetcher=self.fetcher,
            offload=offload,
            clock=lambda: datetime(2026, 11, 23, tzinfo=UTC),
        )


@pytest.fixture
def world(store: Store, web: FakeFetcher, offload: Offload) -> World:
    return World(store, web, offload)


async def test_a_link_is_fetched_once_and_then_answered_from_the_store(world: World) -> None:
    first = await world.reading.read_url(URL)
    assert first.stored.article.title == "Harga Beras Turun di Pasar Sukamakmur"
    assert first.summary.text.startswith("Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800")
    assert first.summary.length == MEDIUM
    assert not first.is_from_store
    again = await world.reading.read_url(URL + "?utm_source=x#bawah")
    assert again.is_from_store
    assert (again.stored, again.summary) == (first.stored, first.summary)
    assert world.fetcher.asked == [URL]


async def test_a_short_link_leads_to_the_article_that_is_known(world: World) -> None:
    world.fetcher.moved["https://s.example/a"] = URL
    first = await world.reading.read_url(URL)
    again = await world.reading.read_url("https://s.example/a")
    assert again.stored.id == first.stored.id
    assert again.is_from_store


async def test_another_length_of_a_known_article_needs_no_fetch(world: World) -> None:
    first = await world.reading.read_url(URL)
    longer = await world.reading.read_url(URL, length=LONG)
    assert longer.summary.length == LONG
    assert longer.summary.word_count >= first.summary.word_count
    assert await world.store.articles.find_summary(first.stored.id, LONG) == longer.summary
    assert len(world.fetcher.asked) == 1


async def test_a_summary_of_an_older_method_is_made_anew(world: World) -> None:
    first = await world.reading.read_url(URL)
    old = Summary(first.summary.sentences[-1:], "of-last-year", MEDIUM)
    await world.store.articles.put_summary(first.stored.id, old, now=datetime(2026, 1, 1, tzinfo=UTC))
    again = await world.reading.read_url(URL)
    assert again.summary == first.summary
    assert await world.store.articles.find_summary(first.stored.id, MEDIUM) == first.summary


async def test_pasted_texts_and_files_are_stored_for_their_reader_only(world: World) -> None:
    first = await world.reading.read_text(TEXT)
    assert first.stored.origin is Origin.CHAT
    assert first.stored.article.url is None
    again = await world.reading.read_file(("\ufeff" + TEXT).encode("utf-16"))
    assert again.stored.id == first.stored.id
    assert again.is_from_store
    assert (await world.store.news.list_page(NewsQuery(), length=SHORT, number=0, size=5)).total == 0


async def test_a_text_behind_a_link(world: World) -> None:
    url = "https://kabar.example/berita.txt"
    world.fetcher.publish(url, TEXT, media_type="text/plain")
    reading = await world.reading.read_url(url)
    assert reading.stored.article.title == "Harga Beras Turun di Pasar Sukamakmur"
    assert reading.stored.article.url == url


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\x00\x01\x02", b"<p>Pendek saja.</p>"])
async def test_a_page_without_an_article_is_refused_and_not_stored(world: World, body: bytes) -> None:
    world.fetcher.publish(URL, body)
    with pytest.raises(NothingToSummarize):
        await world.reading.read_url(URL)
    assert await world.store.articles.find(f"url:{URL}") is None


async def test_an_article_that_is_short_already_comes_as_it_is(world: World) -> None:
    short = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:2])
    start, end = PAGE.index("<p>"), PAGE.rindex("</p>") + 4
    world.fetcher.publish(URL, PAGE[:start] + short + PAGE[end:])
    with pytest.raises(AlreadyShort) as caught:
        await world.reading.read_url(URL)
    assert caught.value.article.url == URL
    assert caught.value.article.text.startswith("Harga beras medium")


async def test_a_page_that_can_not_be_had_is_an_error_and_is_tried_again_next_time(world: World) -> None:
    page = world.fetcher.pages.pop(URL)
    with pytest.raises(FetchFailedForNow):
        await world.reading.read_url(URL)
    world.fetcher.pages[URL] = page
    assert (await world.reading.read_url(URL)).summary.text
