"""Scraps of HTML to plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.html.markup import strip_markup, strip_markup_to_line


@pytest.mark.parametrize(
    ("scrap", "expected"),
    [
        ("Harga beras turun", "Harga beras turun"),
        ("<p>Satu.</p><p>Dua <b>kata</b>.</p>", "Satu.\n\nDua kata."),
        ("Satu.<br/>Dua.", "Satu.\n\nDua."),
        ("Satu\nbaris saja.", "Satu baris saja."),
        ("Satu.\r\n  \r\nDua.", "Satu.\n\nDua."),
        ("&lt;p&gt;Satu &amp;amp; dua.&lt;/p&gt;", "Satu & dua."),
        ("x < 5 dan y > 3", "x < 5 dan y > 3"),
        ("a<script>alert('x')</script>b", "a b"),
        ("a<!-- diam --> b", "a b"),
        ('<img src="a.jpg" align="left">Isi', "Isi"),
        ("Rp1.000&nbsp;per kg", "Rp1.000 per kg"),
        ("sama\x1etanda", "sama tanda"),
        ("", ""),
    ],
)
def test_markup_is_stripped_to_plain_text(scrap: str, expected: str) -> None:
    assert strip_markup(scrap) == expected


def test_markup_is_stripped_to_one_line() -> None:
    assert strip_markup_to_line("<p>Satu</p>\n\n<p>dua</p>") == "Satu dua"


@given(st.text(max_size=200))
def test_paragraphs_have_normalized_whitespace(scrap: str) -> None:
    for paragraph in strip_markup(scrap).split("\n\n"):
        assert paragraph == " ".join(paragraph.split())


@pytest.mark.parametrize("unit", ["<", "<p ", "<!--", "<script>", "&", "&lt;", "\n", "<a href='", "</"])
def test_hostile_repetition_takes_bounded_time(unit: str) -> None:
    start = time.process_time()
    strip_markup(unit * 50_000)
    assert time.process_time() - start < 5
