"""Scores of pairs, and the tables that they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest

from summaries.stories import Signature, make_signature
from summaries.stories.pair_model import (
    LIMIT,
    NAMES,
    OWN_NAMES,
    Density,
    Scorer,
    Similarity,
    compare,
    compare_with_surroundings,
    count_hours_between,
    load_scorer,
)
from summaries.stories.vectors import Background, load_background, make_vector

FLAT = Background(100, {})


def flat_idf(name: str) -> float:
    return FLAT.idf(name, others=0, window=10)


def compare_flat(a: Signature, b: Signature) -> Similarity:
    return compare(a, b, make_vector(a, flat_idf), make_vector(b, flat_idf))


def test_comparison_is_symmetric_and_bounded(signatures: tuple[Signature, ...]) -> None:
    for a, b in combinations(signatures, 2):
        there, back = compare_flat(a, b), compare_flat(b, a)
        assert there.numbers == pytest.approx(back.numbers)
        hours = OWN_NAMES.index("hours")
        assert all(0 <= number <= 1 + 1e-9 for k, number in enumerate(there.numbers) if k != hours)


def test_article_is_identical_to_itself(signatures: tuple[Signature, ...]) -> None:
    for signature in signatures:
        twin = replace(signature, id="twin", outlet="Lain")
        found = compare_flat(signature, twin)
        assert found.cosine == pytest.approx(1)
        assert load_scorer().log_odds(found, Density(1.0), Density(1.0)) == LIMIT


def test_same_outlet_lowers_the_score(signatures: tuple[Signature, ...]) -> None:
    one, other = signatures[0], signatures[1]
    apart = load_scorer().log_odds(compare_flat(one, other), Density(), Density())
    together = load_scorer().log_odds(compare_flat(one, replace(other, outlet=one.outlet)), Density(), Density())
    assert together < apart


def get_number(name: str, a: Signature, b: Signature) -> float:
    return compare_flat(a, b).numbers[OWN_NAMES.index(name)]


def test_reactions_of_different_speakers_do_not_match() -> None:
    mayor, other = (
        make_signature("1", "Wali Kota Sesalkan Kebakaran", ""),
        make_signature("2", "Gubernur Sesalkan Kebakaran", ""),
    )
    assert get_number("both_react", mayor, other) == 1
    assert get_number("both_react", mayor, replace(mayor, id="3")) == 0
    assert get_number("both_react", mayor, make_signature("4", "Gudang Terbakar", "")) == 0
    assert get_number("one_reacts", mayor, make_signature("4", "Gudang Terbakar", "")) == 1


@pytest.mark.parametrize(
    ("one", "other", "hours"),
    [
        (datetime(2025, 3, 4, 3, 10, tzinfo=UTC), datetime(2025, 3, 4, 5, 40, tzinfo=UTC), 2.5),
        (datetime(2025, 3, 4, 3, 10, tzinfo=UTC), None, None),
        # Exact midnight is a date without a time: articles of that day have the usual distance, others a larger one.
        (datetime(2025, 3, 3, 17, tzinfo=UTC), datetime(2025, 3, 3, 17, tzinfo=UTC), 4),
        (datetime(2025, 3, 3, 17, tzinfo=UTC), datetime(2025, 3, 4, 5, 40, tzinfo=UTC), 4),
        (datetime(2025, 3, 3, 17, tzinfo=UTC), datetime(2025, 3, 4, 19, tzinfo=UTC), 6),
        (datetime(2025, 3, 3, 15, tzinfo=UTC), datetime(2025, 3, 3, 17, tzinfo=UTC), 6),
        (datetime(2025, 3, 4, tzinfo=UTC), datetime(2025, 3, 6, tzinfo=UTC), 28),
    ],
)
def test_hours_between_publications_are_counted(one: datetime, other: datetime | None, hours: float | None) -> None:
    a, b = Signature("1", published_at=one), Signature("2", published_at=other)
    assert count_hours_between(a, b) == count_hours_between(b, a) == hours


@pytest.mark.parametrize(
    ("alikes", "crowd"),
    [
        ([], Density(0.0, 0.0)),
        ([0.5], Density(0.5, 0.0)),
        ([0.1, 0.6, 0.2, 0.3, 0.2, 0.2, 0.1], Density(0.6, 0.2)),
    ],
)
def test_density_is_measured_from_the_nearest_neighbours(alikes: list[float], crowd: Density) -> None:
    found = Density.measure(alikes)
    assert (found.nearest, found.around) == pytest.approx((crowd.nearest, crowd.around))


def test_similarity_is_compared_with_surroundings() -> None:
    pair = Similarity(0.6, (0.6,) * len(OWN_NAMES))
    assert compare_with_surroundings(pair, Density(0.6, 0.2), Density(0.8, 0.4)) == pytest.approx((0.3, 0.75))
    assert compare_with_surroundings(Similarity(0.0, (0.0,) * len(OWN_NAMES)), Density(), Density()) == (0.0, 0.0)


def test_log_odds_are_clamped() -> None:
    sure = Scorer(100.0, (0.0,) * len(NAMES), 0.0)
    never = Scorer(-100.0, (0.0,) * len(NAMES), 0.0)
    pair = Similarity(0.0, (0.0,) * len(OWN_NAMES))
    assert sure.log_odds(pair, Density(), Density()) == LIMIT
    assert never.log_odds(pair, Density(), Density()) == -LIMIT


def test_background_table_lowers_idf_of_common_words() -> None:
    table = Background.parse(["documents 50", "40 presiden", "3 jembatan kapal"])
    assert table.documents == 50
    assert dict(table.counts) == {"presiden": 40, "jembatan": 3, "kapal": 3}
    dull, rare, unseen = (table.idf(t, others=0, window=10) for t in ("presiden", "jembatan", "cigondewah"))
    assert 0 < dull < rare < unseen


def test_words_frequent_in_the_window_have_lower_idf() -> None:
    table = load_background()
    quiet, loud = (table.idf("cigondewah", others=others, window=500) for others in (0, 60))
    assert loud < quiet
    assert table.idf("cigondewah", others=10**6, window=10) > 0


def test_shipped_background_table_covers_news() -> None:
    table = load_background()
    assert table.documents > 1_000
    assert {"presiden", "polisi", "harga"} <= table.counts.keys()
