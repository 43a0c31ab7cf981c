"""Cutting messages: tables, and the properties that every cut must keep."""

from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram_text import split_html, utf16_length, visible_text


@pytest.mark.parametrize(
    ("html", "limit", "parts"),
    [
        ("", 10, []),
        ("  \n ", 10, []),
        ("<b></b>", 10, []),
        ("halo", 10, ["halo"]),
        ("persis muat", 11, ["persis muat"]),
        # After a sentence rather than in the middle of the next one.
        ("Satu dua tiga. Empat lima enam.", 20, ["Satu dua tiga.", "Empat lima enam."]),
        # After a paragraph rather than after a sentence.
        ("Satu dua.\n\nTiga. Empat lima enam", 18, ["Satu dua.", "Tiga.", "Empat lima enam"]),
        # Between words where no sentence ends.
        ("satu dua tiga empat", 10, ["satu dua", "tiga empat"]),
        # Inside a word only when the word is longer than a message.
        ("x" * 25, 10, ["x" * 10, "x" * 5, "x" * 10]),
        # Tags are closed and opened again.
        ("<b>satu dua <i>tiga empat</i></b>", 10, ["<b>satu dua</b>", "<b><i>tiga empat</i></b>"]),
        ('<a href="https://x.example/?a=1&amp;b=2">satu dua tiga</a>', 9, [
            '<a href="https://x.example/?a=1&amp;b=2">satu dua</a>',
            '<a href="https://x.example/?a=1&amp;b=2">tiga</a>',
        ]),
        # An entity counts one and stays whole; an emoji counts two.
        ("a&amp;b&lt;c", 3, ["a&amp;b", "&lt;c"]),
        ("😀😀😀", 4, ["😀😀", "😀"]),
        # A lone bracket is text.
        ("1 < 2 & 3", 100, ["1 &lt; 2 &amp; 3"]),
    ],
)  # fmt: skip
def test_cuts(html: str, limit: int, parts: list[str]) -> None:
    assert split_html(html, limit) == parts


words = st.text(alphabet=st.sampled_from("abcä😀.!? \n<&>\"'"), min_size=1, max_size=30)


@st.composite
def marked_up(draw: st.DrawFn) -> str:
    """Escaped text in nested tags."""
    html = ""
    for _ in range(draw(st.integers(1, 8))):
        text = escape(draw(words))
        tag = draw(st.sampled_from(["", "b", "i", "blockquote expandable", 'a href="https://x.example/?a=1&amp;b=2"']))
        inner = f"<u>{text}</u>" if draw(st.booleans()) else text
        html += f"<{tag}>{inner}</{tag.split()[0]}>" if tag else inner
    return html


@given(marked_up(), st.integers(4, 60))
def test_no_text_is_lost_and_no_part_is_too_long(html: str, limit: int) -> None:
    parts = split_html(html, limit)
    squeezed = ["".join(visible_text(piece).split()) for piece in (html, "".join(parts))]
    assert squeezed[0] == squeezed[1]
    for part in parts:
        assert utf16_length(visible_text(part).strip()) <= limit
        assert visible_text(part).strip()


@given(marked_up(), st.integers(4, 60))
def test_every_part_is_well_formed(html: str, limit: int) -> None:
    for part in split_html(html, limit):
        stack: list[str] = []
        for close, name in re.findall(r"<(/?)([a-z]+)[^<>]*>", part):
            if close:
                assert stack.pop() == name
            else:
                stack.append(name)
        assert stack == []
        assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", part)


@given(st.text(max_size=200))
def test_escaped_text_comes_back(text: str) -> None:
    assert visible_text(escape(text)) == text
