"""Which publication times are believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.dates import EARLIEST, MAX_AHEAD, sanitize_timestamp

NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-14T02:00:00+00:00", "2026-10-14T02:00:00+00:00"),
        ("2026-10-14T03:05:00+00:00", "2026-10-14T03:05:00+00:00"),
        # Local time that says it is UTC.
        ("2026-10-14T09:50:00+00:00", "2026-10-14T09:50:00+07:00"),
        ("2026-10-14T11:00:00+00:00", "2026-10-14T11:00:00+00:00"),
        ("2026-10-15T00:00:00+07:00", "2026-10-15T00:00:00+07:00"),
        ("2026-10-16T10:00:00+07:00", "2026-10-16T10:00:00+07:00"),
        ("2026-10-16T10:00:01+07:00", None),
        ("2026-11-14T02:00:00+00:00", None),
        ("2099-01-01T00:00:00+00:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("1990-01-01T00:00:00+00:00", "1990-01-01T00:00:00+00:00"),
        ("1990-01-01T00:00:00+07:00", None),
        ("1970-01-01T00:00:00+00:00", None),
        ("0001-01-01T00:00:00+00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_timestamp_is_sanitized(text: str, expected: str | None) -> None:
    found = sanitize_timestamp(datetime.fromisoformat(text), now=NOW)
    assert (found.isoformat() if found else None) == expected


def test_timestamp_without_current_time_is_checked_for_range_only() -> None:
    assert sanitize_timestamp(datetime(2100, 12, 31, tzinfo=UTC), now=None) is not None
    assert sanitize_timestamp(datetime(2101, 1, 1, tzinfo=UTC), now=None) is None
    assert sanitize_timestamp(datetime(1989, 12, 31, tzinfo=UTC), now=None) is None
    assert sanitize_timestamp(None, now=NOW) is None


OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=OFFSETS), st.sampled_from([NOW, None]))
def test_sanitized_timestamp_is_valid_in_every_zone(moment: datetime, now: datetime | None) -> None:
    found = sanitize_timestamp(moment, now=now)
    if found is None:
        return
    assert found >= EARLIEST
    assert now is None or found <= now + MAX_AHEAD
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
        assert found.astimezone(ZoneInfo(zone)) == found
