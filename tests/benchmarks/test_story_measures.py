"""Figures of a clustering against labels."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from benchmarks.stories.measures import measure, resampled

GOLD = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "3", "f": "3"}


def test_a_clustering_like_the_labels_is_perfect() -> None:
    figures = measure(GOLD, {name: story * 2 for name, story in GOLD.items()})
    assert figures.bcubed_f1 == figures.pair_f1 == 1


def test_figures_by_hand() -> None:
    figures = measure(GOLD, {"a": "x", "b": "x", "c": "y", "d": "y", "e": "z", "f": "z", "unlabelled": "x"})
    assert figures.bcubed_precision == pytest.approx((1 + 1 + 0.5 + 0.5 + 1 + 1) / 6)
    assert figures.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert figures.pair_precision == pytest.approx(2 / 3)
    assert figures.pair_recall == pytest.approx(2 / 4)


def test_all_alone_finds_no_pair() -> None:
    figures = measure(GOLD, {name: name for name in GOLD})
    assert (figures.bcubed_precision, figures.pair_f1) == (1, 0)


def test_drawing_stories_anew_swings_around_the_figures() -> None:
    gold = {f"{story}-{n}": str(story) for story in range(60) for n in range(story % 4 + 1)}
    found = {name: name if n % 5 == 0 else story for n, (name, story) in enumerate(gold.items())}
    figures, drawn = measure(gold, found), resampled(gold, found, random.Random(1), 200)
    assert len(drawn) == 200
    assert fmean(f.bcubed_f1 for f in drawn) == pytest.approx(figures.bcubed_f1, abs=0.02)
    assert fmean(f.pair_recall for f in drawn) == pytest.approx(figures.pair_recall, abs=0.03)
    assert all(0 <= value <= 1 for f in drawn for value in (f.bcubed_f1, f.pair_f1, f.pair_precision))
