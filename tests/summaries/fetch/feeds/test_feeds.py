"""Feeds of every kind, healthy and broken, and documents that are no feeds."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import PermanentFetchError
from summaries.fetch.feeds.feed_entries import MAX_ENTRIES, Feed, FeedEntry
from summaries.fetch.feeds.feeds import MAX_FEED_BYTES, read_feed

URL = "https://kabartimur.example/rss"


def make_rss(*items: str, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>', channel: str = "") -> bytes:
    joined = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'{declaration}<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" '
        f'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>Kabar Timur</title>{channel}{joined}</channel></rss>"
    ).encode()


def read_only_entry(body: bytes, *, charset: str | None = None) -> FeedEntry:
    (entry,) = read_feed(body, url=URL, charset=charset).entries
    return entry


FULL = """<title>Panen Raya di Kediri</title><link>https://kabartimur.example/panen-raya</link>
<pubDate>Wed, 14 Oct 2026 10:05:00 +0700</pubDate><category>Ekonomi</category><category> Daerah </category>
<category>Ekonomi</category><guid isPermaLink="false">kt-1</guid><description>Petani mulai memanen.</description>
<enclosure url="/foto/panen.jpg" type="image/jpeg" length="1"/>"""


def test_rss_entry_with_all_fields() -> None:
    feed = read_feed(make_rss(FULL), url=URL)
    assert feed == Feed(
        "Kabar Timur",
        (
            FeedEntry(
                url="https://kabartimur.example/panen-raya",
                title="Panen Raya di Kediri",
                published_at=feed.entries[0].published_at,
                summary_text="Petani mulai memanen.",
                categories=("Ekonomi", "Daerah"),
                image_url="https://kabartimur.example/foto/panen.jpg",
            ),
        ),
    )
    assert feed.entries[0].published_at == datetime(2026, 10, 14, 3, 5, tzinfo=UTC)


def test_atom_entry_is_read() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Kabar</title><entry><id>tag:kabar,2026:1</id>
    <title type="html">Harga &lt;b&gt;Beras&lt;/b&gt; Turun</title><link rel="alternate" href="/beras"/>
    <updated>2026-10-14T03:05:00Z</updated>
    <summary type="html">&lt;p&gt;Satu.&lt;/p&gt;&lt;p&gt;Dua.&lt;/p&gt;</summary>
    </entry></feed>"""
    entry = read_only_entry(body)
    assert (entry.title, entry.url) == ("Harga Beras Turun", "https://kabartimur.example/beras")
    assert entry.summary_text == "Satu.\n\nDua."
    assert entry.published_at == datetime(2026, 10, 14, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize("version", ['<rss version="0.91">', '<rss version="0.92">', "<rss>"])
def test_old_rss_versions_are_read(version: str) -> None:
    body = f"{version}<channel><title>K</title><item><title>A</title><link>https://k.example/a</link></item></channel></rss>"
    assert read_only_entry(body.encode()).url == "https://k.example/a"


def test_rdf_entry_is_read() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>K</title></channel><item rdf:about="https://k.example/a">
    <title>A</title><link>https://k.example/a</link><dc:date>2026-10-14T10:05:00+07:00</dc:date></item></rdf:RDF>"""
    assert read_only_entry(body).published_at == datetime(2026, 10, 14, 3, 5, tzinfo=UTC)


def test_json_feed_entry_is_read() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Kabar",
        "items": [
            {"id": 7, "url": "/a", "title": "A &amp; B", "date_published": "2026-10-14T10:05:00+07:00",
             "tags": ["x", 3], "content_html": "<p>Isi panjang sekali.</p>", "summary": "Isi.",
             "image": "https://k.example/a.jpg"},
            {"url": "javascript:alert(1)", "title": "bukan alamat"},
            "bukan benda",
        ],
    }  # fmt: skip
    entry = read_only_entry(json.dumps(feed).encode())
    assert (entry.url, entry.title, entry.summary_text) == (
        "https://kabartimur.example/a",
        "A & B",
        "Isi panjang sekali.",
    )
    assert (entry.categories, entry.image_url) == (("x",), "https://k.example/a.jpg")
    assert entry.published_at == datetime(2026, 10, 14, 3, 5, tzinfo=UTC)


LINK = "<link>https://k.example/a</link>"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (LINK, None),
        (LINK + "<pubDate>kemarin</pubDate>", None),
        (LINK + "<pubDate>Rabu, 14 Okt 2026 10:05 WIB</pubDate>", datetime(2026, 10, 14, 3, 5, tzinfo=UTC)),
        (LINK + "<pubDate>14/10/2026 12:05 WITA</pubDate>", datetime(2026, 10, 14, 4, 5, tzinfo=UTC)),
        (LINK + "<dc:date>2026-10-14 10:05:00</dc:date>", datetime(2026, 10, 14, 3, 5, tzinfo=UTC)),
        (LINK + "<pubDate>Wed Oct 14 10:05:00 2026</pubDate>", datetime(2026, 10, 14, 10, 5, tzinfo=UTC)),
        (LINK + "<pubDate>Wed, 14 Oct 2099 10:05:00 GMT</pubDate>", datetime(2099, 10, 14, 10, 5, tzinfo=UTC)),
    ],
)
def test_entry_date_is_parsed(item: str, expected: datetime | None) -> None:
    assert read_only_entry(make_rss(item)).published_at == expected


NO_DATES = (
    *("0000-00-00 00:00:00", "0001-01-01T00:00:00+07:00", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    *("Mon, 01 Jan 0001 00:00:00 +0000", "9999-12-31T23:59:59-12:00", "Wed, 14 Oct 2099 10:05:00 GMT", "99999-99-99"),
    *("9" * 20, "9" * 5000, "-1", "1e400", "NaN", "Thu, 31 Feb 2026 25:61:61 GMT", "2019-05-15"),
)


@pytest.mark.parametrize("date", NO_DATES, ids=range(len(NO_DATES)))
def test_invalid_date_does_not_drop_the_entry(date: str) -> None:
    now = datetime(2018, 10, 14, 3, 0, tzinfo=UTC)
    healthy = LINK + "<pubDate>Sun, 14 Oct 2018 02:05:00 GMT</pubDate>"
    bad = healthy.replace("/a<", "/b<").replace("Sun, 14 Oct 2018 02:05:00 GMT", date)
    entries = read_feed(make_rss(healthy, bad, healthy.replace("/a<", "/c<")), url=URL, now=now).entries
    assert [entry.url[-1] for entry in entries] == ["a", "b", "c"]
    assert [entry.published_at is not None for entry in entries] == [True, False, True]


def test_future_date_is_corrected_or_dropped() -> None:
    dates = ("14 Oct 2026 02:05:00", "14 Oct 2026 09:05:00", "14 Oct 2026 23:05:00", "16 Oct 2026 04:00:00")
    items = [LINK + f"<pubDate>Wed, {date} GMT</pubDate>" for date in dates]
    feed = read_feed(make_rss(*items), url=URL, now=datetime(2026, 10, 14, 3, 0, tzinfo=UTC))
    assert [entry.published_at for entry in feed.entries] == [
        datetime(2026, 10, 14, 2, 5, tzinfo=UTC),
        datetime(2026, 10, 14, 2, 5, tzinfo=UTC),
        datetime(2026, 10, 14, 23, 5, tzinfo=UTC),
        None,
    ]


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link> https://k.example/a\n</link>", "https://k.example/a"),
        ("<link>/a?b=1&amp;c=2</link>", "https://kabartimur.example/a?b=1&c=2"),
        ("<guid>https://k.example/a</guid>", "https://k.example/a"),
        ('<link>https://feedproxy.google.com/~r/k/~3/x/</link><guid isPermaLink="false">https://k.example/a</guid>', "https://k.example/a"),
        ('<guid isPermaLink="false">https://k.example/?p=1</guid><link>https://k.example/a</link>', "https://k.example/a"),
    ],
)  # fmt: skip
def test_entry_address_is_resolved(item: str, url: str) -> None:
    assert read_only_entry(make_rss(item)).url == url


@pytest.mark.parametrize("item", ["<title>A</title>", "<link>javascript:alert(1)</link>", "<link>http://[::1</link>"])
def test_entry_without_an_address_is_dropped(item: str) -> None:
    assert read_feed(make_rss(item), url=URL).entries == ()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("<![CDATA[Harga <b>Beras</b> &amp; Gula]]>", "Harga Beras & Gula"),
        ("Harga &amp;amp; Gula", "Harga & Gula"),
        ("Nilai x &lt; 5 &amp; y &gt; 3", "Nilai x < 5 & y > 3"),
        ("  Dua\n  baris ", "Dua baris"),
        ("A" * 5000, "A" * 300),
    ],
)
def test_entry_title_is_cleaned(title: str, expected: str) -> None:
    assert read_only_entry(make_rss(LINK + f"<title>{title}</title>")).title == expected


@pytest.mark.parametrize(
    ("item", "image"),
    [
        ('<media:content url="https://k.example/a.jpg" medium="image"/>', "https://k.example/a.jpg"),
        ('<media:content url="https://k.example/a.mp4" type="video/mp4"/>', None),
        ('<media:thumbnail url="https://k.example/t.jpg"/>', "https://k.example/t.jpg"),
        ('<description>&lt;img src="a.jpg?w=1&amp;amp;h=2" alt=""/&gt; Isi.</description>', "https://kabartimur.example/a.jpg?w=1&h=2"),
        ('<description>&lt;img src="https://s.example/p.gif" width="1"/&gt; Isi.</description>', None),
        ('<description>&lt;img src="data:image/png;base64,AAAA"/&gt; Isi.</description>', None),
    ],
)  # fmt: skip
def test_entry_image_is_found(item: str, image: str | None) -> None:
    assert read_only_entry(make_rss(LINK + item)).image_url == image


def test_longest_text_of_an_entry_is_used() -> None:
    item = (
        LINK
        + "<description>Pendek.</description><content:encoded><![CDATA[<p>Jauh lebih panjang.</p>]]></content:encoded>"
    )
    assert read_only_entry(make_rss(item)).summary_text == "Jauh lebih panjang."


UMLAUT = "Kafé di Müncheñ"


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (b"\n \n" + make_rss(LINK + f"<title>{UMLAUT}</title>"), None),
        (b"\xef\xbb\xbf\r\n" + make_rss(LINK + f"<title>{UMLAUT}</title>"), None),
        (make_rss(LINK + f"<title>{UMLAUT}</title>").decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"), None),
        (make_rss(LINK + f"<title>{UMLAUT}</title>").decode().encode("latin-1"), "iso-8859-1"),
        (make_rss(LINK + f"<title>{UMLAUT}</title>").decode().encode("cp1252"), None),
        (make_rss(LINK + f"<title>{UMLAUT}</title>").decode().replace("UTF-8", "UTF-16").encode("utf-16"), None),
        (make_rss(LINK + f"<title>{UMLAUT}</title>"), "utf-8"),
    ],
    ids=["blank line", "mark and blank line", "latin-1 said", "latin-1 by HTTP", "wrong", "utf-16", "utf-8 by HTTP"],
)
def test_feed_encodings_are_read(body: bytes, charset: str | None) -> None:
    assert read_only_entry(body, charset=charset).title == UMLAUT


def test_malformed_feed_still_gives_its_entries() -> None:
    body = (
        b'<rss version="2.0"><channel><title>A & B</title><item><title>X &nbsp; Y</title>' + LINK.encode() + b"</item>"
    )
    assert read_only_entry(body).url == "https://k.example/a"


def test_long_feed_is_cut_at_max_entries() -> None:
    assert len(read_feed(make_rss(*[LINK] * (MAX_ENTRIES + 5)), url=URL).entries) == MAX_ENTRIES


NO_FEED = {
    "nothing": b"",
    "text": b"halo",
    "a page": b"<!doctype html><html><head><title>Beranda</title></head><body><p>Isi</p></body></html>",
    "other XML": b'<?xml version="1.0"?><urlset><url><loc>https://k.example/</loc></url></urlset>',
    "JSON": b'{"status": "ok"}',
    "broken JSON": b'{"version": ',
    "deep JSON": b'{"version":' + b"[" * 200_000,
    "too large": b'<rss version="2.0">' + b" " * MAX_FEED_BYTES,
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADw-rss version+AD0AIg-2.0+ACIAPg-',
    "UTF-16 without mark": make_rss(LINK).decode().encode("utf-16-le"),
    "deep": b'<rss version="2.0"><channel>' + b"<a>" * 34_000,
    "deep, not well-formed": b'<rss version="2.0"><channel>' + b"<a>&" * 30_000,
    "many tags": b'<rss version="2.0"><channel>' + b"<a/>" * 150_000,
    "many entities": b'<rss version="2.0"><channel><item><title>' + b"&" * 1_000_000,
    "open comment": b'<rss version="2.0"><!--' + b"a" * 1000,
    "open section": b'<rss version="2.0"><![CDATA[' + b"a" * 1000,
    "open tag": b'<rss version="2.0" ' + b'a="b" ' * 100_000,
}


@pytest.mark.parametrize("body", NO_FEED.values(), ids=NO_FEED.keys())
def test_non_feed_is_refused_in_bounded_memory(body: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(PermanentFetchError):
        read_feed(body, url=URL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * 1024 * 1024


def test_entities_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 9))
    declaration = f'<!DOCTYPE rss [<!ENTITY a0 "{"a" * 100}">{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    feed = read_feed(make_rss(LINK + "<title>&a8; &f;</title>", declaration=declaration), url=URL)
    assert all(len(entry.title) <= 300 and "root:" not in entry.title for entry in feed.entries)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b'<rss version="2.0"><channel><item>', b'{"version":"']))
def test_any_bytes_give_a_feed_or_an_error(body: bytes, opening: bytes) -> None:
    try:
        feed = read_feed(opening + body, url=URL)
    except PermanentFetchError:
        return
    assert all(entry.url.startswith("http") for entry in feed.entries)
