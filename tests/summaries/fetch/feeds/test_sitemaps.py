"""Sitemaps, read where feeds are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from summaries.errors import PermanentFetchError
from summaries.fetch.feeds.feed_entries import Feed, FeedEntry
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.feeds.sitemaps import MAX_UNTITLED

URL = "https://www.kabartimur.example/sitemap-news.xml"
OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- dibuat otomatis -->\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
)
ENTRY = """<url><loc>https://www.kabartimur.example/panen-raya</loc><news:news><news:publication>
<news:name>Kabar Timur</news:name><news:language>id</news:language></news:publication>
<news:publication_date>2026-10-14T10:05:00+07:00</news:publication_date>
<news:title>Panen Raya di Kediri &amp;amp; Blitar</news:title>
<news:keywords>padi, panen , padi</news:keywords></news:news>
<image:image><image:loc>https://img.kabartimur.example/a.jpg</image:loc></image:image></url>"""


def make_sitemap(*entries: str) -> bytes:
    return f"{OPENING}{''.join(entries)}</urlset>".encode()


def make_plain_sitemap(*paths: str) -> bytes:
    """A sitemap without news; its addresses were changed on successive days of October."""
    return make_sitemap(
        *(
            f"<url><loc>https://www.kabartimur.example/{path}</loc><lastmod>2026-10-{day:02}T08:00:00+07:00</lastmod></url>"
            for day, path in enumerate(paths, start=1)
        )
    )


def test_articles_of_a_sitemap_without_news_are_known_by_their_addresses() -> None:
    body = make_plain_sitemap(
        "tentang", "berita/a/panen-raya-di-kediri", "tag/panen-raya-padi", "berita/a/pupuk-tiba-di-desa"
    )
    feed = read_feed(body, url=URL)
    assert feed.is_sitemap
    assert [(entry.url.rpartition("/")[2], entry.title) for entry in feed.entries] == [
        ("pupuk-tiba-di-desa", ""),
        ("panen-raya-di-kediri", ""),
    ]
    assert feed.entries[0].published_at == datetime(2026, 10, 4, 1, tzinfo=UTC)


def test_only_the_latest_articles_of_a_sitemap_without_news_are_read() -> None:
    body = b"".join(
        make_plain_sitemap(*(f"berita/{month}-panen-raya-{n}" for n in range(28))).replace(b"2026-10", month.encode())
        for month in ("2019-01", "2026-10", "2026-09")
    ).replace(b"</urlset>" + OPENING.encode(), b"")
    entries = read_feed(body, url=URL).entries
    assert len(entries) == MAX_UNTITLED
    assert not any("2019" in entry.url for entry in entries)


def test_news_sitemap_omits_addresses_without_news() -> None:
    other = "<url><loc>https://www.kabartimur.example/foto-pasar-malam</loc><lastmod>2026-10-15</lastmod></url>"
    (entry,) = read_feed(make_sitemap(other, ENTRY), url=URL).entries
    assert entry.title


def test_news_sitemap_is_read_as_a_feed() -> None:
    assert read_feed(make_sitemap(ENTRY), url=URL) == Feed(
        "Kabar Timur",
        (
            FeedEntry(
                url="https://www.kabartimur.example/panen-raya",
                title="Panen Raya di Kediri & Blitar",
                published_at=datetime(2026, 10, 14, 3, 5, tzinfo=UTC),
                categories=("padi", "panen"),
                image_url="https://img.kabartimur.example/a.jpg",
            ),
        ),
    )


def test_image_location_is_not_taken_for_the_article() -> None:
    image = "<image:image><image:loc>https://img.example/a.jpg</image:loc></image:image>"
    (entry,) = read_feed(make_sitemap(ENTRY.replace("<url>", f"<url>{image}")), url=URL).entries
    assert entry.url == "https://www.kabartimur.example/panen-raya"


@pytest.mark.parametrize(
    "body",
    [
        make_sitemap(),
        make_sitemap("<url><loc>https://www.kabartimur.example/tentang</loc></url>"),
        make_plain_sitemap("tentang", "indeks/berita-hari-ini-terbaru"),
        make_sitemap("<url><loc>https://www.kabartimur.example/tanpa-tanggal-di-sini</loc></url>"),
        make_sitemap(ENTRY.replace("https://www.kabartimur.example/panen-raya", "javascript:alert(1)")),
        make_sitemap(ENTRY).replace(b"urlset", b"sitemapindex"),
        b"<urlset>",
        b"<urlset ",
    ],
    ids=["empty", "no news", "no article", "no date", "no web address", "an index", "not closed", "cut off"],
)
def test_sitemap_without_news_is_refused(body: bytes) -> None:
    with pytest.raises(PermanentFetchError):
        read_feed(body, url=URL)


def test_entries_before_a_syntax_error_are_kept() -> None:
    body = make_sitemap(ENTRY, "<url><loc>a & b")
    assert len(read_feed(body, url=URL).entries) == 1


def test_entities_are_not_resolved() -> None:
    body = make_sitemap(ENTRY.replace("Panen Raya", "&rahasia;")).replace(
        b"<urlset", b'<!DOCTYPE urlset [<!ENTITY rahasia SYSTEM "file:///etc/passwd">]><urlset', 1
    )
    try:
        feed = read_feed(body, url=URL)
    except PermanentFetchError:
        return
    assert all("root:" not in entry.title for entry in feed.entries)
