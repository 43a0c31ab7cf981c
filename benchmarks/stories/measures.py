"""B-cubed and pairwise figures of a clustering against labels (Bagga & Baldwin 1998), singletons included."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision and recall by article (B-cubed) and by pair."""

    bcubed_precision: float
    bcubed_recall: float
    pair_precision: float
    pair_recall: float

    @property
    def bcubed_f1(self) -> float:
        return _f1(self.bcubed_precision, self.bcubed_recall)

    @property
    def pair_f1(self) -> float:
        return _f1(self.pair_precision, self.pair_recall)

    def __str__(self) -> str:
        return (
            f"B-cubed F1 {self.bcubed_f1:.3f}, pairs F1 {self.pair_f1:.3f} "
            f"(precision {self.pair_precision:.2f}, recall {self.pair_recall:.2f})"
        )


def measure(gold: Mapping[str, str], found: Mapping[str, str]) -> Figures:
    """Only articles in `gold` count."""
    both = Counter((gold[i], found[i]) for i in gold)
    told, said = Counter(gold.values()), Counter(found[i] for i in gold)
    right = sum(map(_pairs, both.values()))
    return Figures(
        sum(n * n / said[group] for (_, group), n in both.items()) / len(gold),
        sum(n * n / told[story] for (story, _), n in both.items()) / len(gold),
        right / max(1, sum(map(_pairs, said.values()))),
        right / max(1, sum(map(_pairs, told.values()))),
    )


def resampled(gold: Mapping[str, str], found: Mapping[str, str], rng: Random, times: int) -> list[Figures]:
    """Figures on as many stories, drawn with repetition (bootstrap); a story that is drawn twice counts twice.

    A pair that is wrongly put together counts half with either's story.
    """
    both = Counter((gold[i], found[i]) for i in gold)
    told, said = Counter(gold.values()), Counter(found[i] for i in gold)
    # By story: articles, sums of precision and recall over them, pairs right, put together, and true.
    rows = {story: [0.0] * 6 for story in told}
    for (story, group), n in both.items():
        for k, value in enumerate((n, n * n / said[group], n * n / told[story], _pairs(n), n * (said[group] - 1) / 2)):
            rows[story][k] += value
    for story, n in told.items():
        rows[story][5] = _pairs(n)
    figures = []
    for _ in range(times):
        n, precision, recall, right, together, true = map(
            sum, zip(*rng.choices(list(rows.values()), k=len(rows)), strict=True)
        )
        figures.append(Figures(precision / n, recall / n, right / max(1, together), right / max(1, true)))
    return figures


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
