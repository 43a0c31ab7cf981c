"""The pairs that the story model learns from, its fit, and cross-validation by story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from summaries.stories.index import group_by_score
from summaries.stories.pair_model import LIMIT, NAMES, Density, Scorer, compare_with_surroundings
from summaries.stories.term_weights import load_background
from summaries.stories.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from summaries.stories.signature import Signature

JOIN_AT = 0.0
"""The log-odds from which groups are joined: even odds, on a plateau of the cross-validated scores (-0.2 to 0.6)."""
RIDGE = 10.0
FOLDS = 5
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs of one set of days: ids, one row of numbers each, and whether the two are one story."""

    ids: list[tuple[str, str]]
    numbers: NDArray[np.float64]
    same: NDArray[np.float64]
    judged: NDArray[np.bool_]


def collect(signatures: Sequence[Signature], stories: Mapping[str, str], unsure: frozenset[str]) -> Pairs:
    """All pairs that the index would look at, among articles of the same days."""
    window = Window(load_background(), Scorer(0.0, (0.0,) * len(NAMES), 0.0))
    window.insert(signatures)
    for article_id in window:
        window.neighbours(article_id)
    crowds = {i: Density.measure([n.cosine for n in window.neighbours(i).values()]) for i in window}
    ids = sorted((a, b) for a in window for b in window.neighbours(a) if a < b)
    rows = []
    for a, b in ids:
        likeness = window.neighbours(a)[b]
        rows.append([*likeness.numbers, *compare_with_surroundings(likeness, crowds[a], crowds[b])])
    same = [float(stories[a] == stories[b]) for a, b in ids]
    judged = [a not in unsure and b not in unsure for a, b in ids]
    return Pairs(ids, np.array(rows), np.array(same), np.array(judged))


def fit(numbers: NDArray[np.float64], same: NDArray[np.float64]) -> Scorer:
    """Logistic regression by Newton's method, ridge on standardised numbers; deterministic."""
    mean, spread = numbers.mean(0), numbers.std(0) + 1e-9
    x = np.c_[(numbers - mean) / spread, np.ones(len(numbers))]
    ridge = np.eye(x.shape[1]) * RIDGE
    ridge[-1, -1] = 1e-6
    w = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (same - p) - ridge @ w
        w += np.linalg.solve((x * (p * (1 - p) + 1e-9)[:, None]).T @ x + ridge, slope)
    plain = w[:-1] / spread
    return Scorer(float(w[-1] - plain @ mean), tuple(float(v) for v in plain), JOIN_AT)


def score(scorer: Scorer, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(scorer.bias + numbers @ np.array(scorer.weights), -LIMIT, LIMIT)


def together(parts: Sequence[Pairs]) -> Pairs:
    """The pairs of several sets of days as one."""
    return Pairs(
        [pair for part in parts for pair in part.ids],
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.same for part in parts]),
        np.concatenate([part.judged for part in parts]),
    )


def cross_validated(
    parts: Sequence[Pairs], stories: Mapping[str, str], *, draw: int = 0, unseen: frozenset[str] = frozenset()
) -> list[dict[tuple[str, str], float]]:
    """For each part, each pair's log-odds by a model that saw no pair of any article in either one's fold of stories.

    Stories are dealt to folds anew for each `draw`; pairs with an article of `unseen` are never learnt from.
    """
    pairs = together(parts)
    folds = np.array([sorted(crc32(f"{stories[i]}/{draw}".encode()) % FOLDS for i in pair) for pair in pairs.ids])
    judged = pairs.judged & np.array([unseen.isdisjoint(pair) for pair in pairs.ids])
    out = np.zeros(len(pairs.ids))
    for low in range(FOLDS):
        for high in range(low, FOLDS):
            held = (folds[:, 0] == low) & (folds[:, 1] == high)
            clear = judged & ~np.isin(folds, [low, high]).any(1)
            if held.any():
                out[held] = score(fit(pairs.numbers[clear], pairs.same[clear]), pairs.numbers[held])
    ends = np.cumsum([len(part.ids) for part in parts])
    return [
        dict(zip(part.ids, map(float, out[end - len(part.ids) : end]), strict=True))
        for part, end in zip(parts, ends, strict=True)
    ]


def grouped(ids: Sequence[str], log_odds: Mapping[tuple[str, str], float], join_at: float = JOIN_AT) -> dict[str, str]:
    """Stories by the given pairs: article to the first article of its group."""

    def of(a: str, b: str) -> float:
        return log_odds.get((min(a, b), max(a, b)), -LIMIT)

    return {i: articles[0] for articles in group_by_score(sorted(ids), of, join_at) for i in articles}
