"""From a feed's new entries to stored articles: the page where it can be had, else the feed's own text."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from summaries.canonical import article_key, url_key
from summaries.errors import FetchError, InputError, NothingToSummarize, RefusalReason, StoreError
from summaries.fetch.articles import fetch_article
from summaries.fetch.excerpts import read_excerpt
from summaries.hosts import HostResting
from summaries.model import Origin
from summaries.preparing import PreparedArticle, prepare
from summaries.topics import GENERAL, find_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summaries.fetch.feeds import FeedEntry
    from summaries.intake import Intake
    from summaries.model import Article, Source
    from summaries.ports import ArticleStore, Fetcher, Offload

log = logging.getLogger(__name__)

# The first pass over a long feed takes its newest entries; later passes see them as they come.
ENTRIES_PER_PASS = 50
# As many as may be under way at the source's host.
ENTRIES_AT_ONCE = 2
MOST_TRIES = 3
MAX_REMEMBERED = 20_000
UNDATED = datetime.min.replace(tzinfo=UTC)


class EntryResult(StrEnum):
    """What became of one entry. An update is the page of what was an excerpt before."""

    ADDED = "added"
    EXCERPT = "excerpt"
    UPDATED = "updated"
    REFUSED = "refused"
    FAILED = "failed"


class Retries:
    """Which entries' pages are tried again, and which are given up, while this process lives.

    Without it each pass over a feed would ask again for every page that holds no article, or is gone.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[str, int] = OrderedDict()

    def is_waiting(self, key: str) -> bool:
        return self._tries.get(key, MOST_TRIES) < MOST_TRIES

    def is_given_up(self, key: str) -> bool:
        return self._tries.get(key, 0) >= MOST_TRIES

    def postpone(self, key: str) -> None:
        """It was not tried."""
        self._note(key, self._tries.get(key, 0))

    def fail(self, key: str) -> None:
        self._note(key, self._tries.get(key, 0) + 1)

    def give_up(self, key: str) -> None:
        self._note(key, MOST_TRIES)

    def succeed(self, key: str) -> None:
        self._tries.pop(key, None)

    def _note(self, key: str, tries: int) -> None:
        self._tries[key] = tries
        self._tries.move_to_end(key)
        if len(self._tries) > MAX_REMEMBERED:
            self._tries.popitem(last=False)


class EntryReader:
    """Stores the articles of entries that are new."""

    def __init__(self, *, articles: ArticleStore, intake: Intake, fetcher: Fetcher, offload: Offload) -> None:
        self._articles = articles
        self._intake = intake
        self._fetcher = fetcher
        self._offload = offload
        self._retries = Retries()
        # Feeds of one outlet list the same articles: whoever comes first reads one.
        self._under_way: set[str] = set()

    async def add_new(self, source: Source, entries: Iterable[FeedEntry]) -> Counter[EntryResult]:
        """Read and store what is new among the entries, and count what became of it.

        Raises:
            StoreError: the database can't be used.
        """
        slots = asyncio.Semaphore(ENTRIES_AT_ONCE)

        async def in_turn(entry: FeedEntry, *, is_known: bool) -> EntryResult:
            async with slots:
                return await self._add_guarded(source, entry, is_known=is_known)

        new = await self._new(entries)
        keys = {url_key(entry.url) for entry, _ in new}
        self._under_way |= keys
        try:
            return Counter(await asyncio.gather(*(in_turn(entry, is_known=is_known) for entry, is_known in new)))
        finally:
            self._under_way -= keys

    def is_waiting(self, entry: FeedEntry) -> bool:
        """Whether the entry's page is to be tried again, and the feed therefore to be read again."""
        return self._retries.is_waiting(url_key(entry.url))

    async def _new(self, entries: Iterable[FeedEntry]) -> Sequence[tuple[FeedEntry, bool]]:
        """The entries to read now, each with whether its article is stored already, as an excerpt."""
        by_key = {url_key(entry.url): entry for entry in entries if entry.url}
        known = await self._articles.known_keys(tuple(by_key))
        wanted = [
            (entry, key in known)
            for key, entry in by_key.items()
            if (key not in known or self._retries.is_waiting(key))
            and not self._retries.is_given_up(key)
            and key not in self._under_way
        ]
        # Some sitemaps list the oldest first.
        wanted.sort(key=lambda one: one[0].published_at or UNDATED, reverse=True)
        return wanted[:ENTRIES_PER_PASS]

    async def _add_guarded(self, source: Source, entry: FeedEntry, *, is_known: bool) -> EntryResult:
        try:
            return await self._add(source, entry, is_known=is_known)
        except StoreError:
            raise
        except Exception:
            log.exception("%s: %s could not be read", source.key, entry.url)
            self._retries.give_up(url_key(entry.url))
            return EntryResult.FAILED

    async def _add(self, source: Source, entry: FeedEntry, *, is_known: bool) -> EntryResult:
        key = url_key(entry.url)
        try:
            page = await fetch_article(entry.url, fetcher=self._fetcher, offload=self._offload)
            article = await self._offload(prepare_page, page, source, entry)
        except HostResting:
            self._retries.postpone(key)
            return EntryResult.FAILED
        except FetchError as error:
            log.info("%s: %s could not be had: %s", source.key, entry.url, error)
            self._retries.fail(key)
            return EntryResult.FAILED if is_known else await self._add_excerpt(source, entry, EntryResult.FAILED)
        except InputError as refusal:
            log.info("%s: nothing to summarise in %s: %s", source.key, entry.url, refusal)
            self._retries.give_up(key)
            is_reserved = isinstance(refusal, NothingToSummarize) and refusal.reason is RefusalReason.PAYWALL
            if is_reserved and not is_known:
                return await self._add_excerpt(source, entry, EntryResult.REFUSED)
            return EntryResult.REFUSED
        await self._intake.put(article, origin=Origin.FEED)
        self._retries.succeed(key)
        return EntryResult.UPDATED if is_known else EntryResult.ADDED

    async def _add_excerpt(self, source: Source, entry: FeedEntry, otherwise: EntryResult) -> EntryResult:
        """Store the feed's own text, if there is enough of it."""
        try:
            article = await self._offload(prepare_excerpt, source, entry)
        except NothingToSummarize:
            return otherwise
        await self._intake.put(article, origin=Origin.FEED)
        return EntryResult.EXCERPT


def prepare_page(page: Article, source: Source, entry: FeedEntry) -> PreparedArticle:
    """The article on an entry's page as it is stored (pure; for a worker).

    The source's outlet stands, and its topic where it has one; date and picture come from the entry where the page has
    none. The entry's own address is the key, so that the next pass knows it.

    Raises:
        NothingToSummarize: there is too little on the page.
    """
    article = replace(
        page,
        title=page.title or entry.title,
        url=entry.url if article_key(page) != url_key(entry.url) else page.url,
        outlet=source.outlet,
        category=page.category if source.category == GENERAL else source.category,
        published_at=page.published_at or entry.published_at,
        image_url=page.image_url or entry.image_url,
    )
    return prepare(article)


def prepare_excerpt(source: Source, entry: FeedEntry) -> PreparedArticle:
    """The feed's own text as an article (pure; for a worker).

    Raises:
        NothingToSummarize: there is too little of it.
    """
    named = next(filter(None, map(find_topic, entry.categories)), None)
    category = named if source.category == GENERAL else source.category
    article = replace(read_excerpt(entry), outlet=source.outlet, category=category)
    return prepare(article)
