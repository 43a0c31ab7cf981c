"""Fits the topic model: multinomial logistic regression over stems, by gradients with momentum; deterministic."""

from __future__ import annotations

from collections import Counter
from math import log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from summaries.topic_model import TopicModel, extract_features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.topics.labels import Example

    Matrix = NDArray[np.float32]

MIN_ARTICLES = 4
RIDGE = 0.15
BALANCE = 0.5
"""How far rare topics are weighed up: 0 not at all, 1 until all count the same."""
STEPS = 150
LEAST_WEIGHT = 0.3
"""Smaller weights are left out of the model."""
_BIAS_INPUT, _RARITY_SCALE = 0.3, 4.0


def fit(examples: Sequence[Example]) -> TopicModel:
    features = [extract_features(example.title, example.text) for example in examples]
    topics = sorted({example.topic for example in examples})
    counts = Counter(stem for one in features for stem in one)
    stems = sorted(stem for stem, n in counts.items() if n >= MIN_ARTICLES)
    # A rare stem moves faster in few steps, and is held back less: as if it were weighed by its idf.
    idf = {stem: log(len(features) / counts[stem]) / _RARITY_SCALE for stem in stems}
    weights = descend(
        to_matrix(features, stems, idf), np.array([topics.index(example.topic) for example in examples]), len(topics)
    )
    by_stem = {
        stem: tuple(
            (topic, float(weight) * idf[stem])
            for topic, weight in enumerate(weights[row])
            if abs(weight) * idf[stem] >= LEAST_WEIGHT
        )
        for row, stem in enumerate(stems)
    }
    biases = tuple(float(weight) * _BIAS_INPUT for weight in weights[-1])
    return TopicModel(tuple(topics), biases, {stem: pairs for stem, pairs in by_stem.items() if pairs})


def sharpened(model: TopicModel, factor: float) -> TopicModel:
    """The model with all its scores multiplied: the same order of topics, surer of the first."""
    weights = {
        stem: tuple((topic, weight * factor) for topic, weight in pairs) for stem, pairs in model.weights.items()
    }
    return TopicModel(model.topics, tuple(bias * factor for bias in model.biases), weights)


def to_matrix(features: Sequence[Mapping[str, float]], stems: Sequence[str], idf: Mapping[str, float]) -> Matrix:
    """One row an article, one column a stem and a last one for the bias."""
    columns = {stem: column for column, stem in enumerate(stems)}
    matrix = np.zeros((len(features), len(stems) + 1), np.float32)
    for row, one in enumerate(features):
        for stem, value in one.items():
            if stem in columns:
                matrix[row, columns[stem]] = value * idf[stem]
    matrix[:, -1] = _BIAS_INPUT
    return matrix


def descend(inputs: Matrix, labels: NDArray[np.int64], topics: int) -> Matrix:
    """Nesterov's accelerated gradient from zero; stopping early is part of the regularisation."""
    wanted = np.eye(topics, dtype=np.float32)[labels]
    shares = wanted.sum(0) / len(labels)
    importance = (1 / (topics * shares)) ** BALANCE
    by_row = (importance[labels] / importance[labels].mean()).astype(np.float32)
    step = 1 / (0.55 * _curvature(inputs, by_row) + RIDGE / len(labels))
    weights = np.zeros((inputs.shape[1], topics), np.float32)
    ahead, pace = weights.copy(), 1.0
    for _ in range(STEPS):
        scores = inputs @ ahead
        odds = np.exp(scores - scores.max(1, keepdims=True))
        missed = (odds / odds.sum(1, keepdims=True) - wanted) * by_row[:, None]
        slope = (inputs.T @ missed + RIDGE * ahead) / len(labels)
        before, weights = weights, ahead - np.float32(step) * slope
        next_pace = (1 + sqrt(1 + 4 * pace * pace)) / 2
        ahead = weights + np.float32((pace - 1) / next_pace) * (weights - before)
        pace = next_pace
    return weights


def _curvature(inputs: Matrix, by_row: NDArray[np.float32]) -> float:
    """The largest eigenvalue of the weighted second moments, by power iteration."""
    vector = np.ones(inputs.shape[1], np.float32)
    largest = 1.0
    for _ in range(20):
        vector = inputs.T @ (inputs @ vector * by_row) / len(inputs)
        largest = float(np.linalg.norm(vector))
        vector /= largest
    return largest
