"""How much each sentence of an Indonesian news article says of it."""

from __future__ import annotations

from collections import Counter
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from summaries.summarizer.document import Document

_FEWEST_WORDS = 6
_OPEN_REFERENCE = ("hal itu", "hal tersebut", "ia ", "dia ", "menurutnya", "namun", "sementara itu", "selain itu")


def rank(document: Document) -> list[float]:
    """A score for every sentence, higher is better: news says first what matters most."""
    frequency = Counter(term for sentence in document.sentences for term in set(sentence.terms))
    scores = []
    for sentence in document.sentences:
        terms = set(sentence.terms)
        shared = sum(log(frequency[term]) for term in terms) / (len(terms) + 3)
        titled = len(terms & document.title_terms) / (len(document.title_terms) + 1)
        score = 3.0 / (1.5 + sentence.position) + 0.3 * shared + 0.4 * titled
        if sentence.size < _FEWEST_WORDS or sentence.text.endswith("?"):
            score -= 1.0
        if sentence.text.lower().startswith(_OPEN_REFERENCE):
            score -= 0.2
        scores.append(score)
    return scores
