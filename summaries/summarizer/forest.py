"""Gradient-boosted regression trees, read from JSON and evaluated without any library.

The file is written by benchmarks/train_ranker.py: `{"features": [name, …], "trees": [node, …]}`. A node is a leaf's
value or `[feature, threshold, node, node]`; the first branch is taken when the feature is at most the threshold. The
forest's answer is the sum of its trees' leaves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# A leaf, or (feature, threshold, node where it is at most that, node where it is more).
Node = float | tuple[int, float, "Node", "Node"]


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees over rows of numbers whose order is `features`."""

    features: tuple[str, ...]
    trees: tuple[Node, ...]

    def predict(self, row: Sequence[float]) -> float:
        total = 0.0
        for tree in self.trees:
            node = tree
            while type(node) is tuple:
                node = node[2] if row[node[0]] <= node[1] else node[3]
            total += node  # type: ignore[operator]  # what is no tuple is a leaf
        return total


def parse_forest(text: str) -> Forest:
    """Read what the training script wrote."""
    raw = json.loads(text)
    return Forest(tuple(raw["features"]), tuple(_node(tree) for tree in raw["trees"]))


@cache
def load_forest() -> Forest:
    """The forest that ships with the package."""
    return parse_forest(files("summaries.summarizer").joinpath("model", "ranker.json").read_text(encoding="utf-8"))


def _node(raw: Any) -> Node:
    if isinstance(raw, list):
        feature, threshold, low, high = raw
        return int(feature), float(threshold), _node(low), _node(high)
    return float(raw)
