"""A look at a document before a trusting parser gets it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.feeds.feed_text import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS, find_excess

SAFE = {
    "nothing": b"",
    "text": b"halo",
    "a feed": b"<rss><channel><item><title>A</title><link/></item></channel></rss>",
    "as deep as allowed": b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH,
    "tags in a section": b"<a><![CDATA[" + b"<b>" * 5000 + b"]]></a>",
    "tags in a comment": b"<a><!--" + b"<b>" * 5000 + b"--></a>",
    "siblings": b"<a></a>" * 1000,
    "unclosed line breaks": b"<a>" + b"x<br>" * 1000 + b"</a>",
    "many signs in a text": b'<a b="1">' + b"c=1 " * 5000 + b"</a>",
    "cut off in a tag": b"<rss><channel><item><title>A</title><lin",
    "cut off before a closing bracket": b"<rss><channel></channel></rss",
    "cut off in a section": b"<a><![CDATA[ <b>",
    "cut off in a comment": b"<a><!-- ->",
    "cut off in an instruction": b"<?xml ",
}
EXCESS = {
    "too deep": b"<a>" * (MAX_DEPTH + 1),
    "too many": b"<a/>" * (MAX_TAGS + 1),
    "too many comments": b"<!---->" * (MAX_TAGS + 1),
    "too many endless instructions": b"<?" * (MAX_TAGS + 1),
    "endless tag": b"<a " + b"b" * 200_000,
    "too many attributes": b"<a " + b" b='1'" * (MAX_ATTRIBUTES + 1) + b"/>",
    "too many attributes after a bracket": b'<a b=">"' + b" c='1'" * MAX_ATTRIBUTES + b"/>",
    # Parsers look for tags in unclosed sections.
    "too deep in an endless section": b"<![CDATA[" + b"<a>" * (MAX_DEPTH + 1),
    "too deep in an endless comment": b"<!--" + b"<a>" * (MAX_DEPTH + 1),
    "too deep in an endless instruction": b"<?" + b"<a>" * (MAX_DEPTH + 2),
}


@pytest.mark.parametrize("document", SAFE.values(), ids=SAFE.keys())
def test_safe_document_has_no_excess(document: bytes) -> None:
    assert find_excess(document) is None


@pytest.mark.parametrize("document", EXCESS.values(), ids=EXCESS.keys())
def test_excess_is_found(document: bytes) -> None:
    assert find_excess(document)


@pytest.mark.parametrize("unit", [b"<", b"<![CDATA[", b"<!--", b"<a", b"</", b"<?", b">", b"<a b='", b"<a b=' c=\""])
def test_find_excess_takes_linear_time(unit: bytes) -> None:
    start = time.process_time()
    find_excess(unit * (4_000_000 // len(unit)))
    assert time.process_time() - start < 5


@given(st.binary(max_size=200))
def test_any_bytes_are_checked_without_error(document: bytes) -> None:
    assert find_excess(document) is None or find_excess(document)
