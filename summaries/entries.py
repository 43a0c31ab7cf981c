"""From a feed's new entries to stored articles: the page where it can be had, else the feed's own text."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from summaries.canonical import article_key, url_key
from summaries.errors import FetchError, InputError, NothingToSummarize, RefusalReason, StoreError
from summaries.fetch.articles import fetch_and_make
from summaries.fetch.excerpts import read_excerpt
from summaries.hosts import HostResting
from summaries.model import Origin
from summaries.preparing import Listing, PreparedArticle, prepare
from summaries.retries import Retries
from summaries.topics import GENERAL, find_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summaries.fetch.feeds import FeedEntry
    from summaries.intake import Intake
    from summaries.model import Article, Listed, Source
    from summaries.ports import ArticleStore, Clock, Fetcher, Offload

log = logging.getLogger(__name__)

# The first pass over a long feed takes its newest entries; later passes see them as they come.
ENTRIES_PER_PASS = 50
# As many as may be under way at the source's host.
ENTRIES_AT_ONCE = 2
UNDATED = datetime.min.replace(tzinfo=UTC)


class EntryResult(StrEnum):
    """What became of one entry. An update is an article that was edited, or the page of what was an excerpt."""

    ADDED = "added"
    EXCERPT = "excerpt"
    UPDATED = "updated"
    REFUSED = "refused"
    FAILED = "failed"


class EntryReader:
    """Stores the articles of entries that are new."""

    def __init__(
        self, *, articles: ArticleStore, intake: Intake, fetcher: Fetcher, offload: Offload, clock: Clock
    ) -> None:
        self._articles = articles
        self._intake = intake
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock
        self._retries = Retries()
        # Feeds of one outlet list the same articles: whoever comes first reads one.
        self._under_way: set[str] = set()
        # Entry to the address that its page gave itself.
        self._taken: dict[str, str] = {}

    async def add_new(self, source: Source, entries: Iterable[FeedEntry]) -> Counter[EntryResult]:
        """Read and store what is new among the entries, and count what became of it.

        Raises:
            StoreError: the database can't be used.
        """
        slots = asyncio.Semaphore(ENTRIES_AT_ONCE)

        async def in_turn(entry: FeedEntry, listed: Listed | None) -> EntryResult:
            async with slots:
                return await self._add_guarded(source, entry, listed)

        new = await self._new(entries)
        keys = {url_key(entry.url) for entry, _ in new}
        self._under_way |= keys
        try:
            return Counter(await asyncio.gather(*(in_turn(entry, listed) for entry, listed in new)))
        finally:
            self._under_way -= keys

    def is_waiting(self, entry: FeedEntry) -> bool:
        """Whether the entry's page is to be tried again, and the feed therefore to be read again."""
        return self._retries.is_waiting(url_key(entry.url))

    async def _new(self, entries: Iterable[FeedEntry]) -> Sequence[tuple[FeedEntry, Listed | None]]:
        """The entries to read now, each with its article where one is stored: an excerpt, or what was edited."""
        by_key = {url_key(entry.url): entry for entry in entries if entry.url}
        known = await self._articles.listed(tuple(by_key))
        wanted = [
            (entry, known.get(key))
            for key, entry in by_key.items()
            if (key not in known or self._retries.is_waiting(key) or known[key].is_edited(entry.title))
            and not self._retries.is_given_up(key)
            and key not in self._under_way
        ]
        # Some sitemaps list the oldest first.
        wanted.sort(key=lambda one: one[0].published_at or UNDATED, reverse=True)
        return wanted[:ENTRIES_PER_PASS]

    async def _add_guarded(self, source: Source, entry: FeedEntry, listed: Listed | None) -> EntryResult:
        try:
            return await self._add(source, entry, listed)
        except StoreError:
            raise
        except Exception:
            log.exception("%s: %s could not be read", source.key, entry.url)
            self._retries.give_up(url_key(entry.url))
            return EntryResult.FAILED
        finally:
            self._under_way.discard(self._taken.pop(url_key(entry.url), ""))

    async def _add(self, source: Source, entry: FeedEntry, listed: Listed | None) -> EntryResult:
        key = url_key(entry.url)
        try:
            make = partial(prepare_page, source=source, entry=entry)
            article = await fetch_and_make(
                entry.url, fetcher=self._fetcher, offload=self._offload, make=make, now=self._clock()
            )
            article = at_address(article, listed.url if listed else await self._own_address(article.article, entry))
        except HostResting:
            self._retries.postpone(key)
            return EntryResult.FAILED
        except FetchError as error:
            log.info("%s: %s could not be had: %s", source.key, entry.url, error)
            self._retries.fail(key)
            return EntryResult.FAILED if listed else await self._add_excerpt(source, entry, EntryResult.FAILED)
        except InputError as refusal:
            log.info("%s: nothing to summarise in %s: %s", source.key, entry.url, refusal)
            self._retries.give_up(key)
            is_reserved = isinstance(refusal, NothingToSummarize) and refusal.reason is RefusalReason.PAYWALL
            if is_reserved and not listed:
                return await self._add_excerpt(source, entry, EntryResult.REFUSED)
            return EntryResult.REFUSED
        await self._intake.put(article, origin=Origin.FEED)
        self._retries.succeed(key)
        return EntryResult.UPDATED if listed else EntryResult.ADDED

    async def _own_address(self, page: Article, entry: FeedEntry) -> str | None:
        """The address that the new article is stored under: the page's own, unless that is another article's.

        Some sites name one address on all of their pages; there the entry's address is the one that tells them apart.
        """
        key = article_key(page)
        if key == url_key(entry.url):
            return page.url
        if key in self._under_way:
            return entry.url
        # From here until it is stored, nobody else may take it.
        self._under_way.add(key)
        self._taken[url_key(entry.url)] = key
        stored = await self._articles.find(key)
        is_free = stored is None or not stored.origin.is_public or same_title(stored.article.title, page.title)
        return page.url if is_free else entry.url

    async def _add_excerpt(self, source: Source, entry: FeedEntry, otherwise: EntryResult) -> EntryResult:
        """Store the feed's own text, if there is enough of it."""
        try:
            article = await self._offload(prepare_excerpt, source, entry)
        except NothingToSummarize:
            return otherwise
        await self._intake.put(article, origin=Origin.FEED)
        return EntryResult.EXCERPT


def same_title(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


def prepare_page(page: Article, *, source: Source, entry: FeedEntry) -> PreparedArticle:
    """The article on an entry's page (pure; for a worker).

    The source's outlet stands, and its topic where it has one; date and picture come from the entry where the page has
    none.

    Raises:
        NothingToSummarize: there is too little on the page.
    """
    article = replace(
        page,
        title=page.title or entry.title,
        outlet=source.outlet,
        category=page.category if source.category == GENERAL else source.category,
        published_at=page.published_at or entry.published_at,
        image_url=page.image_url or entry.image_url,
    )
    return replace(prepare(article), listing=listing_of(entry))


def at_address(prepared: PreparedArticle, url: str | None) -> PreparedArticle:
    """The article as it is stored under `url`."""
    if url == prepared.article.url:
        return prepared
    article = replace(prepared.article, url=url)
    return replace(prepared, article=article, signature=replace(prepared.signature, id=article_key(article)))


def prepare_excerpt(source: Source, entry: FeedEntry) -> PreparedArticle:
    """The feed's own text as an article (pure; for a worker).

    Raises:
        NothingToSummarize: there is too little of it.
    """
    named = next(filter(None, map(find_topic, entry.categories)), None)
    category = named if source.category == GENERAL else source.category
    article = replace(read_excerpt(entry), outlet=source.outlet, category=category)
    return replace(prepare(article), listing=listing_of(entry))


def listing_of(entry: FeedEntry) -> Listing:
    return Listing(url_key(entry.url), entry.title)
