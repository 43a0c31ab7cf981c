"""Hours, days and zones as people type them."""

from __future__ import annotations

from contextlib import suppress
from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import MAX_TIMES, BadQuietHours, BadTime, TooManyTimes
from bot.parsing.schedules import Timetable, read_quiet_hours, read_timetable
from summaries.model import QuietHours

SEVEN = (time(7),)


@pytest.mark.parametrize(
    ("text", "times", "zone"),
    [
        ("07:00", "07:00", None),
        ("7", "07:00", None),
        ("7.05", "07:05", None),
        ("07.00 WIB", "07:00", "Asia/Jakarta"),
        ("07:00 18:30 WITA", "07:00 18:30", "Asia/Makassar"),
        ("18:30, 07:00, 07:00", "07:00 18:30", None),
        ("jam 6 dan pukul 18.30 wit", "06:00 18:30", "Asia/Jayapura"),
        ("23:59 Asia/Pontianak", "23:59", "Asia/Pontianak"),
        ("WIB 00:00", "00:00", "Asia/Jakarta"),
        ("7 pagi", "07:00", None),
        ("7 malam dan 12 malam", "00:00 19:00", None),
        ("1 siang, 4 sore", "13:00 16:00", None),
        ("19.30 malam", "19:30", None),
        ("12 am 12 pm", "00:00 12:00", None),
        ("07:00 Makassar", "07:00", "Asia/Makassar"),
        ("banda aceh 07:00", "07:00", "Asia/Jakarta"),
        ("1 2 3 4 5 6", "01:00 02:00 03:00 04:00 05:00 06:00", None),
    ],
)
def test_timetable_is_read(text: str, times: str, zone: str | None) -> None:
    table = read_timetable(text)
    assert table.times == tuple(map(time.fromisoformat, times.split()))
    assert table.zone == zone


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", ""),
        ("jam", ""),
        ("24:00", "24:00"),
        ("7:60", "7:60"),
        ("07:00 malam-malam", "malam-malam"),
        ("13 pagi", "pagi"),
        ("senin-apa 07:00", "senin-apa"),
        ("07:00 WIB WITA", "WITA"),
        ("07:00 EST", "EST"),
        ("07:00 Asia", "Asia"),
        ("07:00 Mars/Olympus", "Mars/Olympus"),
        ("07:00 ../../etc/passwd", "../../etc/passwd"),
        ("٧:٠٠", "٧:٠٠"),
        ("-7", "-7"),
    ],
)
def test_invalid_part_of_a_schedule_is_named(text: str, word: str) -> None:
    with pytest.raises(BadTime) as caught:
        read_timetable(text)
    assert caught.value.word == word


def test_too_many_times_are_refused() -> None:
    with pytest.raises(TooManyTimes):
        read_timetable(" ".join(map(str, range(MAX_TIMES + 1))))


@settings(deadline=None)  # the first look at the map takes long
@given(st.text(max_size=80))
def test_any_text_is_a_timetable_or_refused(text: str) -> None:
    with suppress(BadTime, TooManyTimes):
        table = read_timetable(text)
        assert len(table.times) <= MAX_TIMES
        assert table.times or table.days or table.zone
        assert list(table.times) == sorted(set(table.times))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("7 senin-jumat", "01234"),
        ("7 Senin–Kamis", "0123"),
        ("senin sampai kamis 7", "0123"),
        ("senin s.d. kamis 7", "0123"),
        ("7 jumat-senin", "4560"),
        ("7 sabtu minggu", "56"),
        ("7 Sabtu, Ahad", "56"),
        ("7 setiap hari Rabu", "2"),
        ("7 hari kerja", "01234"),
        ("akhir pekan jam 7", "56"),
        ("setiap hari 7", "0123456"),
        ("7 jum'at", "4"),
        ("7 mon-fri", "01234"),
        ("7 weekend", "56"),
        ("every day at 7", "0123456"),
        ("7 senin-senin", "0"),
    ],
)
def test_days_of_a_schedule_are_read(text: str, days: str) -> None:
    assert read_timetable(text) == Timetable(SEVEN, None, frozenset(map(int, days)))


def test_days_or_zone_alone_are_valid() -> None:
    assert read_timetable("WITA") == Timetable((), "Asia/Makassar")
    assert read_timetable("hari kerja") == Timetable((), None, frozenset(range(5)))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("22:00-06:00", "22:00", "06:00"),
        (" 22 – 6 ", "22:00", "06:00"),
        ("22.30 sampai 05.15", "22:30", "05:15"),
        ("1 to 5", "01:00", "05:00"),
    ],
)
def test_quiet_hours_are_read(text: str, start: str, end: str) -> None:
    assert read_quiet_hours(text) == QuietHours(time.fromisoformat(start), time.fromisoformat(end))


@pytest.mark.parametrize("text", ["", "22:00", "malam", "22:00-22:00", "1-2-3", "22:00 06:00", "x" * 9999])
def test_invalid_quiet_hours_are_refused(text: str) -> None:
    with pytest.raises(BadQuietHours):
        read_quiet_hours(text)


def test_quiet_hours_outside_the_day_are_refused() -> None:
    with pytest.raises(BadTime):
        read_quiet_hours("25-6")
