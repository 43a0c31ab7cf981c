"""Rank sentences by how much of each an editor's summary would keep.

A gradient-boosted forest trained on editors' summaries; model/README.md is its model card. A rank is a share between
about 0 and 1, so that the sum of share times words estimates the relevant words of a summary.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from summaries.summarizer.document import Document
from summaries.summarizer.features import NAMES, OUTLETS, extract_features
from summaries.summarizer.tree_ensemble import Forest, load_forest

# The model learned the layout of ten outlets. For any other it is less certain, so similarity to the whole article
# weighs more; `selection` does the same for the headline.
_CENTRALITY_WEIGHT = 0.2
_CENTRALITY_COLUMN = NAMES.index("centroid")
_OUTLETS_AT = len(NAMES) - len(OUTLETS)


def rank(document: Document) -> list[float]:
    """Return the expected share of every sentence, in order; higher is better."""
    found: list[float] = predict_shares(_load_checked_forest(), extract_features(document)).tolist()
    return found


@cache
def _load_checked_forest() -> Forest:
    forest = load_forest()
    if forest.features != NAMES:
        raise RuntimeError("the model was trained on other features; run benchmarks/train_ranker.py")
    return forest


def predict_shares(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected shares of an article's sentences, given their features."""
    found = forest.predict(rows)
    if not len(rows) or rows[0, _OUTLETS_AT:].any():
        return found
    common = _CENTRALITY_WEIGHT * rows[:, _CENTRALITY_COLUMN]
    adjusted: NDArray[np.float64] = found + (common - common.sum() / len(rows))
    return adjusted
