"""What a day or a week talks about: as a caption in Telegram HTML, and as the bars of a picture (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from babel.dates import format_date, format_interval

from bot.chart import Bar, Group
from bot.links import linked
from bot.render import length, shortened
from bot.telegram_text import shown
from bot.trends_buttons import Span
from summaries.schedule import load_zone
from summaries.text.spacing import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.locale import Words
    from summaries.model import CoveredStory
    from summaries.trends import NamedOften

CAPTION_LIMIT = 1024
MOST_STORIES, MOST_NAMES = 5, 5
LONGEST_TITLE = 90


@dataclass(frozen=True, slots=True)
class Survey:
    """The stories that most outlets told in the span that ends at `at`, and the names that stand in them."""

    span: Span
    at: datetime
    stories: Sequence[CoveredStory]
    names: Sequence[NamedOften]


def title(words: Words, survey: Survey) -> str:
    return words.text("Talked about today") if survey.span is Span.DAY else words.text("Talked about this week")


def days(words: Words, survey: Survey, zone: str) -> str:
    """ "Selasa, 24 November 2026", "17–24 Nov 2026"."""
    last = survey.at.astimezone(load_zone(zone)).date()
    if survey.span is Span.DAY:
        return format_date(last, words.text("EEEE, d MMMM y"), locale=words.language)
    return str(format_interval(last - survey.span.length, last, "yMMMd", locale=words.language))


def caption(words: Words, survey: Survey, zone: str) -> str:
    """The list behind the picture, in at most `CAPTION_LIMIT` UTF-16 units: titles are cut where it must be."""
    for longest in (LONGEST_TITLE, LONGEST_TITLE // 2, LONGEST_TITLE // 4):
        text = "\n".join(
            [
                f"<b>{escape(title(words, survey))}</b>",
                escape(days(words, survey, zone)),
                "",
                *(story_line(words, n, story, longest) for n, story in enumerate(survey.stories[:MOST_STORIES], 1)),
                *names_lines(words, survey.names[:MOST_NAMES]),
            ]
        )
        if length(text) <= CAPTION_LIMIT:
            return text
    return f"<b>{escape(title(words, survey))}</b>"


def story_line(words: Words, number: int, story: CoveredStory, longest: int) -> str:
    told = words.count("{n} outlet", "{n} outlets", story.outlet_count)
    return f"{number}. {linked(story.url, shown(shortened(story.title, longest)))} ({escape(told)})"


def names_lines(words: Words, names: Sequence[NamedOften]) -> list[str]:
    if not names:
        return []
    listed = " · ".join(f"{shortened(named.name, LONGEST_TITLE // 2)} ({named.stories})" for named in names)
    heading = words.text("Names")
    return ["", f"<b>{escape(heading)}</b>: {shown(listed)}"]


def chart_groups(words: Words, survey: Survey) -> tuple[Group, ...]:
    stories = tuple(
        Bar(clean_line(story.title), story.outlet_count, words.count("{n} outlet", "{n} outlets", story.outlet_count))
        for story in survey.stories[:MOST_STORIES]
    )
    names = tuple(
        Bar(clean_line(named.name), named.stories, words.count("{n} story", "{n} stories", named.stories))
        for named in survey.names[:MOST_NAMES]
    )
    groups = (Group(words.text("Most covered stories"), stories), Group(words.text("Most named"), names))
    return tuple(group for group in groups if group.bars)
