"""What a sentence is like by itself: direct speech, numbers, names, kinds of words."""

from __future__ import annotations

import re
from struct import pack
from typing import TYPE_CHECKING, Any

import numpy as np

from summaries.summarizer.lexicon import CLASS_NAMES, MARKED, MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from summaries.summarizer.document import Sentence

_QUOTED = re.compile(r'["“]([^"”]*)["”]')
_ALNUM = re.compile(r"[^\W_]")
_QUOTE_MARKS = "\"'“”‘’"
# A sentence of which so much is quoted is direct speech, wherever the speaker stands.
_MOSTLY = 0.4
# Looking for partners of marks that have none costs the square of the length.
_REACH_CHARS = 2_000

STYLE: tuple[str, ...] = (
    *CLASS_NAMES, "quotes", "opens_quote", "is_quote", "numbers", "number_share", "acronyms", "capitals",
    "new_capitals", "commas", "opening", "question", "stop_share", "word_length",
)  # fmt: skip
# Which mark is counted where.
_NUMBER = {name: number for number, name in enumerate(MARKED, 1)}
_CLASSES = slice(_NUMBER[CLASS_NAMES[0]], _NUMBER[CLASS_NAMES[-1]] + 1)
_SLOTS = 16


def fill_style(sentences: Sequence[Sentence], rows: NDArray[np.float64]) -> None:
    """Write one column a sentence, one row a name of `STYLE`; there is at least one sentence."""
    counts = _marks_counted(sentences)
    size, told, length, opening, opens_quote, capitals, new_capitals = _told_one_by_one(sentences)
    words = np.maximum(size + counts[_NUMBER["more_words"]] - counts[_NUMBER["no_word"]], 1.0)
    quotes, numbers = counts[_NUMBER["quotes"]], counts[_NUMBER["numbers"]]
    after = len(CLASS_NAMES)
    rows[:after] = counts[_CLASSES]
    rows[after] = quotes
    rows[after + 1] = opens_quote
    rows[after + 2] = 0.0
    for i in (quotes > 1).nonzero()[0].tolist():
        rows[after + 2, i] = is_direct_speech(sentences[i].text)
    rows[after + 3] = numbers
    rows[after + 4] = numbers / words
    rows[after + 5] = counts[_NUMBER["acronyms"]]
    rows[after + 6] = capitals / words
    rows[after + 7] = new_capitals
    rows[after + 8] = counts[_NUMBER["commas"]] / words
    rows[after + 9] = opening
    rows[after + 10] = counts[_NUMBER["question"]] > 0
    rows[after + 11] = 1.0 - told / words
    rows[after + 12] = length / np.maximum(size, 1.0)


def _marks_counted(sentences: Sequence[Sentence]) -> NDArray[Any]:
    """How often each sentence has each mark: one row a mark by its number, one column a sentence."""
    letters = MARKS["line"].join([sentence.marks for sentence in sentences]).encode("ascii")
    marks = np.frombuffer(letters, dtype=np.uint8) & (_SLOTS - 1)
    slots = (marks == _NUMBER["line"]).cumsum() * _SLOTS + marks
    return np.bincount(slots, minlength=len(sentences) * _SLOTS).reshape(-1, _SLOTS).T


def _told_one_by_one(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """Rows: pieces, words that are no stop words, characters, opening, whether a quote opens it, capitals, new ones."""
    seen: set[str] = set()
    flat: list[float] = []
    for sentence in sentences:
        text = sentence.text
        capitals = set(sentence.names)
        # Whatever opens a sentence has a capital.
        if capitals and _opens_with_name(text):
            capitals.discard(sentence.names[0])
        known = len(seen)
        seen |= capitals
        flat += (
            sentence.size,
            sentence.told,
            len(text),
            sentence.opening,
            text[0] in _QUOTE_MARKS,
            len(capitals),
            len(seen) - known,
        )
    # To pack numbers costs half of what an array of a list does.
    return np.frombuffer(pack(f"{len(flat)}d", *flat)).reshape(len(sentences), -1).T


def _opens_with_name(text: str) -> bool:
    first = text[0]
    if not first.isalnum():
        found = _ALNUM.search(text)
        first = found[0] if found else ""
    return "9" < first < "a"


def is_direct_speech(text: str) -> bool:
    """Whether a sentence with quotation marks opens with one, or one quotation is much of it; a song's title is not."""
    return text[0] in _QUOTE_MARKS or any(
        len(quoted) > _MOSTLY * len(text) for quoted in _QUOTED.findall(text[:_REACH_CHARS])
    )
