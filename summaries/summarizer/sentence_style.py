"""Style features of a single sentence: direct speech, numbers, names, word classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from summaries.summarizer.document import Sentence
from summaries.summarizer.token_cache import CLASS_NAMES, MARKS

_OPENS_QUOTE = re.compile(r'["“]')
_CLOSES_QUOTE = re.compile(r'["”]')
_ALNUM = re.compile(r"[^\W_]")
_QUOTE_MARKS = "\"'“”‘’"
# A sentence with at least this share in quotes is direct speech, wherever its speaker is named.
_MIN_QUOTED_SHARE = 0.4
# Searching for partners of unpaired marks takes quadratic time.
_REACH_CHARS = 2_000

STYLE_NAMES: tuple[str, ...] = (
    *CLASS_NAMES, "quotes", "opens_quote", "is_quote", "numbers", "number_share", "acronyms", "capitals",
    "new_capitals", "commas", "opening", "question", "stop_share", "word_length",
)  # fmt: skip
_COUNTED = [
    MARKS[name]
    for name in (*CLASS_NAMES, "quotes", "numbers", "acronyms", "commas", "question", "no_word", "more_words")
]
# Most sentences have few marks, in a sequence seen before.
_COUNTS_KEPT = 8_192
_FEW_MARKS = 24


def compute_style(sentences: Sequence[Sentence]) -> list[tuple[float, ...]]:
    """Return one row per sentence, one number per name of `STYLE_NAMES`."""
    seen: set[str] = set()
    rows: list[tuple[float, ...]] = []
    for sentence in sentences:
        text, size = sentence.text, sentence.size
        kinds, (quotes, numbers, acronyms, commas, questions, no_words, more_words) = (
            _counts(sentence.marks) if len(sentence.marks) > _FEW_MARKS else _counts_of_few(sentence.marks)
        )
        words = size + more_words - no_words or 1
        capitals = set(sentence.names)
        # Every sentence opens with a capital.
        if capitals and ("A" <= text[0] <= "Z" or _opens_with_name(text)):
            capitals.discard(sentence.names[0])
        known = len(seen)
        seen |= capitals
        rows.append(
            (
                *kinds,
                quotes,
                text[0] in _QUOTE_MARKS,
                quotes > 1 and is_direct_speech(text),
                numbers,
                numbers / words,
                acronyms,
                len(capitals) / words,
                len(seen) - known,
                commas / words,
                sentence.opening,
                questions > 0,
                1.0 - sentence.term_count / words,
                len(text) / (size or 1),
            )
        )
    return rows


def _counts(marks: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Count the marks of each word class, and the other counted marks."""
    found = tuple(map(marks.count, _COUNTED))
    return found[: len(CLASS_NAMES)], found[len(CLASS_NAMES) :]


_counts_of_few = lru_cache(maxsize=_COUNTS_KEPT)(_counts)


def _opens_with_name(text: str) -> bool:
    first = text[0]
    if not first.isalnum():
        found = _ALNUM.search(text)
        first = found[0] if found else ""
    return "9" < first < "a"


def _quoted_lengths(text: str) -> Iterator[int]:
    """Yield the length of each quotation, without its marks."""
    end = 0
    while (opening := _OPENS_QUOTE.search(text, end)) and (closing := _CLOSES_QUOTE.search(text, opening.end())):
        yield closing.start() - opening.end()
        end = closing.end()


def is_direct_speech(text: str) -> bool:
    """Return whether a sentence with quotation marks opens with one or is mostly quoted; a song title is not enough."""
    return text[0] in _QUOTE_MARKS or any(
        length > _MIN_QUOTED_SHARE * len(text) for length in _quoted_lengths(text[:_REACH_CHARS])
    )
