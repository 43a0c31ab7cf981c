"""A forest of oblivious regression trees, read from a small JSON file. No library is needed to run it.

In an oblivious tree all nodes of one depth ask the same question, so a row's leaf is the number whose bits are the
answers, and a whole forest is a handful of array operations. The form of Prokhorenkova et al., "CatBoost: unbiased
boosting with categorical features", 2018.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows that are looked at together: bounds the memory that a very long article takes.
_ROWS = 32
_STEP = 8
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees over rows of numbers whose columns are `features`.

    `asked` holds which feature each question is about and `borders` above which the answer is yes. `questions` are the
    numbers of the trees' questions, of which many ask the same: the first of all trees, then their second ones, and so
    on to the `depth`. `leaves` holds what is added, tree by tree; `starts` where each tree's leaves begin.
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
        """The sum of the leaves that each row falls into, and the bias.

        Numbers are compared in single precision, as they were when the forest was made.
        """
        if len(rows) > _ROWS:
            return np.concatenate([self.predict(rows[i : i + _ROWS]) for i in range(0, len(rows), _ROWS)])
        # One line of memory an array's row: questions and trees go down, sentences go across. Widths are a few, so that
        # what each is compared with can be laid out beforehand.
        width = -(-len(rows) // _STEP) * _STEP
        borders, starts = self._repeated.get(width) or self._repeat(width)
        numbers = np.zeros((len(self.features), width), dtype=np.float32)
        numbers[:, : len(rows)] = rows.T
        # All indices are within bounds (`parse_forest` sees to it): to clip them is cheaper than to check them again.
        answers = (numbers.take(self.asked, axis=0, mode="clip") > borders).view(np.uint8)
        answers = answers.take(self.questions, axis=0, mode="clip").reshape(self.depth, len(self.starts), width)
        leaf = np.add.reduce(answers * _BITS[: self.depth], axis=0, dtype=np.uint8)
        found = self.leaves.take(leaf + starts, mode="clip")
        # `einsum` adds up in the same order as `sum` does, in half of its time.
        total: NDArray[np.float64] = np.einsum("ij->j", found) + self.bias
        return total[: len(rows)]

    def _repeat(self, width: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        found = (self.borders[:, None].repeat(width, axis=1), self.starts[:, None].repeat(width, axis=1))
        self._repeated[width] = found
        return found


# What an answer of each depth adds to a leaf's number.
_BITS = (1 << np.arange(_DEEPEST, dtype=np.uint8))[:, None, None]


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
    """The forest that ships with the package."""
    return parse_forest(files("summaries.summarizer").joinpath("model", "ranker.json").read_text(encoding="utf-8"))
