"""Plain ROUGE F1 as the package rouge-score counts it without stemming; R1 and R2 by our own, faster count."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

_TOKEN = re.compile(r"[a-z0-9]+")


def tokens(text: str) -> list[str]:
    """Lower-case runs of ASCII letters and digits, as rouge-score takes them."""
    return _TOKEN.findall(text.lower())


def bigrams(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(words))


def rouge(reference: str, summary: str) -> tuple[float, float, float]:
    """ROUGE-1, ROUGE-2 and ROUGE-Lsum F1 of sentences by line, each from 0 to 1."""
    return *rouge_1_2(reference, summary), _rouge_l(reference, summary)


def rouge_1_2(reference: str, summary: str) -> tuple[float, float]:
    """ROUGE-1 and ROUGE-2 F1 alone, which cost little."""
    want, have = tokens(reference), tokens(summary)
    return _f1(want, have), _f1(bigrams(want), bigrams(have))


def recall(reference: str, summary: str) -> float:
    """The share of the reference's words that the summary has."""
    want = tokens(reference)
    return sum((Counter(want) & Counter(tokens(summary))).values()) / max(1, len(want))


def _rouge_l(reference: str, summary: str) -> float:
    from rouge_score.rouge_scorer import RougeScorer

    score: float = RougeScorer(["rougeLsum"], use_stemmer=False).score(reference, summary)["rougeLsum"].fmeasure
    return score


def _f1(want: Sequence[Hashable], have: Sequence[Hashable]) -> float:
    common: Counter[Any] = Counter(want) & Counter(have)
    matched = sum(common.values())
    return 2 * matched / (len(want) + len(have)) if matched else 0.0
