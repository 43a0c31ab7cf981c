"""Sources as the admin manages them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from summaries.errors import (
    AddressRefused,
    ForeignFeed,
    InputError,
    PermanentFetchError,
    TransientFetchError,
    WarningsFeed,
)
from summaries.fetch.feeds.feed_entries import FoundFeed
from summaries.ingest.sources import SourceService, describe_listed, describe_source, make_source_key
from summaries.model import PollState, Source, SourceKind, SourceOrigin
from summaries.storage import Store
from tests.summaries.conftest import FakeFetcher

if TYPE_CHECKING:
    from summaries.ports import Offload

T = TypeVar("T")
SITE = "https://desa.example/"
RSS = "https://desa.example/rss"
ANTARA = Source("antara", "ANTARA", "umum", "https://antara.example/rss.xml")


def make_feed(title: str = "Kabar Desa", entries: int = 1) -> str:
    items = "".join(
        f"<item><title>Berita {n}</title><link>https://desa.example/{n}</link>"
        f"<pubDate>Mon, 23 Nov 2026 0{n}:00:00 +0700</pubDate></item>"
        for n in range(entries)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def make_feed_links(*feeds: tuple[str, str]) -> str:
    found = "".join(f'<link rel="alternate" type="application/rss+xml" href="{url}" title="{t}">' for url, t in feeds)
    return f"<html><head>{found}</head><body>Kabar</body></html>"


@pytest.fixture
async def service(store: Store, web: FakeFetcher, offload: Offload, now: datetime) -> SourceService:
    await store.sources.sync([ANTARA], now=now)
    return SourceService(sources=store.sources, fetcher=web, offload=offload, clock=lambda: now)


async def list_keys(service: SourceService) -> list[str]:
    return [stored.source.key for stored in await service.all()]


async def test_a_feed_is_added_once(service: SourceService, web: FakeFetcher) -> None:
    web.publish(RSS, make_feed("Kabar Desa - Ekonomi", 3))
    (added,) = (await service.add(RSS)).sources
    assert added.stored.source == Source("kabar-desa-ekonomi", "Kabar Desa", "ekonomi", RSS, origin=SourceOrigin.ADMIN)
    assert (added.is_new, added.feed is not None and len(added.feed.entries)) == (True, 3)
    (again,) = (await service.add(RSS)).sources
    assert (again.stored.source, again.is_new) == (added.stored.source, False)
    assert await list_keys(service) == ["antara", "kabar-desa-ekonomi"]


async def test_given_outlet_and_category_override_detection(service: SourceService, web: FakeFetcher) -> None:
    web.publish(RSS, make_feed("Kabar Desa - Ekonomi"))
    (added,) = (await service.add(RSS, outlet="Desa Kita", category="daerah")).sources
    assert (added.stored.source.key, added.stored.source.outlet) == ("desa-kita-daerah", "Desa Kita")


async def test_a_sitemap_is_added(service: SourceService, web: FakeFetcher) -> None:
    news = '<n:news xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><n:title>Panen</n:title></n:news>'
    web.publish(RSS, f"<urlset><url><loc>https://desa.example/1</loc>{news}</url></urlset>", media_type="text/xml")
    (added,) = (await service.add(RSS)).sources
    assert added.stored.source.kind is SourceKind.SITEMAP


async def test_site_address_finds_its_feed(service: SourceService, web: FakeFetcher) -> None:
    web.publish(SITE, make_feed_links(("/rss", "Kabar Desa"), ("/comments/feed", "Komentar")))
    web.publish(RSS, make_feed())
    (added,) = (await service.add(SITE)).sources
    assert added.stored.source.url == RSS


async def test_site_with_several_feeds_offers_a_choice(service: SourceService, web: FakeFetcher) -> None:
    web.publish(SITE, make_feed_links(("/rss", "Semua"), ("/rss/politik", "Politik"), ("/rss/mati", "Mati")))
    web.publish(RSS, make_feed())
    web.publish(RSS + "/politik", make_feed())
    addition = await service.add(SITE)
    assert [choice.url for choice in addition.choices] == [RSS, RSS + "/politik", RSS + "/mati"]
    assert await list_keys(service) == ["antara"]
    addition = await service.add(SITE, is_every=True)
    assert [added.stored.source.key for added in addition.sources] == ["kabar-desa", "kabar-desa-politik"]
    (failed,) = addition.failures
    assert (failed.url, failed.reason) == (RSS + "/mati", "away")


FOREIGN = make_feed().replace("https://desa.example/0", "https://www.kompas.com/read/1")
PROXY = "https://feeds.feedburner.com/kabardesa"


@pytest.mark.parametrize(
    "address",
    [
        "https://data.bmkg.go.id/DataMKG/TEWS/gempaterkini.json",
        "data.bmkg.go.id/DataMKG/TEWS/autogempa.xml",
        "https://www.bmkg.go.id/alerts/nowcast/id",
        "https://www.bmkg.go.id/alerts/nowcast/id/CJB20251013001_alert.xml",
    ],
)
async def test_warnings_of_bmkg_are_no_source(service: SourceService, web: FakeFetcher, address: str) -> None:
    with pytest.raises(WarningsFeed, match="chats ask for them with /peringatan"):
        await service.add(address)
    assert web.asked == []
    # BMKG's news are articles.
    web.publish("https://www.bmkg.go.id/berita/rss", make_feed().replace("desa.example", "www.bmkg.go.id"))
    assert (await service.add("https://www.bmkg.go.id/berita/rss")).sources


async def test_feed_linking_to_another_outlet_is_refused(service: SourceService, web: FakeFetcher) -> None:
    web.publish(RSS, FOREIGN)
    with pytest.raises(ForeignFeed, match=r"leads to another site \(kompas\.com\).*--host"):
        await service.add(RSS)
    web.publish(SITE, make_feed_links(("/rss", "Kabar Desa"), ("/rss/politik", "Politik")))
    web.publish(RSS + "/politik", make_feed())
    addition = await service.add(SITE, is_every=True)
    assert [added.stored.source.url for added in addition.sources] == [RSS + "/politik"]
    assert [(failed.url, failed.fault) for failed in addition.failures] == [(RSS, "foreign")]
    # A collecting service has no outlet of its own, even where its entries lead to itself.
    google = "https://news.google.com/rss/search?q=beras"
    web.publish(google, make_feed().replace("https://desa.example", "https://news.google.com/rss/articles"))
    with pytest.raises(PermanentFetchError, match="Google News, which hides the addresses"):
        await service.add(google)


async def test_given_hosts_allow_links_to_them(service: SourceService, web: FakeFetcher, store: Store) -> None:
    web.publish(PROXY, make_feed("Kabar Desa - Politik"))
    with pytest.raises(PermanentFetchError, match=r"another site \(desa\.example\)"):
        await service.add(PROXY)
    (added,) = (await service.add(PROXY, hosts=["www.desa.example"])).sources
    assert (added.stored.source.hosts, added.stored.source.outlet) == (("desa.example",), "Kabar Desa")
    # A host that is named later comes to the others, and lasts.
    (again,) = (await service.add(PROXY, hosts=["desa-kita.example"])).sources
    assert again.stored.source.hosts == ("desa-kita.example", "desa.example")
    (switched_on,) = (await service.add("kabar-desa-politik")).sources
    assert switched_on.stored.source.hosts == ("desa-kita.example", "desa.example")
    (checked,) = await service.check([switched_on.stored])
    assert (checked.error, checked.entries) == (None, 1)


async def test_sync_keeps_hosts_added_to_a_catalogue_source(
    service: SourceService, store: Store, now: datetime
) -> None:
    await service.add("antara", hosts=["antara-kita.example"])
    await store.sources.sync([ANTARA], now=now)
    stored = await store.sources.find("antara")
    assert stored is not None
    assert stored.source.hosts == ("antara-kita.example",)


async def test_site_is_added_to_the_hosts_of_its_feed(service: SourceService, web: FakeFetcher) -> None:
    web.publish(SITE, make_feed_links((PROXY, "Kabar Desa")))
    web.publish(PROXY, make_feed("desa.example"))
    (added,) = (await service.add(SITE)).sources
    assert (added.stored.source.hosts, added.stored.source.outlet) == (("desa.example",), "desa.example")


async def test_check_reports_a_feed_linking_to_another_outlet(service: SourceService, web: FakeFetcher) -> None:
    web.publish(RSS, make_feed())
    (added,) = (await service.add(RSS)).sources
    web.publish(RSS, FOREIGN)
    (checked,) = await service.check([added.stored])
    assert checked.error is not None
    assert "kompas.com" in checked.error


@pytest.mark.parametrize("page", [make_feed_links(), "", "{", "<rss", make_feed_links(("/comments/feed", "Komentar"))])
async def test_address_without_a_feed_is_refused(service: SourceService, web: FakeFetcher, page: str) -> None:
    web.publish(SITE, page)
    with pytest.raises(PermanentFetchError, match="is no feed and names none"):
        await service.add(SITE)


async def test_unreachable_feed_of_a_site_is_an_error(service: SourceService, web: FakeFetcher) -> None:
    web.publish(SITE, make_feed_links(("/rss", "Kabar Desa")))
    with pytest.raises(TransientFetchError):
        await service.add(SITE)
    with pytest.raises(TransientFetchError):
        await service.add("https://lain.example/")


async def test_removed_source_can_be_added_again(
    service: SourceService, store: Store, web: FakeFetcher, now: datetime
) -> None:
    web.publish(RSS, make_feed())
    await service.add(RSS)
    for name in ("antara", RSS):
        removed = await service.remove(name)
        assert removed is not None
    assert await service.remove("kabar-desa") is None
    assert [(s.source.key, s.state.is_active) for s in await service.all()] == [("antara", False)]
    # Its key is enough, and nothing is asked for.
    web.asked.clear()
    (added,) = (await service.add("antara")).sources
    assert (added.stored.state, added.is_new, web.asked) == (PollState(next_check_at=now), False, [])


async def test_check_reports_entries_without_storing(
    service: SourceService, web: FakeFetcher, store: Store, now: datetime
) -> None:
    web.publish(RSS, make_feed(entries=3))
    await service.add(RSS)
    before = await service.all()
    antara, desa = await service.check(before)
    assert (antara.error, antara.entries, antara.newest) == ("away", 0, None)
    assert (desa.error, desa.entries) == (None, 3)
    assert desa.newest == datetime.fromisoformat("2026-11-23T02:00:00+07:00")
    assert await service.all() == before


async def test_opml_export_and_import_round_trip(
    service: SourceService, web: FakeFetcher, store: Store, now: datetime
) -> None:
    web.publish(RSS, make_feed("Kabar Desa - Politik"))
    await service.add(RSS)
    exported = await service.export_opml()
    await service.remove("kabar-desa-politik")
    await service.remove("antara")
    assert b"<outline text" not in await service.export_opml()
    imported = await service.import_opml(exported)
    assert [(source.stored.source.key, source.is_new) for source in imported.sources] == [
        ("antara", False),
        ("kabar-desa-politik", True),
    ]
    assert await service.export_opml() == exported
    with pytest.raises(InputError):
        await service.import_opml(b"bukan daftar")


MOVABLE = replace(ANTARA, alternatives=("https://antara.example/2", "https://antara.example/3"))


@pytest.mark.parametrize("address", ["antara", ANTARA.url, MOVABLE.alternatives[1], "antara.example/3"])
async def test_any_feed_of_a_source_names_it(
    service: SourceService, web: FakeFetcher, store: Store, now: datetime, address: str
) -> None:
    await store.sources.sync([MOVABLE], now=now)
    await service.remove("antara")
    (added,) = (await service.add(address)).sources
    assert (added.stored.source, added.stored.state.is_active, added.is_new) == (MOVABLE, True, False)
    assert not web.asked
    assert await list_keys(service) == ["antara"]


@pytest.mark.parametrize(
    ("source", "address", "url"),
    [
        (MOVABLE, 0, ANTARA.url),
        (MOVABLE, 2, "https://antara.example/3"),
        # A feed reader cannot read the index page.
        (replace(MOVABLE, index_url="https://antara.example/"), 3, ANTARA.url),
        (replace(ANTARA, index_url=ANTARA.url), 0, None),
    ],
)
async def test_opml_export_has_the_feed_in_use(
    service: SourceService, store: Store, now: datetime, source: Source, address: int, url: str | None
) -> None:
    await store.sources.sync([source], now=now)
    state = PollState(address=address, last_success_at=now)
    await store.sources.record_result(source, state)
    exported = await service.export_opml()
    assert re.findall(rb'xmlUrl="([^"]*)"', exported) == ([url.encode()] if url else [])
    if url:
        # Importing it here changes neither the source nor the address in use.
        (imported,) = (await service.import_opml(exported)).sources
        assert (imported.stored.source, imported.is_new) == (source, False)
        (stored,) = await service.all()
        assert replace(stored.state, next_check_at=None) == state


@pytest.mark.parametrize(
    ("url", "title", "outlet", "category"),
    [
        ("https://www.antaranews.com/rss/politik.xml", "ANTARA News - Politik", "ANTARA", "politik"),
        (RSS, "Kabar Desa", "Kabar Desa", "umum"),
        (RSS, "Ekonomi | Kabar Desa", "Kabar Desa", "ekonomi"),
        (RSS, "Kabar Desa: Olahraga", "Kabar Desa", "olahraga"),
        ("https://desa.example/rss/tekno.xml", "Kabar Desa", "Kabar Desa", "teknologi"),
        ("https://desa.example/news/rss.xml", "Kabar Desa", "Kabar Desa", "umum"),
        ("https://desa.example/politik/terkini.xml", "Terkini", "desa.example", "politik"),
        (RSS, "", "desa.example", "umum"),
        ("bukan alamat", "", "bukan alamat", "umum"),
        ("http://[", "", "http://[", "umum"),
        ("https://finance.detik.com/rss", "Kompas.com - Ekonomi", "detikcom", "ekonomi"),
        (RSS, "Kompas.com - Ekonomi", "desa.example", "ekonomi"),
        (RSS, "Komp\u0430s | Kabar Desa", "Kabar Desa", "umum"),
    ],
)
def test_outlet_and_topic_come_from_title_and_address(url: str, title: str, outlet: str, category: str) -> None:
    source = describe_source(url, title)
    assert (source.outlet, source.category, source.origin) == (outlet, category, SourceOrigin.ADMIN)


@pytest.mark.parametrize(
    ("listed", "outlet", "category", "kind"),
    [
        (FoundFeed(RSS, "Politik", ("politik", "Kabar Desa")), "Kabar Desa", "politik", SourceKind.FEED),
        (FoundFeed(RSS, "Umum", ("umum", "Kabar Desa")), "Kabar Desa", "umum", SourceKind.FEED),
        # Another reader's folders are topics, or anything.
        (FoundFeed(RSS, "Kabar Desa", ("Olahraga",)), "Kabar Desa", "olahraga", SourceKind.FEED),
        (FoundFeed(RSS, "Kabar Desa", ("Indonesia",)), "Kabar Desa", "umum", SourceKind.FEED),
        (FoundFeed(RSS + "/politik.xml", "Kabar Desa", ("Favorit",)), "Kabar Desa", "politik", SourceKind.FEED),
        (FoundFeed(RSS + "/politik.xml", "Umum", ("umum", "Desa")), "Desa", "umum", SourceKind.FEED),
        (FoundFeed(RSS, "Kabar Desa", ("Favorit",)), "Kabar Desa", "umum", SourceKind.FEED),
        (FoundFeed(RSS, ""), "desa.example", "umum", SourceKind.FEED),
        (FoundFeed(RSS, "Politik", ("politik", "Kabar: Desa")), "Kabar: Desa", "politik", SourceKind.FEED),
        (FoundFeed(RSS, "Politik", ("politik", "Kompas.com")), "desa.example", "politik", SourceKind.FEED),
        (FoundFeed("https://desa.example/sitemap-news.xml", "Desa"), "Desa", "umum", SourceKind.SITEMAP),
    ],
)
def test_listed_feed_is_described(listed: FoundFeed, outlet: str, category: str, kind: SourceKind) -> None:
    source = describe_listed(listed)
    assert (source.outlet, source.category, source.kind) == (outlet, category, kind)


@pytest.mark.parametrize(
    ("outlet", "category", "key"),
    [
        ("Kabar Desa", "umum", "kabar-desa"),
        ("Liputan6.com", "gaya-hidup", "liputan6-com-gaya-hidup"),
        ("Café Désa!", "politik", "cafe-desa-politik"),
        ("報", "umum", "sumber"),
        ("a" * 100, "internasional", "a" * 20 + "-internasional"),
    ],
)
def test_source_key_is_a_slug(outlet: str, category: str, key: str) -> None:
    assert make_source_key(outlet, category) == key


REFUSED = {
    "http://127.0.0.1/rss": "not a public address",
    "http://[::1]/rss": "not a public address",
    "http://169.254.169.254/latest/meta-data/": "not a public address",
    "http://2130706433/": "an IP address in disguise",
    "http://localhost/rss": "a private name",
    "https://router.lan/rss": "a private name",
    "https://admin:rahasia@desa.example/rss": "credentials",
    "https://desa.example:6379/": "only the ports 80 and 443",
    "ftp://desa.example/rss": "only http and https",
    "file:///etc/passwd": "only http and https",
    "desa.example/rss": "without a scheme",
    "http://[": "a private name",
    "http://a:b/": "not a web address",
}


async def test_opml_import_refuses_private_addresses(service: SourceService) -> None:
    outlines = "".join(f'<outline type="rss" text="Kabar" xmlUrl="{url}"/>' for url in [*REFUSED, RSS])
    imported = await service.import_opml(f'<opml version="2.0"><body>{outlines}</body></opml>'.encode())
    assert [added.stored.source.url for added in imported.sources] == [RSS]
    assert [failed.url for failed in imported.failures] == list(REFUSED)
    for failed in imported.failures:
        assert REFUSED[failed.url] in failed.reason
        assert failed.fault == "address"
    assert await list_keys(service) == ["antara", "kabar"]


async def test_a_stored_source_on_a_private_address_is_not_switched_on(
    service: SourceService, store: Store, web: FakeFetcher, now: datetime
) -> None:
    source = Source("dalam", "Dalam", "umum", "http://10.0.0.1/rss", origin=SourceOrigin.ADMIN)
    await store.sources.add(source, now=now)
    for name in ("dalam", source.url):
        with pytest.raises(AddressRefused):
            await service.add(name)
    assert web.asked == []


BROKEN = (
    "<pubDate>0000-00-00 00:00:00</pubDate>",
    "<pubDate>0001-01-01T00:00:00+07:00</pubDate>",
    "<title>&#55357;&#56832;</title>",
    "<title>&#x110000;</title>",
    "<title><![CDATA[</title>",
)


@pytest.mark.parametrize("broken", BROKEN)
async def test_check_survives_invalid_entry(service: SourceService, web: FakeFetcher, broken: str) -> None:
    web.publish(RSS, make_feed(entries=3))
    await service.add(RSS)
    web.publish(RSS, make_feed(entries=3).replace("<item>", f"<item>{broken}", 1))
    (check,) = await service.check([stored for stored in await service.all() if stored.source.url == RSS])
    assert (check.error, check.newest) == (None, datetime.fromisoformat("2026-11-23T02:00:00+07:00"))
    assert check.entries >= 2


async def test_unexpected_error_in_one_check_does_not_affect_others(
    store: Store, web: FakeFetcher, offload: Offload, now: datetime
) -> None:
    async def fail(work: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        if b"bom" in args[0]:
            raise LookupError
        return await offload(work, *args, **kwargs)

    service = SourceService(sources=store.sources, fetcher=web, offload=fail, clock=lambda: now)
    await store.sources.sync([ANTARA, replace(ANTARA, key="desa", url=RSS)], now=now)
    web.publish(ANTARA.url, "bom")
    web.publish(RSS, make_feed(entries=1))
    antara, desa = await service.check(await service.all())
    assert (antara.error, antara.entries) == ("unexpected: LookupError", 0)
    assert (desa.error, desa.entries) == (None, 1)


async def test_google_news_is_refused_with_the_outlets_it_credits(service: SourceService, web: FakeFetcher) -> None:
    url = "https://news.google.com/rss/search?q=cabai"
    items = "".join(
        f"<item><title>Harga Cabai Turun - {outlet}</title><link>https://news.google.com/rss/articles/CBM{n}</link>"
        f'<source url="https://kabar{n}.example">{outlet}</source></item>'
        for n, outlet in enumerate(["Kabar Desa", "Warta Kota", "Kabar Desa"])
    )
    web.publish(url, f'<rss version="2.0"><channel><title>cabai</title>{items}</channel></rss>')
    with pytest.raises(ForeignFeed, match=r"Google News.*themselves \(Kabar Desa, Warta Kota\)"):
        await service.add(url)
