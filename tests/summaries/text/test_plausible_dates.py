# ruff: noqa: E501 - a table reads better unbroken
"""Which publication times are believed, and which of several is an article's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.dates import (
    EARLIEST,
    MAX_AHEAD,
    DateEvidence,
    decide_published_at,
    parse_date,
    sanitize_timestamp,
)

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


# Now is 14 October 2026, 10:00 WIB. The columns: metadata, visible date, feed, days in the address; the decision.
DECISIONS = {
    "all agree": (["2026-10-13T10:05:00+07:00"], "13 Okt 2026 10:05 WIB", "Tue, 13 Oct 2026 10:05:00 +0700", [], "2026-10-13T10:05:00+07:00"),
    "the first stated": (["2026-10-13T10:05:00+07:00", "2026-10-12T09:00:00+07:00"], "", "", [], "2026-10-13T10:05:00+07:00"),
    "negative offset means WIB": (["2026-10-13T11:38:29-07:00", "Tue, 13 Oct 2026 11:38:29 GMT"], "", "", [], "2026-10-13T11:38:29+07:00"),
    "negative offset, WITA on the page": (["2026-10-13T11:38:29-07:00"], "13/10/2026 11:38 WITA", "", [], "2026-10-13T11:38:29+08:00"),
    "negative offset that the feed confirms": (["2026-10-13T11:38:29-04:00"], "", "Tue, 13 Oct 2026 22:38:29 +0700", [], "2026-10-13T11:38:29-04:00"),
    "local time called UTC": (["2026-10-13T10:05:10Z"], "13 Okt 2026 10:05 WIB", "", [], "2026-10-13T10:05:10+07:00"),
    "local time called UTC, by the feed": (["2026-10-13T10:05:10Z"], "", "Tue, 13 Oct 2026 10:05:00 +0700", [], "2026-10-13T10:05:10+07:00"),
    "real UTC": (["2026-10-13T03:05:10Z"], "13 Okt 2026 10:05 WIB", "", [], "2026-10-13T03:05:10+00:00"),
    "real UTC, another article's date on the page": (["2026-10-13T03:05:10Z"], "1 Okt 2026 09:00 WIB", "", [], "2026-10-13T03:05:10+00:00"),
    "UTC alone": (["2026-10-13T03:05:10Z"], "", "", [], "2026-10-13T03:05:10+00:00"),
    "UTC of the future": (["2026-10-14T09:50:00Z"], "", "", [], "2026-10-14T09:50:00+07:00"),
    "a template's old date": (["2014-07-13T20:07:27", "2026-10-13 07:26:05"], "Selasa 13 Oktober 2026 07:26 WIB", "", [], "2026-10-13T07:26:05+07:00"),
    "updated long after": (["2026-09-01T08:00:00+07:00"], "", "Tue, 13 Oct 2026 10:05:00 +0700", [], "2026-09-01T08:00:00+07:00"),
    "the day stated, the time printed": (["2026-10-13"], "13 Okt 2026 10:05 WIB", "", [], "2026-10-13T10:05:00+07:00"),
    "the day stated, the time in the feed": (["2026-10-13"], "", "Tue, 13 Oct 2026 10:05:00 +0700", [], "2026-10-13T10:05:00+07:00"),
    "printed only": ([], "13 Okt 2026 10:05 WIB", "", [], "2026-10-13T10:05:00+07:00"),
    "feed only": ([], "", "Tue, 13 Oct 2026 10:05:00 +0700", ["2026/10/12"], "2026-10-13T10:05:00+07:00"),
    "address only": ([], "", "", ["2026/10/13"], "2026-10-13T00:00:00+07:00"),
    "tomorrow's paper": (["2026-10-15T00:00:00+07:00"], "", "", [], None),
    "tomorrow's paper in today's feed": (["2026-10-15T00:00:00+07:00"], "", "Wed, 14 Oct 2026 01:00:00 GMT", [], "2026-10-14T01:00:00+00:00"),
    "a clock that is fast": (["2026-10-14T10:04:00+07:00"], "", "", [], "2026-10-14T10:00:00+07:00"),
    "a time of the future that is printed": ([], "15 Okt 2026 10:05 WIB", "", ["2026/10/14"], "2026-10-14T00:00:00+07:00"),
    "empty fields": (["0001-01-01T00:00:00", "1970-01-01T00:00:00Z"], "", "", [], None),
    "nothing": ([], "", "", [], None),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "printed", "listed", "uncertain", "expected"), DECISIONS.values(), ids=DECISIONS)
def test_decisions(stated: list[str], printed: str, listed: str, uncertain: list[str], expected: str | None) -> None:
    evidence = DateEvidence(
        stated=tuple(filter(None, map(parse_date, stated))),
        printed=parse_date(printed),
        listed=parse_date(listed),
        uncertain=tuple(filter(None, map(parse_date, uncertain))),
    )
    found = decide_published_at(evidence, now=NOW)
    assert (found.isoformat() if found else None) == expected


def test_a_negative_offset_of_a_foreign_outlet_counts() -> None:
    moment = datetime(2026, 10, 13, 10, 5, tzinfo=timezone(timedelta(hours=-4)))
    assert decide_published_at(DateEvidence((moment,)), is_indonesian=False, now=NOW) == moment


@given(st.lists(st.datetimes(timezones=OFFSETS), max_size=3), st.lists(st.datetimes(timezones=OFFSETS), max_size=3))
def test_nothing_appeared_in_the_future(stated: list[datetime], shown: list[datetime]) -> None:
    printed, listed, *uncertain = [*shown, None, None]
    evidence = DateEvidence(tuple(stated), printed, listed, tuple(filter(None, uncertain)))
    found = decide_published_at(evidence, now=NOW)
    assert found is None or EARLIEST <= found <= NOW
