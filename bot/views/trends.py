"""The most covered stories and names of a day or a week: the caption and the bars of the chart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape

from babel.dates import format_date, format_interval
from telegram import InlineKeyboardMarkup

from bot.locale import Translations
from bot.telegram_text import to_html
from bot.views.callbacks import build_button, decoder
from bot.views.chart import Bar, Group
from bot.views.html import add_link, measure, shorten
from summaries.digests.schedule import load_zone
from summaries.model import StoryWithCoverage
from summaries.stories.trends import TrendingName
from summaries.text.characters import clean_line

CAPTION_LIMIT = 1024
MAX_STORIES, MAX_NAMES = 5, 5
MAX_TITLE_CHARS = 90


@dataclass(frozen=True, slots=True)
class Survey:
    """The most covered stories of the span that ends at `at`, and the names in them.

    `earlier_names` has the number of stories of the span before that named each.
    """

    span: Span
    at: datetime
    stories: Sequence[StoryWithCoverage]
    names: Sequence[TrendingName]
    earlier_names: Mapping[str, int] = field(default_factory=dict)


def render_title(words: Translations, survey: Survey) -> str:
    return words.text("Talked about today") if survey.span is Span.DAY else words.text("Talked about this week")


def render_span(words: Translations, survey: Survey, zone: str) -> str:
    """Render the days of the survey: "Selasa, 24 November 2026", "17–24 Nov 2026"."""
    last = survey.at.astimezone(load_zone(zone)).date()
    if survey.span is Span.DAY:
        return format_date(last, words.text("EEEE, d MMMM y"), locale=words.language)
    return str(format_interval(last - survey.span.length, last, "yMMMd", locale=words.language))


def render_caption(words: Translations, survey: Survey, zone: str) -> str:
    """Render the list below the picture in at most `CAPTION_LIMIT` UTF-16 units; titles are cut if necessary."""
    for longest in (MAX_TITLE_CHARS, MAX_TITLE_CHARS // 2, MAX_TITLE_CHARS // 4):
        text = "\n".join(
            [
                f"<b>{escape(render_title(words, survey))}</b>",
                escape(render_span(words, survey, zone)),
                "",
                *(
                    render_story_line(words, n, story, longest)
                    for n, story in enumerate(survey.stories[:MAX_STORIES], 1)
                ),
                *render_names(words, survey.names[:MAX_NAMES]),
            ]
        )
        if measure(text) <= CAPTION_LIMIT:
            return text
    return f"<b>{escape(render_title(words, survey))}</b>"


def render_story_line(words: Translations, number: int, story: StoryWithCoverage, longest: int) -> str:
    label = words.plural("{n} outlet", "{n} outlets", story.outlet_count)
    return f"{number}. {add_link(story.url, to_html(shorten(story.title, longest)))} ({escape(label)})"


def render_names(words: Translations, names: Sequence[TrendingName]) -> list[str]:
    if not names:
        return []
    listed = " · ".join(f"{shorten(named.name, MAX_TITLE_CHARS // 2)} ({named.stories})" for named in names)
    heading = words.text("Names")
    return ["", f"<b>{escape(heading)}</b>: {to_html(listed)}"]


def render_comparison(words: Translations, survey: Survey, zone: str) -> str:
    """Render the days, and the days that the changes in the chart refer to."""
    if survey.span is Span.DAY:
        return words.text("{days}, +/− since yesterday", days=render_span(words, survey, zone))
    return words.text("{days}, +/− since last week", days=render_span(words, survey, zone))


def render_change(words: Translations, now: int, earlier: int) -> str:
    """Render the change of a number, such as "+3"; empty without a change."""
    if not earlier:
        return words.text("new")
    return f"{now - earlier:+d}".replace("-", "−") if now != earlier else ""


def build_chart_groups(words: Translations, survey: Survey) -> tuple[Group, ...]:
    stories = tuple(
        Bar(
            f"{number}. {clean_line(story.title)}",
            story.outlet_count,
            words.plural("{n} outlet", "{n} outlets", story.outlet_count),
            # Copies of one wire report count once, so a later count may be lower.
            render_change(words, max(story.outlet_count, story.earlier_outlets), story.earlier_outlets),
        )
        for number, story in enumerate(survey.stories[:MAX_STORIES], 1)
    )
    names = tuple(
        Bar(
            clean_line(named.name),
            named.stories,
            words.plural("{n} story", "{n} stories", named.stories),
            render_change(words, named.stories, survey.earlier_names.get(named.name, 0)),
        )
        for named in survey.names[:MAX_NAMES]
    )
    groups = (
        Group(words.text("Most covered stories"), stories),
        Group(words.text("Most named"), names, is_compact=True),
    )
    return tuple(group for group in groups if group.bars)


TRENDS_PATTERN = r"^n1:"


class Span(StrEnum):
    """The period of a survey."""

    DAY = "d"
    WEEK = "w"

    @property
    def length(self) -> timedelta:
        return timedelta(days=1 if self is Span.DAY else 7)


@dataclass(frozen=True, slots=True)
class TrendsView:
    """The span and the theme of the chart."""

    span: Span = Span.DAY
    is_dark: bool = False

    def encode(self) -> str:
        return f"n1:{self.span}{'d' if self.is_dark else 'l'}"


decode_trends_view = decoder(re.compile(r"n1:([dw])([ld])"), lambda match: TrendsView(Span(match[1]), match[2] == "d"))


def build_trends_keyboard(words: Translations, view: TrendsView) -> InlineKeyboardMarkup:
    """Return the buttons for the other span and the other theme."""
    other_span = replace(view, span=Span.WEEK if view.span is Span.DAY else Span.DAY)
    span_label = words.text("This week") if view.span is Span.DAY else words.text("Today")
    other_picture = replace(view, is_dark=not view.is_dark)
    picture_label = words.text("Light picture") if view.is_dark else words.text("Dark picture")
    buttons = [build_button(span_label, other_span.encode()), build_button(picture_label, other_picture.encode())]
    return InlineKeyboardMarkup([buttons])
