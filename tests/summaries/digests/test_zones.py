"""The time zones of places."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.digests.zones import find_zone, find_zone_at


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("WIB", "Asia/Jakarta"),
        ("wita", "Asia/Makassar"),
        ("WIT", "Asia/Jayapura"),
        ("Makassar", "Asia/Makassar"),
        ("kota  Surabaya", "Asia/Jakarta"),
        ("Kabupaten Malang", "Asia/Jakarta"),
        ("Provinsi Papua Barat Daya", "Asia/Jayapura"),
        ("palangka-raya", "Asia/Pontianak"),
        ("Ambon", "Asia/Jayapura"),
        ("IKN", "Asia/Makassar"),
        ("Tokyo", "Asia/Tokyo"),
        ("new york", "America/New_York"),
        ("Singapura", "Asia/Singapore"),
        ("Kairo", "Africa/Cairo"),
        ("Mekkah", "Asia/Riyadh"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("asia/tokyo", "Asia/Tokyo"),
        ("utc", "UTC"),
        # Slips of the thumb.
        ("makasar", "Asia/Makassar"),
        ("Jakrta", "Asia/Jakarta"),
        ("Yogjakarta", "Asia/Jakarta"),
    ],
)
def test_place_name_gives_its_zone(name: str, zone: str) -> None:
    assert find_zone(name) == zone


@pytest.mark.parametrize(
    "name",
    ["", " ", "Mars/Olympus", "../../etc/passwd", "Asia", "EST", "besok", "halo", "pagi", "x" * 999, "Etc/GMT+7"],
)
def test_unknown_place_has_no_zone(name: str) -> None:
    assert find_zone(name) is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (-6.2, 106.8, "Asia/Jakarta"),
        (-2.2, 113.9, "Asia/Pontianak"),
        (-0.5, 117.15, "Asia/Makassar"),
        (-8.65, 115.2, "Asia/Makassar"),
        (-3.69, 128.18, "Asia/Jayapura"),
        (-8.56, 125.57, "Asia/Dili"),
        (52.37, 4.9, "Europe/Amsterdam"),
        # At sea, and nowhere.
        (0.0, 0.0, None),
        (91.0, 0.0, None),
        (0.0, -181.0, None),
        (float("nan"), 0.0, None),
        (float("inf"), 0.0, None),
    ],
)
def test_coordinates_give_their_zone(latitude: float, longitude: float, zone: str | None) -> None:
    assert find_zone_at(latitude, longitude) == zone


@settings(deadline=None)
@given(st.text(max_size=70))
def test_any_text_gives_a_zone_or_none(text: str) -> None:
    assert find_zone(text) in available_timezones() | {None}
