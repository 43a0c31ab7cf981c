"""Read BMKG's lists of earthquakes, and recognise an earthquake that was revised.

Format: https://data.bmkg.go.id/gempabumi, and BMKG's examples in https://github.com/infoBMKG/data-gempabumi. A document
is {"Infogempa": {"gempa": …}} with one entry (autogempa.json, the latest earthquake) or a list of 15 (gempaterkini.json
from magnitude 5 on, gempadirasakan.json those that were felt). All values are texts:

    DateTime "2026-09-12T13:42:16+00:00", Coordinates "-3.48,135.55" (also Lintang "3.48 LS", Bujur "135.55 BT"),
    Magnitude "3.6", Kedalaman "5 km", Wilayah "Pusat gempa berada di darat 14 km selatan Nabire",
    Potensi "Tidak berpotensi tsunami" (not in gempadirasakan.json), Dirasakan "III Nabire" (not in gempaterkini.json)

An entry has no identifier, and a revision changes its time, place and magnitude a little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from summaries.errors import InputError
from summaries.model import Earthquake, Hazard, Point
from summaries.text.characters import clean_line, parse_json
from summaries.warnings.places import measure_km

# BMKG lists 15.
MAX_ENTRIES = 100
MAX_CHARS = 500
MAX_MAGNITUDE, MAX_DEPTH_KM = 10.0, 800.0
# From then on nobody gets its first message about it. Longer than quiet hours are.
LASTS = timedelta(hours=12)
# BMKG's clock and this one.
MAX_AHEAD = timedelta(minutes=5)
# How far a revision moves an earthquake. Waves take about a second for 6 to 8 km, so one that moves the hypocentre by
# 150 km moves its time by less than 30 s.
MAX_SHIFT = timedelta(seconds=30)
MAX_SHIFT_KM = 150.0
# First magnitudes of very large earthquakes are this much too low or too high.
MAX_CHANGE = 1.5
_NUMBER = re.compile(r"-?\d{1,4}(?:[.,]\d{1,6})?")
_POINT = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,6})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,6})?)\s*")
_SOUTH_OR_WEST = re.compile(r"\b(?:LS|BB)\b")


class BadDocument(InputError):
    """A document of BMKG cannot be read."""


def parse_earthquakes(body: bytes) -> tuple[Earthquake, ...]:
    """Return the earthquakes of a document; entries that cannot be read are left out.

    Raises:
        BadDocument: it has none.
    """
    document = parse_json(body)
    info = document.get("Infogempa") if isinstance(document, dict) else None
    listed = info.get("gempa") if isinstance(info, dict) else None
    entries = listed if isinstance(listed, list) else [listed]
    found = tuple(quake for entry in entries[:MAX_ENTRIES] if (quake := _read_entry(entry)) is not None)
    if not found:
        raise BadDocument("the list of earthquakes has none that can be read")
    return found


def _read_entry(entry: object) -> Earthquake | None:
    if not isinstance(entry, dict):
        return None
    texts = {
        key: clean_line(value[:MAX_CHARS])
        for key, value in entry.items()
        if isinstance(key, str) and isinstance(value, str)
    }
    occurred_at, epicentre = read_moment(texts.get("DateTime", "")), _read_point(texts)
    magnitude, depth_km = _read_number(texts.get("Magnitude", "")), _read_number(texts.get("Kedalaman", ""))
    if occurred_at is None or epicentre is None or magnitude is None or not 0 < magnitude <= MAX_MAGNITUDE:
        return None
    return Earthquake(
        occurred_at=occurred_at,
        epicentre=epicentre,
        magnitude=magnitude,
        depth_km=depth_km if depth_km is not None and 0 <= depth_km <= MAX_DEPTH_KM else None,
        place=texts.get("Wilayah", ""),
        potential=_read_remark(texts.get("Potensi", "")),
        felt=_read_remark(texts.get("Dirasakan", "")),
    )


def read_moment(text: str) -> datetime | None:
    """Return the time with its offset; None if it has none, or if UTC cannot express it, in the years 1 and 9999."""
    try:
        moment = datetime.fromisoformat(text)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _read_point(texts: Mapping[str, str]) -> Point | None:
    if match := _POINT.fullmatch(texts.get("Coordinates", "")):
        point = float(match[1]), float(match[2])
    else:
        north, east = (_read_degrees(texts.get(name, "")) for name in ("Lintang", "Bujur"))
        if north is None or east is None:
            return None
        point = north, east
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None


def _read_degrees(text: str) -> float | None:
    """Return "3.48 LS" as -3.48."""
    degrees = _read_number(text)
    return -degrees if degrees is not None and _SOUTH_OR_WEST.search(text) else degrees


def _read_number(text: str) -> float | None:
    match = _NUMBER.search(text)
    return float(match[0].replace(",", ".")) if match else None


def _read_remark(text: str) -> str:
    """Return the remark; "-" says nothing."""
    return text if any(map(str.isalpha, text)) else ""


def has_tsunami_potential(quake: Earthquake) -> bool:
    """Return whether BMKG warns of a tsunami: "Berpotensi tsunami …", not "Tidak berpotensi tsunami"."""
    words = quake.potential.casefold()
    return "potensi tsunami" in words and "tidak" not in words


def revise_earthquakes(
    known: Sequence[Hazard], document: str, entries: Iterable[Earthquake], *, now: datetime
) -> list[Hazard]:
    """Return the hazards to store after reading `document`: new earthquakes, and known ones that it changes."""
    quakes = list(entries)
    pairs = dict(_pair(known, quakes))
    changed = []
    for number, quake in enumerate(quakes):
        if number in pairs:
            before = known[pairs[number]]
            after = merge(before, document, quake, now)
            changed += [after] if after != before else []
        elif now - LASTS < quake.occurred_at <= now + MAX_AHEAD:
            content = replace(quake, reports=((document, make_fingerprint(quake)),))
            changed.append(Hazard(0, 1, content, now, quake.occurred_at + LASTS))
    return changed


def _pair(known: Sequence[Hazard], quakes: Sequence[Earthquake]) -> Iterator[tuple[int, int]]:
    """Yield pairs of an entry's and a hazard's position that are the same earthquake, the most similar ones first.

    Two entries of a document are two earthquakes, so each hazard is paired once. An aftershock has its own time.
    """
    candidates = []
    for place, hazard in enumerate(known):
        for number, quake in enumerate(quakes):
            if isinstance(hazard.content, Earthquake) and (gap := _measure_gap(hazard.content, quake)) is not None:
                candidates.append((gap, number, place))
    taken: set[int] = set()
    paired: set[int] = set()
    for _, number, place in sorted(candidates):
        if number not in paired and place not in taken:
            paired.add(number)
            taken.add(place)
            yield number, place


def _measure_gap(one: Earthquake, other: Earthquake) -> float | None:
    """Return how much the descriptions differ, from 0 to 3; None if they are of two earthquakes."""
    shares = (
        abs(one.occurred_at - other.occurred_at) / MAX_SHIFT,
        measure_km(one.epicentre, other.epicentre) / MAX_SHIFT_KM,
        abs(one.magnitude - other.magnitude) / MAX_CHANGE,
    )
    return sum(shares) if max(shares) <= 1 else None


def make_fingerprint(quake: Earthquake) -> str:
    """Return a fingerprint of an entry, by which a document that did not change is recognised."""
    shown = asdict(replace(quake, reports=()))
    return sha256(repr(sorted(shown.items())).encode()).hexdigest()[:16]


def merge(hazard: Hazard, document: str, entry: Earthquake, now: datetime) -> Hazard:
    """Return the hazard after reading this entry of it.

    A document that lists it for the first time may be older than the others, so it only adds texts that they
    lack, or a warning of a tsunami. Later each document that changes is believed.
    """
    content = hazard.content
    if not isinstance(content, Earthquake):
        return hazard
    seen, fingerprint = dict(content.reports), make_fingerprint(entry)
    if seen.get(document) == fingerprint:
        return hazard
    reports = tuple(sorted({**seen, document: fingerprint}.items()))
    if document in seen:
        after = replace(
            entry,
            place=entry.place or content.place,
            potential=entry.potential or content.potential,
            felt=entry.felt or content.felt,
            reports=reports,
        )
    else:
        is_new_danger = has_tsunami_potential(entry)
        after = replace(
            content,
            depth_km=entry.depth_km if content.depth_km is None else content.depth_km,
            place=content.place or entry.place,
            potential=entry.potential if is_new_danger else content.potential or entry.potential,
            felt=content.felt or entry.felt,
            reports=reports,
        )
    if replace(after, reports=content.reports) == content:
        return replace(hazard, content=after)
    return replace(hazard, content=after, version=hazard.version + 1, reported_at=now)
