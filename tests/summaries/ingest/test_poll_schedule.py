"""When sources are checked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import TransientFetchError
from summaries.ingest.poll_schedule import (
    DEFAULT_BACKOFF,
    MAX_BACKOFF,
    MAX_FAILURES,
    MAX_INTERVAL,
    MIN_INTERVAL,
    after_failure,
    after_success,
    compute_backoff,
    compute_interval,
    find_requested_backoff,
    measure_rate,
)
from summaries.model import PollState

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
CHANCES = st.floats(0, 1, exclude_max=True)


def before_now(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def make_entry_times(count: int, **gap: float) -> list[datetime]:
    return [NOW - timedelta(**gap) * (n + 1) for n in range(count)]


@pytest.mark.parametrize(
    ("times", "pace"),
    [
        ([], (None, None, 0)),
        ([None, None], (None, None, 0)),
        # Dates in the future say nothing.
        ([NOW + timedelta(hours=1)], (None, None, 0)),
        # One entry is no pace.
        ([before_now(hours=1), None], (before_now(hours=1), None, 0)),
        ([before_now(hours=3), before_now(hours=1)], (before_now(hours=1), before_now(hours=3), 2)),
        # Only the latest count of a busy source.
        (make_entry_times(50, minutes=10), (before_now(minutes=10), before_now(minutes=200), 20)),
        # A source that shows older entries too has shown all of its week.
        ([before_now(days=2), before_now(days=9)], (before_now(days=2), before_now(days=7), 1)),
        ([before_now(days=400)], (before_now(days=400), before_now(days=7), 0)),
    ],
)
def test_publishing_rate_is_measured(
    times: list[datetime | None], pace: tuple[datetime | None, datetime | None, int]
) -> None:
    for order in (times, times[::-1]):
        state = measure_rate(PollState(), order, now=NOW)
        assert (state.newest_entry_at, state.recent_since, state.recent_count) == pace


@pytest.mark.parametrize(
    ("times", "minutes"),
    [
        (make_entry_times(50, minutes=1), 5),
        (make_entry_times(50, minutes=20), 20),
        (make_entry_times(3, hours=2), 120),
        (make_entry_times(50, hours=10), 360),
        ([before_now(days=30)], 360),
        ([], 30),
        ([before_now(minutes=5)], 30),
        # Twenty entries at once, and then nothing for ten hours.
        ([before_now(hours=10)] * 20, 30),
    ],
)
def test_check_interval_follows_publishing_rate(times: list[datetime], minutes: float) -> None:
    state = measure_rate(PollState(), times, now=NOW)
    waits = [compute_interval(state, now=NOW, chance=chance) / timedelta(minutes=1) for chance in (0, 0.999)]
    assert waits[0] < waits[1]
    assert all(wait == pytest.approx(minutes, rel=0.11) for wait in waits)


def test_interval_grows_while_nothing_is_published() -> None:
    state = measure_rate(PollState(), make_entry_times(20, minutes=10), now=NOW)
    waits = [compute_interval(state, now=NOW + timedelta(hours=hours), chance=0.5) for hours in (0, 8, 24, 300)]
    assert waits == sorted(waits)
    assert waits[0] < timedelta(minutes=11)
    assert waits[1] < timedelta(minutes=45)
    assert waits[-1] > MAX_INTERVAL * 0.9


@given(
    st.lists(st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))), max_size=30),
    CHANCES,
    st.timedeltas(timedelta(minutes=1), timedelta(days=1)),
)
def test_interval_stays_within_bounds(times: list[datetime | None], chance: float, shortest: timedelta) -> None:
    state = measure_rate(PollState(), times, now=NOW)
    wait = compute_interval(state, now=NOW, chance=chance, shortest=shortest)
    assert shortest <= wait <= max(MAX_INTERVAL, shortest)


@given(st.integers(1, 10_000), CHANCES)
def test_backoff_grows_up_to_its_maximum(failures: int, chance: float) -> None:
    wait = compute_backoff(failures, chance)
    assert MIN_INTERVAL <= wait <= MAX_BACKOFF
    assert wait <= compute_backoff(failures + 1, chance)


def test_success_resets_failures_and_unchanged_feed_keeps_its_rate() -> None:
    failed = PollState(failures_in_a_row=7, last_error="away", last_failure_at=before_now(hours=1))
    failed = replace(failed, newest_entry_at=before_now(hours=1), recent_since=before_now(hours=40), recent_count=20)
    read = after_success(failed, now=NOW, chance=0.5)
    assert read.failures_in_a_row == 0
    assert (read.last_success_at, read.next_check_at) == (NOW, NOW + timedelta(hours=2))
    assert (read.last_error, read.last_failure_at) == ("away", before_now(hours=1))
    later = NOW + timedelta(hours=2)
    unchanged = after_success(read, now=later, chance=0.5)
    assert (unchanged.newest_entry_at, unchanged.recent_count) == (before_now(hours=1), 20)
    assert unchanged.next_check_at == later + timedelta(hours=42) / 20


@pytest.mark.parametrize(
    ("failures", "status", "retry_after_s", "expected"),
    [
        (0, None, None, timedelta(minutes=5)),
        (1, 404, None, timedelta(minutes=10)),
        (3, 500, None, timedelta(minutes=40)),
        (30, 500, None, timedelta(days=1)),
        (0, 503, None, DEFAULT_BACKOFF),
        (0, 429, None, DEFAULT_BACKOFF),
        (0, 429, 7200, timedelta(hours=2)),
        (0, 503, 1, timedelta(minutes=5)),
        (0, 500, 3600, timedelta(hours=1)),
        (0, 429, 1e9, timedelta(days=1)),
        (30, 429, 60, timedelta(days=1)),
    ],
)
def test_failed_source_waits_for_backoff_or_retry_after(
    failures: int, status: int | None, retry_after_s: float | None, expected: timedelta
) -> None:
    state = PollState(failures_in_a_row=failures, etag='"1"')
    for chance in (0.0, 0.999):
        backoff = find_requested_backoff(TransientFetchError("away", status=status, retry_after_s=retry_after_s))
        after = after_failure(state, error="away", fault="timeout", now=NOW, chance=chance, backoff=backoff)
        assert after.next_check_at is not None
        assert after.next_check_at - NOW == pytest.approx(expected, rel=0.11)
        if retry_after_s is not None:
            assert after.next_check_at - NOW >= min(timedelta(seconds=retry_after_s), MAX_BACKOFF)
        assert (after.failures_in_a_row, after.last_error, after.last_fault) == (failures + 1, "away", "timeout")
        assert after.etag == '"1"'


def test_source_is_switched_off_after_max_failures() -> None:
    state, now, days = PollState(), NOW, 0.0
    for number in range(1, MAX_FAILURES + 1):
        state = after_failure(state, error="away", fault="timeout", now=now, chance=0.5)
        assert state.is_active is (number < MAX_FAILURES)
        assert state.next_check_at is not None
        days += (state.next_check_at - now) / timedelta(days=1)
        now = state.next_check_at
    assert 30 < days < 60
