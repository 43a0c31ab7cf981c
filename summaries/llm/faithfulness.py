"""Check that a text claims no numbers, names or quotations that its article lacks.

A guard against hallucinations, not a proof of truth: a wrong verb between correct names passes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from summaries.llm.amounts import find_amounts, find_scores, find_vague_amounts, is_supported
from summaries.llm.names import KnownNames
from summaries.llm.shape import extract_quotations, is_prose, join_lines, normalize_for_quotes

if TYPE_CHECKING:
    from summaries.model import Article, Summary


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
    if any(normalize_for_quotes(quotation).strip(" .,!?…") not in known for quotation in extract_quotations(text)):
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
