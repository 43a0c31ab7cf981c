"""The constants of the choice, picked for each fold on the other folds."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from benchmarks.rouge_text import rouge_1_2
from summaries.summarizer.selection import SelectionWeights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.quality import Case

TASTES = [
    SelectionWeights(aim, penalty, short)
    for aim in (0.95, 1.0, 1.05)
    for penalty in (0.2, 0.4, 0.8)
    for short in (12, 15)
]
# What "about 60 words" means: the mean length of a taste's summaries.
MEAN_WORDS = (55, 65)


def picked_tastes(
    cases: Sequence[Case], picker: Callable[[SelectionWeights], Callable[[Case], Any]]
) -> dict[int, SelectionWeights]:
    """For each fold the taste that is best on the others by the mean of ROUGE-1 and ROUGE-2, at about the length."""
    scores = {taste: _by_fold(cases, picker(taste)) for taste in TASTES}

    def worth(taste: SelectionWeights, fold: int) -> float:
        others = [row for k, rows in scores[taste].items() if k != fold for row in rows]
        fits = MEAN_WORDS[0] <= fmean(words for _, words in others) <= MEAN_WORDS[1]
        return fmean(score for score, _ in others) if fits else -1.0

    folds = sorted({case.fold for case in cases})
    return {fold: max(TASTES, key=lambda taste, fold=fold: worth(taste, fold)) for fold in folds}


def _by_fold(cases: Sequence[Case], pick: Callable[[Case], Any]) -> dict[int, list[tuple[float, int]]]:
    """Each article's score and words, by fold."""
    rows: dict[int, list[tuple[float, int]]] = {}
    for case in cases:
        chosen = pick(case)
        r1, r2 = rouge_1_2(case.summary, "\n".join(s.text for s in chosen))
        rows.setdefault(case.fold, []).append(((r1 + r2) / 2, sum(s.size for s in chosen)))
    return rows
