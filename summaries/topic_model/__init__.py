"""An article's topic by its words, for when neither its feed nor its page names one (pure).

A linear model over stems; what it is made of, how well it does and where it fails stands in data/README.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, sqrt
from typing import TYPE_CHECKING

from summaries.text.stems import stem_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TITLE_WEIGHT = 2.0
MAX_WORDS = 250
"""What is read of a text: news says what it is about at its beginning."""
SURE = 0.5
"""An answer is given from this probability on."""
# What outlets print among their home news: where it is surely one of these and nobody can say which, it is that.
HOME = frozenset(("nasional", "politik", "hukum", "daerah"))
_HOME_TOPIC = "nasional"
_SURE_OF_HOME = 0.8
_FEWEST_STEMS = 5

_WORD = re.compile(r"[^\W\d_]{3,40}")
_MAX_CHARS = MAX_WORDS * 10


@dataclass(frozen=True, slots=True)
class TopicModel:
    """For each topic a bias, for each stem its weights by the topic's number."""

    topics: tuple[str, ...]
    biases: tuple[float, ...]
    weights: Mapping[str, tuple[tuple[int, float], ...]]

    def probabilities(self, features: Mapping[str, float]) -> list[float]:
        """By topic; they add up to 1."""
        scores = [0.0] * len(self.topics)
        for stem, value in features.items():
            for topic, weight in self.weights.get(stem, ()):
                scores[topic] += weight * value
        scores = [score + bias for score, bias in zip(scores, self.biases, strict=True)]
        highest = max(scores)
        odds = [exp(score - highest) for score in scores]
        total = sum(odds)
        return [one / total for one in odds]

    def choose(self, probabilities: Iterable[float], *, sure: float = SURE) -> str | None:
        """The likeliest topic, or None when it is not likely enough."""
        by_topic = dict(zip(self.topics, probabilities, strict=True))
        best = max(by_topic, key=by_topic.__getitem__)
        if by_topic[best] >= sure:
            return best
        is_home = sum(by_topic.get(topic, 0.0) for topic in HOME) >= max(sure, _SURE_OF_HOME)
        return _HOME_TOPIC if is_home else None


def guess_topic(title: str, text: str) -> str | None:
    """The key of the article's topic (see `topics`), or None when the words do not tell."""
    model, features = default_model(), features_of(title, text)
    if sum(stem in model.weights for stem in features) < _FEWEST_STEMS:
        return None
    return model.choose(model.probabilities(features))


def features_of(title: str, text: str) -> dict[str, float]:
    """The stems of the headline and the text's beginning, each once, as a vector of length 1."""
    found = dict.fromkeys(stem_all(_WORD.findall(text[:_MAX_CHARS].lower())[:MAX_WORDS]), 1.0)
    found.update(dict.fromkeys(stem_all(_WORD.findall(title[:_MAX_CHARS].lower())), TITLE_WEIGHT))
    length = sqrt(sum(value * value for value in found.values()))
    return {stem: value / length for stem, value in found.items()}


@cache
def default_model() -> TopicModel:
    """The model that ships with the project."""
    return read_model(files("summaries.topic_model").joinpath("data", "weights.txt").read_text(encoding="utf-8"))


def read_model(text: str) -> TopicModel:
    """The model in a text: topics; biases; then a line for each stem, with pairs of a topic's number and a weight.

    Biases and weights are whole tenths. Lines that begin with # are remarks.
    """
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    topics, biases, *stems = lines
    weights = {
        stem: tuple((int(topic), int(weight) / 10) for topic, weight in zip(pairs[::2], pairs[1::2], strict=True))
        for stem, *pairs in stems
    }
    return TopicModel(tuple(topics), tuple(int(bias) / 10 for bias in biases), weights)


def write_model(model: TopicModel) -> str:
    """The inverse of `read_model`; weights that round to nothing are left out."""
    lines = [" ".join(model.topics), " ".join(str(round(bias * 10)) for bias in model.biases)]
    for stem in sorted(model.weights):
        pairs = [f"{topic} {round(weight * 10)}" for topic, weight in model.weights[stem] if round(weight * 10)]
        if pairs:
            lines.append(f"{stem} {' '.join(pairs)}")
    return "\n".join(lines) + "\n"
