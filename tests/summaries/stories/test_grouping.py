"""Agglomeration over tables of pair scores."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.stories.index import group_by_score

FAR = -3.0


def find_groups(ids: str, scores: dict[str, float], join_at: float = 0.2) -> set[str]:
    def score(a: str, b: str) -> float:
        return scores.get(min(a, b) + max(a, b), FAR)

    return {"".join(sorted(found)) for found in group_by_score(ids, score, join_at)}


@pytest.mark.parametrize(
    ("ids", "scores", "expected"),
    [
        ("", {}, set()),
        ("a", {}, {"a"}),
        ("ab", {}, {"a", "b"}),
        ("ab", {"ab": 0.2}, {"ab"}),  # just near enough
        ("ab", {"ab": 0.19}, {"a", "b"}),
        ("abc", {"ab": 3, "bc": 3, "ac": 2}, {"abc"}),
        ("abc", {"ab": 3, "bc": 1}, {"ab", "c"}),  # a chain is no story
        ("abc", {"ab": 3, "bc": 3, "ac": -0.5}, {"abc"}),  # two accounts that meet in a third
        ("abcd", {"ab": 3, "cd": 3, "bc": 1}, {"ab", "cd"}),
        ("abc", {"ab": 1, "bc": 2}, {"a", "bc"}),  # the nearest first
        ("abc", {"ab": 3, "bc": 3, "ac": -math.inf}, {"ab", "c"}),  # never together, however near the third
    ],
)
def test_ids_are_grouped_by_score(ids: str, scores: dict[str, float], expected: set[str]) -> None:
    assert find_groups(ids, scores) == expected


@given(st.lists(st.floats(-3, 3), min_size=28, max_size=28, unique=True), st.randoms())
def test_grouping_is_a_partition_independent_of_order(values: list[float], rng: random.Random) -> None:
    ids = "abcdefgh"
    scores = {a + b: value for (a, b), value in zip(combinations(ids, 2), values, strict=True)}
    found = find_groups(ids, scores)
    assert sorted("".join(found)) == list(ids)
    for members in found:
        # Every article has at least one likely pair in its group.
        assert len(members) == 1 or all(
            any(scores[min(a, b) + max(a, b)] >= 0.2 for b in members if b != a) for a in members
        )
    assert find_groups("".join(rng.sample(ids, len(ids))), scores) == found
