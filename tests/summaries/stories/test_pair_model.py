"""Scores of pairs, and the tables that they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest

from summaries.stories import Signature, sign
from summaries.stories.pair_model import (
    LIMIT,
    NAMES,
    OWN_NAMES,
    Crowd,
    Likeness,
    Scorer,
    beside_others,
    compare,
    default_scorer,
    hours_between,
)
from summaries.stories.term_weights import Background, default_background, weigh

FLAT = Background(100, {})


def rarity(name: str) -> float:
    return FLAT.rarity(name, others=0, window=10)


def likeness(a: Signature, b: Signature) -> Likeness:
    return compare(a, b, weigh(a, rarity), weigh(b, rarity))


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
        assert found.alike == pytest.approx(1)
        assert default_scorer().log_odds(found, Crowd(1.0), Crowd(1.0)) == LIMIT


def test_an_outlet_rarely_tells_the_same_twice(signatures: tuple[Signature, ...]) -> None:
    one, other = signatures[0], signatures[1]
    apart = default_scorer().log_odds(likeness(one, other), Crowd(), Crowd())
    together = default_scorer().log_odds(likeness(one, replace(other, outlet=one.outlet)), Crowd(), Crowd())
    assert together < apart


def number(name: str, a: Signature, b: Signature) -> float:
    return likeness(a, b).numbers[OWN_NAMES.index(name)]


def test_two_who_react_tell_the_same_only_if_they_are_the_same() -> None:
    mayor, other = sign("1", "Wali Kota Sesalkan Kebakaran", ""), sign("2", "Gubernur Sesalkan Kebakaran", "")
    assert number("both_react", mayor, other) == 1
    assert number("both_react", mayor, replace(mayor, id="3")) == 0
    assert number("both_react", mayor, sign("4", "Gudang Terbakar", "")) == 0
    assert number("one_reacts", mayor, sign("4", "Gudang Terbakar", "")) == 1


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
    assert hours_between(a, b) == hours_between(b, a) == hours


@pytest.mark.parametrize(
    ("alikes", "crowd"),
    [
        ([], Crowd(0.0, 0.0)),
        ([0.5], Crowd(0.5, 0.0)),
        ([0.1, 0.6, 0.2, 0.3, 0.2, 0.2, 0.1], Crowd(0.6, 0.2)),
    ],
)
def test_a_crowd_is_the_nearest_and_the_five_around(alikes: list[float], crowd: Crowd) -> None:
    found = Crowd.of(alikes)
    assert (found.nearest, found.around) == pytest.approx((crowd.nearest, crowd.around))


def test_standing_out_of_a_crowd() -> None:
    pair = Likeness(0.6, (0.6,) * len(OWN_NAMES))
    assert beside_others(pair, Crowd(0.6, 0.2), Crowd(0.8, 0.4)) == pytest.approx((0.3, 0.75))
    assert beside_others(Likeness(0.0, (0.0,) * len(OWN_NAMES)), Crowd(), Crowd()) == (0.0, 0.0)


def test_log_odds_are_cut() -> None:
    sure = Scorer(100.0, (0.0,) * len(NAMES), 0.0)
    never = Scorer(-100.0, (0.0,) * len(NAMES), 0.0)
    pair = Likeness(0.0, (0.0,) * len(OWN_NAMES))
    assert sure.log_odds(pair, Crowd(), Crowd()) == LIMIT
    assert never.log_odds(pair, Crowd(), Crowd()) == -LIMIT


def test_the_background_table_is_read_and_makes_common_words_dull() -> None:
    table = Background.parse(["# remark", "documents 50", "40 presiden", "3 jembatan kapal", ""])
    assert table.documents == 50
    assert dict(table.counts) == {"presiden": 40, "jembatan": 3, "kapal": 3}
    dull, telling, unseen = (table.rarity(t, others=0, window=10) for t in ("presiden", "jembatan", "cigondewah"))
    assert 0 < dull < telling < unseen


def test_what_everyone_writes_about_today_tells_less() -> None:
    table = default_background()
    quiet, loud = (table.rarity("cigondewah", others=others, window=500) for others in (0, 60))
    assert loud < quiet
    assert table.rarity("cigondewah", others=10**6, window=10) > 0


def test_the_shipped_table_covers_news() -> None:
    table = default_background()
    assert table.documents > 1_000
    assert {"presiden", "polisi", "harga"} <= table.counts.keys()
