"""Parse dates as Indonesian sites, feeds and structured data write them, and reject implausible ones.

Recognised anywhere in the first characters of a text:

- ISO 8601: "2019-05-15T10:05:00+07:00", "2019-05-15 10:05", "20190515T100500Z";
- RFC 2822 as in RSS: "Wed, 15 May 2019 10:05:00 +0700";
- Indonesian day-first: "Rabu, 15/05/2019 10:05 WIB", "15 Mei 2019 pukul 10.05 WITA", "Kamis 05 Nop 2015, 10:12";
- English month-first: "May 15, 2019 10:05 AM";
- seconds or milliseconds since 1970, as some structured data has them.

Numeric dates with slashes, dots or dashes are day-first: no Indonesian outlet writes them month-first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TypeGuard
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")

# No outlet was on the web before; empty date fields come out as year 1, 1900 or 1970.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks and zones are wrong by a day at most, and some articles carry the date of tomorrow's paper.
MAX_AHEAD = timedelta(days=2)
# The upper limit if the present is unknown: far enough below Python's last year for every zone.
LATEST = datetime(2101, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=10)
_DAY = timedelta(days=1)


def sanitize_timestamp(moment: datetime | None, *, now: datetime | None) -> datetime | None:
    """Return the moment if an article may have appeared then, else None.

    A moment before 1990 or more than two days after `now` is rejected. Feeds and pages often mark their local time as
    GMT or Z, which is seven hours too late in Jakarta: such a future moment is read as local time if that is past.
    Without `now`, any moment until the year 2100 is accepted.
    """
    if moment is None or not EARLIEST <= moment < LATEST:
        return None
    if now is None or moment <= now + _CLOCKS_DIFFER:
        return moment
    if moment.utcoffset() == timedelta(0):
        local = moment.replace(tzinfo=JAKARTA)
        if local <= now + _CLOCKS_DIFFER:
            return local
    return moment if moment <= now + MAX_AHEAD else None


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """Everything that says when an article appeared.

    `stated` are the dates in metadata and structured data, the most reliable first; `printed` is the visible one with a
    time of day, `listed` the one in the feed; `uncertain` are days in the address and in lines of the page. A stated
    date at midnight means the day.
    """

    stated: tuple[datetime, ...] = ()
    printed: datetime | None = None
    listed: datetime | None = None
    uncertain: tuple[datetime, ...] = ()


def decide_published_at(
    evidence: DateEvidence, *, is_indonesian: bool = True, now: datetime | None = None
) -> datetime | None:
    """Decide when an article appeared: not in the future at `now`, and None if nothing plausible says it.

    The first stated date counts, but one that agrees with the visible date or the feed's to a day comes before one that
    does not. Its zone is corrected: pages mark local time as UTC, and an Indonesian outlet's time with a negative
    offset is Jakarta's (it writes -07:00 for +07:00).
    """
    shown = [moment for moment in (evidence.printed, evidence.listed) if _is_past(moment, now)]
    stated = [_correct_zone(moment, shown, is_indonesian=is_indonesian, now=now) for moment in evidence.stated]
    stated = [moment for moment in stated if _is_past(moment, now)]
    agreeing = [moment for moment in stated if any(abs(moment - other) <= _DAY for other in shown)]
    if not stated:
        found = next((moment for moment in (*shown, *evidence.uncertain) if _is_past(moment, now)), None)
    else:
        found = (agreeing or stated)[0]
        if found.time() == time():
            found = next((other for other in shown if other.date() == found.date()), found)
    return found if found is None or now is None or found <= now else now.astimezone(found.tzinfo)


def _is_past(moment: datetime | None, now: datetime | None) -> TypeGuard[datetime]:
    if moment is None or not EARLIEST <= moment < LATEST:
        return False
    return now is None or moment <= now + _CLOCKS_DIFFER


def _correct_zone(
    moment: datetime, shown: Sequence[datetime], *, is_indonesian: bool, now: datetime | None
) -> datetime:
    """Return the stated time in the zone that the outlet meant, by the dates it shows; else by its country."""
    offset = moment.utcoffset() or timedelta(0)
    if timedelta(0) < offset:
        return moment
    shown = [other for other in shown if abs(moment - other) <= _DAY]
    readings = [moment, *(moment.replace(tzinfo=other.tzinfo) for other in shown), moment.replace(tzinfo=JAKARTA)]
    near = [one for one in readings if any(abs(one - other) <= _CLOCKS_DIFFER for other in shown)]
    if near:
        return near[0]
    if offset < timedelta(0):
        return readings[-1] if is_indonesian else moment
    closest = min(readings, key=lambda one: min((abs(one - other) for other in shown), default=timedelta(0)))
    return closest if _is_past(closest, now) else readings[-1]


_MAX_CHARS = 200
_TIME_WITHIN = 25  # maximum characters between a date and its time; a later time belongs to something else

_ZONES: dict[str, tzinfo] = {
    "wib": JAKARTA,
    "wita": ZoneInfo("Asia/Makassar"),
    "wit": ZoneInfo("Asia/Jayapura"),
    "z": UTC,
    "gmt": UTC,
    "utc": UTC,
    "ut": UTC,
}

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb peb",
            "maret march mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agust agu ags agt aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = r"(?P<name>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"

_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s,./-]{1,3}"
        + _MONTH
        + r"[\s,./-]{0,3}(?P<year>\d{4}|\d{2})(?![\d:])",
        r"\b" + _MONTH + r"\s{1,3}(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s{1,3}(?P<year>\d{4})(?!\d)",
        r"(?<!\d)(?P<day>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<month>\d{1,2})\s?(?P=sep)\s?(?P<year>\d{4}|\d{2})(?!\d)",
        r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?=T?\d{4,6}|\D|$)",
    )
)
_TIME = re.compile(
    r"(?<![\d.,:/-])(?P<hour>\d{1,2})(?P<sep>[:.])(?P<minute>\d\d)(?:(?P=sep)(?P<second>\d\d)(?:[.,]\d{1,9})?)?"
    r"(?![\d/])\s{0,2}(?P<half>[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_COMPACT_TIME = re.compile(r"T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?!\d)")
_ZONE = re.compile(
    r"(?:(?:gmt|utc)\s?)?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?(?!\d)|(?P<name>WIB|WITA|WIT|GMT|UTC|UT|Z)\b",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\s*(\d{10}|\d{13})\s*")


def parse_date(text: str, *, default_zone: ZoneInfo | None = JAKARTA) -> datetime | None:
    """Return the first date in the text with its time and zone, aware, or None.

    A date without a time means midnight. A date without a zone is in `default_zone`, or None without a default. Only
    the first 200 characters are read. Years outside 1990–2100 are rejected.
    """
    text = text[:_MAX_CHARS]
    if epoch := _EPOCH.fullmatch(text):
        moment = datetime.fromtimestamp(int(epoch[1]) / (1000 if len(epoch[1]) == 13 else 1), UTC)
        return moment if EARLIEST <= moment < LATEST else None
    found = [match for pattern in _DATES if (match := pattern.search(text))]
    return _make_datetime(min(found, key=re.Match.start), text, default_zone) if found else None


def _make_datetime(match: re.Match[str], text: str, default_zone: tzinfo | None) -> datetime | None:
    parts = match.groupdict()
    month = MONTHS[parts["name"].lower()] if parts.get("name") else int(parts["month"])
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000
    if not EARLIEST.year <= year < LATEST.year:
        return None
    try:
        day = date(year, month, int(parts["day"]))
        clock = _find_time(text, match)
    except ValueError:  # 31 February, or an hour beyond 24
        return None
    zone = clock.tzinfo or default_zone
    return datetime.combine(day, clock, zone) if zone else None


def _find_time(text: str, match: re.Match[str]) -> time:
    """Find the time near the date, usually after it, sometimes before; midnight without a zone if there is none.

    Raises:
        ValueError: there is no such time of day.
    """
    after, before = text[match.end() :], text[max(0, match.start() - _TIME_WITHIN) : match.start()]
    compact = _COMPACT_TIME.match(after) if match.re is _DATES[-1] else None
    behind = _TIME.search(after, 1 if after[:1] in "Tt" else 0)  # ISO 8601 has a T between date and time
    if behind is not None and behind.start() > _TIME_WITHIN:
        behind = None
    for found, where in ((compact, after), (behind, after), (_TIME.search(before), before)):
        if found is not None:
            second = int(found["second"] or 0)
            return time(_read_hour(found), int(found["minute"]), second, tzinfo=_read_zone(where[found.end() :]))
    return time()


def _read_hour(match: re.Match[str]) -> int:
    hour = int(match["hour"])
    half = (match.groupdict().get("half") or "").lower()
    if half.startswith("p") and hour < 12:
        return hour + 12
    return 0 if half.startswith("a") and hour == 12 else hour


def _read_zone(after_time: str) -> tzinfo | None:
    found = _ZONE.match(after_time.lstrip(" \t\xa0()")[:12])
    if found is None:
        return None
    if found["name"]:
        return _ZONES[found["name"].lower()]
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset >= _DAY:
        return None
    return timezone(-offset if found["sign"] == "-" else offset)
