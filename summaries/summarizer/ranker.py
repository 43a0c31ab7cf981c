"""Rank sentences by how much of each an editor's summary would keep.

A gradient-boosted forest trained on editors' summaries; model/README.md is its model card. A rank is a share between
about 0 and 1, so that the sum of share times words estimates the relevant words of a summary.

The forest is loaded from a small JSON file and needs no library. Its trees are oblivious: all nodes of one depth test
the same condition, so a row's leaf index is made of its answers as bits, and a whole forest takes a few array
operations. See Prokhorenkova et al., "CatBoost: unbiased boosting with categorical features", 2018.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summaries.summarizer.document import Document
from summaries.summarizer.features import NAMES, OUTLETS, extract_features

# The model learned the layout of ten outlets. For any other it is less certain, so similarity to the whole article
# weighs more; `selection` does the same for the headline.
_CENTRALITY_WEIGHT = 0.2
_CENTRALITY_COLUMN = NAMES.index("centroid")
_OUTLETS_AT = len(NAMES) - len(OUTLETS)
# Rows evaluated together; bounds the memory for a very long article.
_MAX_ROWS = 32
_WIDTH_STEP = 8
_MAX_DEPTH = 8
# The value of an answer at each depth in a leaf's index.
_BITS = (1 << np.arange(_MAX_DEPTH, dtype=np.uint8))[:, None, None]


def rank(document: Document) -> list[float]:
    """Return the expected share of every sentence, in order; higher is better."""
    found: list[float] = predict_shares(load_forest(), extract_features(document)).tolist()
    return found


def predict_shares(forest: Forest, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected shares of an article's sentences, given their features."""
    found = forest.predict(rows)
    if not len(rows) or rows[0, _OUTLETS_AT:].any():
        return found
    common = _CENTRALITY_WEIGHT * rows[:, _CENTRALITY_COLUMN]
    adjusted: NDArray[np.float64] = found + (common - common.sum() / len(rows))
    return adjusted


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees over rows of numbers whose columns are `features`.

    `asked` holds the feature of each distinct condition and `borders` its threshold. `questions` are the condition
    numbers of the trees: the first condition of all trees, then the second, and so on to `depth`. `leaves` holds the
    leaf values tree by tree; `starts` the offset of each tree's leaves.
    """

    features: tuple[str, ...]
    depth: int
    asked: NDArray[np.intp]
    borders: NDArray[np.float32]
    questions: NDArray[np.intp]
    leaves: NDArray[np.float64]
    starts: NDArray[np.intp]
    bias: float
    _repeated: dict[int, tuple[NDArray[np.float32], NDArray[np.intp]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of each row's leaf values and the bias.

        Numbers are compared in single precision, as in training.
        """
        if len(rows) > _MAX_ROWS:
            return np.concatenate([self.predict(rows[i : i + _MAX_ROWS]) for i in range(0, len(rows), _MAX_ROWS)])
        # Conditions and trees run down, sentences across, so that an array row is contiguous. Widths are rounded up to
        # a few sizes, so that the thresholds can be laid out in advance.
        width = -(-len(rows) // _WIDTH_STEP) * _WIDTH_STEP
        borders, starts = self._repeated.get(width) or self._repeat(width)
        numbers = np.zeros((len(self.features), width), dtype=np.float32)
        numbers[:, : len(rows)] = rows.T
        # `parse_forest` checked all indices: clipping is cheaper than checking them again.
        answers = (numbers.take(self.asked, axis=0, mode="clip") > borders).view(np.uint8)
        answers = answers.take(self.questions, axis=0, mode="clip").reshape(self.depth, len(self.starts), width)
        leaf = np.add.reduce(answers * _BITS[: self.depth], axis=0, dtype=np.uint8)
        found = self.leaves.take(leaf + starts, mode="clip")
        # `einsum` adds in the same order as `sum`, in half of the time.
        total: NDArray[np.float64] = np.einsum("ij->j", found) + self.bias
        return total[: len(rows)]

    def _repeat(self, width: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        found = (self.borders[:, None].repeat(width, axis=1), self.starts[:, None].repeat(width, axis=1))
        self._repeated[width] = found
        return found


def parse_forest(text: str) -> Forest:
    """Parse the output of the training script: `{"features", "bias", "trees"}`.

    A tree is `{"splits": [[feature, border], …], "leaves": […]}`; all trees have the same number of splits.

    Raises:
        ValueError: the text has another format.
    """
    raw: dict[str, Any] = json.loads(text)
    features = tuple(str(name) for name in raw["features"])
    trees = raw["trees"]
    depth = len(trees[0]["splits"]) if trees else 1
    if depth > _MAX_DEPTH:
        raise ValueError(f"trees of depth {depth} are too deep")
    for tree in trees:
        if len(tree["splits"]) != depth or len(tree["leaves"]) != 1 << depth:
            raise ValueError("the trees differ in depth")
    splits = np.array([tree["splits"] for tree in trees], dtype=float).reshape(len(trees), depth, 2)
    pairs, questions = np.unique(splits.transpose(1, 0, 2).reshape(-1, 2), axis=0, return_inverse=True)
    asked = pairs[:, 0].astype(np.intp)
    if trees and not (asked.min() >= 0 and asked.max() < len(features)):
        raise ValueError(f"a tree asks for a feature that is none of {len(features)}")
    borders = pairs[:, 1].astype(np.float32)
    leaves = np.array([tree["leaves"] for tree in trees], dtype=float)
    starts = np.arange(len(trees)) << depth
    return Forest(features, depth, asked, borders, questions.ravel(), leaves.ravel(), starts, float(raw["bias"]))


@cache
def load_forest() -> Forest:
    """Load the forest that ships with the package.

    Raises:
        RuntimeError: it was trained on features other than `NAMES`.
    """
    text = files("summaries.summarizer").joinpath("model", "ranker.json").read_text(encoding="utf-8")
    forest = parse_forest(text)
    if forest.features != NAMES:
        raise RuntimeError("the model was trained on other features; run benchmarks/train_ranker.py")
    return forest
