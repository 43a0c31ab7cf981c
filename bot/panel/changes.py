"""Presses on the settings panel, typed answers to its questions, and the changes that they make to a subscription.

Panel buttons carry the target state, not a change, so a double tap is harmless. They carry the chat only if it is
another one than the panel's own, so that a group's buttons survive its migration. Callback data can be forged: decoding
returns a well-formed press or None, and an invalid value raises an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from functools import partial, reduce
from typing import TypeVar

from bot import errors
from bot.parsing.schedules import Timetable, read_quiet_hours, read_timetable
from bot.views.callbacks import decoder, shorten_name
from bot.views.tastes import hash_subject
from summaries.digests.tastes import Subject, get_subject, put_taste
from summaries.digests.zones import find_zone
from summaries.model import (
    EVERY_DAY,
    LONG,
    MAX_TASTES,
    MEDIUM,
    SHORT,
    DigestOrder,
    Preferences,
    QuietHours,
    RegionRule,
    Subscription,
)
from summaries.regions import find_region_by_name, load_regions
from summaries.text.words import stem_for_search
from summaries.topic_model.topics import TOPICS

PANEL_PATTERN = r"^s1:"
LENGTHS = {length.code: length for length in (SHORT, MEDIUM, LONG)}
COUNTS = (3, 5, 8, 12, 20)
ORDERS = {order.value: order for order in DigestOrder}
REGION_RULES = {rule.value: rule for rule in RegionRule}
PROVINCES = 1
COUNTS_BY_VALUE = {str(count): count for count in COUNTS}
_QUIET = re.compile(r"(\d{4})-(\d{4})")

T = TypeVar("T")
Change = Callable[["Subscription"], "Subscription"]


class Verb(StrEnum):
    """The action of a button; `+` adds, `-` removes, `*` removes all."""

    VIEW = "v"
    ASK = "a"
    PREVIEW = "p"
    RUN = "r"
    STOP = "r-"
    ADD_TIME = "t+"
    DROP_TIME = "t-"
    DAYS = "d"
    ZONE = "z"
    ADD_TOPIC = "k+"
    DROP_TOPIC = "k-"
    ALL_TOPICS = "k*"
    ADD_OUTLET = "o+"
    DROP_OUTLET = "o-"
    ALL_OUTLETS = "o*"
    DROP_INCLUDED = "i-"
    DROP_EXCLUDED = "x-"
    ADD_REGION = "g+"
    DROP_REGION = "g-"
    REGION_RULE = "g"
    LENGTH = "l"
    COUNT = "n"
    ORDER = "m"
    DROP_TASTE = "y-"
    DROP_TASTES = "y*"
    QUIET = "q"
    NO_QUIET = "q-"
    SILENT = "s"
    LOUD = "s-"
    SKIP_EMPTY = "e"
    TELL_EMPTY = "e-"


class View(StrEnum):
    """The panel's screens. `outlets` has pages: "outlets-2"; those of `regions` are `PROVINCES` and the numbers of
    provinces."""

    MAIN = "main"
    TIMES = "times"
    DAYS = "days"
    ZONE = "zone"
    TOPICS = "topics"
    OUTLETS = "outlets"
    WORDS = "words"
    REGIONS = "regions"
    TASTES = "tastes"
    SIZE = "size"
    QUIET = "quiet"


class Question(StrEnum):
    """The input that the panel asks for."""

    TIMES = "times"
    ZONE = "zone"
    INCLUDE = "include"
    EXCLUDE = "exclude"
    REGION = "region"
    QUIET = "quiet"
    CHANNEL = "channel"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Press:
    """A press on the panel of the chat `target` (None: the chat that the panel is in)."""

    verb: Verb
    value: str = ""
    target: int | None = None

    def encode(self) -> str:
        target = "" if self.target is None else str(self.target)
        return f"s1:{target}:{self.verb}" + (f":{self.value}" if self.value else "")


decode_press = decoder(
    re.compile(r"(?a)s1:(-?\d{1,15})?:([a-z]{1,2}[+*-]?)(?::([\w/+,-]{1,32}))?"),
    lambda match: (
        Press(Verb(match[2]), match[3] or "", int(match[1]) if match[1] else None) if match[2] in set(Verb) else None
    ),
)


def apply_press(press: Press, outlets: Sequence[str]) -> Change:
    """Return the change that the press makes; `outlets` are the known ones.

    Raises:
        OutOfDate: the panel does not offer this value.
    """
    value = press.value
    if press.verb in _CLOCK:
        return lambda current: _CLOCK[press.verb](current, value)
    if press.verb not in _PREFERENCES:
        raise errors.OutOfDate(press.verb)
    edit = _PREFERENCES[press.verb]
    return lambda current: replace(current, preferences=edit(current.preferences, value, outlets))


_CLOCK: dict[Verb, Callable[[Subscription, str], Subscription]] = {
    Verb.VIEW: lambda current, _: current,
    Verb.PREVIEW: lambda current, _: current,
    Verb.RUN: lambda current, _: replace(current, is_active=True),
    Verb.STOP: lambda current, _: replace(current, is_active=False),
    Verb.ADD_TIME: lambda current, value: with_times(current, {*current.times, _time(value)}),
    Verb.DROP_TIME: lambda current, value: with_times(current, {*current.times} - {_time(value)}),
    Verb.DAYS: lambda current, value: replace(current, days=_days(value)),
    Verb.ZONE: lambda current, value: replace(current, zone=_known(find_zone(value))),
}
# The preferences after a press with a value; the known outlets are the third argument.
_PREFERENCES: dict[Verb, Callable[[Preferences, str, Sequence[str]], Preferences]] = {
    Verb.ADD_TOPIC: lambda current, key, _: replace(current, topics=(*_other_topics(current, key), key)),
    Verb.DROP_TOPIC: lambda current, key, _: replace(current, topics=_other_topics(current, key)),
    Verb.ALL_TOPICS: lambda current, *_: replace(current, topics=()),
    Verb.ADD_OUTLET: lambda current, value, known: replace(current, outlets=_with_outlet(current, value, known)),
    Verb.DROP_OUTLET: lambda current, value, _: replace(current, outlets=_without(current.outlets, value)),
    Verb.ALL_OUTLETS: lambda current, *_: replace(current, outlets=()),
    Verb.DROP_INCLUDED: lambda current, value, _: replace(current, include=_without(current.include, value)),
    Verb.DROP_EXCLUDED: lambda current, value, _: replace(current, exclude=_without(current.exclude, value)),
    Verb.ADD_REGION: lambda current, value, _: replace(current, regions=add_region(current.regions, _region(value))),
    Verb.DROP_REGION: lambda current, value, _: replace(
        current, regions=tuple(code for code in current.regions if code != _region(value))
    ),
    Verb.REGION_RULE: lambda current, value, _: replace(current, region_rule=_known(REGION_RULES.get(value))),
    Verb.DROP_TASTE: lambda current, value, _: replace(
        current, tastes=tuple(taste for taste in current.tastes if hash_subject(get_subject(taste)) != value)
    ),
    Verb.DROP_TASTES: lambda current, *_: replace(current, tastes=()),
    Verb.LENGTH: lambda current, value, _: replace(current, length=_known(LENGTHS.get(value))),
    Verb.COUNT: lambda current, value, _: replace(current, count=_known(COUNTS_BY_VALUE.get(value))),
    Verb.ORDER: lambda current, value, _: replace(current, order=_known(ORDERS.get(value))),
    Verb.QUIET: lambda current, value, _: replace(current, quiet=_quiet(value)),
    Verb.NO_QUIET: lambda current, *_: replace(current, quiet=None),
    Verb.SILENT: lambda current, *_: replace(current, is_silent=True),
    Verb.LOUD: lambda current, *_: replace(current, is_silent=False),
    Verb.SKIP_EMPTY: lambda current, *_: replace(current, skips_empty=True),
    Verb.TELL_EMPTY: lambda current, *_: replace(current, skips_empty=False),
}


def _other_topics(current: Preferences, key: str) -> tuple[str, ...]:
    topic = _known(key if key in TOPICS else None)
    return tuple(other for other in current.topics if other != topic)


def _with_outlet(current: Preferences, value: str, known: Sequence[str]) -> tuple[str, ...]:
    short = value.partition("-")[0]
    name = next((name for name in (*known, *current.outlets) if shorten_name(name) == short), None)
    return (*_without(current.outlets, short), _known(name))


def _without(names: tuple[str, ...], value: str) -> tuple[str, ...]:
    """Return the names without the one whose hash `value` begins with; a page's number may follow the hash."""
    return tuple(name for name in names if shorten_name(name) != value.partition("-")[0])


def apply_answer(question: Question, text: str) -> Change:
    """Return the change that a typed answer makes.

    Raises:
        BadTime, TooManyTimes, BadQuietHours, BadWords, UnknownRegion, TooManyRegions, UnknownPlace: the answer is
            invalid.
    """
    match question:
        case Question.TIMES:
            table = read_timetable(text)
            if not table.times:
                raise errors.BadTime(text)
            return partial(with_timetable, table=table)
        case Question.ZONE:
            zone = find_zone(text)
            if zone is None:
                raise errors.UnknownPlace(text)
            return lambda current: replace(current, zone=zone)
        case Question.QUIET:
            quiet = read_quiet_hours(text)
            return lambda current: replace(current, preferences=replace(current.preferences, quiet=quiet))
        case Question.INCLUDE | Question.EXCLUDE:
            return partial(_with_words, field=question, words=read_words(text))
        case Question.REGION:
            return partial(_with_regions, regions=read_regions(text))
        case Question.CHANNEL | Question.FEED:
            # Their answers are no changes of a digest.
            raise errors.OutOfDate(question)


def _with_words(current: Subscription, field: Question, words: tuple[str, ...]) -> Subscription:
    """Return the subscription with more included or excluded words.

    Raises:
        BadWords: there would be more than `MAX_WORDS`.
    """
    preferences = current.preferences
    old = preferences.include if field is Question.INCLUDE else preferences.exclude
    joined = tuple(dict.fromkeys((*old, *words)))
    if len(joined) > errors.MAX_WORDS:
        raise errors.BadWords(f"{len(joined)} words")
    if field is Question.INCLUDE:
        return replace(current, preferences=replace(preferences, include=joined))
    return replace(current, preferences=replace(preferences, exclude=joined))


def read_regions(text: str) -> tuple[str, ...]:
    """Read the names of regions, separated by commas or line breaks, as codes.

    Raises:
        UnknownRegion: there is none, or one is not known.
    """
    names = [name.strip() for name in re.split(r"[,;\n]", text) if name.strip()]
    if not names:
        raise errors.UnknownRegion("")
    found = {name: find_region_by_name(name) for name in names}
    for name, region in found.items():
        if region is None:
            raise errors.UnknownRegion(name)
    return tuple(region.code for region in found.values() if region)


def _with_regions(current: Subscription, regions: Sequence[str]) -> Subscription:
    chosen = reduce(add_region, regions, current.preferences.regions)
    return replace(current, preferences=replace(current.preferences, regions=chosen))


def add_region(regions: Sequence[str], added: str) -> tuple[str, ...]:
    """Return the codes with one more. It replaces its province, or the regencies and cities of the province that it is.

    The codes are sorted, so that chats with the same regions share a digest.

    Raises:
        TooManyRegions: there would be more than `MAX_REGIONS`.
    """
    kept = {code for code in regions if not code.startswith(added) and not added.startswith(code)}
    if len(kept) >= errors.MAX_REGIONS:
        raise errors.TooManyRegions(f"{len(kept) + 1} regions")
    return tuple(sorted({*kept, added}))


def with_taste(current: Subscription, subject: Subject, *, is_more: bool | None) -> Subscription:
    """Return the subscription with more or less news of the subject, or with neither if `is_more` is None.

    Raises:
        TooManyTastes: there would be more than `MAX_TASTES`.
    """
    tastes = put_taste(current.preferences.tastes, subject, is_more=is_more)
    if len(tastes) > MAX_TASTES:
        raise errors.TooManyTastes(f"{len(tastes)} tastes")
    return replace(current, preferences=replace(current.preferences, tastes=tastes))


def encode_region(code: str) -> str:
    """Return the form of a region's code in a button, which has no dot: "3578"."""
    return code.replace(".", "")


def _region(value: str) -> str:
    """Return the region's code from the value of a button, in which the number of a screen may follow."""
    digits = value.partition("-")[0]
    code = digits if len(digits) == 2 else f"{digits[:2]}.{digits[2:]}"
    return _known(code if code in load_regions() else None)


def read_words(text: str) -> tuple[str, ...]:
    """Read words and phrases, separated by commas or line breaks.

    Raises:
        BadWords: there is none, or one is too long or has no letter.
    """
    words = tuple(dict.fromkeys(" ".join(part.split()).lower() for part in re.split(r"[,;\n]", text) if part.strip()))
    if not words or any(len(word) > errors.MAX_WORD_CHARS or not stem_for_search(word) for word in words):
        raise errors.BadWords(text[:80])
    return words


def with_times(current: Subscription, times: set[time]) -> Subscription:
    """Return the subscription with these times.

    Raises:
        LastTime, TooManyTimes: there is no time, or too many.
    """
    if not times:
        raise errors.LastTime("the last time")
    if len(times) > errors.MAX_TIMES:
        raise errors.TooManyTimes(f"{len(times)} times")
    return replace(current, times=tuple(sorted(times)))


def with_timetable(current: Subscription, table: Timetable) -> Subscription:
    """Return the subscription with the times, days and zone of `table`; values that it lacks stay.

    Raises:
        TooManyTimes: there are too many times.
    """
    changed = replace(current, zone=table.zone or current.zone, days=table.days or current.days)
    return with_times(changed, set(table.times)) if table.times else changed


def _known(value: T | None) -> T:
    if value is None:
        raise errors.OutOfDate("an unknown value")
    return value


def _time(value: str) -> time:
    try:
        return time(int(value[:2]), int(value[2:4]))
    except ValueError as error:
        raise errors.OutOfDate(value) from error


def _days(value: str) -> frozenset[int]:
    days = frozenset(int(digit) for digit in value if digit.isdecimal())
    if not days or not days <= EVERY_DAY:
        raise errors.OutOfDate(value)
    return days


def _quiet(value: str) -> QuietHours:
    match = _QUIET.fullmatch(value)
    if match is None or match.group(1) == match.group(2):
        raise errors.OutOfDate(value)
    return QuietHours(_time(match.group(1)), _time(match.group(2)))
