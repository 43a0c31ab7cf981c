"""The pages of the site, rendered from stories. No page needs a script, and none loads anything from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined

from summaries.articles.story import StoryView, compose_story
from summaries.articles.verify import describe_stored
from summaries.digests.importance import choose_mix, rank_stories
from summaries.digests.schedule import to_zone
from summaries.digests.select import OPENING_CHARS
from summaries.model import MEDIUM, Addition, Coverage, PublicStory, Report, first_of_each_outlet
from summaries.publishing import wording
from summaries.publishing.plan import Section, SectionKind, Site, choose_topic, story_path
from summaries.stories.disagreements import Disagreement
from summaries.summarizer import summarize
from summaries.text.characters import dump_json
from summaries.text.words import load_stop_words
from summaries.topic_model.topics import FACT_CHECKS, TOPICS

FRONT_STORIES = 30
# A page with more is hard to read; so is the message in the chat, which has as many.
MAX_DAYS = 10
# The names of outlets below a headline; further ones are counted.
MAX_NAMED = 3
ASSETS = ("gaya.css", "cari.js", "ikon.svg")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the site: its path in the folder, and its contents."""

    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Card:
    """A story in a list. `verdict` is that of a fact-check, whose claim is the title then.

    `published` are the fields of `describe_stored`, by which programs verify the summary.
    """

    story_id: int
    title: str
    verdict: str | None
    topic: str
    summary: str
    url: str | None
    outlets: tuple[tuple[str, str | None], ...]
    other_titles: tuple[str, ...]
    first_at: datetime
    latest_at: datetime
    published: Mapping[str, object]

    @property
    def full_title(self) -> str:
        return f"{self.verdict}: {self.title}" if self.verdict else self.title


Figures: TypeAlias = tuple[str, list[tuple[str, str, str, str, str | None, str, bool]]]
"""The name of a figure, and of each statement the words before, in and after the number, the outlet, the address, the
time, and whether it is later."""


def make_card(story: PublicStory) -> Card:
    """Return the story as a list shows it."""
    shown = next(stored for stored, _ in story.articles if stored.id == story.article_id)
    article, checked = shown.article, shown.article.fact_check
    summary = story.summaries.get(shown.id) or summarize(article, MEDIUM)
    outlets = first_of_each_outlet(story.coverage)
    return Card(
        story.id,
        wording.shorten(checked.claim if checked else article.title),
        wording.VERDICTS[checked.verdict] if checked else None,
        choose_topic(article.category),
        summary.text,
        wording.check_address(article.url),
        tuple((wording.name_outlet(report), wording.check_address(report.url)) for report in outlets),
        tuple(report.title for report in outlets if report.category != FACT_CHECKS),
        story.coverage[0].reported_at,
        story.coverage[-1].reported_at,
        describe_stored(shown, summary),
    )


def render_story(story: PublicStory, site: Site, by_article: Mapping[int, int]) -> File:
    """Render the page of a story. `by_article` has the other stories of the site by their best articles."""
    view = compose_story(story)
    day = to_zone(view.coverage[0].reported_at, site.zone).date()
    reports = {report.article_id: report for report in view.coverage}
    checks = {stored.id: stored.article for stored, _ in story.articles if stored.article.fact_check}
    figures: dict[bool, list[Figures]] = {False: [], True: []}
    for found in view.disagreements:
        figures[found.is_update].append(describe_figures(found, reports, site.zone, day))
    return render(
        "story.html",
        story_path(story.id),
        site,
        card=make_card(story),
        place=view.shown.article.place,
        is_excerpt=view.shown.article.is_excerpt,
        byline=wording.name_outlet(view.shown.article),
        published_at=view.shown.reported_at,
        disputes=figures[False],
        updates=figures[True],
        additions=[(added, find_source(added, reports)) for added in view.additions],
        chain=list_days(view, site.zone, by_article),
        reports=[(report, name_report(report, checks)) for report in view.coverage],
        day=day,
    )


def name_report(report: Coverage, checks: Mapping[int, object]) -> str:
    """Return the title of a report; nothing for a fact-check, whose title may repeat the claim."""
    is_check = report.category == FACT_CHECKS or report.article_id in checks
    return "" if is_check else wording.shorten(report.title)


def find_source(addition: Addition, reports: Mapping[int, Coverage]) -> tuple[str, str | None]:
    """Return the outlet of a sentence, and the address of its report if that is known."""
    report = reports.get(addition.article_id)
    if report is None:
        return wording.shorten(addition.outlet or "", wording.MAX_OUTLET_CHARS), None
    return wording.name_outlet(report), wording.check_address(report.url)


def describe_figures(found: Disagreement, reports: Mapping[int, Coverage], zone: str, day: date) -> Figures:
    statements = []
    for said in found.statements:
        start, end = said.number_start - said.start, said.number_end - said.start
        report = reports[said.article_id]
        statements.append(
            (
                said.sentence[:start],
                said.sentence[start:end],
                said.sentence[end:],
                wording.name_outlet(report),
                wording.check_address(report.url),
                wording.show_moment(said.published_at, zone, beside=day),
                said.is_later,
            )
        )
    return wording.KIND_NAMES[found.kind], statements


def list_days(view: StoryView, zone: str, by_article: Mapping[int, int]) -> list[tuple[date, str, str, str | None]]:
    """Return day, headline, outlet and page of another story of each day of the chain, the latest day first."""
    own = {report.article_id for report in view.coverage}
    days = {
        to_zone(report.reported_at, zone).date(): report
        for report in view.chain
        if report.article_id not in own and report.article_id in by_article and report.category != FACT_CHECKS
    }
    return [
        (day, wording.shorten(report.title), wording.name_outlet(report), story_path(by_article[report.article_id]))
        for day, report in sorted(days.items(), reverse=True)[:MAX_DAYS]
    ]


def rank_front(stories: Sequence[PublicStory]) -> list[PublicStory]:
    """Return the stories of the front page, the most important first, as a digest chooses them."""
    by_id = {story.id: story for story in stories}
    now = max((story.coverage[-1].reported_at for story in stories), default=None)
    if now is None:
        return []
    ranking = rank_stories({story.id: list(list_reports(story)) for story in stories}, now)
    chosen = {story_id for story_id, _ in choose_mix(ranking, FRONT_STORIES)}
    return [by_id[story.id] for story in ranking.stories if story.id in chosen]


def list_reports(story: PublicStory) -> Iterable[Report]:
    """Yield the articles of the story that were read, for its importance."""
    for stored, _ in story.articles:
        article = stored.article
        opening = article.text[:OPENING_CHARS]
        yield Report(stored.id, article.title, article.outlet, article.category, stored.reported_at, opening)


def render_section(section: Section, cards: Sequence[Card], site: Site) -> File:
    """Render the page of a list of stories."""
    match section.kind:
        case SectionKind.FRONT:
            heading, template = "Berita utama", "list.html"
        case SectionKind.TOPIC:
            heading, template = TOPICS[section.key], "list.html"
        case _:
            heading, template = wording.show_day(date.fromisoformat(section.key)), "day.html"
    feeds = section.paths[1:] if section.kind is not SectionKind.DAY else ()
    return render(template, section.paths[0], site, heading=heading, cards=cards, section=section, feeds=feeds)


def render_search_index(section: Section, cards: Sequence[Card]) -> File:
    """Return the stories of a day for the search: id, title, outlets, and further words of titles and summary."""
    stops = load_stop_words("id")
    entries = []
    for card in cards:
        title = card.full_title.casefold()
        words = dict.fromkeys(_WORD.findall(" ".join((card.summary, *card.other_titles)).casefold()))
        further = " ".join(word for word in words if len(word) > 1 and word not in stops and word not in title)
        entries.append([card.story_id, card.full_title, [name for name, _ in card.outlets], further])
    return File(section.paths[1], dump_json(entries).encode())


def render_fixed(days: Sequence[str], site: Site) -> list[File]:
    """Render the files that show no story: search, description, the page for missing pages, style and script."""
    shown = [(day, wording.show_day(date.fromisoformat(day))) for day in days]
    templates = files(__package__ or "") / "templates"
    return [
        *(File(name, (templates / name).read_bytes()) for name in ASSETS),
        File("cari/hari.json", dump_json(list(days)).encode()),
        render("search.html", "cari.html", site, days=shown),
        render("about.html", "tentang.html", site),
        render("missing.html", "404.html", site),
    ]


def render(template: str, path: str, site: Site, **values: object) -> File:
    """Render a template as the file at `path`."""
    root = "../" * path.count("/")
    if path == "404.html":
        # A server shows this page for any address, so links from its own would not work.
        root = f"{site.url or ''}/"
    body = (
        load_templates()
        .get_template(template)
        .render(values, root=root, path=path, site=site, topics=TOPICS, style=hash_style())
    )
    return File(path, body.encode())


@cache
def load_templates() -> Environment:
    """Return the templates, which escape every value."""
    environment = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "moment": wording.show_moment,
        "day": wording.show_day,
        "outlet": wording.name_outlet,
        "address": wording.check_address,
        "local": to_zone,
    }
    environment.globals |= {"story_path": story_path, "MAX_NAMED": MAX_NAMED}
    return environment


@cache
def hash_style() -> str:
    """Return a short hash of the style sheet, so that browsers load a new one at once."""
    return sha256((files(__package__ or "") / "templates" / "gaya.css").read_bytes()).hexdigest()[:8]
