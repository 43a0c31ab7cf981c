"""Select the sentences of a fact-check: its verdict first, and no sentence that repeats the claim as news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from summaries.fact_checks import find_shown_sentences
from summaries.model import Article, FactCheck, Length
from summaries.summarizer.document import Document, Sentence
from summaries.summarizer.references import find_references
from summaries.summarizer.unfit import is_unfit

# A sentence with more than this share of its terms in another one repeats it.
_REPEATS = 0.7


def select_after_verdict(
    document: Document, ranks: Sequence[float], length: Length, article: Article, checked: FactCheck
) -> list[Sentence]:
    """Return the verdict sentence, then the best others in article order; no sentence if none may be shown.

    The length is met as closely as whole sentences allow, but the verdict is never left out.
    """
    sentences = document.sentences
    start = checked.sentence.start if checked.sentence else -1
    verdict = [sentence for sentence in sentences if sentence.start <= start < sentence.end]
    shown = find_shown_sentences(article.text, checked)
    allowed = [s for s in sentences if s.start in shown and s not in verdict and not is_unfit(s)]
    chosen: list[Sentence] = []
    size = sum(sentence.size for sentence in verdict)
    for sentence in _order_by_rank(allowed, ranks):
        if length.sentences is not None and len(verdict) + len(chosen) >= length.sentences:
            break
        is_too_long = length.words is not None and (verdict or chosen) and sentence.size + 2 * size > 2 * length.words
        if is_too_long or _repeats(sentence, [*verdict, *chosen]):
            continue
        if _is_understood(document, sentence, [*verdict, *chosen]):
            chosen.append(sentence)
            size += sentence.size
    return verdict + sorted(chosen, key=lambda sentence: sentence.position)


def _order_by_rank(allowed: Sequence[Sentence], ranks: Sequence[float]) -> Iterator[Sentence]:
    yield from sorted(allowed, key=lambda sentence: (-ranks[sentence.position], sentence.position))


def _repeats(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    return any(len(sentence.terms & other.terms) > _REPEATS * len(sentence.terms) for other in chosen)


def _is_understood(document: Document, sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    """Return whether the sentence needs no other, or one that is chosen."""
    needed = find_references(document.sentences, sentence.position, document.language)
    if needed is None:
        return True
    resolving = needed.just_before | needed.anywhere
    return any(other.position in resolving for other in chosen)
