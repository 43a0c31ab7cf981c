"""From a feed's new entries to stored articles: the page if it can be fetched, else the feed's own text.

A feed speaks only for its own outlet. An entry that leads to another outlet's host, directly or through a redirect, is
skipped, so that no feed can put its text under another outlet's address or its name on another outlet's article.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

from summaries import errors
from summaries.articles.prepare import prepare
from summaries.fetch.articles import fetch_and_transform
from summaries.fetch.feeds.feed_entries import Feed, FeedEntry, read_excerpt
from summaries.fetch.html.outlets import attribute_to_address
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.editions import EVERYTHING, Edition
from summaries.ingest.politeness import HostBackoff
from summaries.model import Article, Listed, Origin, Source
from summaries.outlets import find_outlet_domains, find_section_topic
from summaries.ports import ArticleStore, Clock, Fetcher, Offload
from summaries.ports.stories import Listing, PreparedArticle
from summaries.text.dates import DateEvidence, decide_published_at
from summaries.topic_model.topics import GENERAL, find_topic
from summaries.urls import get_registrable_domain, make_article_key, make_url_key, unwrap_amp_url

log = logging.getLogger(__name__)

# The first pass over a long feed reads its newest entries; later passes see new ones as they appear.
ENTRIES_PER_PASS = 50
# Equal to the number of concurrent requests allowed per host.
MAX_CONCURRENT_ENTRIES = 2
UNDATED = datetime.min.replace(tzinfo=UTC)
MAX_HOSTS_NAMED = 3


class EntryResult(StrEnum):
    """The outcome for one entry. UPDATED: the article was edited, or its page replaced an excerpt. OUTSIDE: the edition
    has other topics or regions, or news as old is not kept. LEFT: it is left for the next pass."""

    ADDED = "added"
    EXCERPT = "excerpt"
    UPDATED = "updated"
    REFUSED = "refused"
    OUTSIDE = "outside"
    FAILED = "failed"
    LEFT = "left"


class EntryReader:
    """Stores the articles of new entries that belong to the edition.

    `news_kept` is how long news is kept, None for ever. A source may list an article for longer: without its date it
    would be stored again as news.
    """

    def __init__(
        self,
        *,
        articles: ArticleStore,
        writer: ArticleWriter,
        fetcher: Fetcher,
        offload: Offload,
        clock: Clock,
        edition: Edition = EVERYTHING,
        news_kept: timedelta | None = None,
    ) -> None:
        self._news_kept = news_kept
        self._articles = articles
        self._writer = writer
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock
        self._edition = edition
        self._retries = Retries()
        # Feeds of one outlet list the same articles: only one feed's pass reads each.
        self._in_progress: set[str] = set()

    async def add_new(self, source: Source, entries: Iterable[FeedEntry]) -> Counter[EntryResult]:
        """Read and store the new entries; return the number of each outcome.

        Raises:
            StoreError: the database cannot be used.
        """
        slots = asyncio.Semaphore(MAX_CONCURRENT_ENTRIES)

        async def try_add(entry: FeedEntry, listed: Listed | None) -> EntryResult:
            try:
                async with slots:
                    return await self._add(source, entry, listed)
            except errors.StoreError:
                raise
            except Exception:
                log.exception("%s: %s could not be read", source.key, entry.url)
                self._retries.give_up(make_url_key(entry.url))
                return EntryResult.FAILED

        listed = list(entries)
        own = filter_own_entries(source, listed)
        if len(own) < len(listed):
            log.info("%s: %d entries lead to other outlets and are left out", source.key, len(listed) - len(own))
        wanted = await self._new(source, own)
        # The newest: some sitemaps list the oldest first.
        new = sorted(wanted, key=lambda one: one[0].published_at or UNDATED, reverse=True)[:ENTRIES_PER_PASS]
        keys = {make_url_key(entry.url) for entry, _ in new}
        self._in_progress |= keys
        try:
            results = await asyncio.gather(*(try_add(entry, listed) for entry, listed in new))
            return Counter([*results, *[EntryResult.LEFT] * (len(wanted) - len(new))])
        finally:
            self._in_progress -= keys

    def is_waiting(self, entry: FeedEntry) -> bool:
        """Return whether the entry's page will be retried, so that the feed must be read again."""
        return self._retries.is_waiting(make_url_key(entry.url))

    async def _new(self, source: Source, entries: Iterable[FeedEntry]) -> Sequence[tuple[FeedEntry, Listed | None]]:
        """Return the entries to read, each with its stored article, if any: an excerpt, or an edited article."""
        by_key = {make_url_key(entry.url): entry for entry in entries if entry.url}
        known = await self._articles.listed(tuple(by_key))
        return [
            (entry, known.get(key))
            for key, entry in by_key.items()
            if (
                not self._is_past(entry.published_at)
                if key not in known
                else self._retries.is_waiting(key)
                or known[key].is_edited(entry.title)
                or known[key].is_claimed_from(source.outlet)
            )
            and not self._retries.is_given_up(key)
            and key not in self._in_progress
        ]

    def _is_past(self, published_at: datetime | None) -> bool:
        """Return whether news of that time is no longer kept."""
        if self._news_kept is None or published_at is None:
            return False
        return self._clock() - published_at > self._news_kept

    async def _add(self, source: Source, entry: FeedEntry, listed: Listed | None) -> EntryResult:
        key = make_url_key(entry.url)
        # A stored article is read again from the address it is stored under.
        address = (listed.url if listed else None) or entry.url
        is_new = listed is None or listed.is_claimed_from(source.outlet)
        try:
            transform = partial(prepare_page, source=source, entry=entry)
            article = await fetch_and_transform(
                address, fetcher=self._fetcher, offload=self._offload, transform=transform, now=self._clock()
            )
            if listed:
                article = move_to_address(article, address)
        except HostBackoff:
            self._retries.postpone(key)
            return EntryResult.FAILED
        except errors.FetchError as error:
            log.info("%s: %s could not be had: %s", source.key, entry.url, error)
            self._retries.fail(key)
            return await self._add_excerpt(source, entry, EntryResult.FAILED) if is_new else EntryResult.FAILED
        except errors.InputError as refusal:
            log.info("%s: nothing to summarise in %s: %s", source.key, entry.url, refusal)
            self._retries.give_up(key)
            is_reserved = (
                isinstance(refusal, errors.NothingToSummarize) and refusal.reason is errors.RefusalReason.PAYWALL
            )
            if is_reserved and is_new:
                return await self._add_excerpt(source, entry, EntryResult.REFUSED)
            return EntryResult.REFUSED
        is_outside = self._is_past(article.article.published_at) or not self._edition.has_article(article)
        if is_new and is_outside:
            self._retries.give_up(key)
            return EntryResult.OUTSIDE
        await self._writer.add(article, origin=Origin.FEED)
        self._retries.succeed(key)
        return EntryResult.UPDATED if listed else EntryResult.ADDED

    async def _add_excerpt(self, source: Source, entry: FeedEntry, otherwise: EntryResult) -> EntryResult:
        """Store the feed's own text, if it is long enough."""
        try:
            article = await self._offload(prepare_excerpt, source, entry)
        except errors.NothingToSummarize:
            return otherwise
        if not self._edition.has_article(article):
            return EntryResult.OUTSIDE
        await self._writer.add(article, origin=Origin.FEED)
        return EntryResult.EXCERPT


def filter_own_entries(source: Source, entries: Iterable[FeedEntry]) -> list[FeedEntry]:
    """Return the entries that lead to the source's own outlet."""
    return [entry for entry in entries if is_own_url(source, entry.url)]


def is_own_url(source: Source, url: str | None) -> bool:
    """Return whether the address is on a domain of the feed's outlet, or on a host configured by the operator."""
    return get_registrable_domain(unwrap_amp_url(url or "")) in find_outlet_domains(source.url) | set(source.hosts)


def refuse_foreign_feed(source: Source, feed: Feed) -> None:
    """Raise ForeignFeed if all entries of the feed lead to other outlets."""
    if not feed.entries or filter_own_entries(source, feed.entries):
        return
    hosts = Counter(get_registrable_domain(entry.url) for entry in feed.entries).most_common(MAX_HOSTS_NAMED)
    named = ", ".join(host for host, _ in hosts)
    if hosts[0][0] == "google.com":
        outlets = Counter(entry.outlet for entry in feed.entries if entry.outlet).most_common(MAX_HOSTS_NAMED)
        credited = f" ({', '.join(outlet for outlet, _ in outlets)})" if outlets else ""
        raise errors.ForeignFeed(
            f"{source.url} is a feed of Google News, which hides the addresses of the articles: add the feeds of the"
            f" outlets themselves{credited}"
        )
    raise errors.ForeignFeed(
        f"every entry of {source.url} leads to another site ({named}), and a feed speaks for its own outlet only: add"
        " the feeds of those outlets; or name the sites, where they are this outlet's own (ringkas sources add URL"
        " --host …)"
    )


def prepare_page(page: Article, *, source: Source, entry: FeedEntry) -> PreparedArticle:
    """Prepare the article on an entry's page. Runs in a worker.

    The outlet comes from the source, the picture from the entry if the page has none. The entry's date is compared with
    the page's.

    Raises:
        ForeignPage: the page is on another outlet's host.
        NothingToSummarize: the page has too little text.
    """
    if not is_own_url(source, page.url):
        raise errors.ForeignPage(
            f"it leads to {get_registrable_domain(page.url or '')}, which is no host of {source.outlet}"
        )
    stated = (page.published_at,) if page.published_at else ()
    article = replace(
        page,
        title=page.title or entry.title,
        outlet=source.outlet,
        category=choose_topic(source, page.url, page.category),
        published_at=decide_published_at(DateEvidence(stated=stated, listed=entry.published_at)),
        image_url=page.image_url or entry.image_url,
    )
    return replace(prepare(article), listing=make_listing(entry, article))


def choose_topic(source: Source, url: str | None, stated: str | None) -> str | None:
    """Return the topic of the section in the address, else the source's, else the one that the document states."""
    return find_section_topic(url or "") or (stated if source.category == GENERAL else source.category)


def move_to_address(prepared: PreparedArticle, url: str | None) -> PreparedArticle:
    """Return the article with the address and key of `url`, under which it is stored."""
    if url == prepared.article.url:
        return prepared
    article = replace(prepared.article, url=url)
    return replace(prepared, article=article, signature=replace(prepared.signature, id=make_article_key(article)))


def prepare_excerpt(source: Source, entry: FeedEntry) -> PreparedArticle:
    """Prepare the feed's own text in a worker. Raises NothingToSummarize if there is too little."""
    named = next(filter(None, map(find_topic, entry.categories)), None)
    category = choose_topic(source, entry.url, named)
    article = attribute_to_address(read_excerpt(entry), entry.url)
    article = replace(article, outlet=source.outlet, category=category)
    return replace(prepare(article), listing=make_listing(entry, article))


def make_listing(entry: FeedEntry, article: Article) -> Listing:
    return Listing(make_url_key(entry.url), entry.title or article.title)


MAX_ATTEMPTS = 3
MAX_REMEMBERED = 20_000


class Retries:
    """The entries whose pages are retried or given up, in memory.

    Without it, each pass over a feed would fetch every page that has no article or is gone.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[str, int] = OrderedDict()

    def is_waiting(self, key: str) -> bool:
        return self._tries.get(key, MAX_ATTEMPTS) < MAX_ATTEMPTS

    def is_given_up(self, key: str) -> bool:
        return self._tries.get(key, 0) >= MAX_ATTEMPTS

    def postpone(self, key: str) -> None:
        """Record that it is due without an attempt."""
        self._note(key, self._tries.get(key, 0))

    def fail(self, key: str) -> None:
        self._note(key, self._tries.get(key, 0) + 1)

    def give_up(self, key: str) -> None:
        self._note(key, MAX_ATTEMPTS)

    def succeed(self, key: str) -> None:
        self._tries.pop(key, None)

    def _note(self, key: str, tries: int) -> None:
        self._tries[key] = tries
        self._tries.move_to_end(key)
        if len(self._tries) > MAX_REMEMBERED:
            self._tries.popitem(last=False)
