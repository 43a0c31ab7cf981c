"""The places of chats: where they are, and whether an event concerns them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import asin, cos, hypot, radians, sin, sqrt

from summaries.model import Box, Place, Point
from summaries.regions import Region, load_regions, load_seats

EARTH_KM = 6371.0
KM_PER_DEGREE = 111.2
# A shared location is kept to the nearest twentieth of a degree, 5 km: enough for a warning, and no address.
GRID = 20
LOCATION_KM, CITY_KM, REGENCY_KM = 5.0, 10.0, 25.0
MAX_RADIUS_KM = REGENCY_KM
# No point of Indonesia's land is further from the seat of a regency.
MAX_SEAT_KM = 300.0


def make_place(region: Region) -> Place | None:
    """Return a regency or city as a place: around its seat. None for a province, which is too large."""
    seat = load_seats().get(region.code)
    return Place(region.name, seat, CITY_KM if region.is_city else REGENCY_KM, region.code) if seat else None


def make_location(latitude: float, longitude: float) -> tuple[Region, Place] | None:
    """Return a location that was shared as a place, roughly, with the region whose seat is nearest; None abroad."""
    exact = (latitude, longitude)
    code, seat = min(load_seats().items(), key=lambda item: measure_km(item[1], exact))
    if measure_km(seat, exact) > MAX_SEAT_KM:
        return None
    region = load_regions()[code]
    centre = round(latitude * GRID) / GRID, round(longitude * GRID) / GRID
    return region, Place(region.name, centre, LOCATION_KM)


def measure_km(one: Point, other: Point) -> float:
    """Return the distance on the earth's surface, by the haversine formula."""
    north, south = radians(one[0]), radians(other[0])
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(radians(other[1] - one[1]) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def draw_box(points: Iterable[Point], margin_km: float) -> Box:
    """Return the box around the points, with a margin on all sides."""
    norths, easts = zip(*points, strict=True)
    south, north = min(norths) - margin_km / KM_PER_DEGREE, max(norths) + margin_km / KM_PER_DEGREE
    widest = max(abs(south), abs(north))
    margin = margin_km / (KM_PER_DEGREE * max(0.1, cos(radians(min(widest, 90.0)))))
    return Box(south, min(easts) - margin, north, max(easts) + margin)


def is_within(place: Place, ring: Sequence[Point]) -> bool:
    """Return whether the place touches the polygon: its centre is inside, or an edge is within its radius.

    The map around the place is taken as flat; within the largest radius the error is a few metres.
    """
    north, east = place.centre
    scale = cos(radians(north))
    flat = [((lon - east) * scale * KM_PER_DEGREE, (lat - north) * KM_PER_DEGREE) for lat, lon in ring]
    is_inside = False
    for (x1, y1), (x2, y2) in zip(flat, [*flat[1:], flat[0]], strict=True):
        if _measure_to_edge(x1, y1, x2, y2) <= place.radius_km:
            return True
        # A ray to the east crosses the border of a polygon an odd number of times if it starts inside.
        if (y1 > 0) != (y2 > 0) and x1 + (x2 - x1) * -y1 / (y2 - y1) > 0:
            is_inside = not is_inside
    return is_inside


def _measure_to_edge(x1: float, y1: float, x2: float, y2: float) -> float:
    """Return the distance from the origin to a line between two points."""
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    share = max(0.0, min(1.0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length)) if length else 0.0
    return hypot(x1 + share * (x2 - x1), y1 + share * (y2 - y1))
