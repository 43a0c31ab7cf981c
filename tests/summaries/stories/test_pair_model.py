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


def idf(name: str) -> float:
    return FLAT.idf(name, others=0, window=10)


def likeness(a: Signature, b: Signature) -> Similarity:
    return compare(a, b, make_vector(a, idf), make_vector(b, idf))


def test_comparing_is_symmetric_and_bounded(signatures: tuple[Signature, ...]) -> None:
    for a, b in combinations(signatures, 2):
        there, back = likeness(a, b), likeness(b, a)
        assert there.numbers == pytest.approx(back.numbers)
        hours = OWN_NAMES.index("hours")
        assert all(0 <= number <= 1 + 1e-9 for k, number in enumerate(there.numbers) if k != hours)


def test_an_article_is_like_itself(signatures: tuple[Signature, ...]) -> None:
    for signature in signatures:
        twin = replace(signature, id="twin", outlet="Lain")
        found = likeness(signature, twin)
        assert found.cosine == pytest.approx(1)
        assert load_scorer().log_odds(found, Density(1.0), Density(1.0)) == LIMIT


def test_an_outlet_rarely_tells_the_same_twice(signatures: tuple[Signature, ...]) -> None:
    one, other = signatures[0], signatures[1]
    apart = load_scorer().log_odds(likeness(one, other), Density(), Density())
    together = load_scorer().log_odds(likeness(one, replace(other, outlet=one.outlet)), Density(), Density())
    assert together < apart


def number(name: str, a: Signature, b: Signature) -> float:
    return likeness(a, b).numbers[OWN_NAMES.index(name)]


def test_two_who_react_tell_the_same_only_if_they_are_the_same() -> None:
    mayor, other = (
        make_signature("1", "Wali Kota Sesalkan Kebakaran", ""),
        make_signature("2", "Gubernur Sesalkan Kebakaran", ""),
    )
    assert number("both_react", mayor, other) == 1
    assert number("both_react", mayor, replace(mayor, id="3")) == 0
    assert number("both_react", mayor, make_signature("4", "Gudang Terbakar", "")) == 0
    assert number("one_reacts", mayor, make_signature("4", "Gudang Terbakar", "")) == 1


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
def test_hours_between(one: datetime, other: datetime | None, hours: float | None) -> None:
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
def test_a_crowd_is_the_nearest_and_the_five_around(alikes: list[float], crowd: Density) -> None:
    found = Density.measure(alikes)
    assert (found.nearest, found.around) == pytest.approx((crowd.nearest, crowd.around))


def test_standing_out_of_a_crowd() -> None:
    pair = Similarity(0.6, (0.6,) * len(OWN_NAMES))
    assert compare_with_surroundings(pair, Density(0.6, 0.2), Density(0.8, 0.4)) == pytest.approx((0.3, 0.75))
    assert compare_with_surroundings(Similarity(0.0, (0.0,) * len(OWN_NAMES)), Density(), Density()) == (0.0, 0.0)


def test_log_odds_are_cut() -> None:
    sure = Scorer(100.0, (0.0,) * len(NAMES), 0.0)
    never = Scorer(-100.0, (0.0,) * len(NAMES), 0.0)
    pair = Similarity(0.0, (0.0,) * len(OWN_NAMES))
    assert sure.log_odds(pair, Density(), Density()) == LIMIT
    assert never.log_odds(pair, Density(), Density()) == -LIMIT


def test_the_background_table_is_read_and_makes_common_words_dull() -> None:
    table = Background.parse(["documents 50", "40 presiden", "3 jembatan kapal"])
    assert table.documents == 50
    assert dict(table.counts) == {"presiden": 40, "jembatan": 3, "kapal": 3}
    dull, telling, unseen = (table.idf(t, others=0, window=10) for t in ("presiden", "jembatan", "cigondewah"))
    assert 0 < dull < telling < unseen


def test_what_everyone_writes_about_today_tells_less() -> None:
    table = load_background()
    quiet, loud = (table.idf("cigondewah", others=others, window=500) for others in (0, 60))
    assert loud < quiet
    assert table.idf("cigondewah", others=10**6, window=10) > 0


def test_the_shipped_table_covers_news() -> None:
    table = load_background()
    assert table.documents > 1_000
    assert {"presiden", "polisi", "harga"} <= table.counts.keys()
