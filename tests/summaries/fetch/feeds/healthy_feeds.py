"""Healthy feeds of every format, with the same entries: the input of mutations and of tests on damaged feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SITE = "https://outlet.example"
ENTRIES = 12


def healthy_feeds(entries: int = ENTRIES) -> dict[str, bytes]:
    """Return a feed of each format by its name; all have the same entries."""
    numbers = range(1, entries + 1)
    return {
        "RSS 2.0": _rss(map(_rss_item, numbers)),
        "RSS 2.0 in CDATA": _rss(map(_cdata_item, numbers)),
        "Atom": _atom(map(_atom_entry, numbers)),
        "RDF": _rdf(map(_rdf_item, numbers)),
        "JSON Feed": _json_feed(map(_json_item, numbers)),
        "news sitemap": _sitemap(map(_sitemap_url, numbers)),
    }


_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _rss(items: Iterable[str]) -> bytes:
    return (
        f'{_XML}<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel><title>Kabar Timur - Ekonomi</title><link>{SITE}/</link><atom:link href="{SITE}/rss" rel="self"/>\n'
        f"<language>id</language><image><url>{SITE}/logo.png</url><title>Kabar</title><link>{SITE}</link></image>\n"
        f"{''.join(items)}</channel>\n</rss>\n"
    ).encode()


def _rss_item(n: int) -> str:
    return (
        f"<item><title>{escape(_title(n))}</title><link>{_url(n)}</link>"
        f'<guid isPermaLink="false">kt-{n}</guid><pubDate>{_moment(n):%a, %d %b %Y %H:%M:%S +0700}</pubDate>'
        f"<category>Ekonomi</category><description>{escape(_text(n))}</description>"
        f'<enclosure url="{SITE}/foto/{n}.jpg" length="1" type="image/jpeg"/></item>\n'
    )


def _cdata_item(n: int) -> str:
    return (
        f"<item>\n<title><![CDATA[{_title(n)}]]></title>\n<link><![CDATA[{_url(n)}]]></link>\n"
        f"<guid>{_url(n)}</guid><dc:date>{_moment(n).isoformat()}</dc:date><dc:creator>Ayu &amp; Budi</dc:creator>\n"
        f'<description><![CDATA[<img src="{SITE}/foto/{n}.jpg" /><p>{_text(n)}</p>]]></description>\n'
        f"<content:encoded><![CDATA[<p>{_text(n)}</p><p>{_text(n + 1)}</p>]]></content:encoded>\n"
        f'<media:content url="{SITE}/foto/{n}.jpg" medium="image"><media:title>Foto</media:title></media:content>'
        "\n</item>\n"
    )


def _atom(entries: Iterable[str]) -> bytes:
    head = f"<title>Kabar Timur</title><id>{SITE}/</id><updated>2026-11-24T01:00:00Z</updated>"
    return f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom">{head}\n{"".join(entries)}</feed>'.encode()


def _atom_entry(n: int) -> str:
    return (
        f'<entry><id>tag:outlet.example,2026:{n}</id><title type="html">{escape(_title(n))}</title>'
        f'<link rel="alternate" type="text/html" href="{_url(n)}"/><published>{_moment(n).isoformat()}</published>'
        f'<author><name>Ayu</name><email>ayu@outlet.example</email></author><category term="ekonomi"/>'
        f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(_text(n))}</p></div></content></entry>\n'
    )


def _rdf(items: Iterable[str]) -> bytes:
    return (
        f'{_XML}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{SITE}/"><title>Kabar Timur</title></channel>\n'
        f"{''.join(items)}</rdf:RDF>"
    ).encode()


def _rdf_item(n: int) -> str:
    return (
        f'<item rdf:about="{_url(n)}"><title>{escape(_title(n))}</title><link>{_url(n)}</link>'
        f"<description>{escape(_text(n))}</description><dc:date>{_moment(n).isoformat()}</dc:date></item>\n"
    )


def _json_feed(items: Iterable[dict[str, object]]) -> bytes:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Kabar Timur", "items": list(items)}
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(n: int) -> dict[str, object]:
    return {
        "id": str(n),
        "url": _url(n),
        "title": _title(n),
        "content_html": f"<p>{_text(n)}</p>",
        "date_published": _moment(n).isoformat(),
        "image": f"{SITE}/foto/{n}.jpg",
        "tags": ["ekonomi", "panen"],
        "authors": [{"name": "Ayu", "url": f"{SITE}/ayu"}],
        "attachments": [{"url": f"{SITE}/audio/{n}.mp3", "mime_type": "audio/mpeg"}],
    }


def _sitemap(urls: Iterable[str]) -> bytes:
    return (
        f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        f'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n{"".join(urls)}</urlset>'
    ).encode()


def _sitemap_url(n: int) -> str:
    return (
        f"<url><loc>{_url(n)}</loc><news:news><news:publication><news:name>Kabar Timur</news:name>"
        f"<news:language>id</news:language></news:publication>"
        f"<news:publication_date>{_moment(n).isoformat()}</news:publication_date><news:title>{escape(_title(n))}</news:title>"
        f"<news:keywords>panen, padi</news:keywords></news:news>"
        f"<image:image><image:loc>{SITE}/foto/{n}.jpg</image:loc></image:image></url>\n"
    )


def _url(n: int) -> str:
    return f"{SITE}/berita/{700_000 + n}/panen-raya-ke-{n}"


def _title(n: int) -> str:
    return f"Panen Raya ke-{n} di Kediri: Harga Beras & Gula “Turun” {n}%"


def _text(n: int) -> str:
    return (
        f"Petani di Desa Sumber {n} mulai memanen padi pada Selasa pagi. Bupati menyebut hasilnya naik {n} persen dari "
        "tahun lalu berkat irigasi yang diperbaiki warga. Harga gabah di tingkat petani bertahan di atas acuan "
        "pemerintah, kata ketua kelompok tani setempat. Pedagang berharap pasokan lancar sampai akhir tahun."
    )


def _moment(n: int) -> datetime:
    return datetime(2026, 11, 24, 1, 0, tzinfo=UTC) - timedelta(hours=n)
