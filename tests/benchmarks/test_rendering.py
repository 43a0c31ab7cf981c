"""The sections of the pages, from invented figures."""

from __future__ import annotations

import pytest

from benchmarks import answers, delivery, soak
from benchmarks.answers import ANSWERED, BASELINE, FIRST, KNOWN, TYPING, Answers
from benchmarks.delivery import Rate
from benchmarks.fan_out import Interval
from benchmarks.scene import Usage
from benchmarks.soak import Sample, Soak

ALONE = {
    BASELINE: [8.0, 8.0],
    KNOWN: [16.0, 16.0],
    FIRST: [20.0],
    TYPING: [210.0],
    ANSWERED: [12.0],
    "/start": [10.0, 12.0],
}
BUSY = {BASELINE: [10.0], KNOWN: [40.0], FIRST: [30.0], TYPING: [220.0], ANSWERED: [12.0], "/start": [30.0, 36.0]}
INTERVALS = (Interval(5.0, 110, is_whole=True), Interval(10.0, 190, is_whole=True))


def test_answers_compares_with_the_baseline_and_the_idle_bot() -> None:
    measured = Answers(ALONE | {"/topik": [9.0]}, BUSY | {"/topik": [9.0]}, INTERVALS)
    lines = answers.render(measured, 2).splitlines()
    assert f"| {KNOWN} | 16 · 16 | 2.0 | 40 · 40 | 2.5 | 150 |" in lines
    assert "| /start, the slowest of 2 others | 11 · 12 | 1.4 | 33 · 36 | 3.0 |  |" in lines
    assert "| /topik | 9 · 9 | 1.1 | 9 · 9 | 1.0 |  |" in answers.render_each(measured).splitlines()
    assert "20.0 of them went out per second (19.0 in the slowest\nround)" in "\n".join(lines)


@pytest.mark.parametrize(
    ("alone", "busy", "missed"),
    [
        ({KNOWN: [151.0]}, {}, KNOWN),
        ({}, {KNOWN: [151.0]}, f"{KNOWN} during digests"),
        ({}, {"/start": [501.0]}, "/start during digests"),
        ({"/start": [501.0]}, {"/start": [500.0]}, "none"),
    ],
    ids=["alone", "during digests", "any kind during digests", "no bar alone"],
)
def test_answers_names_the_bars_missed(
    alone: dict[str, list[float]], busy: dict[str, list[float]], missed: str
) -> None:
    text = answers.render(Answers(ALONE | alone, BUSY | busy, INTERVALS), 2)
    assert text.endswith(f"Bars missed: {missed}.")


def test_check_intervals_raises_if_digests_ended_early() -> None:
    answers.check_intervals(INTERVALS)
    with pytest.raises(SystemExit, match="in 1 of 3 rounds all digests were out"):
        answers.check_intervals([*INTERVALS, Interval(5.0, 110, is_whole=False)])


def test_sending_shows_ratios_of_the_same_round() -> None:
    rounds = [
        (Rate(200.0, 2.0), Rate(100.0, 4.0)),
        (Rate(90.0, 3.0), Rate(100.0, 3.0)),
        (Rate(150.0, 2.0), Rate(100.0, 4.0)),
    ]
    lines = delivery.render_sending(rounds, 1500).splitlines()
    assert lines[-2:] == [
        "| messages a second | 150.0 | 100.0 | 1.50 (0.90–2.00) (at least 0.9) |",
        "| processor time of a message, ms | 2.0 | 4.0 | 0.50 (0.50–1.00) |",
    ]


def test_soak_leaves_out_the_warm_up() -> None:
    samples = tuple(
        Sample(float(minute), Usage(100.0 + (50 if minute < 40 else 0), 90.0, 20, 10, minute)) for minute in range(101)
    )
    done = Soak(samples, answers=10, messages=20, articles=30, days=7.0)
    assert [sample.minute for sample in done.settled()] == list(range(40, 101))
    text = soak.render(done)
    assert "| memory of the main process, MiB | 90 | 90 | 90 | 90 | 90 | +0.0 |" in text
    assert "The processes took 1.7% of one core." in text


def test_soak_shows_growth_per_hour() -> None:
    samples = tuple(Sample(float(minute), Usage(100.0 + minute, 90.0, 20, 10, minute)) for minute in range(101))
    text = soak.render(Soak(samples, answers=10, messages=20, articles=30, days=7.0))
    assert "with its workers, MiB (shared memory once) | 140 | 170 | 200 | 155 | 185 | +60.0 |" in text
