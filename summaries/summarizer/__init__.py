"""Summaries: whole sentences of an article, verbatim, in article order.

>>> summarize(article).text  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import MEDIUM, Summary, SummarySentence
from summaries.summarizer.document import Document, Sentence, read_document
from summaries.summarizer.ranker import rank
from summaries.summarizer.refusals import FEWEST_WORDS, admit
from summaries.summarizer.selection import choose, take_best

if TYPE_CHECKING:
    from summaries.model import Article, Length

__all__ = ["DEFAULT_METHOD", "FEWEST_WORDS", "METHODS", "summarize"]

DEFAULT_METHOD = "ringkas"
METHODS: tuple[str, ...] = (
    DEFAULT_METHOD,
    "lead",
    "lexrank",
    "textrank",
    "lsa",
    "luhn",
    "kl",
    "sumbasic",
    "reduction",
)


def summarize(article: Article, length: Length = MEDIUM, *, method: str = DEFAULT_METHOD) -> Summary:
    """Summarise a cleaned article.

    Every sentence of the summary is a whole sentence of the article with its offsets: `article.text[s.start:s.end]
    == s.text`. Pure and CPU-bound: call it off the event loop.

    Raises:
        NothingToSummarize: there is nothing to summarise; `reason` says why.
        ValueError: `method` is none of `METHODS`.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; one of {', '.join(METHODS)}")
    language = admit(article)
    document = read_document(article, language)
    chosen = _choose(document, length, method)
    return Summary(
        sentences=tuple(SummarySentence(s.text, s.start, s.end) for s in chosen),
        method=method,
        length=length,
        language=language,
    )


def _choose(document: Document, length: Length, method: str) -> list[Sentence]:
    if method == DEFAULT_METHOD:
        return choose(document.sentences, rank(document), length, document.language)
    if method == "lead":
        return take_best(document.sentences, [-sentence.position for sentence in document.sentences], length)
    from summaries.summarizer.stock import rank_with

    return take_best(document.sentences, rank_with(method, document), length)
