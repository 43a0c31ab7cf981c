"""Entries that earlier checks dealt with are left out of a feed's document; the others are read as in the whole."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.feeds.feeds import read_feed
from summaries.ingest.known_entries import split_feed
from summaries.ports import Fetched
from tests.summaries.fetch.feeds.healthy_feeds import ENTRIES, SITE, healthy_feeds

URL = f"{SITE}/rss"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
SEPARABLE = {name: body for name, body in healthy_feeds().items() if name.startswith(("RSS", "Atom", "RDF"))}
TWO = b'<rss version="2.0"><channel><item>a</item>\n<item>b</item>\n</channel></rss>'


def fetched(body: bytes, url: str = URL) -> Fetched:
    return Fetched(url, 200, body=body)


@pytest.mark.parametrize("name", SEPARABLE)
@given(known=st.sets(st.integers(0, ENTRIES - 1), max_size=ENTRIES - 1))
def test_others_are_read_as_in_the_whole_document(name: str, known: set[int]) -> None:
    whole = read_feed(SEPARABLE[name], url=URL)
    parts = split_feed(fetched(SEPARABLE[name]))
    paired = parts.match(whole.entries, {})
    assert paired is not None
    times = {paired[n][0]: NOW for n in known}
    assert parts.select_known(times) == times
    rest = read_feed(parts.without(times).body, url=URL)
    assert parts.match(rest.entries, times) == [paired[n] for n in range(ENTRIES) if n not in known]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<rss><channel></channel></rss>",
        TWO.replace(b"</item>\n<item>", b"</item><pubDate/><item>"),
        TWO.replace(b"<item>b", b"<!--<item>b"),
        TWO.replace(b"a</item>", b"<![CDATA[</item>]]></item>"),
        TWO.replace(b"b</item>", b"b"),
        TWO.replace(b"</channel>", b"</channel><item/>"),
        TWO.decode().encode("utf-16"),
        *(body for name, body in healthy_feeds().items() if name not in SEPARABLE),
    ],
)
def test_entries_that_cannot_be_separated_safely_are_not(body: bytes) -> None:
    assert not split_feed(fetched(body)).entries


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (fetched(TWO), 2),
        (fetched(TWO.replace(b"<channel>", b"<channel><lastBuildDate>Mon</lastBuildDate>")), 2),
        (fetched(TWO.replace(b">b<", b">c<")), 1),
        (fetched(TWO.replace(b"<rss", b'<rss xml:base="https://a.example/"')), 0),
        (fetched(TWO, "https://a.example/rss"), 0),
    ],
)
def test_an_entry_is_known_by_its_markup_and_context(other: Fetched, same: int) -> None:
    known = dict.fromkeys(split_feed(fetched(TWO)).entries, NOW)
    assert len(split_feed(other).select_known(known)) == same


@pytest.mark.parametrize("unit", [b"<item>", b"<item></item>", b"<item>x</item >", b"<item> \n"])
def test_splitting_takes_linear_time(unit: bytes) -> None:
    start = time.process_time()
    split_feed(fetched(unit * (4_000_000 // len(unit))))
    assert time.process_time() - start < 5
