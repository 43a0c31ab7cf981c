"""How much each sentence says of its article: what share of it an editor's summary would keep.

A gradient-boosted forest learned from editors' summaries; model/README.md is its card. The answer is a share between
about 0 and 1, so that sums of share times words estimate how much of a summary of those sentences is to the point.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from summaries.summarizer.features import NAMES, OUTLETS, features
from summaries.summarizer.tree_ensemble import load_forest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from summaries.summarizer.document import Document
    from summaries.summarizer.tree_ensemble import Forest

# Where an outlet puts what matters is learned from ten of them. Of any other less is sure, so what holds everywhere
# counts more: to take up the title, and to say what the rest of the article is about.
_OF_TITLE = 0.2
_OF_CENTRE = 0.2
_TITLE = NAMES.index("title_weight")
_CENTRE = NAMES.index("centroid")
_OUTLETS_AT = len(NAMES) - len(OUTLETS)


def rank(document: Document) -> list[float]:
    """The expected share of every sentence, in order; higher is better."""
    found: list[float] = shares(_forest(), features(document)).tolist()
    return found


@cache
def _forest() -> Forest:
    forest = load_forest()
    if forest.features != NAMES:
        raise RuntimeError("the model was trained on other features; run benchmarks/train_ranker.py")
    return forest


def shares(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The expected shares of an article's sentences, given their features."""
    found = forest.predict(rows)
    if not len(rows) or rows[0, _OUTLETS_AT:].any():
        return found
    common = _OF_TITLE * rows[:, _TITLE] + _OF_CENTRE * rows[:, _CENTRE]
    leaning: NDArray[np.float64] = found + (common - common.sum() / len(rows))
    return leaning
