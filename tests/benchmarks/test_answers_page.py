"""The page of the answers benchmark, measured alone and while digests go out."""

from __future__ import annotations

import pytest

from benchmarks import answers_speed
from benchmarks.answers_asked import ANSWERED, BARE, FIRST, KNOWN, TYPING
from benchmarks.answers_speed import Measured
from benchmarks.load.fan_out import Stretch

ALONE = {
    BARE: [8.0, 8.0],
    KNOWN: [16.0, 16.0],
    FIRST: [20.0],
    TYPING: [210.0],
    ANSWERED: [12.0],
    "/start": [10.0, 12.0],
}
MEANWHILE = {BARE: [10.0], KNOWN: [40.0], FIRST: [30.0], TYPING: [220.0], ANSWERED: [12.0], "/start": [30.0, 36.0]}
STAGES = {"to fetch the page": 3.04, "to read it": 5.0}
STRETCHES = (Stretch(5.0, 110, is_whole=True), Stretch(10.0, 190, is_whole=True))


def test_each_answer_stands_alone_and_under_the_fan_out_in_one_row() -> None:
    rows = answers_speed.table(Measured(ALONE, MEANWHILE, STRETCHES)).splitlines()
    assert f"| {KNOWN} | 16 · 16 | 2.0 | 40 · 40 | 2.5 | 150 |" in rows
    assert rows[-1] == "| /start | 11 · 12 | 1.4 | 33 · 36 | 3.0 |  |"


def test_the_page_tells_how_fast_digests_went_out_meanwhile() -> None:
    page = " ".join(answers_speed.page_of(Measured(ALONE, MEANWHILE, STRETCHES), STAGES, 2, 0.5).split())
    assert "20.0 a second meanwhile (19.0 in the slowest round)" in page
    assert f"{FIRST}: of 20 ms the least answer takes 8; by themselves, to fetch the page 3.0, to read it 5.0." in page
    assert page.endswith("When it began, 0.5 processes wanted the cores. All bars were met, and while digests go out 95"
                         " of 100 of each other kind were there within 500 ms.")  # fmt: skip


@pytest.mark.parametrize(
    ("alone", "meanwhile", "expected"),
    [
        ({KNOWN: [151.0]}, {}, f"Missed: {KNOWN}."),
        ({}, {KNOWN: [151.0]}, f"Missed: {KNOWN} while digests go out."),
        ({}, {"/start": [501.0]}, "Missed: /start while digests go out."),
        ({"/start": [501.0]}, {"/start": [500.0]}, "All bars were met"),
    ],
    ids=["alone", "while digests go out", "of every kind", "none of its own alone"],
)
def test_what_is_late_is_named(alone: dict[str, list[float]], meanwhile: dict[str, list[float]], expected: str) -> None:
    found = Measured(ALONE | alone, MEANWHILE | meanwhile, STRETCHES)
    assert answers_speed.verdict(found).startswith(expected)


def test_a_fan_out_that_ended_before_the_questions_is_a_fault_of_the_harness() -> None:
    answers_speed.check(STRETCHES)
    with pytest.raises(SystemExit, match="in 1 of 3 rounds all digests were out"):
        answers_speed.check([*STRETCHES, Stretch(5.0, 110, is_whole=False)])
