"""B-cubed and pairwise figures of a clustering against labels (Bagga & Baldwin 1998), singletons included."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
