"""Check that a text claims no numbers, names or quotations that its article lacks.

A guard against hallucinations, not a proof of truth: a wrong verb between correct names passes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from summaries.llm.amounts import amounts, is_named, rough_amounts, scores
from summaries.llm.names import Names
from summaries.llm.shape import even, in_one_line, is_prose, quotations

if TYPE_CHECKING:
    from summaries.model import Article, Summary


class Doubt(StrEnum):
    """Why an answer is not shown."""

    FORM = "form"
    NUMBER = "number"
    NAME = "name"
    QUOTATION = "quotation"


# A model asked for as many words as the extractive summary has may need a few more.
LONGER = 1.5
MORE_WORDS = 10


def doubt_of(answer: str, article: Article, summary: Summary) -> Doubt | None:
    """Return the first reason not to show the answer in place of the summary, or None."""
    language = summary.language
    if not is_prose(answer, language, int(summary.word_count * LONGER) + MORE_WORDS):
        return Doubt.FORM
    text = in_one_line(answer)
    aside = f"{article.title}\n\n{article.place or ''}"
    source = f"{article.text}\n\n{aside}"
    if not _counts_alike(text, source, language):
        return Doubt.NUMBER
    if Names(article.text, language, aside).unknown(text) is not None:
        return Doubt.NAME
    known = even(source)
    if any(even(quotation).strip(" .,!?…") not in known for quotation in quotations(text)):
        return Doubt.QUOTATION
    return None


def _counts_alike(text: str, source: str, language: str) -> bool:
    named = amounts(source, language)
    spans = set(scores(source))
    return (
        all(is_named(amount, named) for amount in amounts(text, language))
        and rough_amounts(text) <= rough_amounts(source)
        and all(
            pair in spans or f"{pair[0]} hingga {pair[1]}" in source or f"{pair[0]} sampai {pair[1]}" in source
            for pair in scores(text)
        )
    )
