"""When digests are due, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.digests.schedule import (
    INDONESIAN_ZONES,
    MAX_SKIPPED,
    compute_news_start,
    compute_retry_delay,
    find_missed,
    find_next_due,
    get_zone_name,
    is_late,
    is_worth_catching_up,
    load_zone,
    skip_quiet_hours,
)
from summaries.errors import InvalidSettings
from summaries.model import QuietHours


def parse_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def parse_times(text: str) -> tuple[time, ...]:
    return tuple(map(time.fromisoformat, text.split()))


@pytest.mark.parametrize(
    ("at", "zone", "after", "expected"),
    [
        # The three zones of Indonesia.
        ("07:00", "Asia/Jakarta", "2026-11-23T12:00", "2026-11-24T00:00"),
        ("07:00", "Asia/Makassar", "2026-11-23T12:00", "2026-11-23T23:00"),
        ("07:00", "Asia/Jayapura", "2026-11-23T12:00", "2026-11-23T22:00"),
        # Still today, and already tomorrow on the chat's clock.
        ("18:30", "Asia/Jakarta", "2026-11-23T11:29", "2026-11-23T11:30"),
        ("06:00", "Asia/Jakarta", "2026-11-23T17:30", "2026-11-23T23:00"),
        # The moment itself is over: the next one is a day later.
        ("07:00", "Asia/Jakarta", "2026-11-24T00:00", "2026-11-25T00:00"),
        # Several a day.
        ("07:00 18:30", "Asia/Jakarta", "2026-11-24T00:00", "2026-11-24T11:30"),
        ("07:00 18:30", "Asia/Jakarta", "2026-11-24T11:30", "2026-11-25T00:00"),
        ("00:00", "Asia/Jakarta", "2026-12-31T16:59:59", "2026-12-31T17:00"),
        # The ends of months and years, and the day that most years lack.
        ("07:00", "Asia/Jakarta", "2028-02-28T00:00", "2028-02-29T00:00"),
        ("07:00", "Asia/Jakarta", "2027-02-28T00:00", "2027-03-01T00:00"),
        ("23:59", "Asia/Jakarta", "2026-12-31T16:59", "2027-01-01T16:59"),
        # Daylight saving begins: 02:30 does not exist on that day and comes as 03:30.
        ("02:30", "Europe/Amsterdam", "2026-03-28T12:00", "2026-03-29T01:30"),
        ("02:30", "Europe/Amsterdam", "2026-03-29T01:30", "2026-03-30T00:30"),
        # Daylight saving ends: 02:30 comes twice and counts once.
        ("02:30", "Europe/Amsterdam", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("02:30", "Europe/Amsterdam", "2026-10-25T00:30", "2026-10-26T01:30"),
        # A zone that skipped a whole day (Samoa, 30 December 2011).
        ("07:00", "Pacific/Apia", "2011-12-29T17:00", "2011-12-30T17:00"),
    ],
)
def test_next_due_follows_times_and_zone(at: str, zone: str, after: str, expected: str) -> None:
    assert find_next_due(parse_times(at), zone, parse_utc(after)) == parse_utc(expected)


@pytest.mark.parametrize(
    ("days", "after", "expected"),
    [
        # 23 November 2026 is a Monday.
        ("01234", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("01234", "2026-11-27T00:00", "2026-11-30T00:00"),
        ("56", "2026-11-23T00:00", "2026-11-28T00:00"),
        ("56", "2026-11-28T00:00", "2026-11-29T00:00"),
        ("0", "2026-11-22T23:59", "2026-11-23T00:00"),
        ("0", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("", "2026-11-23T00:00", None),
    ],
)
def test_next_due_follows_weekdays(days: str, after: str, expected: str | None) -> None:
    due = find_next_due(parse_times("07:00"), "Asia/Jakarta", parse_utc(after), frozenset(map(int, days)))
    assert due == (parse_utc(expected) if expected else None)


def test_weekday_is_local_to_the_chat() -> None:
    # Monday 00:30 in Jayapura is Sunday in UTC.
    assert find_next_due(parse_times("00:30"), "Asia/Jayapura", parse_utc("2026-11-20T00:00"), {0}) == parse_utc(
        "2026-11-22T15:30"
    )
    # Where a Friday was skipped, Friday's digest comes a week later (Samoa, 30 December 2011).
    due = find_next_due(parse_times("07:00"), "Pacific/Apia", parse_utc("2011-12-29T20:00"), {4})
    assert due in {parse_utc("2011-12-30T17:00"), parse_utc("2012-01-05T17:00")}


NIGHT = QuietHours(time(22), time(6))
NOON = QuietHours(time(12), time(13, 30))


@pytest.mark.parametrize(
    ("quiet", "moment", "expected"),
    [
        # In Jakarta it is seven hours later.
        (None, "2026-11-23T16:00", "2026-11-23T16:00"),
        (NIGHT, "2026-11-23T14:59", "2026-11-23T14:59"),
        (NIGHT, "2026-11-23T15:00", "2026-11-23T23:00"),
        (NIGHT, "2026-11-23T22:59", "2026-11-23T23:00"),
        (NIGHT, "2026-11-23T23:00", "2026-11-23T23:00"),
        (NOON, "2026-11-23T04:59", "2026-11-23T04:59"),
        (NOON, "2026-11-23T05:00", "2026-11-23T06:30"),
        (NOON, "2026-11-23T06:30", "2026-11-23T06:30"),
    ],
)
def test_quiet_hours_move_a_moment_to_their_end(quiet: QuietHours | None, moment: str, expected: str) -> None:
    assert skip_quiet_hours(parse_utc(moment), quiet, "Asia/Jakarta") == parse_utc(expected)


def test_quiet_hours_must_not_last_all_day() -> None:
    with pytest.raises(ValueError, match="all day"):
        QuietHours(time(6), time(6))


def test_next_due_without_times_is_none() -> None:
    assert find_next_due((), "Asia/Jakarta", parse_utc("2026-11-23T00:00")) is None


@given(
    at=st.lists(st.times(timezones=st.none()).map(lambda t: t.replace(microsecond=0)), min_size=1, max_size=6),
    zone=st.sampled_from([*INDONESIAN_ZONES.values(), "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe"]),
    after=st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 1)),  # noqa: DTZ001
)
def test_next_due_is_in_the_future_within_two_days(at: list[time], zone: str, after: datetime) -> None:
    now = after.replace(tzinfo=UTC)
    due = find_next_due(tuple(at), zone, now)
    assert due is not None
    assert now < due <= now + timedelta(days=2)
    # Asked a moment before it, the answer is the same: nothing in between was passed over.
    assert find_next_due(tuple(at), zone, due - timedelta(microseconds=1)) == due


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("WIB", "Asia/Jakarta"),
        ("wita", "Asia/Makassar"),
        ("Wit", "Asia/Jayapura"),
        ("Asia/Pontianak", "Asia/Pontianak"),
        ("UTC", "UTC"),
    ],
)
def test_zone_name_is_loaded(name: str, key: str) -> None:
    assert load_zone(name).key == key


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Asia", "Asia/Jakarta\0", "W" * 999]
)
def test_invalid_zone_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidSettings, match="not a time zone"):
        load_zone(name)


def test_zone_name_is_shown_as_abbreviation_where_common() -> None:
    assert [get_zone_name(zone) for zone in ("Asia/Jakarta", "Asia/Jayapura", "Asia/Tokyo")] == [
        "WIB",
        "WIT",
        "Asia/Tokyo",
    ]


@pytest.mark.parametrize(
    ("at", "zone", "due", "now", "expected"),
    [
        ("07:00", "UTC", "2026-11-23T07:00", "2026-11-23T07:00", "23 07:00"),
        ("07:00", "UTC", "2026-11-23T07:00", "2026-11-24T06:59", "23 07:00"),
        ("07:00 18:00", "UTC", "2026-11-23T07:00", "2026-11-24T07:00", "23 07:00, 23 18:00, 24 07:00"),
        # Nobody asks for the stored time any more.
        ("07:00", "UTC", "2026-11-23T09:30", "2026-11-24T08:00", "23 09:30, 24 07:00"),
        # Both sides of a gap are one moment, and an hour that comes twice counts once.
        ("02:30 03:30", "Europe/Amsterdam", "2026-03-28T01:30", "2026-03-29T12:00",
         "28 01:30, 28 02:30, 29 01:30"),
        ("02:30", "Europe/Amsterdam", "2026-10-24T00:30", "2026-10-25T12:00", "24 00:30, 25 00:30"),
    ],
)  # fmt: skip
def test_missed_times_are_listed(at: str, zone: str, due: str, now: str, expected: str) -> None:
    found = find_missed(parse_times(at), zone, parse_utc(due), parse_utc(now))
    assert ", ".join(f"{moment:%d %H:%M}" for moment in found) == expected


@pytest.mark.parametrize("days", [1, 30, 365, 3652])
def test_missed_times_are_bounded(days: int) -> None:
    hourly = tuple(time(hour) for hour in range(24))
    due, now = parse_utc("2026-11-23T07:00"), parse_utc("2026-11-23T07:00") + timedelta(days=days)
    found = find_missed(hourly, "UTC", due, now)
    assert len(found) == min(24 * days, MAX_SKIPPED) + 1
    assert (found[0], found[-1]) == (due, now)


@pytest.mark.parametrize(
    ("minutes", "late", "worth_it"),
    [(0, False, True), (10, False, True), (11, True, True), (719, True, True), (720, True, False), (9999, True, False)],
)
def test_lateness_and_catch_up_limits(minutes: int, late: bool, worth_it: bool) -> None:
    due = parse_utc("2026-11-23T00:00")
    now = due + timedelta(minutes=minutes)
    assert (is_late(due, now), is_worth_catching_up(due, now)) == (late, worth_it)


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        (None, "2026-11-22T00:00"),
        ("2026-11-22T12:00", "2026-11-22T12:00"),
        ("2026-11-20T00:00", "2026-11-20T00:00"),
        ("2026-01-01T00:00", "2026-11-16T00:00"),
    ],
)
def test_news_period_starts_at_the_previous_digest(previous: str | None, expected: str) -> None:
    assert compute_news_start(parse_utc("2026-11-23T00:00"), parse_utc(previous) if previous else None) == parse_utc(
        expected
    )


def test_retry_delay_grows_and_is_jittered() -> None:
    assert [compute_retry_delay(n, 0).total_seconds() for n in (0, 1, 2, 3, 8, 1000)] == [5, 10, 20, 40, 900, 900]
    assert compute_retry_delay(1, 0.5).total_seconds() == 7.5
