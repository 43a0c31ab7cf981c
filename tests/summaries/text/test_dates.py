"""Dates as outlets, feeds and structured data write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.dates import parse_date

ISO = [
    ("2019-05-15T10:05:00+07:00", "2019-05-15T10:05:00+07:00"),
    ("2019-05-15T10:05:00+0700", "2019-05-15T10:05:00+07:00"),
    ("2019-05-15T10:05+07", "2019-05-15T10:05:00+07:00"),
    ("2019-05-15T03:05:00Z", "2019-05-15T03:05:00+00:00"),
    ("2019-05-15T03:05:00.123456Z", "2019-05-15T03:05:00+00:00"),
    ("2019-05-15 10:05:07", "2019-05-15T10:05:07+07:00"),
    ("2019-05-15", "2019-05-15T00:00:00+07:00"),
    ("2019/05/15 10:05:07", "2019-05-15T10:05:07+07:00"),
    ("20190515T030500Z", "2019-05-15T03:05:00+00:00"),
    ("20190515", "2019-05-15T00:00:00+07:00"),
    ("2019-05-15T10:05:00-04:30", "2019-05-15T10:05:00-04:30"),
]
RFC_2822 = [
    ("Wed, 15 May 2019 10:05:00 +0700", "2019-05-15T10:05:00+07:00"),
    ("Wed, 15 May 2019 03:05:00 GMT", "2019-05-15T03:05:00+00:00"),
    ("15 May 19 10:05 +0700", "2019-05-15T10:05:00+07:00"),
]
INDONESIAN = [
    ("Rabu, 15/05/2019 10:05 WIB", "2019-05-15T10:05:00+07:00"),
    ("Rabu, 15 Mei 2019 10:05 WIB", "2019-05-15T10:05:00+07:00"),
    ("Rabu, 15 Mei 2019 | 10:05 WIB", "2019-05-15T10:05:00+07:00"),
    ("15 Mei 2019 - 10.05 WITA", "2019-05-15T10:05:00+08:00"),
    ("Rabu 15 mei 2019, pukul 10.05 WIT", "2019-05-15T10:05:00+09:00"),
    ("5 November 2015 14:56 WIB", "2015-11-05T14:56:00+07:00"),
    ("Kamis 05 Nop 2015, 10:12", "2015-11-05T10:12:00+07:00"),
    ("Jum'at, 07 Pebruari 2014 08:00:59 WIB", "2014-02-07T08:00:59+07:00"),
    ("Diterbitkan 1 Agt 2020 (07:30 WIB)", "2020-08-01T07:30:00+07:00"),
    ("Sabtu, 31-12-2022 23.59", "2022-12-31T23:59:00+07:00"),
    ("Minggu, 3.4.2016", "2016-04-03T00:00:00+07:00"),
    ("10:05 WIB, Rabu 15 Mei 2019", "2019-05-15T10:05:00+07:00"),
    ("Kamis, 21 Des 2023 19:45 GMT+7", "2023-12-21T19:45:00+07:00"),
    ("Terbit 4 Juli 2024 09:00 WIB, diperbarui 5 Juli 2024 11:00 WIB", "2024-07-04T09:00:00+07:00"),
    ("4 Juli 2024 (diperbarui redaksi pada 5 Juli 2024 11:00)", "2024-07-04T00:00:00+07:00"),
]
ENGLISH = [
    ("May 15, 2019 10:05 PM", "2019-05-15T22:05:00+07:00"),
    ("January 1st, 2020 12:30 a.m.", "2020-01-01T00:30:00+07:00"),
]
EPOCH = [("1446710203", "2015-11-05T07:56:43+00:00"), ("1446710203000", "2015-11-05T07:56:43+00:00")]


@pytest.mark.parametrize(("text", "expected"), ISO + RFC_2822 + INDONESIAN + ENGLISH + EPOCH)
def test_date_is_parsed(text: str, expected: str) -> None:
    found = parse_date(text)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Jakarta, CNN Indonesia",
        "31 Februari 2019",
        "15/13/2019",
        "pukul 10:05 WIB",
        "2019",
        "Rp 15.000.000",
        "0001-01-01T00:00:00Z",
        "0000-00-00 00:00:00",
        "1970-01-01T00:00:00Z",
        "1989-12-31",
        "Mon, 01 Jan 1900 00:00:00 GMT",
        "9999-12-31T23:59:59Z",
        "9" * 13,
        "15 Mei 2019 25:61 WIB",
        "081234567890",
        "x" * 300 + " 15 Mei 2019",
    ],
)
def test_text_without_a_date_gives_none(text: str) -> None:
    assert parse_date(text) is None


def test_date_without_zone_needs_a_default_zone() -> None:
    assert parse_date("15 Mei 2019 10:05", default_zone=None) is None
    assert parse_date("15 Mei 2019 10:05 WITA", default_zone=None) is not None


def test_default_zone_is_applied() -> None:
    found = parse_date("15 Mei 2019 10:05", default_zone=ZoneInfo("Asia/Jayapura"))
    assert found == datetime(2019, 5, 15, 1, 5, tzinfo=UTC)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.timezones()))  # noqa: DTZ001
def test_iso_date_round_trip(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    offset = moment.utcoffset()
    if offset is not None and offset.seconds % 60 == 0:
        assert parse_date(moment.isoformat()) == datetime.fromisoformat(moment.isoformat())


@given(st.text(max_size=80))
def test_any_text_gives_an_aware_time_or_none(text: str) -> None:
    found = parse_date(text)
    assert found is None or found.tzinfo is not None
