"""Links of a page: feeds, and fuller or plainer forms of its article."""

from __future__ import annotations

import pytest

from summaries.errors import PermanentFetchError
from summaries.fetch.feeds.feed_entries import FoundFeed
from summaries.fetch.html.discovery import Variants, find_articles, find_feeds, find_variants
from summaries.fetch.html.html_tree import parse_page

URL = "https://www.kabartimur.example/berita/4551234/panen-raya-kediri"


def test_feeds_in_the_head_are_found() -> None:
    body = b"""<head>
    <link rel="alternate" type="application/rss+xml" title="Kabar &amp; Timur" href="/rss">
    <link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="https://kabartimur.example/atom">
    <link rel="alternate" type="application/rss+xml" title="lagi" href="/rss">
    <link rel="alternate" type="text/html" href="/en"><link rel="stylesheet" type="application/rss+xml" href="/a">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)"></head><body>x</body>"""
    assert find_feeds(body, url=URL) == (
        FoundFeed("https://www.kabartimur.example/rss", "Kabar & Timur"),
        FoundFeed("https://kabartimur.example/atom", ""),
    )


@pytest.mark.parametrize("body", [b"", b"\0", b"halo", b"<p>halo</p>"])
def test_page_without_feed_links_has_no_feeds(body: bytes) -> None:
    assert find_feeds(body, url=URL) == ()


def make_index(*links: tuple[str, str]) -> bytes:
    found = "".join(f'<li><a href="{href}">{text}</a></li>' for href, text in links)
    return f"<html><head><title>Indeks</title></head><body><ul>{found}</ul></body></html>".encode()


HEADLINES = [(f"/berita/{n}/harga-beras-turun-{n}", f"Harga beras turun {n} persen") for n in range(5)]


@pytest.mark.parametrize(
    "link",
    [
        ("https://kota.example/berita/harga-cabai-naik", "Harga cabai naik di kota lain"),
        ("/tag/harga-beras-turun", "Semua berita harga beras turun"),
        ("/berita", "Lihat semua berita hari ini"),
        ("/berita/harga-cabai-naik-lagi", "Selengkapnya"),
        ("javascript:buka('harga-cabai-naik-lagi')", "Harga cabai naik lagi hari ini"),
        ("http://[/harga-cabai-naik-lagi", "Harga cabai naik lagi hari ini"),
        (f"{HEADLINES[0][0]}?utm_source=indeks", "Harga beras turun lagi"),
    ],
    ids=["other site", "list", "section", "no headline", "script", "invalid", "same article"],
)
def test_index_page_yields_its_articles_only(link: tuple[str, str]) -> None:
    feed = find_articles(make_index(*HEADLINES, link), url="https://desa.example/indeks")
    assert [entry.url for entry in feed.entries] == [f"https://desa.example{href}" for href, _ in HEADLINES]
    # Links contain labels and times, too, so they are no titles.
    assert {entry.title for entry in feed.entries} == {""}


@pytest.mark.parametrize("body", [make_index(*HEADLINES[1:]), b"", b"\x00\x01", make_index(*HEADLINES[:1] * 9)])
def test_page_with_few_articles_is_no_index(body: bytes) -> None:
    with pytest.raises(PermanentFetchError):
        find_articles(body, url="https://desa.example/indeks")


def test_page_without_variants_has_none() -> None:
    assert find_variants(parse_page("<p>halo</p>"), url=URL) == Variants()


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="?page=all">1</a>', URL + "?page=all"),
        ('<a href="?page=2">2</a><a href="?page=all#x">Semua</a>', URL + "?page=all#x"),
        ('<a href="/berita/4551234/panen-raya-kediri?single=1">x</a>', URL + "?single=1"),
        ('<a href="/berita/4551234/panen-raya-kediri?hal=semua">Tampilkan semua halaman</a>', URL + "?hal=semua"),
        ('<a href="?page=2">2</a>', None),
        ('<a href="/indeks?page=all">Semua berita</a>', None),
        ('<a href="https://lain.example/berita/4551234/x?page=all">Semua</a>', None),
        ('<a href="#all">Lihat semua</a>', None),
        ('<a href="http://[::1?page=all">x</a>', None),
    ],
)
def test_link_to_the_whole_article_is_found(link: str, expected: str | None) -> None:
    assert find_variants(parse_page(f"<body>{link}</body>"), url=URL).whole == expected


def test_whole_article_has_no_whole_variant() -> None:
    assert find_variants(parse_page('<a href="?page=all">x</a>'), url=URL + "?page=all").whole is None


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<link rel="amphtml" href="/amp/berita/4551234">', "https://www.kabartimur.example/amp/berita/4551234"),
        ('<link rel="amphtml" href="https://amp.kabartimur.example/a">', "https://amp.kabartimur.example/a"),
        ('<a href="/print/4551234">Cetak</a>', "https://www.kabartimur.example/print/4551234"),
        ('<link rel="amphtml" href="https://lain.example/amp">', None),
        ('<link rel="amphtml" href="">', None),
    ],
)
def test_link_to_a_plain_variant_is_found(markup: str, expected: str | None) -> None:
    assert find_variants(parse_page(f"<body>{markup}</body>"), url=URL).plain == expected
