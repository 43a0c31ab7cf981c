from __future__ import annotations

import pytest

from benchmarks.stories.validate import measure

GOLD = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "3", "f": "3"}


def test_measure_same_clustering_is_perfect() -> None:
    figures = measure(GOLD, {name: story * 2 for name, story in GOLD.items()})
    assert figures.bcubed_f1 == figures.pair_f1 == 1


def test_measure_matches_figures_by_hand() -> None:
    figures = measure(GOLD, {"a": "x", "b": "x", "c": "y", "d": "y", "e": "z", "f": "z", "unlabelled": "x"})
    assert figures.bcubed_precision == pytest.approx((1 + 1 + 0.5 + 0.5 + 1 + 1) / 6)
    assert figures.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert figures.pair_precision == pytest.approx(2 / 3)
    assert figures.pair_recall == pytest.approx(2 / 4)


def test_measure_single_articles_find_no_pair() -> None:
    figures = measure(GOLD, {name: name for name in GOLD})
    assert (figures.bcubed_precision, figures.pair_f1) == (1, 0)
