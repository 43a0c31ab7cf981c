"""Scores of pairs, and the tables that they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from math import log

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
        unbounded = {OWN_NAMES.index(name) for name in ("hours", "numbers_shared")}
        assert all(0 <= number <= 1 + 1e-9 for k, number in enumerate(there.numbers) if k not in unbounded)


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


def test_reaction_and_event_differ() -> None:
    mayor = make_signature("1", "Wali Kota Sesalkan Kebakaran", "")
    assert get_number("one_reacts", mayor, make_signature("2", "Gudang Terbakar", "")) == 1
    assert get_number("one_reacts", mayor, make_signature("3", "Gubernur Sesalkan Kebakaran", "")) == 0


def test_background_is_marked_in_either_article() -> None:
    report = make_signature("1", "Gudang Terbakar", "")
    assert get_number("background", report, make_signature("2", "Profil Pemilik Gudang", "")) == 1
    assert get_number("background", report, make_signature("3", "Gudang Tekstil Terbakar", "")) == 0


def test_names_of_each_headline_that_the_other_article_lacks_are_weighed() -> None:
    def match(id_: str, opponent: str, text: str) -> Signature:
        return make_signature(id_, f"Persada Menang atas {opponent}", f"Tim Persada menang atas tim {opponent}. {text}")

    first, second = match("1", "Kencana", ""), match("2", "Merapi", "")
    assert get_number("names_missing", first, second) > 0.4
    assert get_number("names_missing", first, match("3", "Kencana", "")) == 0
    # One article that names both opponents may report either match.
    assert get_number("names_missing", first, match("4", "Merapi", "Kemarin lawannya Kencana.")) == 0
    assert get_number("names_missing", first, make_signature("5", "Menang Lagi", "")) == 0


@pytest.mark.parametrize(
    ("one", "other", "is_other"),
    [("Rabu (18/6)", "Kamis (19/6)", 1), ("Rabu (18/6)", "18 Juni 2025", 0), ("Rabu (18/6)", "kemarin", 0)],
)
def test_different_days_are_marked(one: str, other: str, is_other: int) -> None:
    assert get_number("other_day", make_signature("1", "Harga", one), make_signature("2", "Harga", other)) == is_other


def test_common_numbers_are_counted() -> None:
    one = make_signature("1", "Kerugian Rp 11,8 Triliun", "Ada 442 orang pada 2025.")
    assert get_number("numbers_shared", one, make_signature("2", "Rp 11,8 T", "442 orang, 2025")) == pytest.approx(
        log(3)
    )
    assert get_number("numbers_shared", one, make_signature("3", "Rp 9,5 T", "440 orang, 2025")) == 0


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
