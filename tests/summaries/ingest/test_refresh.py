"""Refreshes of sources: new entries are stored once, and a failing source affects no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from summaries.errors import AddressRefused, PermanentFetchError, StoreBusy, TransientFetchError
from summaries.fetch.feeds.feed_entries import Feed
from summaries.fetch.feeds.feeds import read_feed
from summaries.ingest import failover
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.entries import ENTRIES_PER_PASS
from summaries.ingest.failover import FAILOVER_AFTER, RETURN_AFTER, STALE_AFTER
from summaries.ingest.politeness import PoliteFetcher, get_host
from summaries.ingest.refresh import RefreshService
from summaries.model import CHECK_LEASE, SHORT, NewsItem, NewsQuery, PollState, Source
from summaries.ports import Fetched
from summaries.storage import Store
from summaries.urls import make_url_key
from tests.summaries.conftest import FakeFetcher

if TYPE_CHECKING:
    from summaries.ports import Offload

EKONOMI = Source("desa-ekonomi", "Kabar Desa", "ekonomi", "https://desa.example/rss/ekonomi")
UMUM = Source("kota-umum", "Warta Kota", "umum", "https://kota.example/rss")


def make_feed(urls: Sequence[str], text: str = "") -> str:
    items = "".join(
        f"<item><title>Berita {n}</title><link>{url}</link><description>{text}</description>"
        f"<pubDate>Mon, 23 Nov 2026 0{n % 10}:00:00 +0700</pubDate></item>"
        for n, url in enumerate(urls)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar</title>{items}</channel></rss>'


def make_rice_page(subject: str) -> str:
    paragraphs = [
        f"Makassar - Harga {subject} di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin pagi.",
        f"Kepala pasar, Sitti Rahma, mengatakan harga {subject} sempat naik pada awal Oktober karena stok menipis.",
        f"Dinas Perdagangan memperkirakan harga {subject} akan bertahan hingga akhir bulan karena panen raya.",
        "Warga yang berbelanja pagi itu mengaku lega karena kebutuhan dapur lain masih mahal sejak bulan lalu.",
        "Pedagang berharap pemerintah menyerap gabah petani agar harga di tingkat petani tidak jatuh terlalu dalam.",
    ]
    return html_page(f"Harga {subject.title()} Turun di Pasar Sukamakmur", paragraphs)


def make_ferry_page() -> str:
    paragraphs = [
        "Ambon - Kapal cepat jurusan Ambon ke Pulau Sera mulai berlayar dua kali sepekan sejak Minggu sore.",
        "Nakhoda Yosep Latu mengatakan pelayaran pertama membawa delapan puluh penumpang tanpa halangan ombak.",
        "Dinas Perhubungan Maluku membangun dermaga apung supaya penumpang tidak lagi memakai perahu kecil.",
        "Tarif perjalanan itu disubsidi sampai tahun depan, lalu akan dihitung ulang bersama para nelayan.",
        "Sebelumnya warga pulau menunggu perahu kayu selama dua hari bila cuaca buruk dan gelombang meninggi.",
    ]
    return html_page("Kapal Cepat Menuju Pulau Sera Mulai Berlayar", paragraphs)


def html_page(title: str, paragraphs: Sequence[str]) -> str:
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


class Web(FakeFetcher):
    """A web whose one host may fail, or keep everybody waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.error_host = ""
        self.gate: asyncio.Event | None = None
        self.was_asked = asyncio.Event()

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        self.was_asked.set()
        if self.gate is not None:
            self.asked.append(url)
            await self.gate.wait()
            self.asked.remove(url)
        if self.error is not None and get_host(url) == self.error_host:
            raise self.error
        return await super().fetch(url, etag=etag, last_modified=last_modified)


class World:
    def __init__(self, store: Store, web: Web, offload: Offload, now: datetime) -> None:
        self.store = store
        self.web = web
        self.offload = offload
        self.now = now
        self.restart()

    def restart(self) -> None:
        """A new process over the same store."""
        self.service = RefreshService(
            sources=self.store.sources,
            articles=self.store.articles,
            writer=ArticleWriter(stories=self.store.stories, offload=self.offload, clock=lambda: self.now),
            fetcher=PoliteFetcher(self.web, clock=lambda: self.now, spacing_s=0),
            offload=self.offload,
            clock=lambda: self.now,
            chance=lambda: 0.5,
        )

    async def state(self, key: str = EKONOMI.key) -> PollState:
        stored = await self.store.sources.find(key)
        assert stored is not None
        return stored.state

    async def news(self) -> list[NewsItem]:
        listed = await self.store.news.list_page(NewsQuery(), length=SHORT, number=0, size=50)
        return sorted(listed.items, key=lambda item: item.stored.article.title)


@pytest.fixture
async def world(store: Store, offload: Offload, now: datetime) -> World:
    await store.sources.sync([EKONOMI], now=now)
    return World(store, Web(), offload, now)


async def test_new_entries_are_added_once(world: World) -> None:
    urls = ["https://desa.example/ekonomi/harga-beras-turun", "https://desa.example/ekonomi/kapal-cepat"]
    world.web.publish(EKONOMI.url, make_feed(urls))
    world.web.publish(urls[0], make_rice_page("beras"))
    world.web.publish(urls[1], make_ferry_page())
    report = await world.service.refresh_all()
    assert (report.added, report.refused, report.failures) == (2, 0, ())
    beras, kapal = await world.news()
    assert beras.stored.article.title == "Harga Beras Turun di Pasar Sukamakmur"
    assert (beras.stored.article.outlet, beras.stored.article.category) == ("Kabar Desa", "ekonomi")
    # The page has no date; the feed does.
    assert beras.stored.article.published_at == datetime.fromisoformat("2026-11-23T00:00:00+07:00")
    # The first sentence only repeats the headline.
    assert kapal.summary.text.startswith("Nakhoda Yosep Latu")
    world.web.asked.clear()
    assert (await world.service.refresh_all()).added == 0
    assert world.web.asked == [EKONOMI.url]


async def test_the_feed_corrects_the_zone_of_a_page_s_date(world: World) -> None:
    url = "https://desa.example/ekonomi/harga-beras-turun"
    stated = '<meta property="article:published_time" content="2026-11-23T00:00:00Z">'
    world.web.publish(EKONOMI.url, make_feed([url]))
    world.web.publish(url, f"<html><head>{stated}</head>{make_rice_page('beras')}</html>")
    await world.service.refresh_all()
    (beras,) = await world.news()
    assert beras.stored.article.published_at == datetime.fromisoformat("2026-11-23T00:00:00+07:00")


async def test_two_outlets_covering_one_event_make_one_story(world: World, now: datetime) -> None:
    await world.store.sources.sync([UMUM], now=now)
    for source, url in [(EKONOMI, "https://desa.example/beras"), (UMUM, "https://kota.example/harga-beras")]:
        world.web.publish(source.url, make_feed([url]))
        world.web.publish(url, make_rice_page("beras"))
    assert (await world.service.refresh_all()).added == 2
    (item,) = await world.news()
    assert {covered.outlet for covered in item.coverage} == {"Kabar Desa", "Warta Kota"}


@pytest.mark.parametrize("etag", ['"1"', None])
async def test_unchanged_feed_is_not_parsed_again(world: World, etag: str | None) -> None:
    """A 304 answer, or the same body without validators."""
    world.web.publish(EKONOMI.url, make_feed([]), etag=etag)
    assert [r.is_unchanged for r in (await world.service.refresh_all()).sources] == [False]
    assert [r.is_unchanged for r in (await world.service.refresh_all()).sources] == [True]
    assert [r.is_unchanged for r in (await world.service.refresh_all()).sources] == [True]


@pytest.mark.parametrize("etag", ['"1"', None])
async def test_failed_page_is_retried_while_the_feed_is_unchanged(world: World, etag: str | None) -> None:
    url = "https://desa.example/ekonomi/harga-beras-turun"
    world.web.publish(EKONOMI.url, make_feed([url]), etag=etag)
    report = await world.service.refresh_all()
    assert [(r.added, r.failed) for r in report.sources] == [(0, 1)]
    world.web.publish(url, make_rice_page("beras"))
    assert (await world.service.refresh_all()).added == 1
    assert [r.is_unchanged for r in (await world.service.refresh_all()).sources] == [True]


async def test_only_new_and_edited_entries_are_parsed_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []

    def count(body: bytes, **options: Any) -> Feed:
        parsed.append(body.count(b"<item>"))
        return read_feed(body, **options)

    monkeypatch.setattr(failover, "read_feed", count)
    urls = [f"https://desa.example/{n}" for n in range(4)]
    for url, subject in zip(urls, ("beras", "kopi", "garam", "cabai"), strict=True):
        world.web.publish(url, make_rice_page(subject))
    bodies = [
        make_feed(urls[:3]),
        make_feed(urls),
        make_feed(urls).replace("<channel>", "<channel><lastBuildDate>Mon, 23 Nov 2026</lastBuildDate>"),
        make_feed(urls).replace("Berita 2", "Berita dua"),
        make_feed(urls).replace("</title><link>", "</title><author/><link>").replace("Berita 0", ""),
    ]
    outcomes = []
    for body in bodies:
        world.web.publish(EKONOMI.url, body)
        (report,) = (await world.service.refresh_all()).sources
        outcomes.append((report.added, report.is_unchanged, (await world.state()).recent_count))
    assert outcomes == [(3, False, 3), (1, False, 4), (0, True, 4), (0, False, 4), (0, False, 4)]
    assert parsed == [3, 1, 1, 4]
    world.restart()
    world.web.publish(EKONOMI.url, bodies[0])
    await world.service.refresh_all()
    assert parsed == [3, 1, 1, 4, 3]


async def test_entry_whose_page_failed_is_parsed_again(world: World) -> None:
    urls = ["https://desa.example/ekonomi/beras", "https://desa.example/ekonomi/kopi"]
    world.web.publish(EKONOMI.url, make_feed(urls))
    world.web.publish(urls[0], make_rice_page("beras"))
    assert [(r.added, r.failed) for r in (await world.service.refresh_all()).sources] == [(1, 1)]
    world.web.publish(urls[1], make_ferry_page())
    world.web.publish(EKONOMI.url, make_feed([*urls, "https://desa.example/ekonomi/garam"]))
    assert [(r.added, r.failed) for r in (await world.service.refresh_all()).sources] == [(1, 1)]


async def test_entries_left_by_a_pass_are_read_by_the_next_while_the_feed_is_unchanged(world: World) -> None:
    urls = [f"https://desa.example/foto/{n}" for n in range(ENTRIES_PER_PASS + 1)]
    world.web.publish(EKONOMI.url, make_feed(urls))
    for url in urls:
        world.web.publish(url, "<html><body><img src=a.jpg></body></html>")
    passes = [(await world.service.refresh_all()).sources[0] for _ in range(3)]
    assert [(one.refused, one.is_unchanged) for one in passes] == [(ENTRIES_PER_PASS, False), (1, False), (0, True)]


async def test_page_without_an_article_is_counted_as_refused(world: World) -> None:
    urls = ["https://desa.example/galeri", "https://desa.example/ekonomi/harga-beras-turun"]
    world.web.publish(EKONOMI.url, make_feed(urls))
    world.web.publish(urls[0], "<html><body><img src=a.jpg></body></html>")
    world.web.publish(urls[1], make_rice_page("beras"))
    report = await world.service.refresh_all()
    assert [(r.added, r.refused, r.failed) for r in report.sources] == [(1, 1, 0)]


@pytest.mark.parametrize(
    "body", ["", "<html>bukan umpan</html>", "{", "<?xml version='1.0'?><rss><channel>" + "<a>" * 5000]
)
async def test_invalid_feed_does_not_affect_another(world: World, now: datetime, body: str) -> None:
    await world.store.sources.sync([UMUM], now=now)
    world.web.publish(UMUM.url, body)
    world.web.publish(EKONOMI.url, make_feed(["https://desa.example/ekonomi/harga-beras-turun"]))
    world.web.publish("https://desa.example/ekonomi/harga-beras-turun", make_rice_page("beras"))
    report = await world.service.refresh_all()
    assert report.added == 1
    assert [failure.source for failure in report.failures] == [UMUM]


async def test_unexpected_error_in_one_source_does_not_affect_another(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await world.store.sources.sync([UMUM], now=world.now)
    world.web.publish(UMUM.url, make_feed([]))
    fetch = world.web.fetch

    async def fail(url: str, **validators: str | None) -> Fetched:
        if url == EKONOMI.url:
            raise LookupError
        return await fetch(url, **validators)

    monkeypatch.setattr(world.web, "fetch", fail)
    report = await world.service.refresh_all()
    assert [(failure.source, failure.error) for failure in report.failures] == [(EKONOMI, "unexpected: LookupError")]
    assert "desa-ekonomi could not be read" in caplog.text


async def test_store_failure_ends_the_pass(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(source: Source, state: PollState) -> None:
        raise StoreBusy("in use")

    monkeypatch.setattr(world.store.sources, "record_result", fail)
    with pytest.raises(StoreBusy):
        await world.service.refresh_all()


async def test_feed_linking_to_another_outlet_fails_with_the_reason(world: World) -> None:
    world.web.publish(EKONOMI.url, make_feed(["https://www.kompas.com/read/1"], "Isi. " * 100))
    report = await world.service.refresh_all()
    assert report.added == 0
    state = await world.state()
    assert state.failures_in_a_row == 1
    assert "leads to another site (kompas.com)" in (state.last_error or "")
    assert state.last_fault == "foreign"
    # One entry of its own makes it a feed of its own.
    own = "https://desa.example/ekonomi/harga-beras-turun"
    world.web.publish(EKONOMI.url, make_feed(["https://www.kompas.com/read/1", own]))
    world.web.publish(own, make_rice_page("beras"))
    assert (await world.service.refresh_all()).added == 1
    assert [item.stored.article.url for item in await world.news()] == [own]
    assert (await world.state()).failures_in_a_row == 0


async def test_unreachable_source_is_reported(world: World) -> None:
    report = await world.service.refresh_all()
    assert [(failure.source, failure.error) for failure in report.failures] == [(EKONOMI, "away")]


async def test_only_due_sources_are_checked(world: World) -> None:
    hours = "https://desa.example/ekonomi/harga-beras-turun"
    world.web.publish(EKONOMI.url, make_feed([hours, hours + "-lagi"]), etag='"1"')
    start = world.now
    assert len((await world.service.refresh_due()).sources) == 1
    state = await world.state()
    # Two entries in twelve hours make one in six.
    assert state.newest_entry_at == datetime.fromisoformat("2026-11-22T18:00:00+00:00")
    assert state.next_check_at is not None
    assert timedelta(hours=5) < state.next_check_at - start <= timedelta(hours=6)
    assert (await world.service.refresh_due()).sources == ()
    world.now = start + timedelta(hours=6)
    assert len((await world.service.refresh_due()).sources) == 1


async def test_failing_source_backs_off_and_is_switched_off(world: World, caplog: pytest.LogCaptureFixture) -> None:
    unreachable, switched_off = [], []
    while (state := await world.state()).is_active:
        world.now = state.next_check_at or world.now
        report = await world.service.refresh_due()
        assert len(report.failures) == 1
        unreachable += [source.is_unreachable for source in report.sources]
        switched_off += [source.is_switched_off for source in report.sources]
    assert unreachable == [False] * 7 + [True] + [False] * 42
    assert switched_off == [False] * 49 + [True]
    assert "ringkas sources add desa-ekonomi" in caplog.text
    assert (await world.service.refresh_all()).sources == ()
    world.web.publish(EKONOMI.url, make_feed([]))
    await world.store.sources.add(EKONOMI, now=world.now)
    assert [report.error for report in (await world.service.refresh_due()).sources] == [None]


async def test_busy_host_postpones_all_its_sources(world: World) -> None:
    others = [Source(f"desa-{n}", "Kabar Desa", "umum", f"https://desa.example/rss/{n}") for n in range(5)]
    await world.store.sources.sync([*others, UMUM], now=world.now)
    world.web.publish(UMUM.url, make_feed([]))
    world.web.error = TransientFetchError("busy", status=429, retry_after_s=1800)
    world.web.error_host = "desa.example"
    report = await world.service.refresh_all()
    by_key = {r.source.key: r for r in report.sources}
    assert by_key["kota-umum"].error is None
    assert sum(r.is_postponed for r in report.sources) == 5
    # A request to wait is a failure of the source that sent it, and of no other.
    assert len(report.failures) == 1
    due = world.now + timedelta(minutes=30)
    for key in by_key.keys() - {"kota-umum"}:
        state = await world.state(key)
        assert state.next_check_at == due
        assert state.failures_in_a_row == (0 if by_key[key].is_postponed else 1)


async def test_overlapping_passes_check_a_source_once(world: World) -> None:
    world.web.publish(EKONOMI.url, make_feed([]))
    world.web.gate = asyncio.Event()
    first = asyncio.create_task(world.service.refresh_all())
    await world.web.was_asked.wait()
    assert (await world.service.refresh_all()).sources == ()
    world.web.gate.set()
    assert len((await first).sources) == 1
    assert world.web.asked == [EKONOMI.url]
    assert len((await world.service.refresh_all()).sources) == 1


async def test_interrupted_pass_is_due_again_after_its_lease(world: World) -> None:
    world.web.publish(EKONOMI.url, make_feed([]))
    world.web.gate = asyncio.Event()
    under_way = asyncio.create_task(world.service.refresh_due())
    await world.web.was_asked.wait()
    world.service.stop()
    assert (await under_way).sources == ()
    world.restart()
    world.web.gate = None
    assert (await world.service.refresh_due()).sources == ()
    world.now += CHECK_LEASE
    assert len((await world.service.refresh_due()).sources) == 1


TEXT = (
    "Harga beras di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin pagi setelah panen raya tiba. " * 5
)
URL = "https://desa.example/ekonomi/harga-beras-turun"


async def test_unreachable_page_falls_back_to_the_feed_excerpt(world: World) -> None:
    world.web.publish(EKONOMI.url, make_feed([URL], f"&lt;p&gt;{TEXT}Baca selengkapnya...&lt;/p&gt;"), etag='"1"')
    (report,) = (await world.service.refresh_all()).sources
    assert (report.added, report.excerpts, report.failed) == (1, 1, 0)
    (excerpt,) = await world.news()
    assert excerpt.stored.article.is_excerpt
    assert (excerpt.stored.article.title, excerpt.stored.article.url) == ("Berita 0", URL)
    assert (excerpt.stored.article.outlet, excerpt.stored.article.category) == ("Kabar Desa", "ekonomi")
    assert excerpt.stored.article.text == TEXT.strip()
    # The page comes back: its text takes the place of the excerpt, and it is not news again.
    world.web.publish(URL, make_rice_page("beras"))
    (report,) = (await world.service.refresh_all()).sources
    assert (report.added, report.excerpts, report.failed, report.is_unchanged) == (0, 0, 0, False)
    (whole,) = await world.news()
    assert not whole.stored.article.is_excerpt
    assert (whole.stored.id, whole.stored.added_at) == (excerpt.stored.id, excerpt.stored.added_at)
    assert [r.is_unchanged for r in (await world.service.refresh_all()).sources] == [True]


async def test_paywalled_page_falls_back_to_the_feed_excerpt(world: World) -> None:
    reserved = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script></head>'
    world.web.publish(EKONOMI.url, make_feed([URL], TEXT))
    world.web.publish(URL, "<html><head>" + reserved + "<body><article><p>Masuk untuk membaca.</p></article></body>")
    (report,) = (await world.service.refresh_all()).sources
    assert (report.added, report.excerpts, report.refused) == (1, 1, 0)


@pytest.mark.parametrize("text", ["", "Harga beras turun. " * 3])
async def test_short_feed_text_is_not_stored_as_excerpt(world: World, text: str) -> None:
    world.web.publish(EKONOMI.url, make_feed([URL], text))
    (report,) = (await world.service.refresh_all()).sources
    assert (report.added, report.failed) == (0, 1)
    assert await world.news() == []


async def test_page_is_given_up_after_three_attempts(world: World) -> None:
    world.web.publish(EKONOMI.url, make_feed([URL]), etag='"1"')
    for _ in range(5):
        await world.service.refresh_all()
    assert world.web.asked.count(URL) == 3
    assert [r.is_unchanged for r in (await world.service.refresh_all()).sources] == [True]


async def test_page_without_an_article_is_fetched_once(world: World) -> None:
    world.web.publish(EKONOMI.url, make_feed([URL]))
    world.web.publish(URL, "<html><body><img src=a.jpg></body></html>")
    for _ in range(3):
        await world.service.refresh_all()
    assert world.web.asked.count(URL) == 1


async def test_sitemap_source_is_refreshed(world: World) -> None:
    entry = (
        f"<url><loc>{URL}</loc><news:news><news:publication_date>2026-11-23T10:00:00+07:00</news:publication_date>"
        "<news:title>Harga Beras Turun</news:title></news:news></url>"
    )
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    world.web.publish(EKONOMI.url, f'<?xml version="1.0"?><urlset {spaces}>{entry}</urlset>', media_type="text/xml")
    world.web.publish(URL, make_rice_page("beras"))
    assert (await world.service.refresh_all()).added == 1


async def test_source_of_all_topics_takes_the_topic_of_the_page(world: World, now: datetime) -> None:
    await world.store.sources.sync([replace(EKONOMI, category="umum")], now=now)
    url = "https://desa.example/ekonomi/harga-beras-turun"
    world.web.publish(EKONOMI.url, make_feed([url]))
    section = '<head><meta property="article:section" content="Ekonomi">'
    world.web.publish(url, make_rice_page("beras").replace("<head>", section))
    await world.service.refresh_all()
    assert [item.stored.article.category for item in await world.news()] == ["ekonomi"]


async def test_article_in_two_feeds_is_stored_once(world: World, now: datetime) -> None:
    other = Source("desa-umum", "Kabar Desa", "umum", "https://desa.example/rss")
    await world.store.sources.sync([other], now=now)
    world.web.publish(EKONOMI.url, make_feed(["https://desa.example/ekonomi/harga-beras-turun?utm_source=rss"]))
    world.web.publish(other.url, make_feed(["https://desa.example/ekonomi/harga-beras-turun"]))
    for url in (
        "https://desa.example/ekonomi/harga-beras-turun?utm_source=rss",
        "https://desa.example/ekonomi/harga-beras-turun",
    ):
        world.web.publish(url, make_rice_page("beras"))
    assert (await world.service.refresh_all()).added == 1
    assert len(await world.news()) == 1
    # It was read once.
    assert len([url for url in world.web.asked if "harga-beras" in url]) == 1


async def test_invalid_entry_does_not_affect_others(world: World) -> None:
    urls = [f"https://desa.example/{n}" for n in range(4)]
    subjects = ("beras", "kopi", "garam", "cabai")
    for url, subject in zip(urls, subjects, strict=True):
        world.web.publish(url, make_rice_page(subject))
    broken = (
        make_feed(urls).replace("Berita 1", "&#55357; Berita").replace("<title>Berita 2", "<title><![CDATA[Berita 2")
    )
    broken = broken.replace("Mon, 23 Nov 2026 03:00:00 +0700", "0001-01-01T00:00:00+07:00")
    world.web.publish(EKONOMI.url, broken)
    report = await world.service.refresh_all()
    assert (report.added, report.failures) == (3, ())
    stored = [await world.store.articles.find(make_url_key(url)) for url in urls]
    dates = [found.article.published_at if found else "lost" for found in stored]
    assert dates == [*(datetime.fromisoformat(f"2026-11-23T0{n}:00:00+07:00") for n in (0, 1)), "lost", None]


SECOND = "https://umpan.desa.example/feed"
INDEX = "https://desa.example/ekonomi"
URL = "https://desa.example/ekonomi/harga-beras-turun"


@pytest.fixture
async def movable(world: World) -> World:
    """A source with a second feed and an index page."""
    await world.store.sources.sync([replace(EKONOMI, alternatives=(SECOND,), index_url=INDEX)], now=world.now)
    world.web.publish(URL, make_rice_page("beras"))
    return world


async def test_unchanged_feed_that_fell_silent_is_left_for_the_next_address(movable: World) -> None:
    movable.web.publish(EKONOMI.url, make_feed([URL]))
    assert [r.added for r in (await movable.service.refresh_all()).sources] == [1]
    assert [r.is_unchanged for r in (await movable.service.refresh_all()).sources] == [True]
    movable.now += STALE_AFTER + timedelta(days=1)
    assert [r.fault for r in (await movable.service.refresh_all()).sources] == ["silent"]


async def test_second_failure_moves_source_to_next_address(movable: World) -> None:
    movable.web.publish(SECOND, make_feed([URL]), etag='"2"')
    (first,) = (await movable.service.refresh_all()).sources
    assert (first.error, first.moved_to) == ("away", None)
    (second,) = (await movable.service.refresh_all()).sources
    assert (second.added, second.error, second.moved_to) == (1, None, SECOND)
    state = await movable.state()
    assert (state.address, state.failures_in_a_row, state.etag) == (1, 0, '"2"')
    movable.web.asked.clear()
    (third,) = (await movable.service.refresh_all()).sources
    assert (third.is_unchanged, third.moved_to) == (True, None)
    assert movable.web.asked == [SECOND]


async def test_source_returns_to_preferred_address_after_a_day(movable: World) -> None:
    movable.web.publish(SECOND, make_feed([URL]))
    for _ in range(2):
        await movable.service.refresh_all()
    movable.web.publish(EKONOMI.url, make_feed([URL]))
    movable.now += timedelta(hours=23)
    assert (await movable.service.refresh_all()).sources[0].moved_to is None
    movable.now += timedelta(hours=1)
    assert (await movable.service.refresh_all()).sources[0].moved_to == EKONOMI.url
    assert (await movable.state()).address == 0


async def test_failed_return_waits_another_day(movable: World) -> None:
    movable.web.publish(SECOND, make_feed([URL]))
    for _ in range(2):
        await movable.service.refresh_all()
    movable.now += timedelta(days=1)
    for expected in ([EKONOMI.url, SECOND], [SECOND]):
        movable.web.asked.clear()
        await movable.service.refresh_all()
        assert [url for url in movable.web.asked if url != URL] == expected


async def test_index_page_is_read_if_no_feed_delivers(movable: World) -> None:
    links = "".join(f'<a href="/ekonomi/berita-desa-nomor-{n}">Berita desa nomor {n} hari ini</a>' for n in range(5))
    movable.web.publish(INDEX, f'<html><body><a href="{URL}">Harga Beras Turun di Pasar</a>{links}</body></html>')
    await movable.service.refresh_all()
    (report,) = (await movable.service.refresh_all()).sources
    assert (report.moved_to, report.added, report.failed) == (INDEX, 1, 5)


async def test_empty_and_abandoned_feeds_do_not_deliver(movable: World) -> None:
    movable.web.publish(EKONOMI.url, make_feed([]))
    old = make_feed(["https://desa.example/ekonomi/harga-lama"]).replace("Nov 2026", "Jul 2016")
    movable.web.publish(SECOND, old)
    await movable.service.refresh_all()
    (report,) = (await movable.service.refresh_all()).sources
    assert report.error == f"{EKONOMI.url}: it lists no entries"
    assert (await movable.state()).failures_in_a_row == 2


FOREIGN = "https://kota.example/berita"


@pytest.mark.parametrize(
    "answer",
    [
        PermanentFetchError("too many redirects"),
        AddressRefused("the address holds credentials"),
        TransientFetchError("busy", status=503, retry_after_s=3600),
        LookupError("a parser failed"),
        make_feed([FOREIGN]),
        make_feed([]),
        "<html><body>Halaman tidak ditemukan</body></html>",
        "<urlset><url><loc>https://desa.example/tentang</loc></url></urlset>",
        b"\x1f\x8b\x00",
    ],
    ids=["loop", "credentials", "busy", "bug", "foreign", "empty", "page", "sitemap", "binary"],
)
async def test_failing_address_does_not_keep_the_next_one_from_being_read(
    movable: World, monkeypatch: pytest.MonkeyPatch, answer: Exception | str | bytes
) -> None:
    movable.web.publish(SECOND, make_feed([URL]))
    if isinstance(answer, Exception):
        fetch = movable.web.fetch

        async def fail(url: str, **validators: str | None) -> Fetched:
            if url == EKONOMI.url:
                raise answer
            return await fetch(url, **validators)

        monkeypatch.setattr(movable.web, "fetch", fail)
    else:
        movable.web.publish(EKONOMI.url, answer)
    (first,) = (await movable.service.refresh_all()).sources
    assert first.error is not None
    movable.now += timedelta(hours=2)
    (second,) = (await movable.service.refresh_all()).sources
    assert (second.moved_to, second.error) == (SECOND, None)


@pytest.mark.parametrize("seed", range(8))
async def test_source_follows_the_addresses_that_deliver(movable: World, seed: int) -> None:
    """The addresses come and go at random; the source misses two checks at most, and moves are reported once."""
    chance = random.Random(seed)
    links = "".join(f'<a href="/ekonomi/berita-desa-nomor-{n}">Berita desa nomor {n} hari ini</a>' for n in range(5))
    bodies = {EKONOMI.url: make_feed([URL]), SECOND: make_feed([URL]), INDEX: f"<html><body>{links}</body></html>"}
    alive: list[str] = []
    used, missed, best_since = EKONOMI.url, 0, movable.now
    for step in range(40):
        movable.now += timedelta(hours=chance.choice([1, 4, 9]))
        if step % 8 == 0:
            alive = [url for url in bodies if chance.random() < 0.6]
            best_since = movable.now
            movable.web.pages = {url: movable.web.pages[url] for url in movable.web.pages if url not in bodies}
            for url in alive:
                movable.web.publish(url, bodies[url], etag=chance.choice(["1", None]))
        if chance.random() < 0.2:
            movable.restart()
        (report,) = (await movable.service.refresh_all()).sources
        used = report.moved_to or used
        assert (await movable.state()).address == list(bodies).index(used)
        missed = missed + 1 if report.error else 0
        if report.error is None:
            assert used in alive
        if alive:
            assert missed < FAILOVER_AFTER or step % 8 == 0
        if alive and movable.now - best_since >= RETURN_AFTER + timedelta(hours=9):
            assert used == alive[0]


async def test_index_entry_is_read_once(movable: World) -> None:
    links = "".join(f'<a href="/ekonomi/berita-desa-nomor-{n}">Berita desa nomor {n} hari ini</a>' for n in range(5))
    link = f'<a href="{URL}">{{}} menit lalu Harga Beras Turun di Pasar</a>'
    for minutes in (5, 35, 65):
        movable.web.publish(INDEX, f"<html><body>{link.format(minutes)}{links}</body></html>")
        await movable.service.refresh_all()
    assert movable.web.asked.count(INDEX) == 2
    # A feed knows it by the headline of its page.
    (item,) = await movable.news()
    movable.web.publish(EKONOMI.url, make_feed([URL]).replace("Berita 0", item.stored.article.title))
    movable.now += RETURN_AFTER
    (report,) = (await movable.service.refresh_all()).sources
    assert report.moved_to == EKONOMI.url
    assert movable.web.asked.count(URL) == 1


async def test_changed_addresses_reset_the_address_in_use(movable: World) -> None:
    movable.web.publish(SECOND, make_feed([URL]))
    for _ in range(2):
        await movable.service.refresh_all()
    await movable.store.sources.sync([replace(EKONOMI, alternatives=("https://desa.example/rss2",))], now=movable.now)
    assert await movable.state() == PollState()
