"""Feeds that chats added for themselves: find the feed at an address, and check the feeds that are due.

Readers control the addresses, so each check is bounded in time, entries and pages. Own feeds have slots and a pace of
their own and are checked less often than sources, so that they cannot delay public news. No address is logged.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from summaries.errors import (
    Fault,
    FetchError,
    InputError,
    NothingToSummarize,
    PermanentFetchError,
    StoreError,
)
from summaries.fetch.articles import fetch_and_transform
from summaries.fetch.feeds.feed_entries import Feed, FeedEntry, read_excerpt
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.html.discovery import find_feeds
from summaries.fetch.html.telegram_channels import find_channel_page, read_channel
from summaries.ingest import poll_schedule
from summaries.ingest.failover import is_unchanged, note_document, read_first
from summaries.ingest.hazards import refuse_warnings
from summaries.ingest.politeness import HostBackoff
from summaries.model import (
    CHECK_LEASE,
    SHORT,
    Article,
    FeedLimit,
    FeedLimits,
    FoundOwnFeed,
    OwnEntry,
    OwnFeed,
    PollState,
)
from summaries.ports import Clock, Fetched, Fetcher, Offload, OwnFeedStore, SourceStore
from summaries.summarizer import summarize_each
from summaries.text.sentences import split_sentences
from summaries.urls import get_registrable_domain

log = logging.getLogger(__name__)

MAX_FEEDS_PER_CHAT = 5
# Many accounts together must not make the bot flood one site. Telegram's channels share a host and only a pace.
MAX_FEEDS_PER_HOST = 50
CHANNELS_HOST = "t.me"
MIN_INTERVAL = timedelta(minutes=30)
# Requests to one host, such as that of all channels, come one at a time and this far apart.
OWN_SPACING_S = 2.0
MAX_OWN_BYTES = 2 * 1024 * 1024
MAX_CONCURRENT_CHECKS = 4
# A pass over this many feeds, each with its full time, ends before its leases.
CLAIM_LIMIT = 40
CHECK_TIMEOUT_S = 60.0
# The newest entries of a feed count in each check, and its newest articles are kept.
ENTRIES_PER_CHECK = 30
KEPT_ARTICLES = 100
# Entries with less text are read from their pages, a few in each check, on the feed's own site only.
ENOUGH_WORDS = 40
PAGES_PER_CHECK = 3
FEEDS_TRIED = 2
MAX_TITLE_CHARS, MAX_SUMMARY_CHARS = 200, 700

_COMMENTS = re.compile(r"comment|komentar", re.IGNORECASE)


class PublicSource(InputError):
    """The feed is a source that the bot reads for everybody: it needs no own feed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading an address: the feed, its entries, and the validators of its document."""

    found: FoundOwnFeed
    feed: Feed
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class OwnFeedService:
    """Adds own feeds and checks those that are due. `fetcher` reads feeds, `pages` all other documents.

    Services of several bots may share the slots and the checks that are `under_way`. `chance` returns uniform numbers
    in [0, 1). `most` is the maximum number of feeds of all chats of a bot, 0 for none; `timeout_s` limits the check of
    one feed.
    """

    feeds: OwnFeedStore
    sources: SourceStore
    fetcher: Fetcher
    pages: Fetcher
    offload: Offload
    clock: Clock
    chance: Callable[[], float]
    most: int
    shortest_interval: timedelta = MIN_INTERVAL
    timeout_s: float = CHECK_TIMEOUT_S
    under_way: set[asyncio.Task[int]] = field(default_factory=set)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_CHECKS))

    @property
    def is_enabled(self) -> bool:
        """Return whether chats may add feeds."""
        return self.most > 0

    async def add(
        self, address: str, keep: Callable[[FoundOwnFeed, FeedLimits], Awaitable[OwnFeed | FeedLimit]]
    ) -> OwnFeed | FeedLimit:
        """Find the feed at the address, pass it to `keep`, and store its entries if that returns a feed.

        The address may be that of a feed, of a site that names one, or of a public Telegram channel, also as "@nama".

        Raises:
            AddressRefused, FetchError: it cannot be fetched, is no feed and names none.
            PublicSource: the bot reads the feed for everybody.
        """
        address = address.strip()
        channel = find_channel_page(address)
        url = channel or (address if "://" in address else f"https://{address}")
        # A person waits, so this waits for no slot.
        reading = await self._discover(url)
        for known in {url, reading.found.url}:
            source = await self.sources.find(known)
            if source is not None and source.state.is_active:
                raise PublicSource("a source of the bot")
        host = get_registrable_domain(reading.found.url)
        per_host = None if host == CHANNELS_HOST else MAX_FEEDS_PER_HOST
        stored = await keep(reading.found, FeedLimits(MAX_FEEDS_PER_CHAT, per_host, self.most))
        if isinstance(stored, OwnFeed):
            state = replace(stored.state, etag=reading.etag, last_modified=reading.last_modified)
            await self._store(stored, reading, state)
        return stored

    async def check_due(self) -> int:
        """Check the feeds that are due, and return how many articles are new.

        Raises:
            StoreError: the database cannot be used.
        """
        now = self.clock()
        claimed = await self.feeds.claim_due(
            now=now, lease_until=now + CHECK_LEASE, limit=CLAIM_LIMIT, latest=now + poll_schedule.MAX_WAIT
        )
        tasks = [asyncio.create_task(self._check(feed), name=f"check own feed {feed.id}") for feed in claimed]
        self.under_way.update(tasks)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self.under_way.difference_update(tasks)
        for result in results:
            if isinstance(result, Exception):
                raise result
        return sum(result for result in results if isinstance(result, int))

    def stop(self) -> None:
        """Cancel the checks in progress. Unfinished feeds are due again when their lease expires."""
        for task in self.under_way:
            task.cancel()

    async def _check(self, stored: OwnFeed) -> int:
        """Check one feed, record the outcome, and return how many articles are new."""
        async with self.slots:
            try:
                async with asyncio.timeout(self.timeout_s):
                    return await self._read(stored)
            except HostBackoff as resting:
                state = replace(stored.state, next_check_at=resting.until)
                return await self.feeds.record(stored.id, state, (), kept=KEPT_ARTICLES, now=self.clock())
            except StoreError:
                raise
            except TimeoutError:
                failure: Exception = FetchError(f"it took longer than {self.timeout_s:g} s", fault=Fault.TIMEOUT)
            except (FetchError, InputError) as error:
                failure = error
            except Exception as error:
                log.exception("the own feed %d could not be read", stored.id)
                failure = error
            now = self.clock()
            after = poll_schedule.after_error(
                stored.state, failure, now=now, chance=self.chance(), shortest=self.shortest_interval
            )
            return await self.feeds.record(stored.id, after, (), kept=KEPT_ARTICLES, now=now)

    async def _read(self, stored: OwnFeed) -> int:
        """Read the first of the feed's addresses that delivers. Raise the error of the first one if none does."""
        read = partial(self._read_address, stored)
        reading, state = await read_first(stored.found, stored.state, read, clock=self.clock)
        return await self._store(stored, reading, state)

    async def _read_address(self, stored: OwnFeed, position: int) -> tuple[Reading | None, PollState]:
        """Return the reading of the address, None if it is unchanged, and the state with its validators.

        Raises:
            FetchError, InputError: the address does not deliver.
        """
        url, state = stored.found.addresses[position], stored.state
        if position > 0:
            # The site may name another feed by now.
            reading = await self._discover(url)
            return reading, replace(state, address=position, etag=None, last_modified=None, body_hash=None)
        is_known = state.address == position
        document = await self._fetch(
            url, etag=state.etag if is_known else None, last_modified=state.last_modified if is_known else None
        )
        if document.status == HTTPStatus.NOT_MODIFIED:
            return None, state
        after = note_document(state, position, document)
        if is_known and is_unchanged(stored.found, state, document, now=self.clock()):
            return None, after
        return Reading(stored.found, await self._parse(document)), after

    async def _store(self, stored: OwnFeed, reading: Reading | None, state: PollState) -> int:
        """Record a successful check with the entries that are new; return how many articles are new."""
        entries: list[OwnEntry] = []
        if reading is not None:
            listed = sort_entries(reading.feed.entries)[:ENTRIES_PER_CHECK]
            new = await self.feeds.list_new(stored.id, [entry.url for entry in listed])
            entries = await self._condense(reading.found.url, [entry for entry in listed if entry.url in new])
            state = poll_schedule.measure_rate(
                state, (entry.published_at for entry in reading.feed.entries), now=self.clock()
            )
        now = self.clock()
        after = poll_schedule.after_success(state, now=now, chance=self.chance(), shortest=self.shortest_interval)
        return await self.feeds.record(stored.id, after, entries, kept=KEPT_ARTICLES, now=now)

    async def _condense(self, feed_url: str, entries: Sequence[FeedEntry]) -> list[OwnEntry]:
        """Return the entries with their summaries, reading a few pages of the feed's own site for those without
        text."""
        own = get_registrable_domain(feed_url)
        thin = [
            entry
            for entry in entries
            if len(entry.summary_text.split()) < ENOUGH_WORDS
            and own != CHANNELS_HOST
            and get_registrable_domain(entry.url) == own
        ]
        pages = {entry.url: await self._read_page(entry) for entry in thin[:PAGES_PER_CHECK]}
        return [
            found
            for entry in entries
            if (found := pages.get(entry.url) or await self.offload(condense_entry, entry)) is not None
        ]

    async def _read_page(self, entry: FeedEntry) -> OwnEntry | None:
        """Return the entry with a summary of its page, or None if the page has no article."""
        transform = partial(condense_page, entry=entry)
        try:
            return await fetch_and_transform(
                entry.url, fetcher=self.pages, offload=self.offload, transform=transform, now=self.clock()
            )
        except (FetchError, InputError):
            return None

    async def _discover(self, url: str) -> Reading:
        """Return the reading of the feed or channel at the address, or of the first feed that the page there names.

        Raises:
            AddressRefused, FetchError: it cannot be fetched, is no feed and names none.
        """
        refuse_warnings(url)
        document = await self._fetch(url)
        try:
            feed = await self._parse(document)
        except PermanentFetchError as error:
            failure: FetchError | InputError = error
        else:
            return make_reading(document, feed, FoundOwnFeed(url, name_feed(feed, url)))
        found = await self.offload(find_feeds, document.body, url=document.url, charset=document.charset)
        named = [one.url for one in found if not _COMMENTS.search(f"{one.url} {one.title}")]
        for candidate in named[:FEEDS_TRIED]:
            try:
                other = await self._fetch(candidate)
                feed = await self._parse(other)
            except (FetchError, InputError) as error:
                failure = error
                continue
            return make_reading(other, feed, FoundOwnFeed(candidate, name_feed(feed, candidate), url))
        raise failure

    async def _fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Fetch a feed, or the page of a channel as robots.txt allows."""
        fetcher = self.pages if find_channel_page(url) else self.fetcher
        return await fetcher.fetch(url, etag=etag, last_modified=last_modified)

    async def _parse(self, document: Fetched) -> Feed:
        parse = partial(read_document, now=self.clock())
        return await self.offload(parse, document.body, url=document.url, charset=document.charset)


def make_reading(document: Fetched, feed: Feed, found: FoundOwnFeed) -> Reading:
    return Reading(found, feed, document.etag, document.last_modified)


def read_document(body: bytes, *, url: str, charset: str | None, now: datetime) -> Feed:
    """Return the feed, or the posts of the Telegram channel, in the document. Runs in a worker.

    Raises:
        PermanentFetchError: it is neither.
    """
    try:
        feed = read_feed(body, url=url, charset=charset, now=now)
    except PermanentFetchError:
        return read_channel(body, url=url, charset=charset, now=now)
    if feed.is_sitemap:
        raise PermanentFetchError(f"{url} is a sitemap, not a feed")
    return feed


def name_feed(feed: Feed, url: str) -> str:
    """Return the feed's title, or its host if it has none."""
    return feed.title[:MAX_TITLE_CHARS] or get_registrable_domain(url) or url[:MAX_TITLE_CHARS]


def sort_entries(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """Return the entries with a headline or text, newest first if all have a date."""
    wanted = [entry for entry in entries if entry.title or entry.summary_text]
    dated = [(entry.published_at, entry) for entry in wanted if entry.published_at is not None]
    if len(dated) < len(wanted):
        return wanted
    return [entry for _, entry in sorted(dated, key=lambda one: one[0], reverse=True)]


def condense_page(page: Article, *, entry: FeedEntry) -> OwnEntry | None:
    """Return the entry with a summary of its page. Runs in a worker."""
    return make_entry(replace(page, title=entry.title or page.title, url=entry.url), entry.published_at)


def condense_entry(entry: FeedEntry) -> OwnEntry | None:
    """Return the entry with a summary of the feed's own text, or None if it has neither headline nor text. Runs in a
    worker."""
    return make_entry(read_excerpt(entry), entry.published_at)


def make_entry(article: Article, dated_at: datetime | None) -> OwnEntry | None:
    sentences = choose_sentences(article)
    title = article.title
    if not title and sentences:
        title, *sentences = sentences
    if not title:
        return None
    summary = " ".join(sentences)[:MAX_SUMMARY_CHARS]
    return OwnEntry(article.url or "", title[:MAX_TITLE_CHARS], "" if summary == title else summary, dated_at)


def choose_sentences(article: Article) -> list[str]:
    """Return the sentences of a short summary, or the first ones of a text that is too short or of another kind."""
    try:
        (summary,) = summarize_each(article, (SHORT,), below_headline=(SHORT,))
    except NothingToSummarize:
        chosen: list[str] = []
        for paragraph in article.paragraphs:
            for sentence in split_sentences(paragraph):
                if chosen and len(" ".join([*chosen, sentence]).split()) > (SHORT.words or 0):
                    return chosen
                chosen.append(sentence)
        return chosen
    return [sentence.text for sentence in summary.sentences]
