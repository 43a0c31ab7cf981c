"""One bad entry costs no other, in every format: faults of the middle one of three."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from summaries.errors import PermanentFetchError
from summaries.fetch.feeds.entry_recovery import MAX_MARKS, split_entries
from summaries.fetch.feeds.feed_entries import MAX_ENTRIES, Feed
from summaries.fetch.feeds.feeds import read_feed
from tests.summaries.fetch.feeds.healthy_feeds import healthy_feeds
from tests.summaries.fetch.feeds.mutations import entry_spans

URL = "https://outlet.example/rss"
FEEDS = healthy_feeds(3)
XML_FEEDS = {name: body for name, body in FEEDS.items() if name != "JSON Feed"}


def read(body: bytes) -> Feed:
    return read_feed(body, url=URL)


def numbers(feed: Feed) -> list[str]:
    return [entry.url.rpartition("-")[2] for entry in feed.entries]


def with_second(body: bytes, change: Callable[[str], str]) -> bytes:
    """The feed with its second entry changed."""
    start, end = entry_spans(body)[1]
    return body[:start] + change(body[start:end].decode()).encode("utf-8", "surrogatepass") + body[end:]


def inserted(token: str, *, before: str = "anen Raya") -> Callable[[str], str]:
    return lambda entry: entry.replace(before, token + before, 1)


BAD = {
    "a pair of surrogates by reference": inserted("&#55357;&#56832;"),
    "half a pair by reference": inserted("&#xD83D;"),
    "a number beyond Unicode": inserted("&#x110000;"),
    "a number without end": inserted("&#" + "9" * 5000 + ";"),
    "an entity that there is not": inserted("&tidakada;"),
    "a bare ampersand": inserted("R & B "),
    "a NUL": inserted("\0"),
    "control characters": inserted("\x01\x0b\x1f"),
    "bytes of another charset": lambda entry: entry.replace("“", "\ud800"),
    "a tag that does not close": inserted("<b>"),
    "a tag too many": inserted("</b>"),
    "an angle bracket": inserted("<"),
    "a comment that does not end": inserted("<!-- "),
    "a section that does not end": inserted("<![CDATA["),
    "the end of a section": inserted("]]>"),
    "an instruction that does not end": inserted("<?php "),
    "a declaration": inserted("<!DOCTYPE x ["),
    "nested too deep": inserted("<b>" * 150),
    "a prefix that nobody declares": inserted("<foo:bar baz:q='1'/>"),
    "a namespace of its own": inserted('<x xmlns="http://[" xml:base="http://[">y</x>'),
    "a place that is none": inserted("<georss:point>nan</georss:point>"),
    "another document": inserted('<?xml version="1.0"?><rss version="2.0"><channel>'),
    "the document's end": inserted("</item></entry></url></channel></rss></feed></urlset></rdf:RDF>"),
    "an entry in it": inserted("<item><entry><url>"),
    "cut in the middle": lambda entry: entry[: len(entry) // 2],
    "cut in a tag": lambda entry: entry[: entry.index(">")],
    "without its end": lambda entry: entry[: entry.rindex("<")],
    "without its beginning": lambda entry: entry[entry.index(">") + 1 :],
    "nothing in it": lambda entry: entry[: entry.index(">") + 1] + entry[entry.rindex("<") :],
    "an address that is none": lambda entry: entry.replace("https://outlet.example/berita", "http://["),
    "an address with an odd port": lambda entry: entry.replace("https://outlet.example/berita", "http://a:b"),
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("body", XML_FEEDS.values(), ids=XML_FEEDS.keys())
def test_a_bad_entry_costs_no_other(body: bytes, change: Callable[[str], str]) -> None:
    bad = with_second(body, change)
    assert bad != body
    feed = read(bad)
    assert [number for number in numbers(feed) if number in ("1", "3")] == ["1", "3"]
    assert len({entry.url for entry in feed.entries}) <= 3
    titles = {entry.url: entry.title for entry in feed.entries}
    for entry in read(body).entries[::2]:
        assert titles[entry.url] == entry.title


BAD_JSON = {
    "half a pair": lambda item: item.replace("Panen", "\\ud83d Panen", 1),
    "an escape that there is not": lambda item: item.replace("Panen", "\\x Panen", 1),
    "a NUL": lambda item: item.replace("Panen", "\0", 1),
    "a line break": lambda item: item.replace("Panen", "\n", 1),
    "a quote": lambda item: item.replace("Panen", '"Panen', 1),
    "a comma too many": lambda item: item[:-1] + ",}",
    "no comma": lambda item: item.replace('",', '"', 1),
    "a bracket too many": lambda item: item.replace("[", "[[", 1),
    "a bracket too few": lambda item: item.replace("]", "", 1),
    "cut off": lambda item: item[: len(item) // 2],
    "no object": lambda _: "null",
    "a number without end": lambda item: item.replace('"id": "2"', f'"id": {"9" * 5000}'),
    "deep": lambda item: item.replace('"id": "2"', '"id": ' + "[" * 5000),
    "lists for everything": lambda item: json.dumps({name: [] for name in json.loads(item)}),
    "objects for everything": lambda item: json.dumps({name: {"a": 1} for name in json.loads(item)}),
}


@pytest.mark.parametrize("change", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_bad_item_costs_no_other(change: Callable[[str], str]) -> None:
    feed = read(with_second(FEEDS["JSON Feed"], change))
    assert [number for number in numbers(feed) if number in ("1", "3")] == ["1", "3"]
    assert len(feed.entries) <= 3
    assert feed.title == "Kabar Timur"


def test_of_broken_json_only_items_are_read() -> None:
    """Authors and attachments have addresses too."""
    feed = read(FEEDS["JSON Feed"][:-1] + b",]")
    assert numbers(feed) == ["1", "2", "3"]


@pytest.mark.parametrize("ending", ["</rss>", "</channel>", "</rss"])
def test_a_feed_that_was_cut_off_tells_what_is_left(ending: str) -> None:
    body = FEEDS["RSS 2.0"].decode()
    feed = read(body[: body.rindex(ending)].encode())
    assert (feed.title, numbers(feed)) == ("Kabar Timur - Ekonomi", ["1", "2", "3"])


@pytest.mark.parametrize("body", XML_FEEDS.values(), ids=XML_FEEDS.keys())
def test_without_the_last_bracket_every_entry_is_read(body: bytes) -> None:
    assert numbers(read(body.rstrip()[:-1])) == ["1", "2", "3"]


def test_an_entry_inside_a_sound_section_is_none() -> None:
    """Markup in a description is no entry, even if the feed is broken elsewhere."""
    forged = "<item><link>https://outlet.example/palsu-9</link><title>Palsu</title></item>"
    body = with_second(FEEDS["RSS 2.0 in CDATA"], inserted(forged, before="Petani"))
    assert numbers(read(body)) == ["1", "2", "3"]
    broken = with_second(body, inserted("<!--", before="<pubDate>"))
    assert "9" not in numbers(read(broken.replace(b"</channel>", b"<b>")))


def test_a_comment_around_an_entry_hides_it() -> None:
    body = with_second(FEEDS["RSS 2.0"], lambda entry: f"<!-- {entry} -->")
    assert numbers(read(body.replace(b"</channel>", b"<b>"))) == ["1", "3"]


def test_of_a_long_feed_the_first_entries_are_read() -> None:
    body = healthy_feeds(MAX_ENTRIES + 100)
    for name in ("RSS 2.0", "Atom", "news sitemap", "JSON Feed"):
        assert len(read(body[name]).entries) == MAX_ENTRIES, name


def test_a_feed_of_very_many_entries_is_read_in_part() -> None:
    entry = b"<item><link>https://outlet.example/%d</link></item>"
    body = b'<rss version="2.0"><channel>' + b"".join(entry % n for n in range(60_000)) + b"</channel></rss>"
    assert len(read(body).entries) == MAX_ENTRIES


def test_pieces_are_found_in_one_pass_of_bounded_memory() -> None:
    pieces = split_entries("<item><![CDATA[" * 300_000, "item")
    assert len(pieces.spans) <= MAX_MARKS
    assert len(pieces.text) < 15 * MAX_MARKS


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body><item><link>https://outlet.example/1</link></item></body></html>",
        b"<item><link>https://outlet.example/1</link></item>",
        b'<rss version="2.0"><channel><item>&#55357;<title>A</title>',
        b'<rss version="2.0"><channel>' + b"<b>" * 150 + b"<item><title>A</title></item></channel></rss>",
    ],
    ids=["a page", "no root", "no address", "too deep, and no address"],
)
def test_where_no_entry_can_be_read_the_document_is_refused(body: bytes) -> None:
    with pytest.raises(PermanentFetchError):
        read(body)
