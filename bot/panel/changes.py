"""Changes to a subscription by button presses and typed answers; invalid ones raise an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time
from functools import partial
from typing import TypeVar

from bot import errors
from bot.panel.buttons import Press, Question, Verb, shorten_name
from bot.parsing.schedules import Timetable, read_quiet_hours, read_timetable
from summaries.digests.zones import find_zone
from summaries.model import EVERY_DAY, LONG, MEDIUM, SHORT, Preferences, QuietHours, Subscription
from summaries.text.words import stem_for_search
from summaries.topic_model.topics import TOPICS

LENGTHS = {length.code: length for length in (SHORT, MEDIUM, LONG)}
COUNTS = (3, 5, 8, 12, 20)
_QUIET = re.compile(r"(\d{4})-(\d{4})")

T = TypeVar("T")
Change = Callable[["Subscription"], "Subscription"]


def apply_press(press: Press, outlets: Sequence[str]) -> Change:
    """Return the change that the press makes; `outlets` are the known ones.

    Raises:
        OutOfDate: the panel does not offer this value.
    """
    if press.verb in _CLOCK:
        return lambda current: _CLOCK[press.verb](current, press.value)
    return lambda current: replace(current, preferences=edit_preferences(press, outlets, current.preferences))


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


def edit_preferences(press: Press, outlets: Sequence[str], current: Preferences) -> Preferences:
    """Return the preferences after the press.

    Raises:
        OutOfDate: the panel does not offer this value.
    """
    verb, value = press.verb, press.value
    match verb:
        case Verb.ADD_TOPIC | Verb.DROP_TOPIC | Verb.ALL_TOPICS:
            return replace(current, topics=_topics(current.topics, verb, value))
        case Verb.ADD_OUTLET | Verb.DROP_OUTLET | Verb.ALL_OUTLETS:
            return replace(current, outlets=_outlets(current.outlets, verb, value.partition("-")[0], outlets))
        case Verb.DROP_INCLUDED:
            return replace(current, include=_without(current.include, value))
        case Verb.DROP_EXCLUDED:
            return replace(current, exclude=_without(current.exclude, value))
        case Verb.LENGTH:
            return replace(current, length=_known(LENGTHS.get(value)))
        case Verb.COUNT:
            return replace(current, count=_known(next((count for count in COUNTS if str(count) == value), None)))
        case Verb.QUIET | Verb.NO_QUIET:
            return replace(current, quiet=_quiet(value) if verb is Verb.QUIET else None)
        case Verb.SILENT | Verb.LOUD:
            return replace(current, is_silent=verb is Verb.SILENT)
        case Verb.SKIP_EMPTY | Verb.TELL_EMPTY:
            return replace(current, skips_empty=verb is Verb.SKIP_EMPTY)
        case _:
            raise errors.OutOfDate(verb)


def _topics(current: tuple[str, ...], verb: Verb, value: str) -> tuple[str, ...]:
    if verb is Verb.ALL_TOPICS:
        return ()
    topic = _known(value if value in TOPICS else None)
    left = tuple(other for other in current if other != topic)
    return left if verb is Verb.DROP_TOPIC else (*left, topic)


def _outlets(current: tuple[str, ...], verb: Verb, short: str, known: Sequence[str]) -> tuple[str, ...]:
    if verb is Verb.ALL_OUTLETS:
        return ()
    left = _without(current, short)
    if verb is Verb.DROP_OUTLET:
        return left
    return (*left, _known(next((name for name in (*known, *current) if shorten_name(name) == short), None)))


def _without(names: tuple[str, ...], short: str) -> tuple[str, ...]:
    return tuple(name for name in names if shorten_name(name) != short)


def apply_answer(question: Question, text: str) -> Change:
    """Return the change that a typed answer makes.

    Raises:
        BadTime, TooManyTimes, BadQuietHours, BadWords, UnknownPlace: the answer is invalid.
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
        case Question.CHANNEL:
            raise errors.UnknownPlace(text)


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
