"""Text from outside becomes no link by TDLib's own parser and looks unchanged; splitting loses no text."""

from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.entities import Marked, with_found
from bot.telegram_text import split_html, to_html, unlink, utf16_length, visible_text
from summaries.text.characters import strip_hidden

JOINER = "\u2060"
LINKS = [
    "@kompas",
    "(@kompas)",
    "#tagar",
    "#2019GantiPresiden",
    "/berita",
    "/berita@ringkas_bot",
    "dan /atau",
    "$USD",
    "$1INCH",
    "kompas.com",
    "KOMPAS.COM",
    "t.me/hadiah",
    "telegram.me/hadiah",
    "https://kabar.example/a?b=c#d",
    "HTTP://KABAR.ID",
    "http://1.2.3.4:8080/x",
    "1.2.3.4",
    "kabar.id:8080",
    "tg://resolve?domain=kompas",
    "ton://transfer",
    "münchen.de",
    "россия.рф",
    "xn--p1ai.xn--p1ai",
    "🔥.com",
    "admin@kabar.id",
    "user:pw@kabar.id",
    "[klik](https://kabar.id)",
    "ka\u0301bar.id",
]
# Telegram's servers and apps detect phone numbers; TDLib does not.
NUMBERS = ["+62 812 3456 7890", "+1-212-555-0123", "0812-3456-7890", "081234567890", "021 555 0123"]
PIECES = [
    *"@#$/.:_~-+&?=!'\"«»()[]<>\\|,; \n",
    *("//", "://", "..", "a", "kompas", "evil", "com", "id", "me", "Com", "COM", "рф", "é", "\u0301", "🔥"),
    *("1", "12", "255", "0812", "3456", "7890", "62", "USD", "tg", "ton", "http", "www", "xn--", JOINER, "\u200b"),
]


def find_links(text: str) -> list[str]:
    return [entity.type for entity in with_found(Marked(text)).entities]


@pytest.mark.parametrize("text", LINKS)
def test_unlinked_text_contains_no_link(text: str) -> None:
    assert find_links(text)
    safe = unlink(text)
    assert find_links(safe) == []
    assert safe.replace(JOINER, "") == text


@pytest.mark.parametrize("shape", ["#{}A", "#{}", "@{}kompas", "/{}start", "${}USD", "x.{}d", "x.i{}", "{}.id"])
def test_unlinked_text_with_any_character_contains_no_link(shape: str) -> None:
    characters = [char for char in map(chr, range(1, 0x3000)) if not char.isspace()]
    assert find_links("\n".join(unlink(shape.format(char)) for char in characters)) == []


@pytest.mark.parametrize("text", NUMBERS)
def test_phone_number_is_broken_up(text: str) -> None:
    assert unlink(text)[1] == JOINER
    assert unlink(text).replace(JOINER, "") == text


@pytest.mark.parametrize(
    "text",
    [
        "Harga beras turun menjadi Rp11.800 per kilogram.",
        "Rp1.234.567.890 atau 1.500.000 orang pada 23/11/2026, pukul 08.30 WIB",
        "suami/istri dan/atau anak",
        "Dr. Ani, S.H., M.Si. hadir.Kemudian ia pulang…",
        "Kurs US$ 1 & 50% (naik 0,5 + 1) C# @ Rp5.000",
        "“Kami siap,” kata Budi; semua – tanpa kecuali!",
        "1.234.567",
    ],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert unlink(text) == text


def test_html_is_escaped_and_hidden_characters_are_removed() -> None:
    assert to_html("a<b> & \u202e@x\u200b") == f"a&lt;b&gt; &amp; @{JOINER}x"


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
def test_unlink_removes_all_links_and_keeps_all_text(text: str) -> None:
    safe = unlink(text)
    assert find_links(safe) == []
    assert strip_hidden(safe) == strip_hidden(text)
    assert unlink(safe) == safe


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
        # A time is not split.
        ('satu <tg-time unix="1" format="t">dua tiga</tg-time> empat', 9, [
            "satu", '<tg-time unix="1" format="t">dua tiga</tg-time>', "empat",
        ]),
        # A lone bracket is text.
        ("1 < 2 & 3", 100, ["1 &lt; 2 &amp; 3"]),
    ],
)  # fmt: skip
def test_html_is_split_at_the_limit(html: str, limit: int, parts: list[str]) -> None:
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
def test_split_loses_no_text_and_respects_the_limit(html: str, limit: int) -> None:
    parts = split_html(html, limit)
    squeezed = ["".join(visible_text(piece).split()) for piece in (html, "".join(parts))]
    assert squeezed[0] == squeezed[1]
    for part in parts:
        assert utf16_length(visible_text(part).strip()) <= limit
        assert visible_text(part).strip()


@given(marked_up(), st.integers(4, 60))
def test_every_part_is_well_formed_html(html: str, limit: int) -> None:
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
def test_escaped_text_round_trip(text: str) -> None:
    assert visible_text(escape(text)) == text
