"""The pages of the load benchmarks."""

from __future__ import annotations

import pytest

from benchmarks import delivery_speed, start_speed
from benchmarks.load.holding import within
from benchmarks.load.scene import Taken
from benchmarks.load.soak import Look, Soaked, page_of, settled
from benchmarks.load.start import Idle, Start


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 0.1), (0.5, 5.1), (0.95, 9.6), (1.0, 10.0)], ids=["least", "half", "95", "all"]
)
def test_so_large_a_share_lies_within(share: float, expected: float) -> None:
    assert within([number / 10 for number in range(100, 0, -1)], share) == pytest.approx(expected, abs=0.11)


def test_sending_is_told_as_ratios_of_the_same_round() -> None:
    http = {"per_s": 300.0, "processor_ms": 1.0}
    rounds = [
        ({"per_s": 200.0, "processor_ms": 2.0}, {"per_s": 100.0, "processor_ms": 4.0}, http),
        ({"per_s": 90.0, "processor_ms": 3.0}, {"per_s": 100.0, "processor_ms": 3.0}, http),
        ({"per_s": 150.0, "processor_ms": 2.0}, {"per_s": 100.0, "processor_ms": 4.0}, http),
    ]
    lines = delivery_speed.sending(rounds, 1500, 0.4)
    rates = "| messages a second | 150.0 | 100.0 | 300.0 | 1.50 (0.90–2.00) (at least 0.9) | 0.50 (0.30–0.67) |"
    costs = "| processor time of a message, ms | 2.0 | 4.0 | 1.0 | 0.50 (0.50–1.00) | 2.00 (2.00–3.00) |"
    assert rates in lines
    assert costs in lines


def test_a_soak_is_judged_after_its_warming_up() -> None:
    looks = tuple(
        Look(float(minute), Taken(100.0 + (50 if minute < 40 else 0), 90.0, 20, 10, minute)) for minute in range(101)
    )
    soaked = Soaked(looks, answers=10, messages=20, articles=30, days=7.0, load=1.0)
    assert [look.minute for look in settled(soaked)] == list(range(40, 101))
    page = page_of(soaked)
    assert "| memory of the main process, MiB | 90 | 90 | 90 | 90 | 90 | +0.0 |" in page
    assert "| open files of the main process | 10 | 10 | 10 | 10 | 10 | +0.0 |" in page
    assert "They took 1.7% of one core." in page


def test_a_soak_that_grows_says_so() -> None:
    looks = tuple(Look(float(minute), Taken(100.0 + minute, 90.0, 20, 10, minute)) for minute in range(101))
    page = page_of(Soaked(looks, answers=10, messages=20, articles=30, days=7.0, load=1.0))
    assert "with its workers, MiB (what they share counts once) | 140 | 170 | 200 | 155 | 185 | +60.0 |" in page


def test_a_start_is_told_with_its_spread() -> None:
    starts = [Start(1.0, 0.8), Start(1.5, 0.9), Start(1.2, 0.7)]
    page = start_speed.page_of(starts, Idle(60.0, 99.6, 0.0042), [0.5, 0.6, 0.7], [0.8, 0.9, 1.0], 0.1)
    assert "| from the start of the process to the first answer, s | 1.20 (1.00–1.50) | under 2 |" in page
    assert "| loading all of the bot, s | 0.90 (0.80–1.00) | |" in page
    assert "| memory while nobody asks, MiB | 100 | under 220 |" in page
    assert "| 0.42% | under 1% |" in page
