"""Official warnings: earthquakes and weather warnings from BMKG, the places of chats, and the messages about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from summaries.model.chats import ChatRef
from summaries.model.deliveries import OutboxMessage, QuietHours

Point: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""


class HazardKind(StrEnum):
    """The kinds of events that BMKG reports."""

    EARTHQUAKE = "earthquake"
    WEATHER = "weather"


class Severity(StrEnum):
    """The severity of a weather warning, as in CAP 1.2."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Earthquake:
    """An earthquake as BMKG describes it: `place`, `potential` (of a tsunami) and `felt` (places with their intensity)
    are BMKG's own texts.

    `reports` has the documents that list it, each with the fingerprint of the entry that was read last.
    """

    occurred_at: datetime
    epicentre: Point
    magnitude: float
    depth_km: float | None = None
    place: str = ""
    potential: str = ""
    felt: str = ""
    reports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WeatherWarning:
    """A weather warning, from the newest message of its chain of CAP messages.

    `identifiers` are those of the chain's messages, the first one first, also of those that were not read. The warning
    holds in the `polygons`, and in the `circles`: centre and radius in km. `areas` are the names of the areas.
    """

    identifiers: tuple[str, ...]
    sent_at: datetime
    event: str
    headline: str
    description: str
    severity: Severity
    effective_at: datetime
    areas: tuple[str, ...] = ()
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[tuple[Point, float], ...] = ()
    web: str | None = None


@dataclass(frozen=True, slots=True)
class Hazard:
    """An event that BMKG reported. `id` is 0 until it is stored; `version` counts its revisions, from 1.

    `reported_at` is the time of the newest report. From `expires_at` on it is sent to no further chat.
    """

    id: int
    version: int
    content: Earthquake | WeatherWarning
    reported_at: datetime
    expires_at: datetime
    is_cancelled: bool = False

    @property
    def kind(self) -> HazardKind:
        return HazardKind.EARTHQUAKE if isinstance(self.content, Earthquake) else HazardKind.WEATHER


@dataclass(frozen=True, slots=True)
class HazardSource:
    """The state of a document of BMKG that is read again and again. Without `next_check_at` it is due."""

    key: str
    etag: str | None = None
    last_modified: str | None = None
    next_check_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error: str | None = None
    failures_in_a_row: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a chat, which reaches `radius_km` around its centre. `region` is the code of a regency or city."""

    name: str
    centre: Point
    radius_km: float
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def contains(self, point: Point) -> bool:
        return self.south <= point[0] <= self.north and self.west <= point[1] <= self.east


@dataclass(frozen=True, slots=True)
class WarningSettings:
    """The warnings that a chat wants for its places.

    It gets earthquakes from `min_magnitude` on (None: none) up to `max_km` away, and weather warnings if `has_weather`.
    Severe ones come in quiet hours too if `wakes`. `listens_since` is None while the bot cannot write to the chat.
    """

    chat: ChatRef
    places: tuple[Place, ...] = ()
    min_magnitude: float | None = 4.0
    max_km: int = 100
    has_weather: bool = True
    wakes: bool = False
    listens_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WarningMessage:
    """The message about a hazard to one chat, claimed to be sent, or to be edited if it has a `message_id`.

    `settings` is None if the chat wants no warnings any more; `language`, `zone` and `quiet` hours are the chat's, if
    chosen.
    """

    hazard: Hazard
    message: OutboxMessage
    settings: WarningSettings | None = None
    message_id: int | None = None
    language: str | None = None
    zone: str | None = None
    quiet: QuietHours | None = None
