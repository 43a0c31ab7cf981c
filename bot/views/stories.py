"""The view of a story: the summary of its best article, and the reports of all outlets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape

from babel.dates import format_date
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.locale import Translations, message
from bot.telegram_text import MESSAGE_LIMIT, Html, split_html, to_html, visible_text
from bot.views.answers import (
    AnswerFormat,
    AnswerView,
    build_save_button,
    fold,
    mark,
    render_reading_time,
)
from bot.views.callbacks import build_button, split_evenly
from bot.views.html import (
    MAX_ENTITIES,
    MAX_OUTLET_CHARS,
    add_link,
    count_entities,
    join_facts,
    mark_moment,
    measure,
    name_outlet,
    render_byline,
    render_moment,
    render_time,
    render_title,
    shorten,
    stack,
)
from summaries.articles.story import StoryView
from summaries.digests.schedule import to_zone
from summaries.model import Addition, Coverage, NewsItem, first_of_each_outlet
from summaries.stories.disagreements import Disagreement
from summaries.stories.figures import Kind
from summaries.topic_model.topics import FACT_CHECKS

# Medium summaries have 500 to 900 characters; a longer one leaves no room for the other outlets.
MAX_SUMMARY_CHARS = 1_800
MAX_HEADLINE_CHARS = 120
# More outlets or days fill the message, and readers gain little by them.
MAX_OUTLETS = 20
MAX_DAYS = 10
# Characters on each side of a number; up to twice as many are shown whole.
CONTEXT_CHARS = 25
# Room for the line "… and 12 more" of a section, and for the line with the reading time.
ROOM_FOR_MORE, ROOM_FOR_READING_TIME = 40, 60
_OPENING, _CLOSING = "(\"“‘'", ".,;:)\"”’'"
KIND_NAMES = {
    Kind.DEATHS: message("Dead"),
    Kind.INJURED: message("Injured"),
    Kind.MISSING: message("Missing"),
    Kind.SURVIVORS: message("Survivors"),
    Kind.DISPLACED: message("Displaced"),
    Kind.MAGNITUDE: message("Magnitude"),
    Kind.DEPTH: message("Depth"),
    Kind.SCORE: message("Score"),
    Kind.MONEY: message("Money"),
    Kind.PERCENT: message("Percentage"),
    Kind.DISTANCE: message("Distance"),
    Kind.MEASURE: message("Measure"),
    Kind.TIME: message("Time"),
    Kind.DATE: message("Date"),
    Kind.AGE: message("Age"),
    Kind.COUNT: message("Number"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and at most `most` of the lines below it, as HTML."""

    heading: str
    lines: Sequence[str]
    between: str = "\n"
    most: int = MAX_OUTLETS


@dataclass(frozen=True, slots=True)
class Clock:
    """Renders times in the zone: "18.37", or "15 Okt 18.37" on another day than `day`."""

    words: Translations
    zone: str
    day: date

    def render(self, moment: datetime) -> Html:
        local = to_zone(moment, self.zone)
        at = render_time(self.words, local)
        if local.date() == self.day:
            return mark_moment(moment, "t", at)
        return mark_moment(moment, "dt", f"{self.render_day(local.date())} {at}")

    def render_day(self, day: date) -> str:
        return format_date(day, "d MMM", locale=self.words.language)


def render_story_view(words: Translations, view: StoryView, zone: str) -> str:
    """Render the story as one message: the summary, disagreements, additions, the chain, and links to all outlets.

    Lines that do not fit are left out, those of the last sections first.
    """
    article = view.shown.article
    clock = Clock(words, zone, to_zone(view.coverage[0].reported_at, zone).date())
    reports = render_reports(words, view.coverage, clock)
    head = stack(
        render_title(words, article, article.url),
        render_byline(words, article, zone),
        f"<i>{reports}</i>" if reports else "",
        between="\n",
    )
    body, *rest = split_html(to_html(view.summary.text), MAX_SUMMARY_CHARS) or [""]
    text = stack(head, fold(f"{body} …" if rest else body))
    text = stack(text, *fit_sections(words, build_sections(words, view, clock), text))
    reading_time = render_reading_time(words, len(visible_text(text).split()))
    return stack(text, f"<i>{escape(reading_time)}</i>")


def render_reports(words: Translations, coverage: Sequence[Coverage], clock: Clock) -> str:
    """Render the number of outlets, and the times of the first and the latest report; nothing for a single report."""
    if len(coverage) < 2:
        return ""
    outlets = escape(words.plural("{n} outlet", "{n} outlets", len(first_of_each_outlet(coverage))))
    first = render_moment(words, coverage[0].reported_at, clock.zone)
    latest = clock.render(coverage[-1].reported_at)
    return join_facts([outlets, words.html("first report {first}, latest {latest}", first=first, latest=latest)])


def build_sections(words: Translations, view: StoryView, clock: Clock) -> list[Section]:
    """Return the sections that have lines, the most important first."""
    reports = {report.article_id: report for report in view.coverage}
    disputes, updates = (
        [
            render_disagreement(words, found, reports, clock)
            for found in view.disagreements
            if found.is_update is is_update
        ]
        for is_update in (False, True)
    )
    added = [render_addition(addition, reports.get(addition.article_id), clock) for addition in view.additions]
    sections = [
        Section(words.text("Outlets give different figures"), disputes),
        Section(words.text("Figures that changed"), updates),
        Section(words.text("Other outlets add"), added),
        Section(words.text("Day by day"), render_chain(view, clock), most=MAX_DAYS),
        build_outlets(words, view.coverage),
    ]
    return [section for section in sections if section.lines]


def build_item_sections(words: Translations, item: NewsItem, zone: str) -> list[Section]:
    """Return the sections of a story in a list that has further outlets: a sentence of one of them, and all outlets."""
    clock = Clock(words, zone, to_zone(item.stored.reported_at, zone).date())
    reports = {report.article_id: report for report in item.coverage}
    addition, outlets = item.marks.addition, build_outlets(words, item.coverage)
    added = [render_addition(addition, reports.get(addition.article_id), clock)] if addition else []
    if item.marks.is_disputed:
        outlets = replace(outlets, heading=join_facts([outlets.heading, words.text("outlets give different figures")]))
    sections = [Section(words.text("Other outlets add"), added), outlets]
    return [section for section in sections if section.lines]


def build_outlets(words: Translations, coverage: Sequence[Coverage]) -> Section:
    """Return the section with links to each outlet's first report; it has no lines for a single outlet."""
    outlets = first_of_each_outlet(coverage)
    lines = [render_outlet(report) for report in outlets] if len(outlets) > 1 else []
    return Section(words.text("All reports"), lines, between=" · ")


def render_addition(addition: Addition, report: Coverage | None, clock: Clock) -> str:
    """Render the sentence with its outlet, linked if the report is known, and its time."""
    if report is None:
        source = stack(
            to_html(shorten(addition.outlet or "", MAX_OUTLET_CHARS)), clock.render(addition.published_at), between=", "
        )
    else:
        source = render_source(report, clock)
    return f"• {to_html(addition.sentence.text.strip())} ({source})"


def render_disagreement(words: Translations, found: Disagreement, reports: Mapping[int, Coverage], clock: Clock) -> str:
    """Render the numbers side by side, each in the outlet's own words."""
    said, later = [], escape(words.text("later"))
    for statement in found.statements:
        number = find_words(
            statement.sentence, statement.number_start - statement.start, statement.number_end - statement.start
        )
        source = render_source(reports[statement.article_id], clock)
        source += f", {later}" if statement.is_later else ""
        said.append(f"{mark(statement.sentence, [number], CONTEXT_CHARS)} ({source})")
    return f"• {escape(words.text(KIND_NAMES[found.kind]))}: {join_facts(said)}"


def find_words(sentence: str, start: int, end: int) -> tuple[int, int]:
    """Return the start and end of the whole words at `start` to `end`, without the punctuation around them.

    Marked text is checked for links apart from the text around it, so no mark may end inside a word.
    """
    while start > 0 and not sentence[start - 1].isspace():
        start -= 1
    while end < len(sentence) and not sentence[end].isspace():
        end += 1
    marked = sentence[start:end].lstrip(_OPENING)
    return end - len(marked), end - len(marked) + len(marked.rstrip(_CLOSING))


def render_chain(view: StoryView, clock: Clock) -> list[str]:
    """Render a headline of each day from the other stories of the chain, the latest day first.

    A headline says more in fewer characters than the first sentence of a summary: 75 against 101 in the sample news,
    at most 85 against 212. The titles of fact-checks may repeat the claim, so they are left out.
    """
    own = {report.article_id for report in view.coverage}
    days = {
        to_zone(report.reported_at, clock.zone).date(): report
        for report in view.chain
        if report.article_id not in own and report.category != FACT_CHECKS
    }
    return [
        f"• {clock.render_day(day)}: {add_link(report.url, to_html(shorten(report.title, MAX_HEADLINE_CHARS)))}"
        f" ({name_source(report)})"
        for day, report in sorted(days.items(), reverse=True)
    ]


def render_source(report: Coverage, clock: Clock) -> str:
    """Render the outlet, linked, and the time of its report."""
    return stack(add_link(report.url, name_source(report)), clock.render(report.reported_at), between=", ")


def render_outlet(report: Coverage) -> str:
    name = name_source(report) or to_html(shorten(report.title, MAX_OUTLET_CHARS))
    return add_link(report.url, name)


def name_source(report: Coverage) -> str:
    return to_html(shorten(name_outlet(report), MAX_OUTLET_CHARS))


def fit_sections(words: Translations, sections: Sequence[Section], above: str) -> list[str]:
    """Return the sections as HTML, without the lines for which the message below `above` has no room.

    The first sections have priority. Each section ends with the number of the lines that it lacks.
    """
    headings = [f"<b>{escape(section.heading)}</b>" for section in sections]
    room = MESSAGE_LIMIT - measure(above) - ROOM_FOR_READING_TIME
    room -= sum(measure(heading) + ROOM_FOR_MORE for heading in headings)
    # The reading time and each heading are marked too.
    marks = MAX_ENTITIES - count_entities(above) - len(headings) - 1
    blocks = []
    for heading, section in zip(headings, sections, strict=True):
        shown = []
        for line in section.lines[: section.most]:
            length, entities = measure(line) + len(section.between), count_entities(line)
            if length <= room and entities <= marks:
                shown.append(line)
                room, marks = room - length, marks - entities
        if more := len(section.lines) - len(shown):
            shown.append(escape(words.plural("… and {n} more", "… and {n} more", more)))
        blocks.append(f"{heading}\n{section.between.join(shown)}")
    return blocks


def build_story_keyboard(
    words: Translations,
    view: AnswerView,
    *,
    is_saved: bool,
    copy: InlineKeyboardButton,
    follow: InlineKeyboardButton | None = None,
    share: InlineKeyboardButton | None = None,
    extra: Sequence[InlineKeyboardButton] = (),
) -> InlineKeyboardMarkup:
    """Return the buttons under the view of a story; `extra` is one more row."""
    summary = AnswerView(view.answer_id, AnswerFormat.TEXT, view.size)
    back = build_button(words.text("Back to the summary"), summary.encode())
    save = build_save_button(words, view, is_saved=is_saved)
    below = split_evenly([*filter(None, [follow]), save, copy, *filter(None, [share])])
    return InlineKeyboardMarkup([row for row in ([back], *below, list(extra)) if row])
