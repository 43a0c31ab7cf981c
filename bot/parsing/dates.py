"""Dates and periods in text: "sejak kemarin", "Mei 2019", "3-5 Mei", in Indonesian and in English."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from summaries.text.lazy_patterns import lazy_regex

MONTHS = (
    "januari jan january",
    "februari feb february",
    "maret mar march",
    "april apr",
    "mei may",
    "juni jun june",
    "juli jul july",
    "agustus agu agt ags august aug",
    "september sep sept",
    "oktober okt october oct",
    "november nov",
    "desember des december dec",
)
WEEKDAYS = ("senin monday", "selasa tuesday", "rabu wednesday", "kamis thursday", "jumat jum'at friday",
            "sabtu saturday", "minggu ahad sunday")  # fmt: skip
_MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
_WEEKDAY = {name: number for number, names in enumerate(WEEKDAYS) for name in names.split()}

_MONTH_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"
# Dates that need no other word: a date, a month of a year, or days counted from today.
_DATED = (
    rf"(?P<day>\d{{1,2}})(?:\s*+[-–]\s*+(?P<last>\d{{1,2}}))?\s++(?P<month>{_MONTH_NAMES})\b\.?(?:\s++(?P<year>{_YEAR})\b)?"
    rf"|(?P<whole>{_MONTH_NAMES})\b\.?\s++(?P<whole_year>{_YEAR})\b"
    rf"|(?P<iso>{_YEAR}-\d{{2}}-\d{{2}})\b"
    rf"|(?P<slash_day>\d{{1,2}})[/.](?P<slash_month>\d{{1,2}})[/.](?P<slash_year>{_YEAR})\b"
    r"|(?P<relative>hari ini|today|kemarin|yesterday|(?:minggu|pekan|bulan|tahun) (?:ini|lalu)"
    r"|(?:this|last) (?:week|month|year))\b"
    r"|(?P<count>\d{1,3}) (?P<unit>hari|minggu|pekan|bulan) (?:terakhir|belakangan)\b"
    rf"|tahun (?P<only_year>{_YEAR})\b"
)
# After "sejak" or "hari", a weekday or a month alone is a date too.
_NAMED = (
    rf"(?:(?:hari )?(?P<weekday>{'|'.join(_WEEKDAY)})\b|(?:bulan )?(?P<bare>{_MONTH_NAMES})\b|(?P<bare_year>{_YEAR})\b)"
)
_ONE_DATE = lazy_regex(rf"(?:pada |tanggal |bulan )?(?:{_DATED})", re.IGNORECASE)
_ANY_DATE = lazy_regex(rf"(?:pada |tanggal |bulan )?(?:{_DATED}|{_NAMED})", re.IGNORECASE)
_SINCE = lazy_regex(r"\b(?:sejak|dari|mulai|since|from)\s+", re.IGNORECASE)
_UNTIL = lazy_regex(r"(?:(?<!\s)\s++)?\b(?:sampai|hingga|s\.?d\.?|until|to)\s+(?:dengan\s+)?", re.IGNORECASE)
_QUOTED = lazy_regex(r'(["“„][^"“”„]*["“”])')
_DAYS_AGO = {"hari ini": 0, "today": 0, "kemarin": 1, "yesterday": 1}
_DAYS = {"hari": 1, "minggu": 7, "pekan": 7, "bulan": 30}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; None where the period is open."""

    first: date | None = None
    last: date | None = None


def find_period(text: str, today: date) -> tuple[str, Period | None]:
    """Return the text without the period in it, and the period; quoted words are never read as dates."""
    pieces = _QUOTED.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            continue
        found = _find(piece, today)
        if found is not None:
            start, end, period = found
            pieces[index] = f"{piece[:start]} {piece[end:]}"
            return " ".join("".join(pieces).split()), period
    return " ".join(text.split()), None


def _find(text: str, today: date) -> tuple[int, int, Period] | None:
    """Return the position of the period in the text, and the period."""
    for since in _SINCE.finditer(text):
        if (first := _date_at(_ANY_DATE, text, since.end(), today)) is None:
            continue
        end, begun = first
        until = _UNTIL.match(text, end)
        if until and (last := _date_at(_ANY_DATE, text, until.end(), today)):
            return since.start(), last[0], _ordered(begun.first, last[1].last)
        return since.start(), end, Period(first=begun.first)
    for until in _UNTIL.finditer(text):
        if last := _date_at(_ANY_DATE, text, until.end(), today):
            return until.start(), last[0], Period(last=last[1].last)
    for match in _ONE_DATE.finditer(text):
        is_word_before = text[: match.start()][-1:].isalnum()
        if not is_word_before and (period := _read(match, today)):
            return match.start(), match.end(), period
    return None


def _date_at(pattern: re.Pattern[str], text: str, at: int, today: date) -> tuple[int, Period] | None:
    match = pattern.match(text, at)
    period = _read(match, today) if match else None
    return (match.end(), period) if match and period else None


def _ordered(first: date | None, last: date | None) -> Period:
    return Period(last, first) if first and last and last < first else Period(first, last)


def _read(match: re.Match[str], today: date) -> Period | None:
    """Return the days of a match; None for days that do not exist."""
    found = {name: value.casefold() for name, value in match.groupdict().items() if value is not None}
    try:
        return _dated(found, today) or _named(found, today) or _relative(found, today)
    except (ValueError, OverflowError):
        return None


def _dated(found: dict[str, str], today: date) -> Period | None:
    if "iso" in found:
        day = date.fromisoformat(found["iso"])
        return Period(day, day)
    if "slash_day" in found:
        day = date(int(found["slash_year"]), int(found["slash_month"]), int(found["slash_day"]))
        return Period(day, day)
    if "whole" in found:
        return _month(int(found["whole_year"]), _MONTH[found["whole"]])
    if year := found.get("only_year") or found.get("bare_year"):
        return Period(date(int(year), 1, 1), date(int(year), 12, 31))
    if "month" not in found:
        return None
    month, first, last = _MONTH[found["month"]], int(found["day"]), int(found.get("last", found["day"]))
    if "year" in found:
        year_number = int(found["year"])
    else:
        # Without a year it is the latest such day that is not in the future.
        year_number = today.year if date(today.year, month, first) <= today else today.year - 1
    return _ordered(date(year_number, month, first), date(year_number, month, last))


def _named(found: dict[str, str], today: date) -> Period | None:
    if "weekday" in found:
        day = today - timedelta(days=(today.weekday() - _WEEKDAY[found["weekday"]]) % 7)
        return Period(day, day)
    if "bare" in found:
        month = _MONTH[found["bare"]]
        return _month(today.year if month <= today.month else today.year - 1, month)
    return None


def _relative(found: dict[str, str], today: date) -> Period | None:
    if "count" in found:
        return Period(today - timedelta(days=int(found["count"]) * _DAYS[found["unit"]] - 1), today)
    text = found["relative"]
    if text in _DAYS_AGO:
        day = today - timedelta(days=_DAYS_AGO[text])
        return Period(day, day)

    def first_of(day: date) -> date:
        if any(word in text for word in ("minggu", "pekan", "week")):
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if "bulan" in text or "month" in text else day.replace(month=1, day=1)

    first = first_of(today)
    before = first - timedelta(days=1)
    return Period(first_of(before), before) if "lalu" in text or "last" in text else Period(first, today)


def _month(year: int, month: int) -> Period:
    return Period(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
