"""Telegram's pace as tables of moments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.limits import Limiter, Limits


def _retry_after_times(
    limiter: Limiter, moments: list[float], chat_id: int = 1, *, is_group: bool = False
) -> list[int]:
    return [limiter.retry_after_s(t, chat_id, is_group=is_group) for t in moments]


def test_chat_limit_is_a_burst_then_one_per_second() -> None:
    limiter = Limiter(Limits())
    assert _retry_after_times(limiter, [0.0] * 6) == [0, 0, 0, 0, 0, 1]
    assert _retry_after_times(limiter, [0.5, 1.0, 1.0, 2.0]) == [1, 0, 1, 0]


def test_group_limit_is_twenty_per_minute() -> None:
    limiter = Limiter(Limits())
    moments = [3.0 * n for n in range(20)]
    assert _retry_after_times(limiter, moments, is_group=True) == [0] * 20
    assert limiter.retry_after_s(58.0, 1, is_group=True) == 2
    assert limiter.retry_after_s(60.0, 1, is_group=True) == 0
    assert limiter.retry_after_s(60.0, 2, is_group=True) == 0


def test_overall_limit_is_thirty_per_second() -> None:
    limiter = Limiter(Limits())
    assert [limiter.retry_after_s(0.0, n, is_group=False) for n in range(32)] == [0] * 30 + [1, 1]
    assert limiter.retry_after_s(0.04, 99, is_group=False) == 0


def send_paid(limiter: Limiter, count: int, first_chat: int = 0) -> list[int]:
    return [limiter.retry_after_s(0.0, first_chat + n, is_group=False, is_paid=True) for n in range(count)]


def test_paid_broadcast_rate_is_a_thousand_per_second_beyond_the_free_thirty() -> None:
    limiter = Limiter(Limits())
    assert send_paid(limiter, 30) == [0] * 30
    assert limiter.spent == 0
    assert send_paid(limiter, 960, 100) == [0] * 960
    assert limiter.spent == pytest.approx(96)
    # Answers have their own pace beside it, and cost nothing.
    assert [limiter.retry_after_s(0.0, 5000 + n, is_group=False) for n in range(10)] == [0] * 10
    assert limiter.spent == pytest.approx(96)
    # All together are a thousand.
    assert send_paid(limiter, 1, 6000) == [1]
    assert limiter.retry_after_s(0.0, 6001, is_group=False) == 1


def test_paid_broadcast_without_stars_falls_back_to_the_free_rate() -> None:
    limiter = Limiter(Limits(stars=0.2))
    assert send_paid(limiter, 34) == [0] * 32 + [1] * 2
    assert _retry_after_times(Limiter(Limits()), [0.0] * 6) == [0, 0, 0, 0, 0, 1]


def test_paid_messages_obey_the_chat_limit() -> None:
    limiter = Limiter(Limits())
    assert [limiter.retry_after_s(0.0, 1, is_group=False, is_paid=True) for _ in range(6)] == [0] * 5 + [1]


def test_edits_have_their_own_bucket() -> None:
    limiter = Limiter(Limits())
    _retry_after_times(limiter, [0.0] * 5)
    assert limiter.retry_after_s(0.0, 1, is_group=False, is_edit=True) == 0
    assert limiter.retry_after_s(0.0, 1, is_group=False) == 1


def test_limits_can_be_lifted() -> None:
    assert set(_retry_after_times(Limiter(Limits(is_on=False)), [0.0] * 1000)) == {0}


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 8)), max_size=200))
def test_call_after_retry_after_is_accepted(steps: list[tuple[float, int]]) -> None:
    limiter, now, sent = Limiter(Limits()), 0.0, []
    for pause, chat_id in steps:
        now += pause
        wait_s = limiter.retry_after_s(now, chat_id, is_group=False)
        if wait_s:
            now += wait_s
            assert limiter.retry_after_s(now, chat_id, is_group=False) == 0
        sent.append(now)
    for start in sent:
        assert sum(start <= t < start + 1 for t in sent) <= 60
