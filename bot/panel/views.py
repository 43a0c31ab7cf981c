"""The screens of the settings panel: headings, questions and keyboards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import time
from functools import partial

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.errors import OutOfDate
from bot.locale import Translations, message
from bot.panel.changes import COUNTS, PROVINCES, Press, Question, Verb, View, encode_region
from bot.views.callbacks import build_button, build_page_buttons, shorten_name, split_rows
from bot.views.html import name_topic
from bot.views.own_feeds import FeedPress, FeedVerb
from bot.views.schedules import list_subjects, name_days, render_hour, render_regions, render_word_filters
from bot.views.tastes import hash_subject, label_taste
from summaries.digests.schedule import INDONESIAN_ZONES, ZONE_NAMES, get_zone_name
from summaries.digests.tastes import get_subject
from summaries.model import (
    EVERY_DAY,
    LONG,
    MEDIUM,
    SHORT,
    WEEKEND,
    WORKING_DAYS,
    DigestOrder,
    QuietHours,
    RegionRule,
    Subscription,
)
from summaries.regions import load_regions
from summaries.topic_model.topics import TOPICS

# The screen after a press, by the letter of its verb; after any other it is the main one.
_VIEW_AFTER = {
    "t": View.TIMES,
    "d": View.DAYS,
    "z": View.ZONE,
    "k": View.TOPICS,
    "o": View.OUTLETS,
    "i": View.WORDS,
    "x": View.WORDS,
    "g": View.REGIONS,
    "y": View.TASTES,
    "n": View.SIZE,
    "l": View.SIZE,
    "m": View.SIZE,
    "q": View.QUIET,
}
QUESTIONS = {
    Question.TIMES: message("At which hours? For example: <b>06:45 18:00</b>"),
    Question.ZONE: message("Which city? For example: <b>Makassar</b>. A location works too."),
    Question.INCLUDE: message(
        "Which words must a story contain? One of them is enough. For example: <b>Persib, harga beras</b>"
    ),
    Question.EXCLUDE: message("Stories with which words should I leave out? For example: <b>selebritas, gosip</b>"),
    Question.REGION: message(
        "Which provinces, regencies or cities? For example: <b>Kota Malang, Bali</b>. For a location I take the nearest"
        " regency or city."
    ),
    Question.QUIET: message("Quiet from when to when? For example: <b>22:00–06:00</b>"),
    Question.CHANNEL: message(
        "Make me an administrator of your channel first, with the right to post. Then forward me one of its"
        " posts, or send its name, such as <b>@kanal</b>."
    ),
    Question.FEED: message(
        "Which source? Send the address of a site or feed, or a public Telegram channel: <b>kabarwarga.example</b> or"
        " <b>@kanal</b>."
    ),
}
# Headings of the screens; the main one and those for words and regions show the settings too.
HEADINGS = {
    View.TIMES: message(
        "<b>Hours</b>\nTap the hours at which the digest comes. For minutes, such as 06:45, tap “Type them”."
    ),
    View.DAYS: message("<b>Days</b>\nOn which days does the digest come?"),
    # The licence of the boundary data (ODbL) requires this attribution.
    View.ZONE: message(
        "<b>Time zone</b>\nNow: {zone}. You can also type a city, or send a location.\n\n"
        "<i>Boundaries: © OpenStreetMap contributors, ODbL</i>"
    ),
    View.TOPICS: message("<b>Topics</b>\nNone chosen means all."),
    View.OUTLETS: message("<b>Outlets</b>\nNone chosen means all."),
    View.TASTES: message(
        "<b>More or less</b>\nUnder a digest or a summary, press “More or less like this”. Stories that you want more"
        " of rank higher, those that you want less of lower. The day's top story always comes.\nMore: {more}\n"
        "Less: {less}"
    ),
    View.SIZE: message(
        "<b>Size</b>\nHow many stories at most, the most important or the newest, and how long the summaries?"
    ),
    View.QUIET: message("<b>Quiet hours</b>\nA digest or an alert that is due in them comes when they are over."),
}


def choose_view(press: Press) -> tuple[View, int]:
    """Return the screen after the press, and its page.

    Raises:
        OutOfDate: there is no such screen.
    """
    name, _, page = press.value.partition("-")
    if press.verb is Verb.VIEW and name not in set(View):
        raise OutOfDate(press.value)
    view = View(name) if press.verb is Verb.VIEW else _VIEW_AFTER.get(press.verb[0], View.MAIN)
    has_pages = view in {View.OUTLETS, View.REGIONS}
    return view, int(page) if has_pages and page.isdecimal() else 0


def read_question(press: Press) -> Question:
    """Return the question that the press asks.

    Raises:
        OutOfDate: the panel has no such question.
    """
    # /langganan asks for a channel, not the panel.
    if press.value not in set(Question) - {Question.CHANNEL}:
        raise OutOfDate(press.value)
    return Question(press.value)


def render_view(words: Translations, view: View, subscription: Subscription) -> str:
    """Render the heading of a screen other than the main one, as Telegram HTML."""
    if view is View.REGIONS:
        return render_regions(words, subscription)
    if view is View.WORDS:
        return render_word_filters(words, subscription)
    tastes = subscription.preferences.tastes
    more, less = (list_subjects(words, tastes, is_more=is_more) or "–" for is_more in (True, False))
    return words.html(HEADINGS[view], zone=get_zone_name(subscription.zone), more=more, less=less)


Row = list[InlineKeyboardButton]

HOURS_OFFERED = range(4, 24)
OUTLETS_A_PAGE = 14
QUIET_OFFERED = ((21, 5), (22, 6), (23, 7))


class Keyboard:
    """Builds the keyboards of one panel, for the chat `target` (None: the chat that the panel is in)."""

    def __init__(self, words: Translations, subscription: Subscription, target: int | None) -> None:
        self._words = words
        self._current = subscription
        self._target = target

    def build(self, view: View, page: int, outlets: Sequence[str]) -> InlineKeyboardMarkup:
        """Return the keyboard of a screen; `outlets` are the known ones."""
        builders: dict[View, Callable[[], list[Row]]] = {
            View.MAIN: self._main,
            View.TIMES: self._times,
            View.DAYS: self._days,
            View.ZONE: self._zones,
            View.TOPICS: self._topics,
            View.OUTLETS: partial(self._outlets, page, outlets),
            View.WORDS: self._word_rows,
            View.REGIONS: partial(self._regions, page),
            View.TASTES: self._tastes,
            View.SIZE: self._sizes,
            View.QUIET: self._quiet_hours,
        }
        above: str = View.MAIN
        if view is View.REGIONS and page == PROVINCES:
            above = View.REGIONS
        elif view is View.REGIONS and f"{page:02}" in load_regions():
            above = f"{View.REGIONS}-{PROVINCES}"
        back = [] if view is View.MAIN else [[self._view(self._words.text("‹ Back"), above)]]
        return InlineKeyboardMarkup([*builders[view](), *back])

    def _main(self) -> list[Row]:
        words, preferences = self._words, self._current.preferences
        sound = (
            (words.text("Sound: off"), Verb.LOUD) if preferences.is_silent else (words.text("Sound: on"), Verb.SILENT)
        )
        empty = (
            (words.text("Without news: nothing"), Verb.TELL_EMPTY)
            if preferences.skips_empty
            else (words.text("Without news: tell me"), Verb.SKIP_EMPTY)
        )
        if self._current.is_active:
            run = self._button(words.text("Stop"), Verb.STOP, style=KeyboardButtonStyle.DANGER)
        else:
            run = self._button(words.text("Start"), Verb.RUN, style=KeyboardButtonStyle.PRIMARY)
        return [
            [self._view(words.text("Hours"), View.TIMES), self._view(words.text("Days"), View.DAYS),
             self._view(words.text("Zone"), View.ZONE)],
            [self._view(words.text("Topics"), View.TOPICS), self._view(words.text("Outlets"), View.OUTLETS),
             self._view(words.text("Words"), View.WORDS)],
            [self._view(words.text("My region"), View.REGIONS), self._view(words.text("More or less"), View.TASTES)],
            [self._view(words.text("Size"), View.SIZE), self._view(words.text("Quiet hours"), View.QUIET)],
            [build_button(words.text("Own sources"), FeedPress(FeedVerb.PANEL, 0, self._target).encode())],
            [self._button(*sound), self._button(*empty)],
            [self._button(words.text("Preview"), Verb.PREVIEW), run],
        ]  # fmt: skip

    def _times(self) -> list[Row]:
        chosen = set(self._current.times)
        offered = sorted({time(number) for number in HOURS_OFFERED} | chosen)
        buttons = [
            self._choice(render_hour(self._words, at), at in chosen, Verb.ADD_TIME, Verb.DROP_TIME, f"{at:%H%M}")
            for at in offered
        ]
        return [*split_rows(buttons, 5), [self._ask(self._words.text("Type them"), Question.TIMES)]]

    def _days(self) -> list[Row]:
        days = self._current.days
        names = name_days(self._words)
        # The last day can't be removed; to have no digest, it is stopped.
        singles = [self._day(names[day], days ^ {day} or days, is_chosen=day in days) for day in range(7)]
        groups = [
            self._day(self._words.text("Every day"), EVERY_DAY),
            self._day(f"{names[0]}–{names[4]}", WORKING_DAYS),
            self._day(self._words.text("Weekend"), WEEKEND),
        ]
        return [*split_rows(singles, 3), groups]

    def _day(self, label: str, days: Collection[int], *, is_chosen: bool = False) -> InlineKeyboardButton:
        return self._button(label, Verb.DAYS, "".join(map(str, sorted(days))), is_chosen=is_chosen)

    def _zones(self) -> list[Row]:
        chosen = ZONE_NAMES.get(self._current.zone)
        names = [
            self._button(name, Verb.ZONE, zone, is_chosen=name == chosen) for name, zone in INDONESIAN_ZONES.items()
        ]
        return [names, [self._ask(self._words.text("Another city"), Question.ZONE)]]

    def _topics(self) -> list[Row]:
        chosen = self._current.preferences.topics
        buttons = [
            self._choice(name_topic(self._words, key), key in chosen, Verb.ADD_TOPIC, Verb.DROP_TOPIC, key)
            for key in TOPICS
        ]
        every = self._button(self._words.text("All topics"), Verb.ALL_TOPICS, is_chosen=not chosen)
        return [*split_rows(buttons, 2), [every]]

    def _outlets(self, page: int, outlets: Sequence[str]) -> list[Row]:
        chosen = self._current.preferences.outlets
        # Chosen outlets are listed even if none of their articles is stored any more.
        names = sorted({*outlets, *chosen}, key=str.casefold)
        pages = max(1, -(-len(names) // OUTLETS_A_PAGE))
        page = min(page, pages - 1)
        shown = names[page * OUTLETS_A_PAGE : (page + 1) * OUTLETS_A_PAGE]
        buttons = [
            self._choice(name[:40], name in chosen, Verb.ADD_OUTLET, Verb.DROP_OUTLET, f"{shorten_name(name)}-{page}")
            for name in shown
        ]
        turn = build_page_buttons(
            self._words, page, pages, lambda n: Press(Verb.VIEW, f"{View.OUTLETS}-{n}", self._target).encode()
        )
        every = self._button(self._words.text("All outlets"), Verb.ALL_OUTLETS, is_chosen=not chosen)
        return [row for row in (*split_rows(buttons, 2), turn, [every]) if row]

    def _word_rows(self) -> list[Row]:
        preferences, words = self._current.preferences, self._words
        included = [self._button(f"✕ {word}", Verb.DROP_INCLUDED, shorten_name(word)) for word in preferences.include]
        excluded = [self._button(f"✕ {word}", Verb.DROP_EXCLUDED, shorten_name(word)) for word in preferences.exclude]
        return [
            *split_rows(included, 2),
            [self._ask(words.text("Only with …"), Question.INCLUDE)],
            *split_rows(excluded, 2),
            [self._ask(words.text("Without …"), Question.EXCLUDE)],
        ]

    def _regions(self, page: int) -> list[Row]:
        """Return the chosen regions, or all provinces, or the regencies and cities of the province numbered `page`."""
        words, preferences, regions = self._words, self._current.preferences, load_regions()
        if page == PROVINCES:
            provinces = [region for region in regions.values() if region.is_province]
            return split_rows([self._view(one.name, f"{View.REGIONS}-{one.code}") for one in provinces], 2)
        if shown := [region for region in regions.values() if region.province == f"{page:02}"]:
            buttons = [
                self._choice(
                    words.text("All of {province}", province=region.name) if region.is_province else region.name,
                    region.code in preferences.regions,
                    Verb.ADD_REGION,
                    Verb.DROP_REGION,
                    f"{encode_region(region.code)}-{page}",
                )
                for region in shown
            ]
            return [buttons[:1], *split_rows(buttons[1:], 2)]
        chosen = [
            self._button(f"✕ {regions[code].name}", Verb.DROP_REGION, encode_region(code))
            for code in preferences.regions
            if code in regions
        ]
        labels = {RegionRule.FIRST: words.text("Region first"), RegionRule.ONLY: words.text("Region only")}
        rules = [
            self._button(label, Verb.REGION_RULE, rule.value, is_chosen=rule is preferences.region_rule)
            for rule, label in labels.items()
        ]
        adding = [
            self._view(words.text("Choose from the list"), f"{View.REGIONS}-{PROVINCES}"),
            self._ask(words.text("Type a name"), Question.REGION),
        ]
        return [*split_rows(chosen, 2), *([rules] if chosen else []), adding]

    def _tastes(self) -> list[Row]:
        words, tastes = self._words, self._current.preferences.tastes
        subjects = {get_subject(taste): taste.is_more for taste in tastes}
        drop = [
            self._button(f"✕ {label_taste(words, one, is_more=is_more)}", Verb.DROP_TASTE, hash_subject(one))
            for one, is_more in subjects.items()
        ]
        every = [[self._button(words.text("Drop all"), Verb.DROP_TASTES, style=KeyboardButtonStyle.DANGER)]]
        return [*split_rows(drop, 2), *(every if len(drop) > 1 else [])]

    def _sizes(self) -> list[Row]:
        preferences, words = self._current.preferences, self._words
        counts = [
            self._button(str(count), Verb.COUNT, str(count), is_chosen=count == preferences.count) for count in COUNTS
        ]
        names = {SHORT: words.text("Short"), MEDIUM: words.text("Medium"), LONG: words.text("Long")}
        lengths = [
            self._button(name, Verb.LENGTH, length.code, is_chosen=length == preferences.length)
            for length, name in names.items()
        ]
        labels = {DigestOrder.IMPORTANT: words.text("Most important"), DigestOrder.NEWEST: words.text("Newest")}
        orders = [
            self._button(label, Verb.ORDER, order.value, is_chosen=order is preferences.order)
            for order, label in labels.items()
        ]
        return [counts, orders, lengths]

    def _quiet_hours(self) -> list[Row]:
        quiet, words = self._current.preferences.quiet, self._words
        pairs = {(time(start), time(end)) for start, end in QUIET_OFFERED}
        if quiet is not None:
            pairs.add((quiet.start, quiet.end))
        offered = [
            self._button(
                f"{render_hour(words, start)}–{render_hour(words, end)}",
                Verb.QUIET,
                f"{start:%H%M}-{end:%H%M}",
                is_chosen=quiet == QuietHours(start, end),
            )
            for start, end in sorted(pairs)
        ]
        none = self._button(words.text("None"), Verb.NO_QUIET, is_chosen=quiet is None)
        return [*split_rows(offered, 2), [none, self._ask(words.text("Type them"), Question.QUIET)]]

    def _choice(self, label: str, is_chosen: bool, add: Verb, drop: Verb, value: str) -> InlineKeyboardButton:
        return self._button(label, drop if is_chosen else add, value, is_chosen=is_chosen)

    def _view(self, label: str, view: str) -> InlineKeyboardButton:
        return self._button(label, Verb.VIEW, view)

    def _ask(self, label: str, question: Question) -> InlineKeyboardButton:
        return self._button(label, Verb.ASK, question)

    def _button(
        self,
        label: str,
        verb: Verb,
        value: str = "",
        *,
        is_chosen: bool = False,
        style: KeyboardButtonStyle | None = None,
    ) -> InlineKeyboardButton:
        return build_button(f"✓ {label}" if is_chosen else label, Press(verb, value, self._target).encode(), style)
