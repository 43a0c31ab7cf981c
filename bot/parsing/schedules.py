"""Times, days and zones in text: "07:00 18.30 WITA senin-jumat", "jam 7 pagi akhir pekan"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from bot.errors import MAX_TIMES, BadQuietHours, BadTime, TooManyTimes
from summaries.digests.zones import find_zone
from summaries.model import EVERY_DAY, WEEKEND, WORKING_DAYS, QuietHours

MAX_PLACE_WORDS = 3

_TIME = re.compile(r"[0-9]{1,2}(?:[:.][0-9]{2})?")
_QUIET = re.compile(r"\s*(\d{1,2}(?:[:.]\d{2})?)\s*(?:-|–|—|sampai|hingga|to|s/d|s\.d\.)\s*(\d{1,2}(?:[:.]\d{2})?)\s*")
# Words around a time that have no meaning of their own.
_FILLERS = frozenset({"jam", "pukul", "setiap", "tiap", "dan", "hari", "at", "and", "on", "every", "o'clock"})
_DAY_NAMES = (
    "senin sen monday mon",
    "selasa sel tuesday tue",
    "rabu rab wednesday wed",
    "kamis kam thursday thu",
    "jumat jum'at jum’at jum friday fri",
    "sabtu sab saturday sat",
    "minggu ahad min sunday sun",
)
_DAYS = {name: number for number, names in enumerate(_DAY_NAMES) for name in names.split()}
_DAY_GROUPS = {
    **dict.fromkeys(("hari kerja", "weekdays"), WORKING_DAYS),
    **dict.fromkeys(("akhir pekan", "weekend", "weekends"), WEEKEND),
    **dict.fromkeys(("setiap hari", "tiap hari", "every day", "daily", "harian"), EVERY_DAY),
}
_UNTIL = frozenset({"-", "–", "—", "sampai", "hingga", "s.d.", "s/d", "to"})
# The hours of each part of the day.
_DAYPARTS = {
    "pagi": range(1, 11), "am": range(12), "siang": range(10, 16), "sore": range(14, 20), "pm": range(12, 24),
    "malam": (*range(18, 24), *range(4)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timetable:
    """Times of day, sorted; the IANA zone and the days of the week (Monday is 0) if the text has them."""

    times: tuple[time, ...]
    zone: str | None = None
    days: frozenset[int] | None = None


def read_timetable(text: str) -> Timetable:
    """Read times, days and zone in any order.

    Raises:
        BadTime: a word is none of them, or there is no word (then `word` is empty).
        TooManyTimes: there are more than `MAX_TIMES`.
    """
    words = text.replace(",", " ").split()
    times: set[time] = set()
    days: set[int] = set()
    zone: str | None = None
    while words:
        if (read := _take_days(words)) is not None:
            days |= read
        elif (at := _take_time(words)) is not None:
            times.add(at)
        elif words[0].casefold() in _FILLERS:
            del words[0]
        elif zone is None and (found := _take_zone(words)) is not None:
            zone = found
        else:
            raise BadTime(words[0])
    if not (times or days or zone):
        raise BadTime("")
    if len(times) > MAX_TIMES:
        raise TooManyTimes(f"{len(times)} times")
    return Timetable(tuple(sorted(times)), zone, frozenset(days) or None)


def _take_days(words: list[str]) -> frozenset[int] | None:
    """Remove the days at the start of `words` and return them; None if there are none."""
    for count in (1, 2):
        days = _DAY_GROUPS.get(" ".join(words[:count]).casefold())
        # "setiap hari Rabu" means Wednesdays only.
        is_named = len(words) > count and words[count].casefold().rstrip("-–") in _DAYS
        if days is not None and not (days == EVERY_DAY and is_named):
            del words[:count]
            return days
    first, dash, last = (part.casefold() for part in re.split(r"([-–—]|$)", words[0], maxsplit=1)[:3])
    if first not in _DAYS or (dash and last not in _DAYS):
        return None
    count = 1
    if not dash and len(words) > 2 and words[1].casefold() in _UNTIL and words[2].casefold() in _DAYS:
        count, last = 3, words[2].casefold()
    del words[:count]
    return expand_days(_DAYS[first], _DAYS[last or first])


def expand_days(first: int, last: int) -> frozenset[int]:
    """Return the days from `first` to `last`, wrapping around the end of the week."""
    return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))


def _take_time(words: list[str]) -> time | None:
    if not _TIME.fullmatch(words[0]):
        return None
    word = words.pop(0)
    at = read_time(word)
    if words and (hours := _DAYPARTS.get(words[0].casefold())):
        # "7 malam" is 19.00 and "12 malam" midnight; "19.00 malam" repeats itself.
        text = (at.hour, (at.hour + 12) % 24) if at.hour <= 12 else (at.hour,)
        hour = next((h for h in text if h in hours), None)
        if hour is None:
            raise BadTime(words[0])
        del words[0]
        at = at.replace(hour=hour)
    return at


def read_time(word: str) -> time:
    """Read a time of day such as "7", "07:00" or "07.00".

    Raises:
        BadTime: the word is no time of day.
    """
    hour, _, minute = word.replace(".", ":").partition(":")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError as error:
        raise BadTime(word) from error


def _take_zone(words: list[str]) -> str | None:
    """Remove the longest place name at the start of `words` and return its zone."""
    for count in range(min(MAX_PLACE_WORDS, len(words)), 0, -1):
        # A fuzzy match must not swallow a time or a day: "Makassar 07:00".
        if any(_TIME.fullmatch(word) or word.casefold() in _DAYS for word in words[:count]):
            continue
        if (zone := find_zone(" ".join(words[:count]))) is not None:
            del words[:count]
            return zone
    return None


def read_quiet_hours(text: str) -> QuietHours:
    """Read quiet hours such as "22:00-06:00" or "22 sampai 6".

    Raises:
        BadTime: a time is invalid.
        BadQuietHours: there are not two different times.
    """
    match = _QUIET.fullmatch(text.casefold())
    if match is None:
        raise BadQuietHours(text[:40])
    start, end = map(read_time, match.groups())
    if start == end:
        raise BadQuietHours(text[:40])
    return QuietHours(start, end)
