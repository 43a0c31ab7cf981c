"""Refresh the news: fetch each source's feed, read the articles that are new, summarise and store them.

One bad feed or page never hurts another; what became of each source is reported and recorded.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from summaries.canonical import article_key, url_key
from summaries.errors import FetchError, InputError, NothingToSummarize, StoreError
from summaries.fetch.feeds import read_feed
from summaries.fetch.pages import read_page
from summaries.model import Origin
from summaries.reading import summarize_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summaries.fetch.feeds import FeedEntry
    from summaries.model import Article, Source, Summary
    from summaries.ports import ArticleStore, Clock, Fetcher, Offload, SourceStore

log = logging.getLogger(__name__)

SOURCES_AT_ONCE = 8
PAGES_AT_ONCE = 8
# The first pass over a long feed takes its newest entries; later passes see them as they come.
ENTRIES_PER_PASS = 50


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a pass did with one source. `refused` counts entries whose pages hold nothing to summarise."""

    source: Source
    added: int = 0
    refused: int = 0
    failed: int = 0
    is_unchanged: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What a pass did, source by source."""

    sources: tuple[SourceReport, ...]

    @property
    def added(self) -> int:
        return sum(report.added for report in self.sources)

    @property
    def refused(self) -> int:
        return sum(report.refused for report in self.sources)

    @property
    def failures(self) -> tuple[SourceReport, ...]:
        return tuple(report for report in self.sources if report.error is not None)


class RefreshService:
    """Runs passes over all sources."""

    def __init__(
        self, *, sources: SourceStore, articles: ArticleStore, fetcher: Fetcher, offload: Offload, clock: Clock
    ) -> None:
        self._sources = sources
        self._articles = articles
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock
        self._pages = asyncio.Semaphore(PAGES_AT_ONCE)
        self._feeds = asyncio.Semaphore(SOURCES_AT_ONCE)

    async def refresh(self) -> RefreshReport:
        """One pass over all sources, several at a time."""
        sources = await self._sources.all()
        reports = await asyncio.gather(*map(self._refresh_guarded, sources))
        return RefreshReport(tuple(reports))

    async def _refresh_guarded(self, source: Source) -> SourceReport:
        async with self._feeds:
            try:
                return await self._refresh_source(source)
            except StoreError:
                raise
            except (FetchError, InputError) as error:
                reason = str(error)
            except Exception as error:
                log.exception("%s could not be read", source.key)
                reason = f"unexpected: {type(error).__name__}"
            await self._sources.record_failure(source.key, error=reason, now=self._clock())
            return SourceReport(source, error=reason)

    async def _refresh_source(self, source: Source) -> SourceReport:
        etag, last_modified = await self._sources.validators(source.key)
        answer = await self._fetcher.fetch(source.url, etag=etag, last_modified=last_modified)
        now = self._clock()
        if answer.status == HTTPStatus.NOT_MODIFIED:
            await self._sources.record_success(source.key, etag=etag, last_modified=last_modified, now=now)
            return SourceReport(source, is_unchanged=True)
        feed = await self._offload(read_feed, answer.body, url=answer.url)
        entries = await self._new_entries(feed.entries)
        results = await asyncio.gather(*(self._add_entry(source, entry) for entry in entries))
        failed = results.count("failed")
        # With validators recorded the server would not show failed entries again until something else is new.
        validators = (answer.etag, answer.last_modified) if not failed else (None, None)
        await self._sources.record_success(source.key, etag=validators[0], last_modified=validators[1], now=now)
        return SourceReport(source, results.count("added"), results.count("refused"), failed)

    async def _new_entries(self, entries: Iterable[FeedEntry]) -> Sequence[FeedEntry]:
        by_key = {url_key(entry.url): entry for entry in entries if entry.url}
        known = await self._articles.known_keys(tuple(by_key))
        return [entry for key, entry in by_key.items() if key not in known][:ENTRIES_PER_PASS]

    async def _add_entry(self, source: Source, entry: FeedEntry) -> str:
        """Read one entry's page and store its article: "added", "refused" or "failed"."""
        async with self._pages:
            try:
                page = await self._fetcher.fetch(entry.url)
                article, summaries = await self._offload(read_entry, page.body, page.url, page.charset, source, entry)
                await self._articles.put(article, summaries, origin=Origin.FEED, now=self._clock())
            except NothingToSummarize as refusal:
                log.info("%s: nothing to summarise in %s: %s", source.key, entry.url, refusal)
                return "refused"
            except (FetchError, InputError) as error:
                log.info("%s: %s could not be had: %s", source.key, entry.url, error)
                return "failed"
            except StoreError:
                raise
            except Exception:
                log.exception("%s: %s could not be read", source.key, entry.url)
                return "failed"
        return "added"


def read_entry(
    body: bytes, url: str, charset: str | None, source: Source, entry: FeedEntry
) -> tuple[Article, tuple[Summary, ...]]:
    """A feed entry's page as an article with its summaries (pure; for a worker).

    The source's outlet stands, and its topic where it has one; date and picture come from the entry where the page has
    none. The entry's own address is the key, so that the next pass knows it.

    Raises:
        NothingToSummarize: the page holds nothing to summarise.
    """
    page = read_page(body, url=url, charset=charset)
    article = replace(
        page,
        title=page.title or entry.title,
        url=entry.url if article_key(page) != url_key(entry.url) else page.url,
        outlet=source.outlet,
        category=page.category if source.category == "umum" else source.category,
        published_at=page.published_at or entry.published_at,
        image_url=page.image_url or entry.image_url,
    )
    return article, summarize_all(article)
