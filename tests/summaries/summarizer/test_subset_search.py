from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.summarizer import subset_search as search
from summaries.summarizer.references import SentenceReferences
from summaries.summarizer.subset_search import Candidate, find_best_subset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from summaries.summarizer.subset_search import Bits, Values

WANTED = 60


class DependentCandidate(NamedTuple):
    """A candidate, the sentences that it depends on, and the terms of the headline in it."""

    position: int
    size: int
    worth: float
    anchors: SentenceReferences | None = None
    covers: int = 0


def value(worth: Values, words: Values, covered: Bits) -> Values:
    found: Values = 2 * worth / (WANTED + words) + 0.1 * (covered & 1) + 0.2 * (covered >> 1)
    return found


def to_candidates(candidates: Sequence[DependentCandidate]) -> list[Candidate]:
    return [Candidate(c.position, c.size, c.worth, c.covers) for c in candidates]


def anchors_lookup(candidates: Sequence[DependentCandidate]) -> Callable[[int], SentenceReferences | None]:
    return {c.position: c.anchors for c in candidates}.__getitem__


def is_self_contained(chosen: Sequence[DependentCandidate]) -> bool:
    for k, candidate in enumerate(chosen):
        before = [other.position for other in chosen[:k]]
        needs = candidate.anchors
        last = set(before[-1:])
        if needs and not needs.just_before & last and (not needs.anywhere & set(before) or needs.unless_after & last):
            return False
    return True


def best_value_by_brute_force(
    candidates: Sequence[DependentCandidate], least: int, most: int, longest: float
) -> float | None:
    """By trying everything."""
    fair = [
        chosen
        for k in range(1, most + 1)
        for chosen in combinations(candidates, k)
        if is_self_contained(chosen) and (k == 1 or sum(c.size for c in chosen) <= longest)
    ]
    enough = min(least, max(map(len, fair), default=0))
    return max((value_of(chosen) for chosen in fair if len(chosen) >= enough), default=None)


def value_of(chosen: Sequence[DependentCandidate]) -> float:
    covered = {bit for c in chosen for bit in (1, 2) if c.covers & bit}
    return 2 * sum(c.worth for c in chosen) / (WANTED + sum(c.size for c in chosen)) + 0.1 * sum(covered)


@st.composite
def candidate_lists(draw: st.DrawFn) -> list[DependentCandidate]:
    positions = sorted(draw(st.sets(st.integers(0, 12), max_size=7)))
    earlier = st.frozensets(st.integers(0, 12), max_size=4)
    needs = st.none() | st.builds(SentenceReferences, earlier, earlier, earlier)
    size, worth, covers = st.integers(1, 40), st.floats(0, 40), st.integers(0, 3)
    return [DependentCandidate(position, draw(size), draw(worth), draw(needs), draw(covers)) for position in positions]


@pytest.mark.parametrize("subsets", [20_000, 0])
@given(candidates=candidate_lists(), least=st.integers(1, 3), more=st.integers(0, 3), longest=st.integers(1, 120))
def test_search_finds_the_optimum(
    subsets: int, candidates: list[DependentCandidate], least: int, more: int, longest: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_MAX_SUBSETS", subsets)  # 0: none is so small that all are looked at
        found = find_best_subset(
            to_candidates(candidates),
            anchors_lookup(candidates),
            least=least,
            most=least + more,
            longest=longest,
            value=value,
        )
    chosen = [candidate for candidate in candidates if candidate.position in found]
    assert found == tuple(candidate.position for candidate in chosen)
    assert is_self_contained(chosen)
    best = best_value_by_brute_force(candidates, least, least + more, longest)
    assert (value_of(chosen) if chosen else None) == pytest.approx(best)


def test_search_of_many_candidates_stays_within_bounds() -> None:
    many = [DependentCandidate(n, 12, 12 - n / 10) for n in range(search.MAX_CANDIDATES)]
    found = find_best_subset(to_candidates(many), anchors_lookup(many), least=10, most=30, longest=360, value=value)
    assert 10 <= len(found) <= 30
    assert list(found) == sorted(found)
    assert set(range(8)) <= set(found)
