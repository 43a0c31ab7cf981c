"""Check that a text claims no numbers, names or quotations that its article lacks.

A guard against hallucinations, not a proof of truth: a wrong verb between correct names passes. The form is checked
first: whole sentences, without markup or preamble.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from summaries.llm.names import KnownNames
from summaries.model import Article, Summary
from summaries.text.amounts import find_amounts, find_scores, find_vague_amounts, is_supported
from summaries.text.language import detect_language
from summaries.text.sentences import find_quotes

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
    """Return whether the answer consists of whole sentences in the language, at most `most_words`, and nothing else: no
    markup, address, list or preamble."""
    bare = strip_reasoning(answer)
    line = join_lines(answer)
    if not _MIN_WORDS <= len(line.split()) <= most_words:
        return False
    if _MARKUP.search(line) or _LISTED.search(bare) or _PREAMBLE.search(bare) or not _COMPLETE.search(line):
        return False
    return not any(unicodedata.category(c) in _INVISIBLE for c in line) and detect_language(line) == language


def normalize_for_quotes(text: str) -> str:
    """Normalise spaces, quotation marks, dashes and case, to search for a quotation."""
    marks = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
    return " ".join(text.translate(marks).casefold().split())


class UnsupportedClaim(StrEnum):
    """Why an answer is not shown."""

    FORM = "form"
    NUMBER = "number"
    NAME = "name"
    QUOTATION = "quotation"


# A model asked for as many words as the extractive summary has may need a few more.
LONGER = 1.5
MORE_WORDS = 10


def find_unsupported(answer: str, article: Article, summary: Summary) -> UnsupportedClaim | None:
    """Return the first reason not to show the answer in place of the summary, or None."""
    language = summary.language
    if not is_prose(answer, language, int(summary.word_count * LONGER) + MORE_WORDS):
        return UnsupportedClaim.FORM
    text = join_lines(answer)
    aside = f"{article.title}\n\n{article.place or ''}"
    source = f"{article.text}\n\n{aside}"
    if not _has_same_numbers(text, source, language):
        return UnsupportedClaim.NUMBER
    if KnownNames(article.text, language, aside).find_unknown(text) is not None:
        return UnsupportedClaim.NAME
    known = normalize_for_quotes(source)
    quotations = [normalize_for_quotes(text[quote.start + 1 : quote.end - 1]) for quote in find_quotes(text)]
    if any(quotation.strip(" .,!?…") not in known for quotation in quotations):
        return UnsupportedClaim.QUOTATION
    return None


def _has_same_numbers(text: str, source: str, language: str) -> bool:
    named = find_amounts(source, language)
    spans = set(find_scores(source))
    return (
        all(is_supported(amount, named) for amount in find_amounts(text, language))
        and find_vague_amounts(text) <= find_vague_amounts(source)
        and all(
            pair in spans or f"{pair[0]} hingga {pair[1]}" in source or f"{pair[0]} sampai {pair[1]}" in source
            for pair in find_scores(text)
        )
    )
