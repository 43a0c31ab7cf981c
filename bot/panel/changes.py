"""What presses and typed answers make of a subscription (pure). What makes no sense is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, TypeVar

from bot.errors import (
    MAX_TIMES,
    MAX_WORD_CHARS,
    MAX_WORDS,
    BadTime,
    BadWords,
    LastTime,
    OutOfDate,
    TooManyTimes,
    UnknownPlace,
)
from bot.panel.buttons import Press, Question, Verb, short_name
from bot.parsing.schedules import read_quiet_hours, read_timetable
from summaries.digests.zones import find_zone
from summaries.model import EVERY_DAY, LONG, MEDIUM, SHORT, QuietHours
from summaries.text.words import stem_for_search
from summaries.topic_model.topics import TOPICS

if TYPE_CHECKING:
    from summaries.model import Preferences, Subscription

LENGTHS = {length.code: length for length in (SHORT, MEDIUM, LONG)}
COUNTS = (3, 5, 8, 12, 20)
_QUIET = re.compile(r"(\d{4})-(\d{4})")

T = TypeVar("T")
Change = Callable[["Subscription"], "Subscription"]


def pressed(press: Press, outlets: Sequence[str]) -> Change:
    """What the press makes of a subscription; `outlets` are those that the store knows.

    Raises:
        OutOfDate: its value is none of those that the panel offers.
    """
    if press.verb in _CLOCK:
        return lambda now: _CLOCK[press.verb](now, press.value)
    return lambda now: replace(now, preferences=_wished(press, outlets, now.preferences))


_CLOCK: dict[Verb, Callable[[Subscription, str], Subscription]] = {
    Verb.RUN: lambda now, _: replace(now, is_active=True),
    Verb.STOP: lambda now, _: replace(now, is_active=False),
    Verb.ADD_TIME: lambda now, value: with_times(now, {*now.times, _time(value)}),
    Verb.DROP_TIME: lambda now, value: with_times(now, {*now.times} - {_time(value)}),
    Verb.DAYS: lambda now, value: replace(now, days=_days(value)),
    Verb.ZONE: lambda now, value: replace(now, zone=_known(find_zone(value))),
}


def _wished(press: Press, outlets: Sequence[str], now: Preferences) -> Preferences:
    verb, value = press.verb, press.value
    match verb:
        case Verb.ADD_TOPIC | Verb.DROP_TOPIC | Verb.ALL_TOPICS:
            return replace(now, topics=_topics(now.topics, verb, value))
        case Verb.ADD_OUTLET | Verb.DROP_OUTLET | Verb.ALL_OUTLETS:
            return replace(now, outlets=_outlets(now.outlets, verb, value.partition("-")[0], outlets))
        case Verb.DROP_INCLUDED:
            return replace(now, include=_without(now.include, value))
        case Verb.DROP_EXCLUDED:
            return replace(now, exclude=_without(now.exclude, value))
        case Verb.LENGTH:
            return replace(now, length=_known(LENGTHS.get(value)))
        case Verb.COUNT:
            return replace(now, count=_known(next((count for count in COUNTS if str(count) == value), None)))
        case Verb.QUIET | Verb.NO_QUIET:
            return replace(now, quiet=_quiet(value) if verb is Verb.QUIET else None)
        case Verb.SILENT | Verb.LOUD:
            return replace(now, is_silent=verb is Verb.SILENT)
        case Verb.SKIP_EMPTY | Verb.TELL_EMPTY:
            return replace(now, skips_empty=verb is Verb.SKIP_EMPTY)
        case _:
            raise OutOfDate(verb)


def _topics(now: tuple[str, ...], verb: Verb, value: str) -> tuple[str, ...]:
    if verb is Verb.ALL_TOPICS:
        return ()
    topic = _known(value if value in TOPICS else None)
    left = tuple(other for other in now if other != topic)
    return left if verb is Verb.DROP_TOPIC else (*left, topic)


def _outlets(now: tuple[str, ...], verb: Verb, short: str, known: Sequence[str]) -> tuple[str, ...]:
    if verb is Verb.ALL_OUTLETS:
        return ()
    left = _without(now, short)
    if verb is Verb.DROP_OUTLET:
        return left
    return (*left, _known(next((name for name in (*known, *now) if short_name(name) == short), None)))


def _without(names: tuple[str, ...], short: str) -> tuple[str, ...]:
    return tuple(name for name in names if short_name(name) != short)


def answered(question: Question, text: str) -> Change:
    """What a typed answer makes of a subscription.

    Raises:
        BadTime, TooManyTimes, BadQuietHours, BadWords, UnknownPlace: it is no answer to the question.
    """
    match question:
        case Question.TIMES:
            table = read_timetable(text)
            if not table.times:
                raise BadTime(text)
            return lambda now: replace(
                with_times(now, set(table.times)), zone=table.zone or now.zone, days=table.days or now.days
            )
        case Question.ZONE:
            zone = find_zone(text)
            if zone is None:
                raise UnknownPlace(text)
            return lambda now: replace(now, zone=zone)
        case Question.QUIET:
            quiet = read_quiet_hours(text)
            return lambda now: replace(now, preferences=replace(now.preferences, quiet=quiet))
        case Question.INCLUDE:
            words = read_words(text)
            return lambda now: replace(
                now, preferences=replace(now.preferences, include=_joined(now.preferences.include, words))
            )
        case Question.EXCLUDE:
            words = read_words(text)
            return lambda now: replace(
                now, preferences=replace(now.preferences, exclude=_joined(now.preferences.exclude, words))
            )
        case Question.CHANNEL:
            raise UnknownPlace(text)


def read_words(text: str) -> tuple[str, ...]:
    """Words and phrases, separated by commas or lines.

    Raises:
        BadWords: there is none, or one is too long or has no letter.
    """
    words = tuple(dict.fromkeys(" ".join(part.split()).lower() for part in re.split(r"[,;\n]", text) if part.strip()))
    if not words or any(len(word) > MAX_WORD_CHARS or not stem_for_search(word) for word in words):
        raise BadWords(text[:80])
    return words


def with_times(now: Subscription, times: set[time]) -> Subscription:
    """The subscription at these times.

    Raises:
        LastTime, TooManyTimes: there are none left, or too many.
    """
    if not times:
        raise LastTime("the last time")
    if len(times) > MAX_TIMES:
        raise TooManyTimes(f"{len(times)} times")
    return replace(now, times=tuple(sorted(times)))


def _joined(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(dict.fromkeys((*old, *new)))
    if len(words) > MAX_WORDS:
        raise BadWords(f"{len(words)} words")
    return words


def _known(value: T | None) -> T:
    if value is None:
        raise OutOfDate("an unknown value")
    return value


def _time(value: str) -> time:
    try:
        return time(int(value[:2]), int(value[2:4]))
    except ValueError as error:
        raise OutOfDate(value) from error


def _days(value: str) -> frozenset[int]:
    days = frozenset(int(digit) for digit in value if digit.isdecimal())
    if not days or not days <= EVERY_DAY:
        raise OutOfDate(value)
    return days


def _quiet(value: str) -> QuietHours:
    match = _QUIET.fullmatch(value)
    if match is None or match.group(1) == match.group(2):
        raise OutOfDate(value)
    return QuietHours(_time(match.group(1)), _time(match.group(2)))
