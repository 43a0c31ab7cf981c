"""A forest of oblivious regression trees, read from a small JSON file. No library is needed to run it.

In an oblivious tree all nodes of one depth ask the same question, so a row's leaf is the number whose bits are the
answers, and a whole forest is a handful of array operations. The form of Prokhorenkova et al., "CatBoost: unbiased
boosting with categorical features", 2018.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows that are looked at together: bounds the memory that a very long article takes.
_ROWS = 512
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees over rows of numbers whose columns are `features`.

    `asked` holds which feature each question is about and `borders` above which the answer is yes: eight for each tree,
    so that the answers make a byte, the first its lowest bit. Those that no tree asks have an infinite border. `leaves`
    holds what is added, tree by tree; `starts` where each tree's leaves begin.
    """

    features: tuple[str, ...]
    asked: NDArray[np.intp]
    borders: NDArray[np.float64]
    leaves: NDArray[np.float64]
    starts: NDArray[np.intp]
    bias: float

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of the leaves that each row falls into, and the bias."""
        if len(rows) > _ROWS:
            return np.concatenate([self.predict(rows[i : i + _ROWS]) for i in range(0, len(rows), _ROWS)])
        # All indices are within bounds (`parse_forest` sees to it): to clip them is cheaper than to check them again.
        asked = rows.take(self.asked, axis=1, mode="clip")
        leaf = np.packbits(asked > self.borders, axis=1, bitorder="little")
        total: NDArray[np.float64] = self.leaves.take(leaf + self.starts, mode="clip").sum(axis=1) + self.bias
        return total


def parse_forest(text: str) -> Forest:
    """Read what the training script wrote: `{"features", "bias", "trees"}`.

    A tree is `{"splits": [[feature, border], …], "leaves": […]}`; all trees have the same number of splits.

    Raises:
        ValueError: it is something else.
    """
    raw: dict[str, Any] = json.loads(text)
    features = tuple(str(name) for name in raw["features"])
    trees = raw["trees"]
    depth = len(trees[0]["splits"]) if trees else 1
    if depth > _DEEPEST:
        raise ValueError(f"trees of depth {depth} are too deep")
    for tree in trees:
        if len(tree["splits"]) != depth or len(tree["leaves"]) != 1 << depth:
            raise ValueError("the trees differ in depth")
    splits = np.array([tree["splits"] for tree in trees], dtype=float).reshape(len(trees), depth, 2)
    asked = np.zeros((len(trees), _DEEPEST), dtype=np.intp)
    asked[:, :depth] = splits[:, :, 0]
    if trees and not (asked.min() >= 0 and asked.max() < len(features)):
        raise ValueError(f"a tree asks for a feature that is none of {len(features)}")
    borders = np.full((len(trees), _DEEPEST), np.inf)
    borders[:, :depth] = splits[:, :, 1]
    leaves = np.array([tree["leaves"] for tree in trees], dtype=float)
    starts = np.arange(len(trees)) << depth
    return Forest(features, asked.ravel(), borders.ravel(), leaves.ravel(), starts, float(raw["bias"]))


@cache
def load_forest() -> Forest:
    """The forest that ships with the package."""
    return parse_forest(files("summaries.summarizer").joinpath("model", "ranker.json").read_text(encoding="utf-8"))
