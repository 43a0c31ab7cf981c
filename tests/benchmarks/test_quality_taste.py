"""A fold is scored with constants that were picked without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import quality_taste

if TYPE_CHECKING:
    from collections.abc import Callable

    from summaries.summarizer.selection import SelectionWeights


WORDS = 60


@dataclass(frozen=True)
class Case:
    fold: int
    summary: str


@dataclass(frozen=True)
class Chosen:
    text: str
    size: int


@pytest.fixture
def picking(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(quality_taste, "TASTES", list(quality_taste.TASTES))
    return quality_taste


def test_a_fold_has_no_say_in_its_own_constants(picking: Any) -> None:
    first, second = picking.TASTES[:2]
    cases = [Case(fold, "hujan turun di kota") for fold in range(3)]

    def picker(taste: SelectionWeights) -> Callable[[Case], list[Chosen]]:
        # On fold 0 the second taste is right, on all others the first.
        return lambda case: [Chosen(case.summary if (taste == second) == (case.fold == 0) else "padi menguning", WORDS)]

    picking.TASTES[:] = [first, second]
    assert picking.picked_tastes(cases, picker) == {0: first, 1: first, 2: first}


def test_a_length_too_far_off_is_no_choice(picking: Any) -> None:
    first, second = picking.TASTES[:2]
    cases = [Case(fold, "hujan turun di kota") for fold in range(2)]

    def picker(taste: SelectionWeights) -> Callable[[Case], list[Chosen]]:
        return lambda case: [Chosen(case.summary, 90)] if taste == first else [Chosen("padi menguning", WORDS)]

    picking.TASTES[:] = [first, second]
    assert picking.picked_tastes(cases, picker) == {0: second, 1: second}
