from __future__ import annotations

import itertools

import pytest

from benchmarks.rounds import Spread, percentile, ratios, time_in_turn


def test_time_in_turn_runs_each_alternative_once_per_round() -> None:
    calls: list[str] = []
    ticks = itertools.count()
    times = time_in_turn(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2, lambda: float(next(ticks))
    )
    assert calls == ["a", "b", "a", "b"]
    assert times == {"a": [1.0, 1.0], "b": [1.0, 1.0]}


def test_ratios_compares_within_each_round() -> None:
    spread = ratios([2.0, 9.0, 6.0], [1.0, 10.0, 4.0])
    assert spread == Spread(1.5, 0.9, 2.0)
    assert str(spread) == "1.50 (0.90–2.00)"


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([7.0], 95, 7.0), ([float(n) for n in range(101)], 95, 95.0), ([1.0, 2.0, 3.0], 50, 2.0)],
)
def test_percentile_interpolates(values: list[float], percent: int, expected: float) -> None:
    assert percentile(values, percent) == pytest.approx(expected)
