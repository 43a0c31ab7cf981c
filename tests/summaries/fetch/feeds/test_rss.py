"""Plain RSS is read as feedparser reads it, and everything else is left to feedparser."""

from __future__ import annotations

import random

import pytest

from summaries.fetch.feeds.feed_text import decode_feed
from summaries.fetch.feeds.feeds import parse_with_feedparser, read_feed
from summaries.fetch.feeds.rss import parse_rss
from tests.summaries.fetch.feeds.healthy_feeds import healthy_feeds
from tests.summaries.fetch.feeds.mutations import mutate
from tests.summaries.fetch.feeds.test_feeds import FULL, URL, make_rss

PLAIN = (
    FULL,
    "<link>https:////kabartimur.example//a?b=1&amp;c=2&amp;copy;</link>",
    "<link>/a</link><link2>x</link2><guid>/b</guid><comments>https://c.example</comments>",
    "<guid>/b</guid><link>http://[bad</link>",
    "<guid ISPERMALINK='true'>https://kabartimur.example/b</guid>",
    "<guid isPermaLink='True'>https://kabartimur.example/b</guid>",
    "<link/><guid>https://kabartimur.example/b</guid>",
    "<TITLE> A<!-- c --><![CDATA[ & B]]><?pi x?> C </TITLE><link>/a</link>",
    "<link>/a</link><description>pendek</description><content:encoded>&lt;p&gt;Isi yang panjang</content:encoded>",
    "<link>/a</link><category domain='x'>A</category><category/><dc:subject>B</dc:subject><category>A</category>",
    "<link>/a</link><media:thumbnail url='t.jpg'/><media:content TYPE='IMAGE/png' url='/m.png' medium='image'/>",
    "<link>/a</link><source url='https://s.example'>Sumber</source><title>Panen - Sumber</title>",
    "<link>/a</link><dc:date>2026-10-14T10:00:00Z</dc:date><dc:creator>S</dc:creator><author>a@b.example</author>",
    "<link>/b</link><f:origLink xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>/asli</f:origLink>",
)
UNUSUAL = (
    "<link>/a</link><pubDate>kemarin</pubDate>",
    "<link>/a</link><link>/b</link>",
    "<link>/a</link><title>caf&#146;e</title>",
    "<link>/a</link><title>Ã©</title>",
    "<link>/a</link><title type='html'>A</title>",
    "<link>/a</link><description>Isi <b>tebal</b></description>",
    "<link>/a</link><media:keywords>a, b</media:keywords>",
    "<link>/a</link><media:thumbnail>t.jpg</media:thumbnail>",
    "<link>/a</link><enclosure uri='/foto.jpg'/>",
    "<link>/a</link><date>2026-10-14</date>",
    "<a:link xmlns:a='http://www.w3.org/2005/Atom' href='/a'/>",
    "<r:link xmlns:r='http://backend.userland.com/RSS2'>/a</r:link>",
    "<link base='https://lain.example/'>a</link>",
)


@pytest.mark.parametrize(
    ("item", "is_plain"), [*((item, True) for item in PLAIN), *((item, False) for item in UNUSUAL)]
)
def test_items_are_read_as_by_feedparser(item: str, is_plain: bool) -> None:
    body = make_rss(item, declaration="")
    assert (parse_rss(body.decode(), url=URL) is not None) == is_plain
    assert parse_with_feedparser(body.decode(), url=URL) == read_feed(body, url=URL)


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss version='2.0'><channel><title>&a;</title></channel></rss>",
        b"<rss version='2.0' xml:base='https://lain.example/'><channel><title>A</title></channel></rss>",
        b"<rss version='0.91'><channel><title>A</title></channel></rss>",
        b"<rss version='2.0'><channel><title>A</title></channel><channel/></rss>",
        b"<rss version='2.0'><channel><image><title>A</title></image><title>B</title></channel></rss>",
        b"<rss version='2.0'><channel><title>A</title><x:title xmlns:x='urn:x'>B</x:title></channel></rss>",
        b"<rss version='2.0'><channel><title>A</title><entry/></channel></rss>",
        b"<rss version='2.0'><channel><title>A &nbsp;</title></channel></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title></feed>",
    ],
)
def test_unusual_documents_are_left_to_feedparser(body: bytes) -> None:
    assert parse_rss(body.decode(), url=URL) is None


@pytest.mark.parametrize("seed", range(40))
def test_mutated_feeds_are_read_as_by_feedparser(seed: int) -> None:
    mutant = mutate(healthy_feeds()["RSS 2.0 in CDATA" if seed % 2 else "RSS 2.0"], random.Random(seed))
    text = decode_feed(mutant.body, None, url=URL)
    if (plain := parse_rss(text, url=URL)) is not None:
        by_feedparser = parse_with_feedparser(text, url=URL)
        assert by_feedparser is not None
        assert by_feedparser.is_sound
        assert (by_feedparser.title, by_feedparser.entries) == (
            read_feed(text.encode(), url=URL).title,
            read_feed(text.encode(), url=URL).entries,
        )
        assert len(plain[1]) >= len(by_feedparser.entries)
