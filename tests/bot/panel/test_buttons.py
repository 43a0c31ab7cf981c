"""The callback data of the panel's buttons."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.panel.changes import Press, Question, Verb, View, decode_press
from bot.views.callbacks import shorten_name

BIGGEST_CHAT = -(10**13)


@pytest.mark.parametrize("value", ["", "0123456", "Asia/Ho_Chi_Minh", f"{shorten_name('Kompas')}-12", "2200-0600"])
def test_press_round_trip(value: str) -> None:
    for verb, target in itertools.product(Verb, [None, 5, BIGGEST_CHAT]):
        data = Press(verb, value, target).encode()
        assert len(data.encode()) <= 64
        assert decode_press(data) == Press(verb, value, target)


@pytest.mark.parametrize(
    "data",
    [
        "", "s1", "s1:", "s1::", "s1::zz", "s1::v:", "s2::v:main", "s1:x:v:main", "s1::v:main\n", "s1::v:../../x",
        "s1::t+:" + "0" * 33, "s1:--5:v", "s1::v:ma in", "b:1:2", "s1::v:١",
    ],
)  # fmt: skip
def test_other_data_is_not_a_press(data: str) -> None:
    assert decode_press(data) is None


@given(st.text(max_size=70))
def test_any_data_is_decoded_or_refused(data: str) -> None:
    press = decode_press(data)
    assert press is None or len(press.value) <= 32


def test_shortened_names_are_distinct() -> None:
    names = {shorten_name(name) for name in ("Antara", "Kompas", "Kompas.com", "kompas", "", "é" * 99)}
    assert len(names) == 6
    assert all(len(name) == 8 for name in names)
    assert not {*View} & {*Question} - {"times", "zone", "quiet"}
