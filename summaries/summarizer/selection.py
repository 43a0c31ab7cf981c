"""Which sentences make the summary, given a score for each: a word budget or a count, without repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Length
    from summaries.summarizer.document import Sentence

# A whole sentence may overshoot the budget by this much; a sentence below `_ENOUGH` of it gets company.
_OVERSHOOT = 1.2
_ENOUGH = 0.75
_REPEATS = 0.65


def choose(sentences: Sequence[Sentence], scores: Sequence[float], length: Length) -> list[Sentence]:
    """The best sentences that fit `length`, in article order; at least one."""
    ranked = sorted(range(len(sentences)), key=lambda i: (-scores[i], i))
    chosen: list[int] = []
    size = 0
    for i in ranked:
        if _is_full(len(chosen), size, length):
            break
        if chosen and (not _fits(size, sentences[i].size, length) or _repeats(sentences, chosen, i)):
            continue
        chosen.append(i)
        size += sentences[i].size
    return [sentences[i] for i in sorted(chosen)]


def _is_full(count: int, size: int, length: Length) -> bool:
    if length.sentences is not None:
        return count >= length.sentences
    return length.words is not None and size >= _ENOUGH * length.words


def _fits(size: int, more: int, length: Length) -> bool:
    return length.words is None or size + more <= _OVERSHOOT * length.words


def _repeats(sentences: Sequence[Sentence], chosen: Sequence[int], candidate: int) -> bool:
    """Whether most of what the candidate says was said by one sentence that is in already."""
    terms = set(sentences[candidate].terms)
    return bool(terms) and any(len(terms & set(sentences[i].terms)) > _REPEATS * len(terms) for i in chosen)
