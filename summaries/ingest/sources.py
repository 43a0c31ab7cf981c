"""Manage the sources: add by address, remove, check, and exchange them with feed readers as OPML."""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from summaries.errors import Fault, FetchError, InputError, PermanentFetchError, find_fault
from summaries.fetch.client.address_policy import check_url, explain_refusal
from summaries.fetch.feeds.feed_entries import Feed, FoundFeed
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.feeds.opml import read_opml, write_opml
from summaries.fetch.html.discovery import find_feeds
from summaries.fetch.html.outlets import name_outlet
from summaries.ingest.entries import refuse_foreign_feed
from summaries.ingest.failover import read_address
from summaries.ingest.hazards import refuse_warnings
from summaries.model import Source, SourceKind, SourceOrigin, StoredSource
from summaries.outlets import find_outlet_domains
from summaries.ports import Clock, Fetched, Fetcher, Offload, SourceStore
from summaries.topic_model.topics import GENERAL, find_topic
from summaries.urls import get_registrable_domain, split_url

log = logging.getLogger(__name__)

MAX_CONCURRENT_CHECKS = 16
MAX_KEY_CHARS = 34
_BETWEEN_PARTS = re.compile(r"(?:(?<!\s)\s++)?[|»›·•–—:]\s*+|(?<!\s)\s++-++\s++")
_COMMENTS = re.compile(r"comment|komentar", re.IGNORECASE)
_NOT_KEY = re.compile(r"[^a-z0-9]+")
# Readers use these for home news; in a feed's address or as a folder name they carry no meaning.
_SAYS_NOTHING = frozenset({"berita", "indonesia", "news"})
_NEWS_SITEMAP = re.compile(r"sitemap(?:(?!sitemap|\.xml)[^/])*+(?:\.xml|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AddedSource:
    """A source that was added or reactivated. `feed` is None if it was not fetched."""

    stored: StoredSource
    is_new: bool
    feed: Feed | None = None


@dataclass(frozen=True, slots=True)
class FailedFeed:
    """A feed that was not added, with the reason, and its kind (`errors.find_fault`)."""

    url: str
    reason: str
    fault: str


@dataclass(frozen=True, slots=True)
class AddResult:
    """The result of adding an address or a list: sources, or the feeds found there, for a person to choose from.

    `failures` are feeds of the page or list that cannot be read or must not be opened.
    """

    sources: tuple[AddedSource, ...] = ()
    choices: tuple[FoundFeed, ...] = ()
    failures: tuple[FailedFeed, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """The operator's settings for a new source; the feed provides the rest."""

    outlet: str | None = None
    category: str | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """The result of checking a source now: its first address that delivers, or the error of the preferred one."""

    stored: StoredSource
    url: str
    entries: int = 0
    newest: datetime | None = None
    error: str | None = None


class SourceService:
    """The admin's operations on sources. With `allow_private` (tests) sources may have private addresses."""

    def __init__(
        self,
        *,
        sources: SourceStore,
        fetcher: Fetcher,
        offload: Offload,
        clock: Clock,
        allow_private: bool = False,
    ) -> None:
        self._sources = sources
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock
        self._allow_private = allow_private

    async def all(self) -> tuple[StoredSource, ...]:
        return await self._sources.all()

    async def find(self, name: str) -> StoredSource | None:
        """Return the source with that key or address."""
        return await self._sources.find(name)

    async def add(
        self,
        address: str,
        *,
        outlet: str | None = None,
        category: str | None = None,
        hosts: Iterable[str] = (),
        is_every: bool = False,
    ) -> AddResult:
        """Add the feed at the address (without a scheme: https), or the one that the page there links to; reactivate a
        known source.

        If the page links to several, nothing is added and they are returned, unless `is_every`. `hosts` are further
        hosts of the outlet; for feeds that a page links to, the page's own host is one of them.

        Raises:
            AddressRefused, FetchError: it cannot be fetched, is no feed and links to none, or lists only other outlets.
        """
        wanted = SourceRequest(outlet, category, tuple(get_registrable_domain(f"https://{host}/") for host in hosts))
        known = await self._sources.find(address)
        if known is None and "://" not in address:
            address = f"https://{address}"
            known = await self._sources.find(address)
        if known is not None:
            check_url(known.source.url, allow_private=self._allow_private)
            stored, _ = await self._sources.add(replace(known.source, hosts=wanted.hosts), now=self._clock())
            return AddResult((AddedSource(stored, is_new=False),))
        refuse_warnings(address)
        document = await self._fetcher.fetch(address)
        try:
            feed = await self._read(document)
        except PermanentFetchError:
            found = await self._offload(find_feeds, document.body, url=document.url, charset=document.charset)
        else:
            return AddResult((await self._add_read(address, feed, wanted),))
        found = tuple(feed for feed in found if not _COMMENTS.search(f"{feed.url} {feed.title}"))
        if not found:
            raise PermanentFetchError(f"{address} is no feed and names none", fault=Fault.NO_FEED)
        if len(found) > 1 and not is_every:
            return AddResult(choices=found)
        page_host = find_outlet_domains(document.url) & {get_registrable_domain(document.url)}
        return await self._add_found(found, replace(wanted, hosts=(*wanted.hosts, *page_host)))

    async def _add_found(self, found: Sequence[FoundFeed], wanted: SourceRequest) -> AddResult:
        added, failures = [], []
        for feed in found:
            try:
                read = await self._read(await self._fetcher.fetch(feed.url))
                added.append(await self._add_read(feed.url, read, wanted))
            except (FetchError, InputError) as error:
                if len(found) == 1:
                    raise
                failures.append(FailedFeed(feed.url, str(error), find_fault(error)))
        return AddResult(tuple(added), failures=tuple(failures))

    async def _read(self, document: Fetched) -> Feed:
        read = partial(read_feed, now=self._clock())
        return await self._offload(read, document.body, url=document.url, charset=document.charset)

    async def _add_read(self, url: str, feed: Feed, wanted: SourceRequest) -> AddedSource:
        hosts = tuple(host for host in dict.fromkeys(wanted.hosts) if host not in find_outlet_domains(url))
        site = f"https://{hosts[0]}/" if hosts and not find_outlet_domains(url) else None
        source = describe_source(url, feed.title, outlet=wanted.outlet, category=wanted.category, site=site)
        source = replace(source, kind=SourceKind.SITEMAP if feed.is_sitemap else SourceKind.FEED, hosts=hosts)
        refuse_foreign_feed(source, feed)
        stored, is_new = await self._sources.add(source, now=self._clock())
        return AddedSource(stored, is_new, feed)

    async def remove(self, name: str) -> StoredSource | None:
        """Remove the source with that key or address, or deactivate one of the catalogue; None if there is none."""
        known = await self._sources.find(name)
        return known if known is not None and await self._sources.remove(known.source.key) else None

    async def check(self, sources: Iterable[StoredSource]) -> tuple[SourceCheck, ...]:
        """Fetch each source and report its entries. Nothing is stored."""
        slots = asyncio.Semaphore(MAX_CONCURRENT_CHECKS)

        async def in_turn(stored: StoredSource) -> SourceCheck:
            async with slots:
                return await self._check(stored)

        return tuple(await asyncio.gather(*map(in_turn, sources)))

    async def _check(self, stored: StoredSource) -> SourceCheck:
        checks = []
        for url in stored.source.addresses:
            checks.append(await self._check_address(stored, url))
            if checks[-1].error is None:
                return checks[-1]
        return checks[0]

    async def _check_address(self, stored: StoredSource, url: str) -> SourceCheck:
        try:
            document = await self._fetcher.fetch(url)
            feed = await read_address(stored.source, url, document, offload=self._offload, now=self._clock())
        except (FetchError, InputError) as error:
            return SourceCheck(stored, url, error=str(error))
        except Exception as error:
            log.exception("%s could not be read", stored.source.key)
            return SourceCheck(stored, url, error=f"unexpected: {type(error).__name__}")
        dates = [entry.published_at for entry in feed.entries if entry.published_at is not None]
        return SourceCheck(stored, url, len(feed.entries), max(dates, default=None))

    async def import_opml(self, body: bytes) -> AddResult:
        """Add every feed of the list whose address may be opened; later checks determine their content.

        Raises:
            InputError: it is no list of feeds.
        """
        feeds = await self._offload(read_opml, body)
        added, refused = [], []
        for feed in feeds:
            if (reason := explain_refusal(feed.url, allow_private=self._allow_private)) is not None:
                refused.append(FailedFeed(feed.url, reason, Fault.ADDRESS.value))
                continue
            stored, is_new = await self._sources.add(describe_listed(feed), now=self._clock())
            added.append(AddedSource(stored, is_new))
        return AddResult(tuple(added), failures=tuple(refused))

    async def export_opml(self) -> bytes:
        """Return the active sources with a feed as a list for feed readers, each with the address in use."""
        stored = [one for one in await self._sources.all() if one.state.is_active]
        active = [replace(one.source, url=url) for one in stored if (url := one.feed_url) is not None]
        return await self._offload(write_opml, active, title="Ringkas")


def describe_source(
    url: str,
    title: str,
    *,
    outlet: str | None = None,
    category: str | None = None,
    alias: str = "",
    site: str | None = None,
) -> Source:
    """Describe the feed as a source added by the admin; missing fields are derived from address and title.

    "Kabar Desa - Ekonomi" is the outlet "Kabar Desa" with the topic "ekonomi", as is "/rss/ekonomi.xml" of a feed
    titled "Kabar Desa". `alias` is a name given by others, `site` the outlet's address if it differs from the feed's.
    The name of a known outlet counts only on that outlet's host; otherwise the host names the source.
    """
    parts = [part for part in _BETWEEN_PARTS.split(title) if part]
    names = [part for part in parts if find_topic(part) is None]
    outlet = outlet or name_outlet(site or url, filter(None, (alias, *names))) or url
    category = category or _find_topic([*parts, *_split_path(url)])
    return Source(make_source_key(outlet, category), outlet, category, url, origin=SourceOrigin.ADMIN)


def describe_listed(feed: FoundFeed) -> Source:
    """Describe a feed of a list as a source: our own lists have a folder per outlet, and topics as titles."""
    is_topic = find_topic(feed.title) is not None
    folder = next((name for name in feed.folders if find_topic(name) is None), "")
    # A folder takes precedence over the address; our own lists write "umum" explicitly.
    category = _find_topic([feed.title, *feed.folders])
    is_explicit = category != GENERAL or GENERAL in feed.folders
    source = describe_source(
        feed.url, feed.title, category=category if is_explicit else None, alias=folder if is_topic else ""
    )
    # Only the name indicates the kind, which lists do not state.
    kind = SourceKind.SITEMAP if _NEWS_SITEMAP.search(_get_path(feed.url)) else SourceKind.FEED
    return replace(source, kind=kind)


def make_source_key(outlet: str, category: str) -> str:
    """Return a readable key: "kabar-desa-ekonomi", or "kabar-desa" for all topics."""
    plain = unicodedata.normalize("NFKD", outlet).encode("ascii", "ignore").decode().lower()
    name = _NOT_KEY.sub("-", plain).strip("-") or "sumber"
    suffix = "" if category == GENERAL else f"-{category}"
    return name[: MAX_KEY_CHARS - len(suffix)].strip("-") + suffix


def _find_topic(words: Iterable[str]) -> str:
    """Return the first topic in the words, preferring specific ones to "umum"."""
    topics = (find_topic(word) for word in words if word.casefold() not in _SAYS_NOTHING)
    return next((topic for topic in topics if topic not in (None, GENERAL)), None) or GENERAL


def _get_path(url: str) -> str:
    parts = split_url(url)
    return parts.path if parts else ""


def _split_path(url: str) -> list[str]:
    return [segment.partition(".")[0] for segment in reversed(_get_path(url).split("/")) if segment]
