"""Lists of feeds, read and written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import InputError
from summaries.fetch.feeds.feed_entries import FoundFeed
from summaries.fetch.feeds.opml import read_opml, write_opml
from summaries.model import Source

DESA = "https://desa.example/rss"
KOTA = "https://kota.example/feed?a=1&b=2"


def make_opml(body: str, *, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f'{declaration}<opml version="2.0"><head><title>Daftar</title></head><body>{body}</body></opml>'


LIST = make_opml(
    '<outline text="Berita &amp; Daerah">'
    f'<outline type="rss" text="Kabar Désa" xmlUrl="{DESA}" htmlUrl="https://desa.example/" category="/politik,lain"/>'
    "</outline>"
    f'<outline title="Warta &quot;Kota&quot;" xmlUrl="{KOTA.replace("&", "&amp;")}"/>'
    f'<outline text="Lagi" xmlUrl="{DESA}"/>'
    '<outline text="Kosong" xmlUrl=""/><outline text="Berkas" xmlUrl="file:///rahasia"/><outline text="Folder kosong"/>'
)


def test_feeds_are_read_with_titles_and_folders() -> None:
    assert read_opml(LIST.encode()) == (
        FoundFeed(DESA, "Kabar Désa", ("politik", "lain", "Berita & Daerah")),
        FoundFeed(KOTA, 'Warta "Kota"'),
        # The caller that adds the feeds reports refused addresses.
        FoundFeed("file:///rahasia", "Berkas"),
    )


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
def test_opml_encodings_are_read(declared: str, encoding: str) -> None:
    text = LIST.replace("UTF-8", declared)
    assert read_opml(text.encode(encoding))[0].title == "Kabar Désa"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no OPML"),
        (b"https://desa.example/list.opml", "no OPML"),
        (b"\x89PNG\x00\x01", "no OPML"),
        (b"<html><body><a href='x'>y</a></body></html>", "no OPML"),
        (b"<rss version='2.0'><channel/></rss>", "no OPML"),
        (make_opml("").encode(), "no feed"),
        (make_opml('<outline text="a" xmlUrl=" "/>').encode(), "no feed"),
        (make_opml("</outline></outline></body></opml></opml>").encode(), "no feed"),
        # Hostile: entities that grow, outer files, nesting, endless tags, sheer size.
        (b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + LIST[38:].encode(), "entities of its own"),
        (b'<!doctype x [<!entity a SYSTEM "file:///etc/hostname">]>' + LIST[38:].encode(), "entities of its own"),
        (make_opml('<outline text="a">' * 5000).encode(), "nested"),
        (make_opml("<!--" * 5000).encode(), "no feed"),
        (make_opml("<!--" * 60_000).encode(), "more than 50000 tags"),
        (make_opml('<outline text="' + "x" * 200_000).encode(), "does not end"),
        (make_opml("<outline " + " ".join(f'a{n}=">"' for n in range(20_000)) + "/>").encode(), "100 attributes"),
        (make_opml("<outline " + " ".join(f"a{n}" for n in range(9_000)) + "/>").encode(), "a tag is too long"),
        (LIST.encode() + b" " * 600_000, "larger than 512 KiB"),
    ],
)
def test_non_opml_is_refused(body: bytes, says: str) -> None:
    began = time.thread_time()
    with pytest.raises(InputError, match=says):
        read_opml(body)
    assert time.thread_time() - began < 5


@pytest.mark.parametrize(
    "hostile",
    [
        "<outline " + " ".join(f'a{n}="<p>"' for n in range(35_000)) + "/>",
        "</outline>" * 40_000,
        '<outline text="aaaaaaaaaaaaaaaa">' * 80
        + "".join(f'<outline xmlUrl="https://x.example/{n}"/>' for n in range(9000)),
        "&a;" * 6_000,
    ],
    ids=["attributes", "closings", "deep folders", "entities"],
)
def test_hostile_opml_takes_bounded_time(hostile: str) -> None:
    began = time.thread_time()
    feeds = read_opml(make_opml(f'<outline text="a" xmlUrl="{DESA}"/>{hostile}').encode())
    assert time.thread_time() - began < 8
    assert feeds[0].url == DESA
    assert len(feeds) <= 2000


NAMES = st.text(min_size=1, max_size=40).filter(lambda name: bool(name.strip()))


@given(st.lists(st.tuples(NAMES, st.sampled_from(["politik", "umum", "gaya-hidup"])), min_size=1, max_size=6))
def test_written_opml_is_read_back(named: list[tuple[str, str]]) -> None:
    sources = [
        Source(f"sumber-{n}", outlet, category, f"https://{n}.example/rss?x=1&y=2")
        for n, (outlet, category) in enumerate(named)
    ]
    read = {feed.url: feed for feed in read_opml(write_opml(sources, title="Ringkas"))}
    assert read.keys() == {source.url for source in sources}
    assert all(source.category in read[source.url].folders for source in sources)


def test_written_opml_is_indented_and_sorted() -> None:
    sources = [
        Source("kota", "Warta Kota", "umum", KOTA),
        Source("desa-2", "Kabar Desa", "gaya-hidup", DESA + "/2"),
        Source("desa-1", "Kabar Desa", "politik", DESA),
    ]
    assert write_opml(sources, title="Ringkas").decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<opml version="2.0">\n  <head>\n    <title>Ringkas</title>\n  </head>\n  <body>\n'
        '    <outline text="Kabar Desa">\n'
        f'      <outline type="rss" text="Politik" xmlUrl="{DESA}" category="/politik" />\n'
        f'      <outline type="rss" text="Gaya hidup" xmlUrl="{DESA}/2" category="/gaya-hidup" />\n'
        "    </outline>\n"
        '    <outline text="Warta Kota">\n'
        '      <outline type="rss" text="Umum" xmlUrl="https://kota.example/feed?a=1&amp;b=2" category="/umum" />\n'
        "    </outline>\n  </body>\n</opml>\n"
    )
