"""Publish the site: read the changed stories, render them on other processes, and write the files that changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from summaries.articles.story import MAX_READ
from summaries.errors import ResourceLimitExceeded
from summaries.model import PublicStory
from summaries.ports import Clock, Offload, PublicNews
from summaries.publishing.feeds import render_feeds
from summaries.publishing.folder import SiteFolder
from summaries.publishing.pages import (
    Card,
    File,
    make_card,
    rank_front,
    render_fixed,
    render_search_index,
    render_section,
    render_story,
)
from summaries.publishing.plan import Plan, Section, SectionKind, Site, fingerprint, plan_site

log = logging.getLogger(__name__)

T = TypeVar("T")

# The newest stories are published: about two weeks of all Indonesian outlets.
MAX_STORIES = 10_000
# Stories that are read and rendered at a time: a worker process gets a few hundred kilobytes, and works for less than a
# second.
BATCH = 50
# The articles that decide about the order of the front page, at either end of a story: more would be compared with one
# another for seconds.
FRONT_READ = 10
# While a process renders stories, the next ones are read, and `ringkas publish` uses two processes.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The number of stories on the site, and of its files: those that changed, and those that were removed."""

    stories: int
    files: int
    written: int
    removed: int


class Publisher:
    """Publishes the site into one folder. It knows only the port of public stories, so chat data cannot reach it."""

    def __init__(self, *, news: PublicNews, offload: Offload, clock: Clock, folder: Path, site: Site) -> None:
        self._news = news
        self._offload = offload
        self._clock = clock
        self._folder = folder
        self._site = site
        self._published = ""

    async def publish(self, *, is_forced: bool = False) -> PublishReport | None:
        """Write the files that are out of date, or all if it `is_forced`, and remove pages of stories that are gone.

        Return None if nothing changed since the last call, or if another process is publishing into the folder.

        Raises:
            InvalidSettings: the folder cannot be used.
            OSError: a file could not be written. The next call continues.
        """
        heads = await self._news.list_heads(limit=MAX_STORIES)
        plan = await asyncio.to_thread(plan_site, heads, self._site, self._clock())
        state = await asyncio.to_thread(fingerprint, plan.fingerprints)
        if state == self._published and not is_forced:
            return None
        folder = await asyncio.to_thread(SiteFolder.open, self._folder)
        if folder is None:
            return None
        try:
            report = await self._write(folder, plan, is_forced=is_forced)
        finally:
            folder.close()
        self._published = state
        return report

    async def _write(self, folder: SiteFolder, plan: Plan, *, is_forced: bool) -> PublishReport:
        every = plan.fingerprints
        stale = set(every) if is_forced else await asyncio.to_thread(folder.find_stale, every)
        written = 0
        pages = [story_id for path, story_id in plan.stories.items() if path in stale]
        for batches in split(split(pages, BATCH), AT_ONCE):
            work = (self._write_stories(folder, ids, plan) for ids in batches)
            # The folder is released only after both have ended.
            for result in await asyncio.gather(*work, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
                written += result
        for section in plan.sections:
            if not stale.isdisjoint(section.paths):
                files = await self._render_section(section)
                written += await asyncio.to_thread(write_files, folder, files, every)
        fixed = await asyncio.to_thread(render_fixed, plan.days, self._site)
        written += await asyncio.to_thread(write_files, folder, fixed, {})
        wanted = every.keys() | {file.path for file in fixed}
        removed = await asyncio.to_thread(folder.remove_except, wanted)
        await asyncio.to_thread(folder.save)
        return PublishReport(len(plan.stories), len(wanted), written, removed)

    async def _write_stories(self, folder: SiteFolder, ids: Collection[int], plan: Plan) -> int:
        stories = await self._news.read_stories(ids, most=MAX_READ)
        files = await self._render_stories(stories, choose_links(stories, plan.by_article))
        return await asyncio.to_thread(write_files, folder, files, plan.fingerprints)

    async def _render_stories(self, stories: Sequence[PublicStory], links: Mapping[int, int]) -> list[File]:
        """Render the pages of the stories. One that takes too long is shown by its best article alone."""
        try:
            return await self._offload(render_stories, stories, self._site, links)
        except ResourceLimitExceeded as error:
            if len(stories) == 1:
                log.warning("the reports of story %d are not compared: %s", stories[0].id, error)
                return await asyncio.to_thread(render_stories, [keep_best(stories[0])], self._site, links)
        return [file for story in stories for file in await self._render_stories([story], links)]

    async def _render_section(self, section: Section) -> list[File]:
        if section.kind is SectionKind.FRONT:
            stories = await self._news.read_stories(section.story_ids, most=FRONT_READ)
            return await self._offload(render_front, section, stories, self._site)
        cards: dict[int, Card] = {}
        for ids in split(section.story_ids, BATCH):
            found = await self._news.read_stories(ids, most=0)
            cards |= {card.story_id: card for card in await asyncio.to_thread(make_cards, found)}
        shown = [cards[story_id] for story_id in section.story_ids if story_id in cards]
        return await self._offload(render_files, section, shown, self._site)


def split(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def choose_links(stories: Iterable[PublicStory], by_article: Mapping[int, int]) -> dict[int, int]:
    """Return the pages of the stories in the chains of these, by best article."""
    linked = {report.article_id for story in stories for report in story.chain}
    return {article_id: by_article[article_id] for article_id in linked if article_id in by_article}


def keep_best(story: PublicStory) -> PublicStory:
    """Return the story with its best article alone to compare, and all of its reports."""
    return replace(story, articles=tuple(read for read in story.articles if read[0].id == story.article_id))


def render_stories(stories: Collection[PublicStory], site: Site, by_article: Mapping[int, int]) -> list[File]:
    return [render_story(story, site, by_article) for story in stories]


def make_cards(stories: Iterable[PublicStory]) -> list[Card]:
    return [make_card(story) for story in stories]


def render_front(section: Section, stories: Sequence[PublicStory], site: Site) -> list[File]:
    """Choose and render the stories of the front page."""
    return render_files(section, make_cards(rank_front(stories)), site)


def render_files(section: Section, cards: Sequence[Card], site: Site) -> list[File]:
    """Render all files of a section."""
    page = render_section(section, cards, site)
    if section.kind is SectionKind.DAY:
        return [page, render_search_index(section, cards)]
    return [page, *render_feeds(section, cards, site)]


def write_files(folder: SiteFolder, files: Iterable[File], fingerprints: Mapping[str, str]) -> int:
    """Write the files, and return the number of those that changed."""
    return sum(folder.write(file.path, file.body, fingerprints.get(file.path, "")) for file in files)
