"""What the summaries would be worth on the corpus's published part: 1,000 other articles, on which the lead is better.

Our articles are weighted so that the lead scores as it does there: of all weightings that do, the one nearest to equal
weights (exponential tilting; Csiszár, "I-divergence geometry of probability distributions", 1975).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.rouge_text import rouge
from summaries.model import MEDIUM
from summaries.summarizer.document import make_document
from summaries.summarizer.selection import take_top_ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.quality import Case
    from summaries.summarizer.document import Sentence

    Numbers = NDArray[np.float64]

# R1 of the lead to 60 words with the corpus's own sentences, datelines left in, as published with the corpus's part.
LEAD_R1 = 69.55
ARTICLES = 1_000


@dataclass(frozen=True, slots=True)
class Expected:
    """A mean as measured, as weighted, and the standard error of one over as many articles as were published."""

    name: str
    measured: float
    weighted: float
    error: float


def expected(
    cases: Sequence[Case],
    words: Callable[[Case], Sequence[Sentence]],
    three: Callable[[Case], Sequence[Sentence]],
) -> list[Expected]:
    """The lead and ours, at about 60 words and with three sentences."""
    rows = []
    for case in cases:
        of_lead, of_words, of_three = (
            rouge(case.summary, "\n".join(sentences))
            for sentences in (
                lead(case.sentences),
                [sentence.text for sentence in words(case)],
                [sentence.text for sentence in three(case)],
            )
        )
        rows.append((of_lead[0], of_words[0], of_words[1], of_three[0]))
    scores = 100 * np.array(rows)
    weights = tilted(scores[:, 0], LEAD_R1)
    names = ("the lead to 60 words, R1", "ringkas, about 60 words, R1", "… R2", "ringkas, 3 sentences, R1")
    return [
        Expected(name, float(column.mean()), float(weights @ column), float(column.std() / ARTICLES**0.5))
        for name, column in zip(names, scores.T, strict=True)
    ]


def lead(sentences: Sequence[str]) -> list[str]:
    """The first of them, as near to 60 words as whole sentences come."""
    split = make_document(sentences, "", "id").sentences
    return [sentence.text for sentence in take_top_ranked(split, [-sentence.position for sentence in split], MEDIUM)]


def tilted(values: Numbers, target: float) -> Numbers:
    """Weights, 1 in all, with which the values' mean is the target, as near to equal ones as can be.

    Raises:
        ValueError: the target is not between the values.
    """
    if not values.min() < target < values.max():
        raise ValueError(f"no weights make {target} of these values")
    centred = values - values.mean()
    low, high = -1.0, 1.0
    while True:
        middle = (low + high) / 2
        weights: Numbers = np.exp(middle * centred - (middle * centred).max())
        weights /= weights.sum()
        if abs(weights @ values - target) < 1e-9 or high - low < 1e-15:
            return weights
        if weights @ values < target:
            low = middle
        else:
            high = middle
