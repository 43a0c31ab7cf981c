"""Guess an article's topic from its words, if neither its feed nor its page names one.

A linear model over stems; data/README.md describes its training, accuracy and failures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, sqrt

from summaries.text.words import stem_all

TITLE_WEIGHT = 2.0
MAX_WORDS = 250
"""The number of words read: news states its subject at the start."""
MIN_PROBABILITY = 0.5
"""The minimum probability for an answer."""
# Sections that outlets print under home news. If the sum of their probabilities is high but none prevails, the topic is
# `_HOME_TOPIC`.
HOME_TOPICS = frozenset(("nasional", "politik", "hukum", "daerah"))
_HOME_TOPIC = "nasional"
_SURE_OF_HOME = 0.8
_MIN_STEMS = 5

_WORD = re.compile(r"[^\W\d_]{3,40}")
_MAX_CHARS = MAX_WORDS * 10


@dataclass(frozen=True, slots=True)
class TopicModel:
    """A bias per topic, and per stem its weights by topic number."""

    topics: tuple[str, ...]
    biases: tuple[float, ...]
    weights: Mapping[str, tuple[tuple[int, float], ...]]

    def probabilities(self, features: Mapping[str, float]) -> list[float]:
        """Return the probability of each topic; they add up to 1."""
        scores = [0.0] * len(self.topics)
        for stem, value in features.items():
            for topic, weight in self.weights.get(stem, ()):
                scores[topic] += weight * value
        scores = [score + bias for score, bias in zip(scores, self.biases, strict=True)]
        highest = max(scores)
        odds = [exp(score - highest) for score in scores]
        total = sum(odds)
        return [one / total for one in odds]

    def choose(self, probabilities: Iterable[float], *, sure: float = MIN_PROBABILITY) -> str | None:
        """Return the likeliest topic, or None if it is not likely enough."""
        by_topic = dict(zip(self.topics, probabilities, strict=True))
        best = max(by_topic, key=by_topic.__getitem__)
        if by_topic[best] >= sure:
            return best
        is_home = sum(by_topic.get(topic, 0.0) for topic in HOME_TOPICS) >= max(sure, _SURE_OF_HOME)
        return _HOME_TOPIC if is_home else None


def guess_topic(title: str, text: str) -> str | None:
    """Return the key of the article's topic (see `topics`), or None if its words are not conclusive."""
    model, features = load_model(), extract_features(title, text)
    if sum(stem in model.weights for stem in features) < _MIN_STEMS:
        return None
    return model.choose(model.probabilities(features))


def extract_features(title: str, text: str) -> dict[str, float]:
    """Return the stems of the headline and the start of the text, each once, as a vector of length 1."""
    found = dict.fromkeys(stem_all(_WORD.findall(text[:_MAX_CHARS].lower())[:MAX_WORDS]), 1.0)
    found.update(dict.fromkeys(stem_all(_WORD.findall(title[:_MAX_CHARS].lower())), TITLE_WEIGHT))
    length = sqrt(sum(value * value for value in found.values()))
    return {stem: value / length for stem, value in found.items()}


@cache
def load_model() -> TopicModel:
    """Load the model that ships with the project."""
    return parse_model(files("summaries.topic_model").joinpath("data", "weights.txt").read_text(encoding="utf-8"))


def parse_model(text: str) -> TopicModel:
    """Parse a model: a line of topics, a line of biases, then per stem a line of topic numbers and weights.

    Biases and weights are integers in tenths. Lines that start with # are comments.
    """
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    topics, biases, *stems = lines
    weights = {
        stem: tuple((int(topic), int(weight) / 10) for topic, weight in zip(pairs[::2], pairs[1::2], strict=True))
        for stem, *pairs in stems
    }
    return TopicModel(tuple(topics), tuple(int(bias) / 10 for bias in biases), weights)
