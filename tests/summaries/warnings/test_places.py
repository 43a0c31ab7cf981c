"""Places, their distances, and the events that concern them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from summaries.model import ChatRef, Earthquake, Hazard, Place, Severity, WarningSettings, WeatherWarning
from summaries.regions import find_region_by_name, load_regions, load_seats
from summaries.warnings.decisions import find_box, find_concern, find_recipients, is_over, is_severe
from summaries.warnings.places import draw_box, is_within, make_location, make_place, measure_km
from tests.summaries.warnings.documents import SENT

SQUARE = ((-8.25, 112.45), (-8.25, 112.75), (-8.0, 112.75), (-8.0, 112.45), (-8.25, 112.45))
# A ring that is open to the east, around its middle.
HORSESHOE = ((0.0, 0.0), (0.0, 2.0), (0.4, 2.0), (0.4, 0.4), (1.6, 0.4), (1.6, 2.0), (2.0, 2.0), (2.0, 0.0))
TSUNAMI = "Berpotensi tsunami untuk diteruskan pada masyarakat"


def place(latitude: float, longitude: float, radius_km: float = 5.0) -> Place:
    return Place("Desa", (latitude, longitude), radius_km)


def quake(magnitude: float = 5.0, potential: str = "", epicentre: tuple[float, float] = (-8.75, 112.6)) -> Hazard:
    content = Earthquake(SENT, epicentre, magnitude, potential=potential)
    return Hazard(1, 1, content, SENT, SENT + timedelta(hours=12))


def weather(severity: Severity = Severity.MODERATE, **fields: object) -> Hazard:
    content = WeatherWarning(("1",), SENT, "Hujan", "Hujan", "", severity, SENT, polygons=(SQUARE,))
    return Hazard(1, 1, replace(content, **fields), SENT, SENT + timedelta(hours=3))  # type: ignore[arg-type]


def wants(*places: Place, **fields: object) -> WarningSettings:
    return replace(WarningSettings(ChatRef(7), places), **fields)  # type: ignore[arg-type]


def test_every_regency_and_city_has_a_seat_in_indonesia() -> None:
    seats = load_seats()
    assert set(seats) == {code for code, region in load_regions().items() if not region.is_province}
    assert all(-11.1 < north < 6.1 and 95.0 < east < 141.1 for north, east in seats.values())


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [((-6.18, 106.83), (-7.25, 112.75), 665), ((0, 0), (0, 1), 111), ((5.5, 95.3), (-8.5, 140.4), 5240)],
)
def test_distances_are_those_of_the_globe(one: tuple[float, float], other: tuple[float, float], km: float) -> None:
    assert measure_km(one, other) == pytest.approx(km, rel=0.01)
    assert measure_km(one, one) == 0


@pytest.mark.parametrize(
    ("latitude", "longitude", "radius_km", "is_near"),
    [
        (-8.1, 112.6, 5, True),
        (-7.98, 112.6, 5, True),
        (-7.9, 112.6, 5, False),
        (-7.9, 112.6, 25, True),
        (-8.1, 112.85, 5, False),
        (-8.1, 112.79, 5, True),
        (-8.1, 112.4, 5, False),
    ],
)
def test_place_touches_a_polygon(latitude: float, longitude: float, radius_km: float, *, is_near: bool) -> None:
    assert is_within(place(latitude, longitude, radius_km), SQUARE) is is_near
    assert is_within(place(latitude, longitude, radius_km), SQUARE[:-1]) is is_near
    assert is_within(place(latitude, longitude, radius_km), SQUARE[::-1]) is is_near


def test_hollow_of_a_polygon_is_outside() -> None:
    assert not is_within(place(1.0, 1.2), HORSESHOE)
    assert is_within(place(0.2, 1.2), HORSESHOE)
    assert is_within(place(1.0, 1.2, 70), HORSESHOE)
    assert not is_within(place(1.0, 1.0), ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)))


def test_box_holds_every_point_within_the_margin() -> None:
    box = draw_box([(-8.75, 112.6)], 500)
    for north, east in ((-4.3, 112.6), (-13.2, 112.6), (-8.75, 108.1), (-8.75, 117.1)):
        assert box.contains((north, east)) == (measure_km((north, east), (-8.75, 112.6)) <= 500)
    assert draw_box([(89.9, 0.0)], 500).contains((89.9, 20.0))


def test_region_is_a_place_around_its_seat() -> None:
    city, regency, province = (find_region_by_name(name) for name in ("Kota Malang", "kab. Malang", "jatim"))
    assert city
    assert regency
    assert province
    assert make_place(city) == Place("Kota Malang", load_seats()["35.73"], 10.0, "35.73")
    assert make_place(regency) == Place("Kabupaten Malang", load_seats()["35.07"], 25.0, "35.07")
    assert make_place(province) is None


def test_shared_location_is_rounded() -> None:
    found = make_location(-7.977123, 112.634567)
    assert found is not None
    region, kept = found
    assert (region.name, kept) == ("Kota Malang", Place("Kota Malang", (-8.0, 112.65), 5.0))
    assert measure_km(kept.centre, (-7.977123, 112.634567)) < kept.radius_km
    assert make_location(52.37, 4.9) is None


@pytest.mark.parametrize(
    ("hazard", "settings", "distance_km"),
    [
        (quake(), wants(place(-8.0, 112.6)), 83),
        (quake(), wants(place(-7.25, 112.75), place(-8.0, 112.6)), 83),
        (quake(), wants(place(-7.25, 112.75)), None),
        (quake(), wants(place(-7.25, 112.75), max_km=200), 168),
        (quake(3.9), wants(place(-8.0, 112.6)), None),
        (quake(3.9), wants(place(-8.0, 112.6), min_magnitude=3.0), 83),
        (quake(), wants(place(-8.0, 112.6), min_magnitude=None), None),
        (quake(7.5, TSUNAMI), wants(place(-8.0, 112.6), min_magnitude=None), None),
        (quake(7.5, TSUNAMI), wants(place(-6.18, 106.83), max_km=50), 697),
        (quake(7.5, TSUNAMI), wants(place(3.58, 98.67), max_km=50), None),
        (quake(), wants(), None),
        # It was over before the chat asked for warnings.
        (quake(), wants(place(-8.0, 112.6), listens_since=SENT + timedelta(minutes=11)), None),
        (quake(), wants(place(-8.0, 112.6), listens_since=SENT + timedelta(minutes=9)), 83),
    ],
)
def test_earthquake_concerns_places_by_magnitude_and_distance(
    hazard: Hazard, settings: WarningSettings, distance_km: float | None
) -> None:
    concern = find_concern(hazard, settings)
    shown = concern and concern.distance_km and round(concern.distance_km)
    assert shown == distance_km
    assert list(find_recipients(hazard, [settings])) == ([ChatRef(7)] if distance_km else [])
    if concern:
        box = find_box(hazard)
        assert box is not None
        assert box.contains(concern.place.centre)


@pytest.mark.parametrize(
    ("hazard", "settings", "is_wanted"),
    [
        (weather(), wants(place(-8.1, 112.6)), True),
        (weather(), wants(place(-7.0, 110.0), place(-8.1, 112.6)), True),
        (weather(), wants(place(-8.1, 112.6), has_weather=False), False),
        (weather(), wants(place(-7.0, 110.0)), False),
        (weather(polygons=(), circles=(((-7.0, 110.1), 10.0),)), wants(place(-7.0, 110.0)), True),
        (weather(polygons=(), circles=(((-7.0, 110.2), 10.0),)), wants(place(-7.0, 110.0)), False),
        (weather(polygons=()), wants(place(-7.0, 110.0)), False),
    ],
)
def test_weather_concerns_places_in_its_area(hazard: Hazard, settings: WarningSettings, *, is_wanted: bool) -> None:
    concern = find_concern(hazard, settings)
    assert (concern is not None) is is_wanted
    if concern:
        box = find_box(hazard)
        assert box is not None
        assert box.contains(concern.place.centre)


def test_severe_events_are_those_that_may_wake_somebody() -> None:
    assert [is_severe(quake(magnitude)) for magnitude in (5.9, 6.0)] == [False, True]
    assert is_severe(quake(5.5, TSUNAMI))
    assert [is_severe(weather(severity)) for severity in Severity] == [True, True, False, False, False]


def test_event_is_over_when_it_expired_or_was_cancelled() -> None:
    hazard = weather()
    assert not is_over(hazard, SENT)
    assert is_over(hazard, hazard.expires_at)
    assert is_over(replace(hazard, is_cancelled=True), SENT)
