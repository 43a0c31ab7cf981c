"""The chats that an event concerns, and whether it is severe or over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from summaries.model import (
    Box,
    ChatRef,
    Earthquake,
    Hazard,
    Place,
    Severity,
    WarningSettings,
    WeatherWarning,
)
from summaries.warnings.earthquakes import has_tsunami_potential
from summaries.warnings.places import MAX_RADIUS_KM, draw_box, is_within, measure_km

MAGNITUDES = (3.0, 4.0, 5.0, 6.0)
DISTANCES_KM = (50, 100, 200, 500)
MAX_PLACES = 3
SEVERE_MAGNITUDE = 6.0
# An earthquake with a warning of a tsunami concerns every chat this near, even if it chose a higher magnitude or a
# smaller distance.
TSUNAMI_KM = 1_000
# An earthquake may be reported some minutes after a chat asked for warnings.
BEFORE_LISTENING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Concern:
    """A place that an event concerns, and for an earthquake its distance."""

    place: Place
    distance_km: float | None = None


def is_severe(hazard: Hazard) -> bool:
    """Return whether the event may break quiet hours."""
    content = hazard.content
    if isinstance(content, Earthquake):
        return content.magnitude >= SEVERE_MAGNITUDE or has_tsunami_potential(content)
    return content.severity in {Severity.EXTREME, Severity.SEVERE}


def find_concern(hazard: Hazard, settings: WarningSettings) -> Concern | None:
    """Return the chat's place that the event concerns, of an earthquake the nearest one; None if it concerns none."""
    content = hazard.content
    if isinstance(content, WeatherWarning):
        near = (place for place in settings.places if is_in_area(place, content))
        return next(map(Concern, near), None) if settings.has_weather else None
    if settings.min_magnitude is None or not settings.places:
        return None
    if settings.listens_since and content.occurred_at < settings.listens_since - BEFORE_LISTENING:
        return None
    found = ((measure_km(place.centre, content.epicentre), place) for place in settings.places)
    distance_km, place = min(found, key=lambda one: one[0])
    is_wanted = content.magnitude >= settings.min_magnitude and distance_km <= settings.max_km
    is_dangerous = has_tsunami_potential(content) and distance_km <= TSUNAMI_KM
    return Concern(place, distance_km) if is_wanted or is_dangerous else None


def is_in_area(place: Place, warning: WeatherWarning) -> bool:
    """Return whether the place is in the area of the warning."""
    return any(
        draw_box(ring, place.radius_km).contains(place.centre) and is_within(place, ring) for ring in warning.polygons
    ) or any(measure_km(place.centre, centre) <= radius_km + place.radius_km for centre, radius_km in warning.circles)


def find_box(hazard: Hazard) -> Box | None:
    """Return a box with every place that the event may concern; None if it names no place."""
    content = hazard.content
    if isinstance(content, Earthquake):
        reach_km = TSUNAMI_KM if has_tsunami_potential(content) else max(DISTANCES_KM)
        return draw_box([content.epicentre], reach_km)
    corners = [point for ring in content.polygons for point in ring]
    widest_km = max((radius_km for _, radius_km in content.circles), default=0.0)
    corners += [centre for centre, _ in content.circles]
    return draw_box(corners, MAX_RADIUS_KM + widest_km) if corners else None


def find_recipients(hazard: Hazard, listeners: Iterable[WarningSettings]) -> Sequence[ChatRef]:
    """Return the chats that the event concerns."""
    content = hazard.content
    if isinstance(content, WeatherWarning):
        # Many chats have the same place.
        is_near = cache(lambda place: is_in_area(place, content))
        return [one.chat for one in listeners if one.has_weather and any(map(is_near, one.places))]
    return [settings.chat for settings in listeners if find_concern(hazard, settings) is not None]


def is_over(hazard: Hazard, now: datetime) -> bool:
    """Return whether nobody gets a first message about the event any more."""
    return hazard.is_cancelled or hazard.expires_at <= now
