"""Read BMKG's weather warnings: the list of those in effect (RSS 2.0), and each one (CAP 1.2).

Formats: https://data.bmkg.go.id/peringatan-dini-cuaca and the Common Alerting Protocol 1.2 of OASIS
(https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html). The list has an item for each warning: <title>,
<link> to its CAP message (…/alerts/nowcast/id/CJB20251013001_alert.xml), <description>, <guid> (the message's
identifier) and <pubDate>. BMKG's messages have one <info> in Indonesian, with one <area> for a province and one
<polygon> for each of its districts: up to 150, with 3,000 points. So far all were of the type Alert and the severity
Moderate; this module reads the other types as the standard defines them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

from lxml import etree

from summaries.model import Hazard, Point, Severity, WeatherWarning
from summaries.text.characters import clean_line
from summaries.warnings.earthquakes import BadDocument, read_moment

# The list has one item for each province.
MAX_ITEMS = 200
MAX_ELEMENTS = 50_000
MAX_POLYGONS, MAX_POINTS = 1_000, 50_000
MAX_AREAS = 100
MAX_REFERENCES = 50
MAX_LINE_CHARS, MAX_TEXT_CHARS = 300, 5_000
# A warning without an end lasts as long as BMKG's usually do, and none longer than a day.
USUAL_LENGTH, MAX_LENGTH = timedelta(hours=3), timedelta(days=1)
# BMKG's clock and this one.
MAX_AHEAD = timedelta(minutes=10)
_DOCUMENT = re.compile(r"[^/]{1,80}_alert\.xml")


class MessageType(StrEnum):
    """The types of CAP messages that say something about a warning; Ack and Error do not."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """An item of the list: the address of its CAP message, and a fingerprint of the item."""

    url: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CapMessage:
    """A CAP message for the public about an actual event. `references` are the identifiers of earlier messages.

    A message of the type Cancel may have no warning.
    """

    identifier: str
    kind: MessageType
    sent_at: datetime
    references: tuple[str, ...]
    warning: WeatherWarning | None
    expires_at: datetime


def parse_list(body: bytes, url: str) -> tuple[ListedMessage, ...]:
    """Return the messages that the list from `url` names: CAP messages on its own host.

    Raises:
        BadDocument: it is no list.
    """
    root = _parse_xml(body)
    if _get_name(root) != "rss":
        raise BadDocument("the list of weather warnings is no RSS feed")
    found: dict[str, ListedMessage] = {}
    for item in [element for element in root.iter() if _get_name(element) == "item"][:MAX_ITEMS]:
        texts = {_get_name(child): (child.text or "")[:MAX_TEXT_CHARS] for child in item}
        link = texts.get("link", "").strip()
        if _is_message_of(link, url):
            said = "\n".join(texts.get(name, "") for name in ("guid", "title", "pubDate", "description"))
            found[link] = ListedMessage(link, sha256(said.encode(errors="replace")).hexdigest()[:16])
    return tuple(found.values())


def _is_message_of(link: str, url: str) -> bool:
    """Return whether the link leads to a CAP message beside the list: other addresses are not BMKG's to name."""
    try:
        there, here = urlsplit(link), urlsplit(url)
    except ValueError:
        return False
    folder, _, name = there.path.rpartition("/")
    return (
        (there.scheme, there.netloc) == (here.scheme, here.netloc)
        and folder == here.path.rstrip("/")
        and _DOCUMENT.fullmatch(name) is not None
        and not there.query
    )


def parse_message(body: bytes, *, now: datetime) -> CapMessage | None:
    """Return the CAP message; None for an exercise, a test, or a message that is not for the public.

    Raises:
        BadDocument: it is no CAP message, or lacks a part that it must have.
    """
    root = _parse_xml(body)
    if _get_name(root) != "alert":
        raise BadDocument("a weather warning is no CAP message")
    kind = _read_text(root, "msgType")
    if _read_text(root, "status") != "Actual" or _read_text(root, "scope") != "Public" or kind not in set(MessageType):
        return None
    identifier, sent_at = _read_text(root, "identifier"), _read_moment(root, "sent")
    if not identifier or sent_at is None or sent_at > now + MAX_AHEAD:
        raise BadDocument("a weather warning has no identifier, or no time in the past")
    infos = _choose_infos(root)
    warning, expires_at = None, sent_at
    if infos:
        warning, expires_at = _read_warning(infos, identifier, sent_at)
    elif kind != MessageType.CANCEL:
        raise BadDocument("a weather warning has no information")
    return CapMessage(
        identifier, MessageType(kind), sent_at, _read_references(_read_text(root, "references", MAX_TEXT_CHARS)),
        warning, expires_at,
    )  # fmt: skip


def _choose_infos(root: etree._Element) -> list[etree._Element]:
    """Return the blocks in Indonesian; those in the language of the first one if there are none."""
    infos = [child for child in root if _get_name(child) == "info"]
    languages = [_read_text(info, "language").casefold()[:2] for info in infos]
    wanted = "id" if "id" in languages else languages[0] if languages else ""
    return [info for info, language in zip(infos, languages, strict=True) if language == wanted]


def _read_warning(
    infos: Sequence[etree._Element], identifier: str, sent_at: datetime
) -> tuple[WeatherWarning, datetime]:
    """Return the warning and its end. Several blocks in one language are parts of the same warning."""
    first = infos[0]
    areas = [child for info in infos for child in info if _get_name(child) == "area"][:MAX_POLYGONS]
    latest = sent_at + MAX_LENGTH
    effective_at = min(_read_moment(first, "onset") or _read_moment(first, "effective") or sent_at, latest)
    expires_at = max(filter(None, (_read_moment(info, "expires") for info in infos)), default=None)
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    severities = [Severity(text) for info in infos if (text := _read_text(info, "severity")) in set(Severity)]
    warning = WeatherWarning(
        identifiers=(identifier,),
        sent_at=sent_at,
        event=_read_text(first, "event"),
        headline=_read_text(first, "headline") or _read_text(first, "event"),
        description=_read_text(first, "description", MAX_TEXT_CHARS),
        severity=min(severities, key=ranks.__getitem__, default=Severity.UNKNOWN),
        effective_at=effective_at,
        areas=tuple(dict.fromkeys(filter(None, (_read_text(area, "areaDesc") for area in areas))))[:MAX_AREAS],
        polygons=tuple(_read_polygons(areas)),
        circles=tuple(_read_circles(areas)),
        web=_read_page(_read_text(first, "web")),
    )
    return warning, min(expires_at or effective_at + USUAL_LENGTH, latest)


def _read_polygons(areas: Iterable[etree._Element]) -> Iterator[tuple[Point, ...]]:
    """Yield the polygons, "lat,lon lat,lon …" with the last point equal to the first; broken ones are left out."""
    room = MAX_POINTS
    for text in [text for area in areas for text in _list_texts(area, "polygon")][:MAX_POLYGONS]:
        pairs = text.split(maxsplit=room)[:room]
        room -= len(pairs)
        ring = [_read_point(pair) for pair in pairs]
        points = tuple(point for point in ring if point is not None)
        if len(points) == len(ring) and len(set(points)) >= 3:
            yield points


def _read_circles(areas: Iterable[etree._Element]) -> Iterator[tuple[Point, float]]:
    """Yield the circles: "lat,lon radius in km"."""
    for text in [text for area in areas for text in _list_texts(area, "circle")][:MAX_POLYGONS]:
        centre, _, radius = text.strip().partition(" ")
        point, radius_km = _read_point(centre), _read_float(radius)
        if point is not None and radius_km is not None and 0 <= radius_km <= 1_000:
            yield point, radius_km


def _read_point(pair: str) -> Point | None:
    north, _, east = pair.partition(",")
    latitude, longitude = _read_float(north), _read_float(east)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return round(latitude, 3), round(longitude, 3)


def _read_float(text: str) -> float | None:
    try:
        number = float(text[:30])
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _read_references(text: str) -> tuple[str, ...]:
    """Return the identifiers of "sender,identifier,sent sender,identifier,sent …"."""
    triples = [part.split(",") for part in text.split()[:MAX_REFERENCES]]
    return tuple(parts[1] for parts in triples if len(parts) == 3 and 0 < len(parts[1]) <= MAX_LINE_CHARS)


def _read_page(text: str) -> str | None:
    """Return the address if it is one of BMKG's; others are not shown."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None
    is_own = host == "bmkg.go.id" or host.endswith(".bmkg.go.id")
    return text if parts.scheme == "https" and is_own and not parts.username else None


def _read_moment(parent: etree._Element, name: str) -> datetime | None:
    return read_moment(_read_text(parent, name))


def _read_text(parent: etree._Element, name: str, limit: int = MAX_LINE_CHARS) -> str:
    """Return the text of the first child with this name, on one line and cut to the limit."""
    return clean_line(next(_list_texts(parent, name), "")[:limit])


def _list_texts(parent: etree._Element, name: str) -> Iterator[str]:
    return (child.text or "" for child in parent if _get_name(child) == name)


def _parse_xml(body: bytes) -> etree._Element:
    """Parse a document without entities, a DTD, or more elements than BMKG's could have; libxml2 limits their depth.

    Raises:
        BadDocument: it is no such document.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadDocument("a document of BMKG is not well-formed XML") from error
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise BadDocument("a document of BMKG has a DTD, or too many elements")
    return root


def _get_name(element: etree._Element) -> str:
    """Return the local name: the namespace is that of CAP 1.2 or none."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def revise_warnings(known: Sequence[Hazard], messages: Iterable[CapMessage], *, now: datetime) -> list[Hazard]:
    """Return the hazards to store after reading the messages: new warnings, and known ones that they change.

    A message belongs to the warning with its identifier or one of its references; an older message than the warning's
    newest changes nothing.
    """
    hazards = [*known]
    for message in sorted(messages, key=lambda one: one.sent_at):
        names = {message.identifier, *message.references}
        place = next((place for place, hazard in enumerate(hazards) if names & set(list_identifiers(hazard))), None)
        if place is not None:
            hazards[place] = _apply(hazards[place], message)
        elif message.warning is not None and message.kind is not MessageType.CANCEL and message.expires_at > now:
            # Later messages may refer to the earlier ones only, which were not read.
            content = replace(message.warning, identifiers=(*message.references, message.identifier))
            hazards.append(Hazard(0, 1, content, message.sent_at, message.expires_at))
    return [hazard for hazard in hazards if hazard not in known]


def list_identifiers(hazard: Hazard) -> tuple[str, ...]:
    """Return the identifiers of the messages about a weather warning."""
    return hazard.content.identifiers if isinstance(hazard.content, WeatherWarning) else ()


def _apply(hazard: Hazard, message: CapMessage) -> Hazard:
    content = hazard.content
    if not isinstance(content, WeatherWarning) or message.sent_at < hazard.reported_at:
        return hazard
    identifiers = tuple(dict.fromkeys((*content.identifiers, *message.references, message.identifier)))
    is_cancel = message.kind is MessageType.CANCEL
    shown = content if is_cancel or message.warning is None else message.warning
    after = replace(
        hazard,
        content=replace(shown, identifiers=identifiers),
        expires_at=hazard.expires_at if is_cancel else message.expires_at,
        is_cancelled=is_cancel,
    )
    if after == hazard:
        return hazard
    # A warning that was not stored yet is new however many messages it has.
    version = hazard.version + 1 if hazard.id else 1
    return replace(after, version=version, reported_at=message.sent_at)
