"""Pages that were made to keep a reader busy: each is refused or read, soon and in little memory.

The bounds are an order of magnitude above the measured values, so that a slow machine does not fail them; they must
catch quadratic growth, which would take minutes.
"""

from __future__ import annotations

import time

import pytest

from summaries.errors import NothingToSummarize
from summaries.fetch.html.html_tree import MAX_TAGS
from summaries.fetch.html.pages import MAX_TEXT_CHARS, read_page

URL = "https://kabartimur.example/berita/4551234/satu-dua-tiga"
HEAD = b"<html><head><title>Judul berita yang cukup panjang</title></head><body>"
MANY = MAX_TAGS // 4

HOSTILE = {
    "more tags than any page": HEAD + b"<i>" * (MAX_TAGS + 1),
    "nested without end": HEAD + b"<div>" * (4 * MANY - 10),
    "line breaks": HEAD + b"<br>" * (4 * MANY - 10),
    "links": HEAD + b'<a href="/x">kata satu dua</a> ' * MANY,
    "furniture in furniture": HEAD + (b'<div class="share">' * 200 + b"x" + b"</div>" * 200) * (MANY // 200),
    "table in table": HEAD + b"<table><tr><td>" * MANY,
    "attributes": HEAD + b"<p " + b" ".join(b"a%d=1" % n for n in range(5000)) + b">",
    "an endless tag": HEAD + b'<p class="' + b"share " * 100_000 + b'">',
    "comments in a row": HEAD + b"<!--" * 30_000,
    "deep structured data": HEAD + b'<script type="application/ld+json">' + b"[" * 300_000 + b"</script>",
    "a headline of dashes": HEAD + b"<h1>" + b"a - " * 100_000 + b"</h1>",
    "a title of bars": b"<title>" + b"a | " * 100_000 + b"</title>",
    "brackets": HEAD + b"<p>" + b"(" * 500_000,
    "quotes": HEAD + b"<p>" + b'"' * 500_000,
    "capitals": HEAD + b"<p>" + b"JAKARTA, " * 60_000,
    "dates": HEAD + b"<div>Rabu, 14 Okt 2026 10:05 WIB</div>" * MANY,
    "authors": HEAD + b'<a rel="author">' + b"a, " * 200_000,
    "a text without end": HEAD + b"<p>" + b"Kata satu dua tiga empat lima enam. " * (MAX_TEXT_CHARS // 20),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_page_is_refused_in_bounded_time(body: bytes) -> None:
    start = time.process_time()
    with pytest.raises(NothingToSummarize):
        read_page(body, url=URL)
    assert time.process_time() - start < 20


def test_entities_of_a_page_are_not_resolved() -> None:
    body = b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>&x; ' + b"Kalimat ini cukup. " * 30
    try:
        text = read_page(body, url=URL).text
    except NothingToSummarize:
        return
    assert "root:" not in text
