"""Hidden characters and piles of marks, removed from a line."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.characters import MAX_MARKS_PER_LETTER, clean_line, strip_hidden

# Format characters that are visible, such as the Arabic year sign.
DRAWN = {0x70F, 0x890, 0x891, 0x8E2, 0x6DD, 0x110BD, 0x110CD, *range(0x600, 0x606)}
HIDDEN_LETTERS = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0}
SELECTORS = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


def test_exactly_the_invisible_characters_are_removed() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        if character.isspace() or category == "Cn":
            continue
        is_hidden = category in ("Cc", "Cf", "Cs", "Co") and code not in DRAWN
        is_hidden |= code in HIDDEN_LETTERS or code in SELECTORS
        assert (character not in strip_hidden(f"a{character}b")) == is_hidden, hex(code)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Harga Beras Turun", "Harga Beras Turun"),
        ("Ko\u200bmpas\u202e.com\u2069", "Kompas.com"),
        ("\u061cBanjir\ufeff\u200f di\u00ad Demak", "Banjir di Demak"),
        ("\ud83d Gempa \udc00", "Gempa"),
        ("Satu\u2028dua\x00\x07\x85tiga\t", "Satu dua tiga"),
        ("\u3164\u2800\u115f", ""),
        ("\U000e0068\U000e0069Panen", "Panen"),
        # Parts of one unit stay together.
        ("Timnas 👨‍👩‍👧 ❤️‍🔥 👩🏽‍⚕️ 1️⃣ ☎︎", "Timnas 👨‍👩‍👧 ❤️‍🔥 👩🏽‍⚕️ 1️⃣ ☎︎"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 2-1 🇮🇩",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 2-1 🇮🇩",
        ),
        ("می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"),
        ("a\ufe0f\u200d🔥 \u200d🔥", "a🔥 🔥"),
        ("\u061c\u200d\u0628", "\u0628"),
    ],
)
def test_line_is_cleaned(line: str, expected: str) -> None:
    assert clean_line(line) == expected


@pytest.mark.parametrize("mark", ["\u0301", "\u0489", "\u20dd", "\u0336"])
def test_combining_marks_are_limited(mark: str) -> None:
    assert clean_line("b" + mark * 200 + "anjir") == "b" + mark * MAX_MARKS_PER_LETTER + "anjir"
    # Those that a script needs stay.
    assert clean_line("tie\u0302\u0301ng שִּׁ") == "tie\u0302\u0301ng שִּׁ"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\u200d\ufe0f\u200c\u061c\u0301🔥ا")), max_size=60))
def test_clean_line_is_idempotent(text: str) -> None:
    once = clean_line(text)
    assert clean_line(once) == once
    once.encode()
