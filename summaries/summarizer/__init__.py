"""Extractive summaries: whole sentences of an article, verbatim, in article order.

>>> summarize(article).text  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from summaries.fact_checks import find_fact_check
from summaries.model import MEDIUM, PARAGRAPH_BREAK, Article, FactCheck, Length, Summary, SummarySentence
from summaries.summarizer.admission import MIN_WORDS, admit
from summaries.summarizer.anaphora import measure_connective, measure_dash
from summaries.summarizer.document import Document, Sentence, read_document
from summaries.summarizer.fact_checks import select_after_verdict
from summaries.summarizer.ranker import rank
from summaries.summarizer.selection import select_sentences, take_top_ranked

__all__ = [
    "DEFAULT_METHOD",
    "MAX_CHARS",
    "METHODS",
    "MIN_WORDS",
    "summarize",
    "summarize_each",
]

DEFAULT_METHOD = "ringkas"
MAX_CHARS = 200_000
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

    Every sentence of the summary is a whole sentence of the article with its offsets: `article.text[s.start:s.end] ==
    s.text`; only an opening connective ("Namun, Rina …") may be cut. CPU-bound: call it off the event loop.

    The summary of a fact-check begins with the verdict sentence and does not repeat the claim as news, with any method.

    Raises:
        NothingToSummarize: there is nothing to summarise; `reason` gives the cause.
        ValueError: `method` is not in `METHODS`.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; one of {', '.join(METHODS)}")
    if method == DEFAULT_METHOD:
        return summarize_each(article, (length,))[0]
    article, checked, language = _admit(article)
    document = read_document(article, language)
    ranks = _rank_classically(method, document)
    if checked:
        chosen = select_after_verdict(document, ranks, length, article, checked)
    else:
        chosen = take_top_ranked(document.sentences, ranks, length)
    return Summary(tuple(SummarySentence(s.text, s.start, s.end) for s in chosen), method, length, language)


def summarize_each(
    article: Article, lengths: Sequence[Length], *, below_headline: Collection[Length] = ()
) -> tuple[Summary, ...]:
    """Summarise the article in each of the lengths by the default method; the article is analysed once.

    The summaries of the lengths `below_headline` do not repeat the headline above them, unless that is a question,
    whose answer repeats its words; see `select_sentences`.

    Raises:
        NothingToSummarize: as `summarize`.
    """
    article, checked, language = _admit(article)
    document = read_document(article, language)
    scores = rank(document)
    below = () if "?" in article.title else below_headline
    summaries = []
    for length in lengths:
        if checked:
            chosen = select_after_verdict(document, scores, length, article, checked)
        else:
            chosen = select_sentences(document, scores, length, language, is_below_headline=length in below)
        summaries.append(Summary(_cut_openings(chosen), DEFAULT_METHOD, length, language))
    return tuple(summaries)


def _admit(article: Article) -> tuple[Article, FactCheck | None, str]:
    """Return the truncated article, its fact-check if it is an Indonesian one, and its language.

    Raises:
        NothingToSummarize: there is nothing to summarise.
    """
    article = _truncate(article)
    checked = find_fact_check(article)
    language = admit(article, is_fact_check=checked is not None)
    # Claim and research are distinguished by Indonesian words.
    return article, checked if language == "id" else None, language


def _cut_openings(chosen: list[Sentence]) -> tuple[SummarySentence, ...]:
    """Return the sentences with their offsets; cut an opening dash, and an opening "Namun, " if the sentence
    before was not selected."""
    positions = {sentence.position for sentence in chosen}
    spans = []
    for s in chosen:
        cut = measure_dash(s.text)
        if not cut and s.position - 1 not in positions:
            cut = measure_connective(s.text)
        spans.append(SummarySentence(s.text[cut:], s.start + cut, s.end))
    return tuple(spans)


def _truncate(article: Article) -> Article:
    """Truncate the article at the last paragraph, or else at the last white space, within `MAX_CHARS`."""
    if len(article.text) <= MAX_CHARS:
        return article
    head = article.text[:MAX_CHARS]
    end = head.rfind(PARAGRAPH_BREAK)
    return replace(article, text=head[: end if end > 0 else max(head.rfind(" "), 1)])


def _rank_classically(method: str, document: Document) -> list[float]:
    if method == "lead":
        return [-sentence.position for sentence in document.sentences]
    from summaries.summarizer.sumy_methods import rank_with_sumy

    return rank_with_sumy(method, document)
