"""The form of an answer, regardless of its content."""

from __future__ import annotations

import re
import unicodedata

from summaries.text.language import detect_language
from summaries.text.quotes import find_quotes

# Reasoning models emit their thoughts before the answer.
_THINKS, _HAS_THOUGHT = "<think>", "</think>"
_MARKUP = re.compile(r"[*_`#<>|\[\]{}\\~^]|https?:|www\.|(?<!\w)@\w")
_LISTED = re.compile(r"^\s*(?:[-•–]|\d{1,2}[.)])\s", re.MULTILINE)
_COMPLETE = re.compile(r"[.!?…][\"'”’)]*$")
_PREAMBLE = re.compile(r":\s*(?:\n|$)")
_MIN_WORDS = 6
_INVISIBLE = frozenset(("Cc", "Cf", "Co", "Cs", "Cn"))


def join_lines(answer: str) -> str:
    """Return the answer without reasoning, as one paragraph. Its lines may be a list: see `is_prose`."""
    return " ".join(strip_reasoning(answer).split())


def strip_reasoning(answer: str) -> str:
    parts, begin = [], 0
    while (start := answer.find(_THINKS, begin)) >= 0 and (end := answer.find(_HAS_THOUGHT, start)) >= 0:
        parts.append(answer[begin:start])
        begin = end + len(_HAS_THOUGHT)
    return "".join([*parts, answer[begin:]]).strip()


def is_prose(answer: str, language: str, most_words: int) -> bool:
    """Return whether the answer consists of whole sentences in the language, at most `max_words`, and nothing else: no
    markup, address, list or preamble."""
    bare = strip_reasoning(answer)
    line = join_lines(answer)
    if not _MIN_WORDS <= len(line.split()) <= most_words:
        return False
    if _MARKUP.search(line) or _LISTED.search(bare) or _PREAMBLE.search(bare) or not _COMPLETE.search(line):
        return False
    return not any(unicodedata.category(c) in _INVISIBLE for c in line) and detect_language(line) == language


def extract_quotations(text: str) -> list[str]:
    """Return the quotations in the text, without their marks."""
    return [text[quote.start + 1 : quote.end - 1] for quote in find_quotes(text)]


def normalize_for_quotes(text: str) -> str:
    """Normalise spaces, quotation marks, dashes and case, to search for a quotation."""
    marks = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
    return " ".join(text.translate(marks).casefold().split())
