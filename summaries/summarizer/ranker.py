"""How much each sentence says of its article: what share of it an editor's summary would keep.

A gradient-boosted forest learned from editors' summaries; model/README.md is its card. The answer is a share between
about 0 and 1, so that sums of share times words estimate how much of a summary of those sentences is to the point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.summarizer.features import NAMES, features
from summaries.summarizer.forest import load_forest

if TYPE_CHECKING:
    from summaries.summarizer.document import Document


def rank(document: Document) -> list[float]:
    """The expected share of every sentence, in order; higher is better."""
    forest = load_forest()
    if forest.features != NAMES:
        raise RuntimeError("the model was trained on other features; run benchmarks/train_ranker.py")
    shares: list[float] = forest.predict(features(document)).tolist()
    return shares
