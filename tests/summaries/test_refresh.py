"""Passes over sources: what is new comes in once, and what fails hurts nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from summaries.model import SHORT, NewsItem, NewsQuery, Source
from summaries.refresh import RefreshService
from summaries.storage import Store

if TYPE_CHECKING:
    from summaries.ports import Offload
    from tests.summaries.conftest import FakeFetcher

EKONOMI = Source("desa-ekonomi", "Kabar Desa", "ekonomi", "https://desa.example/rss/ekonomi")
UMUM = Source("kota-umum", "Warta Kota", "umum", "https://kota.example/rss")


def feed(urls: Sequence[str]) -> str:
    items = "".join(
        f"<item><title>Berita {n}</title><link>{url}</link>"
        f"<pubDate>Mon, 23 Nov 2026 0{n % 10}:00:00 +0700</pubDate></item>"
        for n, url in enumerate(urls)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar</title>{items}</channel></rss>'


def page(subject: str) -> str:
    paragraphs = [
        f"Makassar - Harga {subject} di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin pagi.",
        f"Kepala pasar, Sitti Rahma, mengatakan harga {subject} sempat naik pada awal Oktober karena stok menipis.",
        f"Dinas Perdagangan memperkirakan harga {subject} akan bertahan hingga akhir bulan karena panen raya.",
        "Warga yang berbelanja pagi itu mengaku lega karena kebutuhan dapur lain masih mahal sejak bulan lalu.",
        "Pedagang berharap pemerintah menyerap gabah petani agar harga di tingkat petani tidak jatuh terlalu dalam.",
    ]
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    title = f"Harga {subject.title()} Turun di Pasar Sukamakmur"
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


class World:
    def __init__(self, store: Store, web: FakeFetcher, offload: Offload, now: datetime) -> None:
        self.store = store
        self.web = web
        self.service = RefreshService(
            sources=store.sources, articles=store.articles, fetcher=web, offload=offload, clock=lambda: now
        )

    async def news(self) -> list[NewsItem]:
        listed = await self.store.articles.list_page(NewsQuery(), length=SHORT, number=0, size=50)
        return sorted(listed.items, key=lambda item: item.stored.article.title)


@pytest.fixture
async def world(store: Store, web: FakeFetcher, offload: Offload, now: datetime) -> World:
    await store.sources.sync([EKONOMI], now=now)
    return World(store, web, offload, now)


async def test_new_entries_come_in_once(world: World) -> None:
    urls = ["https://desa.example/ekonomi/harga-beras-turun", "https://desa.example/ekonomi/harga-jagung-turun"]
    world.web.publish(EKONOMI.url, feed(urls))
    world.web.publish(urls[0], page("beras"))
    world.web.publish(urls[1], page("jagung"))
    report = await world.service.refresh()
    assert (report.added, report.refused, report.failures) == (2, 0, ())
    beras, jagung = await world.news()
    assert beras.stored.article.title == "Harga Beras Turun di Pasar Sukamakmur"
    assert (beras.stored.article.outlet, beras.stored.article.category) == ("Kabar Desa", "ekonomi")
    # The page tells no date; the feed does.
    assert beras.stored.article.published_at == datetime.fromisoformat("2026-11-23T00:00:00+07:00")
    assert jagung.summary.text.startswith("Harga jagung di Pasar Sukamakmur")
    world.web.asked.clear()
    assert (await world.service.refresh()).added == 0
    assert world.web.asked == [EKONOMI.url]


async def test_an_unchanged_feed_is_not_read_again(world: World) -> None:
    world.web.publish(EKONOMI.url, feed([]), etag='"1"')
    assert [r.is_unchanged for r in (await world.service.refresh()).sources] == [False]
    assert [r.is_unchanged for r in (await world.service.refresh()).sources] == [True]
    assert [r.is_unchanged for r in (await world.service.refresh()).sources] == [True]


async def test_a_page_that_fails_is_tried_again_though_the_feed_is_unchanged(world: World) -> None:
    url = "https://desa.example/ekonomi/harga-beras-turun"
    world.web.publish(EKONOMI.url, feed([url]), etag='"1"')
    report = await world.service.refresh()
    assert [(r.added, r.failed) for r in report.sources] == [(0, 1)]
    world.web.publish(url, page("beras"))
    assert (await world.service.refresh()).added == 1
    assert [r.is_unchanged for r in (await world.service.refresh()).sources] == [True]


async def test_a_page_without_an_article_is_counted_and_passed_over(world: World) -> None:
    urls = ["https://desa.example/galeri", "https://desa.example/ekonomi/harga-beras-turun"]
    world.web.publish(EKONOMI.url, feed(urls))
    world.web.publish(urls[0], "<html><body><img src=a.jpg></body></html>")
    world.web.publish(urls[1], page("beras"))
    report = await world.service.refresh()
    assert [(r.added, r.refused, r.failed) for r in report.sources] == [(1, 1, 0)]


@pytest.mark.parametrize(
    "body", ["", "<html>bukan umpan</html>", "{", "<?xml version='1.0'?><rss><channel>" + "<a>" * 5000]
)
async def test_one_bad_feed_does_not_hurt_another(world: World, now: datetime, body: str) -> None:
    await world.store.sources.sync([UMUM], now=now)
    world.web.publish(UMUM.url, body)
    world.web.publish(EKONOMI.url, feed(["https://desa.example/ekonomi/harga-beras-turun"]))
    world.web.publish("https://desa.example/ekonomi/harga-beras-turun", page("beras"))
    report = await world.service.refresh()
    assert report.added == 1
    assert [failure.source for failure in report.failures] == [UMUM]


async def test_a_fault_of_ours_in_one_source_does_not_hurt_another(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await world.store.sources.sync([UMUM], now=now)
    world.web.publish(UMUM.url, feed([]))

    async def fail(key: str) -> tuple[str | None, str | None]:
        if key == EKONOMI.key:
            raise LookupError
        return None, None

    monkeypatch.setattr(world.store.sources, "validators", fail)
    report = await world.service.refresh()
    assert [(failure.source, failure.error) for failure in report.failures] == [(EKONOMI, "unexpected: LookupError")]
    assert "desa-ekonomi could not be read" in caplog.text


async def test_a_source_that_is_away_is_reported(world: World) -> None:
    report = await world.service.refresh()
    assert [(failure.source, failure.error) for failure in report.failures] == [(EKONOMI, "away")]


async def test_a_source_of_all_topics_takes_the_pages_topic(world: World, now: datetime) -> None:
    await world.store.sources.sync([replace(EKONOMI, category="umum")], now=now)
    url = "https://desa.example/ekonomi/harga-beras-turun"
    world.web.publish(EKONOMI.url, feed([url]))
    section = '<head><meta property="article:section" content="Ekonomi">'
    world.web.publish(url, page("beras").replace("<head>", section))
    await world.service.refresh()
    assert [item.stored.article.category for item in await world.news()] == ["ekonomi"]


async def test_the_same_article_in_two_feeds_is_one(world: World, now: datetime) -> None:
    other = Source("desa-umum", "Kabar Desa", "umum", "https://desa.example/rss")
    await world.store.sources.sync([other], now=now)
    world.web.publish(EKONOMI.url, feed(["https://desa.example/ekonomi/harga-beras-turun?utm_source=rss"]))
    world.web.publish(other.url, feed(["https://desa.example/ekonomi/harga-beras-turun"]))
    for url in (
        "https://desa.example/ekonomi/harga-beras-turun?utm_source=rss",
        "https://desa.example/ekonomi/harga-beras-turun",
    ):
        world.web.publish(url, page("beras"))
    await world.service.refresh()
    assert len(await world.news()) == 1
