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


def list_numbers(feed: Feed) -> list[str]:
    return [entry.url.rpartition("-")[2] for entry in feed.entries]


def change_second_entry(body: bytes, change: Callable[[str], str]) -> bytes:
    """The feed with its second entry changed."""
    start, end = entry_spans(body)[1]
    return body[:start] + change(body[start:end].decode()).encode("utf-8", "surrogatepass") + body[end:]


def insert_before(token: str, *, before: str = "anen Raya") -> Callable[[str], str]:
    return lambda entry: entry.replace(before, token + before, 1)


BAD = {
    "a pair of surrogates by reference": insert_before("&#55357;&#56832;"),
    "half a pair by reference": insert_before("&#xD83D;"),
    "a number beyond Unicode": insert_before("&#x110000;"),
    "a number without end": insert_before("&#" + "9" * 5000 + ";"),
    "an entity that there is not": insert_before("&tidakada;"),
    "a bare ampersand": insert_before("R & B "),
    "a NUL": insert_before("\0"),
    "control characters": insert_before("\x01\x0b\x1f"),
    "bytes of another charset": lambda entry: entry.replace("“", "\ud800"),
    "a tag that does not close": insert_before("<b>"),
    "a tag too many": insert_before("</b>"),
    "an angle bracket": insert_before("<"),
    "a comment that does not end": insert_before("<!-- "),
    "a section that does not end": insert_before("<![CDATA["),
    "the end of a section": insert_before("]]>"),
    "an instruction that does not end": insert_before("<?php "),
    "a declaration": insert_before("<!DOCTYPE x ["),
    "nested too deep": insert_before("<b>" * 150),
    "a prefix that nobody declares": insert_before("<foo:bar baz:q='1'/>"),
    "a namespace of its own": insert_before('<x xmlns="http://[" xml:base="http://[">y</x>'),
    "a place that is none": insert_before("<georss:point>nan</georss:point>"),
    "another document": insert_before('<?xml version="1.0"?><rss version="2.0"><channel>'),
    "the document's end": insert_before("</item></entry></url></channel></rss></feed></urlset></rdf:RDF>"),
    "an entry in it": insert_before("<item><entry><url>"),
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
def test_bad_entry_does_not_affect_others(body: bytes, change: Callable[[str], str]) -> None:
    bad = change_second_entry(body, change)
    assert bad != body
    feed = read(bad)
    assert [number for number in list_numbers(feed) if number in ("1", "3")] == ["1", "3"]
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
def test_bad_json_item_does_not_affect_others(change: Callable[[str], str]) -> None:
    feed = read(change_second_entry(FEEDS["JSON Feed"], change))
    assert [number for number in list_numbers(feed) if number in ("1", "3")] == ["1", "3"]
    assert len(feed.entries) <= 3
    assert feed.title == "Kabar Timur"


def test_only_items_are_recovered_from_broken_json() -> None:
    """Authors and attachments have addresses too."""
    feed = read(FEEDS["JSON Feed"][:-1] + b",]")
    assert list_numbers(feed) == ["1", "2", "3"]


@pytest.mark.parametrize("ending", ["</rss>", "</channel>", "</rss"])
def test_truncated_feed_keeps_its_complete_entries(ending: str) -> None:
    body = FEEDS["RSS 2.0"].decode()
    feed = read(body[: body.rindex(ending)].encode())
    assert (feed.title, list_numbers(feed)) == ("Kabar Timur - Ekonomi", ["1", "2", "3"])


@pytest.mark.parametrize("body", XML_FEEDS.values(), ids=XML_FEEDS.keys())
def test_missing_last_bracket_loses_no_entry(body: bytes) -> None:
    assert list_numbers(read(body.rstrip()[:-1])) == ["1", "2", "3"]


def test_entry_markup_inside_a_description_is_ignored() -> None:
    """Markup in a description is no entry, even if the feed is broken elsewhere."""
    forged = "<item><link>https://outlet.example/palsu-9</link><title>Palsu</title></item>"
    body = change_second_entry(FEEDS["RSS 2.0 in CDATA"], insert_before(forged, before="Petani"))
    assert list_numbers(read(body)) == ["1", "2", "3"]
    broken = change_second_entry(body, insert_before("<!--", before="<pubDate>"))
    assert "9" not in list_numbers(read(broken.replace(b"</channel>", b"<b>")))


def test_commented_out_entry_is_ignored() -> None:
    body = change_second_entry(FEEDS["RSS 2.0"], lambda entry: f"<!-- {entry} -->")
    assert list_numbers(read(body.replace(b"</channel>", b"<b>"))) == ["1", "3"]


def test_long_feed_is_limited_to_its_first_entries() -> None:
    body = healthy_feeds(MAX_ENTRIES + 100)
    for name in ("RSS 2.0", "Atom", "news sitemap", "JSON Feed"):
        assert len(read(body[name]).entries) == MAX_ENTRIES, name


def test_huge_feed_is_limited_to_max_entries() -> None:
    entry = b"<item><link>https://outlet.example/%d</link></item>"
    body = b'<rss version="2.0"><channel>' + b"".join(entry % n for n in range(60_000)) + b"</channel></rss>"
    assert len(read(body).entries) == MAX_ENTRIES


def test_split_entries_has_bounded_memory() -> None:
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
def test_document_without_readable_entries_is_refused(body: bytes) -> None:
    with pytest.raises(PermanentFetchError):
        read(body)
