"""Changes to a subscription by presses and typed answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import (
    MAX_REGIONS,
    MAX_WORD_CHARS,
    MAX_WORDS,
    BadQuietHours,
    BadTime,
    BadWords,
    LastTime,
    OutOfDate,
    TooManyRegions,
    TooManyTimes,
    UnknownPlace,
    UnknownRegion,
)
from bot.panel.changes import Press, Question, Verb, add_region, apply_answer, apply_press, read_words
from bot.views.callbacks import shorten_name
from summaries.errors import InputError
from summaries.model import LONG, MEDIUM, ChatRef, DigestOrder, Preferences, QuietHours, RegionRule, Subscription

OUTLETS = ("Antara", "Kompas")
WISHES = Preferences(topics=("ekonomi",), outlets=("Tempo",), include=("beras",), exclude=("gosip", "artis"))
NOW = Subscription(ChatRef(7), (time(7), time(18)), "Asia/Jakarta", preferences=WISHES)


@pytest.mark.parametrize(
    ("verb", "value", "expected"),
    [
        (Verb.RUN, "", NOW),
        (Verb.STOP, "", replace(NOW, is_active=False)),
        (Verb.ADD_TIME, "0630", replace(NOW, times=(time(6, 30), time(7), time(18)))),
        (Verb.ADD_TIME, "0700", NOW),
        (Verb.DROP_TIME, "0700", replace(NOW, times=(time(18),))),
        (Verb.DROP_TIME, "0900", NOW),
        (Verb.DAYS, "56", replace(NOW, days=frozenset({5, 6}))),
        (Verb.ZONE, "Asia/Makassar", replace(NOW, zone="Asia/Makassar")),
    ],
)
def test_press_changes_the_schedule(verb: Verb, value: str, expected: Subscription) -> None:
    once = apply_press(Press(verb, value), OUTLETS)(NOW)
    assert once == expected
    # Two quick taps do the work once.
    assert apply_press(Press(verb, value), OUTLETS)(once) == once


@pytest.mark.parametrize(
    ("verb", "value", "changes"),
    [
        (Verb.ADD_TOPIC, "politik", {"topics": ("ekonomi", "politik")}),
        (Verb.ADD_TOPIC, "ekonomi", {}),
        (Verb.DROP_TOPIC, "ekonomi", {"topics": ()}),
        (Verb.ALL_TOPICS, "", {"topics": ()}),
        (Verb.ADD_OUTLET, f"{shorten_name('Kompas')}-3", {"outlets": ("Tempo", "Kompas")}),
        # An outlet that nothing is stored of any more can still be dropped.
        (Verb.DROP_OUTLET, f"{shorten_name('Tempo')}-0", {"outlets": ()}),
        (Verb.ALL_OUTLETS, "", {"outlets": ()}),
        (Verb.DROP_INCLUDED, shorten_name("beras"), {"include": ()}),
        (Verb.DROP_EXCLUDED, shorten_name("gosip"), {"exclude": ("artis",)}),
        (Verb.DROP_EXCLUDED, shorten_name("lain"), {}),
        (Verb.LENGTH, MEDIUM.code, {"length": MEDIUM}),
        (Verb.LENGTH, LONG.code, {"length": LONG}),
        (Verb.COUNT, "12", {"count": 12}),
        (Verb.ORDER, "terbaru", {"order": DigestOrder.NEWEST}),
        (Verb.ORDER, "terpenting", {}),
        (Verb.QUIET, "2200-0630", {"quiet": QuietHours(time(22), time(6, 30))}),
        (Verb.NO_QUIET, "", {"quiet": None}),
        (Verb.SILENT, "", {"is_silent": True}),
        (Verb.LOUD, "", {}),
        (Verb.SKIP_EMPTY, "", {"skips_empty": True}),
        (Verb.TELL_EMPTY, "", {}),
        (Verb.ADD_REGION, "3573-35", {"regions": ("35.73",)}),
        (Verb.ADD_REGION, "51-51", {"regions": ("51",)}),
        (Verb.DROP_REGION, "51", {}),
        (Verb.REGION_RULE, "hanya", {"region_rule": RegionRule.ONLY}),
    ],
)
def test_press_changes_the_preferences(verb: Verb, value: str, changes: dict[str, object]) -> None:
    once = apply_press(Press(verb, value), OUTLETS)(NOW)
    assert once == replace(NOW, preferences=replace(WISHES, **changes))  # type: ignore[arg-type]
    assert apply_press(Press(verb, value), OUTLETS)(once) == once


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        (Verb.ASK, "zone"), (Verb.ADD_TIME, "2460"), (Verb.ADD_TIME, ""),
        (Verb.DROP_TIME, "ab"), (Verb.DAYS, ""), (Verb.DAYS, "789"), (Verb.ZONE, "Mars/Olympus"), (Verb.ZONE, ""),
        (Verb.ADD_TOPIC, "sihir"), (Verb.ADD_OUTLET, "00000000-0"), (Verb.LENGTH, "999w"), (Verb.COUNT, "1000"),
        (Verb.ORDER, "acak"), (Verb.ADD_REGION, "99-99"), (Verb.ADD_REGION, "35730"), (Verb.ADD_REGION, ""),
        (Verb.REGION_RULE, "semua"),
        (Verb.COUNT, ""), (Verb.QUIET, "2200-2200"), (Verb.QUIET, "2500-0600"), (Verb.QUIET, ""),
    ],
)  # fmt: skip
def test_forged_value_is_out_of_date(verb: Verb, value: str) -> None:
    with pytest.raises(OutOfDate):
        apply_press(Press(verb, value), OUTLETS)(NOW)


@pytest.mark.parametrize(
    ("before", "added", "after"),
    [
        ((), "35.73", ("35.73",)),
        # In the order of the codes, so that equal choices are equal.
        (("51", "73.71"), "35.73", ("35.73", "51", "73.71")),
        (("35.73",), "35.73", ("35.73",)),
        # A province has its regencies and cities; choosing one of these narrows it.
        (("35.73", "35.78", "51"), "35", ("35", "51")),
        (("35", "51"), "35.73", ("35.73", "51")),
        (("35.73",), "35.78", ("35.73", "35.78")),
    ],
)
def test_region_is_added(before: tuple[str, ...], added: str, after: tuple[str, ...]) -> None:
    assert add_region(before, added) == after


def test_number_of_regions_has_a_limit() -> None:
    many = ("11", "12", "13", "14", "15")
    assert len(many) == MAX_REGIONS
    assert add_region(many, "11.71") == ("11.71", *many[1:])
    with pytest.raises(TooManyRegions):
        add_region(many, "16")
    with pytest.raises(TooManyRegions):
        apply_answer(Question.REGION, "aceh, sumut, sumbar, riau, jambi, bengkulu")(NOW)


def test_dropped_region_leaves_the_others() -> None:
    current = replace(NOW, preferences=replace(WISHES, regions=("35.73", "51")))
    assert apply_press(Press(Verb.DROP_REGION, "3573-35"), ())(current).preferences.regions == ("51",)


def test_number_of_times_has_limits() -> None:
    one = replace(NOW, times=(time(7),))
    with pytest.raises(LastTime):
        apply_press(Press(Verb.DROP_TIME, "0700"), ())(one)
    many = replace(NOW, times=tuple(time(hour) for hour in range(6)))
    with pytest.raises(TooManyTimes):
        apply_press(Press(Verb.ADD_TIME, "0700"), ())(many)


@settings(deadline=None)
@given(st.sampled_from(Verb), st.from_regex(r"[\w/+,-]{0,32}", fullmatch=True))
def test_any_press_gives_a_valid_subscription_or_is_refused(verb: Verb, value: str) -> None:
    try:
        after = apply_press(Press(verb, value), OUTLETS)(NOW)
    except InputError:
        return
    assert after.times
    assert after.days


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (Question.TIMES, "06.45 dan 7 malam", replace(NOW, times=(time(6, 45), time(19)))),
        (
            Question.TIMES,
            "8 WITA hari kerja",
            replace(NOW, times=(time(8),), zone="Asia/Makassar", days=frozenset(range(5))),
        ),
        (Question.ZONE, "kota Ambon", replace(NOW, zone="Asia/Jayapura")),
        (Question.QUIET, "22-6", replace(NOW, preferences=replace(WISHES, quiet=QuietHours(time(22), time(6))))),
        (
            Question.INCLUDE,
            "Harga  Beras, gabah,beras",
            replace(NOW, preferences=replace(WISHES, include=("beras", "harga beras", "gabah"))),
        ),
        (
            Question.REGION,
            "Malang, jatim;\nBali",
            replace(NOW, preferences=replace(WISHES, regions=("35", "51"))),
        ),
        (
            Question.EXCLUDE,
            "seleb\nartis",
            replace(NOW, preferences=replace(WISHES, exclude=("gosip", "artis", "seleb"))),
        ),
    ],
)
def test_typed_answer_changes_the_subscription(question: Question, text: str, expected: Subscription) -> None:
    assert apply_answer(question, text)(NOW) == expected


@pytest.mark.parametrize(
    ("question", "text", "error"),
    [
        (Question.TIMES, "WITA", BadTime),
        (Question.TIMES, "nanti", BadTime),
        (Question.TIMES, "1 2 3 4 5 6 7", TooManyTimes),
        (Question.ZONE, "di rumah saya saja", UnknownPlace),
        (Question.QUIET, "malam", BadQuietHours),
        (Question.INCLUDE, " , ", BadWords),
        (Question.EXCLUDE, "???", BadWords),
        (Question.EXCLUDE, "x" * (MAX_WORD_CHARS + 1), BadWords),
        (Question.CHANNEL, "@kanal", OutOfDate),
        (Question.REGION, " , ", UnknownRegion),
        (Question.REGION, "Bali, Atlantis", UnknownRegion),
    ],
)
def test_invalid_answer_is_refused(question: Question, text: str, error: type[InputError]) -> None:
    with pytest.raises(error):
        apply_answer(question, text)


def test_number_of_words_is_limited() -> None:
    many = ", ".join(f"kata{n}" for n in range(MAX_WORDS))
    with pytest.raises(BadWords):
        apply_answer(Question.INCLUDE, many)(NOW)
    assert len(read_words(many)) == MAX_WORDS
