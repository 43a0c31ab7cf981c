"""What a sentence is like by itself: direct speech, numbers, names, kinds of words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.summarizer.document import Sentence

_CLASSES: dict[str, tuple[str, ...]] = {
    "speech": (
        "kata", "katanya", "ujar", "ujarnya", "ucap", "ucapnya", "tutur", "tuturnya", "jelas", "jelasnya",
        "tegas", "tegasnya", "imbuh", "imbuhnya", "tandas", "tandasnya", "papar", "paparnya", "ungkap",
        "ungkapnya", "sebut", "sebutnya", "terang", "terangnya", "tambah", "tambahnya", "pungkas", "pungkasnya",
        "cetus", "lanjut", "lanjutnya", "tulis", "tulisnya", "said", "says", "told", "added",
    ),
    "first_person": ("saya", "kami", "kita", "aku", "gue", "kamu", "anda", "i", "we", "you", "my", "our"),
    "amounts": ("persen", "ribu", "juta", "miliar", "triliun", "dolar", "rupiah", "million", "billion", "percent"),
    "future": ("akan", "bakal", "rencananya", "berencana", "will"),
}  # fmt: skip
_CLASS_NAMES = tuple(_CLASSES)
_CLASS_OF = {word: k for k, words in enumerate(_CLASSES.values()) for word in words}
_QUOTED = re.compile(r'["“]([^"”]*)["”]')
_QUOTE_MARKS = "\"“”'‘"
# A sentence of which so much is quoted is direct speech, wherever the speaker stands.
_MOSTLY = 0.4
# Looking for partners of marks that have none costs the square of the length.
_REACH_CHARS = 2_000

STYLE: tuple[str, ...] = (
    *_CLASS_NAMES, "quotes", "opens_quote", "is_quote", "numbers", "number_share", "acronyms", "capitals",
    "new_capitals", "commas", "opening", "question", "stop_share", "word_length",
)  # fmt: skip


def style_rows(sentences: Sequence[Sentence]) -> list[list[float]]:
    """One row a sentence, one number a name of `STYLE`."""
    seen: set[str] = set()
    return [_style_row(sentence, seen) for sentence in sentences]


def _style_row(sentence: Sentence, seen: set[str]) -> list[float]:
    text, words = sentence.text, sentence.words
    count = len(words) or 1
    classes = [0.0] * len(_CLASS_NAMES)
    for word in filter(_CLASS_OF.__contains__, sentence.lower):
        classes[_CLASS_OF[word]] += 1.0
    # Digits and capitals come before the small letters.
    heads = [word for word in words if word[0] < "a"]
    names = [word for word in heads if word[0] > "9"]
    capitals = set(names)
    if words:
        capitals.discard(words[0])
    new = len(capitals - seen)
    seen |= capitals
    quotes = text.count('"') + text.count("“") + text.count("”")
    numbers = len(heads) - len(names)
    return [
        *classes,
        quotes,
        text[0] in _QUOTE_MARKS,
        quotes > 1 and is_direct_speech(text),
        numbers,
        numbers / count,
        sum([word.isupper() for word in names if len(word) > 1]),
        len(capitals) / count,
        new,
        text.count(",") / count,
        float(sentence.opening),
        "?" in text,
        1.0 - len(sentence.terms) / count,
        len(text) / (sentence.size or 1),
    ]


def is_direct_speech(text: str) -> bool:
    """Whether a sentence with quotation marks opens with one, or one quotation is much of it; a song's title is not."""
    return text[0] in _QUOTE_MARKS or any(
        len(quoted) > _MOSTLY * len(text) for quoted in _QUOTED.findall(text[:_REACH_CHARS])
    )
