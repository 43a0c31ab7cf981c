"""Score whether two articles report the same event: logistic regression over a few features (see data/README.md)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from importlib.resources import files
from math import log1p

from summaries.stories.signature import HeadlineKind, Signature
from summaries.stories.vectors import Vector, compute_similarity, measure_headline
from summaries.text.dates import JAKARTA

MAX_HOURS = 72.0
_USUAL_HOURS = 4.0
_DAY = timedelta(hours=24)
_MIDNIGHTS = (time(0), time(17))
"""In UTC: midnight in UTC and in western Indonesia."""
LIMIT = 3.0
"""Log-odds are clipped here, so that no single pair decides for a whole story."""
_CROWD = 6

_TEMPLATE_FROM = 0.7
"""One outlet's articles that are more similar than this are one template filled twice rather than one event."""

OWN_NAMES = (
    "alike", "alike_same_outlet", "template", "events", "happening", "headline_met", "names_missing", "numbers_shared",
    "other_day", "hours", "one_reacts", "background",
)  # fmt: skip
NAMES = (*OWN_NAMES, "stands_out", "is_nearest")


@dataclass(frozen=True, slots=True)
class Similarity:
    """The similarity of two articles: their overall cosine, and the features of `OWN_NAMES` in that order.

    `is_periodic` marks two articles that each report their own day, as prices and horoscopes do: two events.
    """

    cosine: float
    numbers: Sequence[float]
    is_periodic: bool = False


@dataclass(frozen=True, slots=True)
class Density:
    """An article's local density: the similarity of its nearest neighbour (0 without one), and the mean of the next
    five."""

    nearest: float = 0.0
    around: float = 0.0

    @classmethod
    def measure(cls, alikes: Collection[float]) -> Density:
        top = sorted(alikes, reverse=True)[:_CROWD]
        around = sum(top[1:]) / (_CROWD - 1) if len(top) == _CROWD else 0.0
        return cls(top[0] if top else 0.0, around)


def count_hours_between(a: Signature, b: Signature) -> float | None:
    """Return the hours between the two, or None if a time is unknown.

    Sites that print only the day yield midnight: then return the minimum time between the two plus a typical delay.
    """
    if a.published_at is None or b.published_at is None:
        return None
    first, last = sorted((a.published_at, b.published_at))
    ends = first + _DAY if first.time() in _MIDNIGHTS else first
    if ends == first and last.time() not in _MIDNIGHTS:
        return (last - first).total_seconds() / 3600
    return _USUAL_HOURS + max(0.0, (last - ends).total_seconds() / 3600)


def compare(a: Signature, b: Signature, va: Vector, vb: Vector) -> Similarity:
    """Compute the features of the pair; symmetric."""
    alike, events = compute_similarity(va, vb)
    hours = count_hours_between(a, b)
    same_outlet = a.outlet is not None and a.outlet == b.outlet
    other_day = a.day is not None and b.day is not None and a.day != b.day
    (met_a, action_a, missing_a), (met_b, action_b, missing_b) = measure_headline(va, vb), measure_headline(vb, va)
    numbers = (
        alike,
        alike if same_outlet else 0.0,
        # More similar without the names than with them: one text about two companies or teams.
        max(0.0, alike - _TEMPLATE_FROM) + max(0.0, events - alike) if same_outlet else 0.0,
        events,
        min(action_a, action_b),
        max(met_a, met_b),
        # Each headline names somebody or something that the other article does not: two matches, two companies.
        min(missing_a, missing_b),
        log1p(len(a.numbers & b.numbers)),
        float(other_day),
        log1p(min(MAX_HOURS, _USUAL_HOURS if hours is None else hours)),
        float((a.kind is HeadlineKind.REACTION) != (b.kind is HeadlineKind.REACTION)),
        float(HeadlineKind.BACKGROUND in (a.kind, b.kind)),
    )
    return Similarity(alike, numbers, is_periodic=other_day and _reports_its_day(a) and _reports_its_day(b))


def _reports_its_day(article: Signature) -> bool:
    moment = article.published_at
    return moment is not None and article.day == f"{moment.astimezone(JAKARTA):%m-%d}"


def compare_with_surroundings(similarity: Similarity, a: Density, b: Density) -> tuple[float, float]:
    """Return whether the pair is closer than its surroundings: the last two features of `NAMES`.

    A death or a match has dozens of articles with the same names; articles on the same aspect are more similar than the
    rest.
    """
    nearest = max(a.nearest, b.nearest)
    return similarity.cosine - (a.around + b.around) / 2, similarity.cosine / nearest if nearest > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Scorer:
    """The model: log-odds that two articles belong to one story, and the mean score from which stories are joined."""

    bias: float
    weights: tuple[float, ...]
    join_at: float

    def log_odds(self, similarity: Similarity, a: Density, b: Density) -> float:
        """Return the log-odds, clipped to ±LIMIT; the lowest for periodic articles."""
        if similarity.is_periodic:
            return -LIMIT
        numbers = (*similarity.numbers, *compare_with_surroundings(similarity, a, b))
        value = self.bias + sum([w * x for w, x in zip(self.weights, numbers, strict=True)])
        return max(-LIMIT, min(LIMIT, value))


@cache
def load_scorer() -> Scorer:
    path = files("summaries.stories").joinpath("data", "pairs.json")
    plain: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
    weights = plain["weights"]
    if not isinstance(weights, dict) or tuple(weights) != NAMES:
        raise ValueError("the model of story pairs does not fit the features")
    return Scorer(float(str(plain["bias"])), tuple(map(float, weights.values())), float(str(plain["join_at"])))
