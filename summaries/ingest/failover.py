"""Decide which of a source's addresses to try, and whether one delivers.

Outlets move and drop their feeds without notice. A source therefore lists several addresses; the one in use changes
when it stops delivering, and changes back when a better one delivers again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from summaries.errors import Fault, FetchError, InputError, PermanentFetchError
from summaries.fetch.feeds.feed_entries import Feed, FeedEntry
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.html.discovery import find_articles
from summaries.ingest.entries import refuse_foreign_feed
from summaries.ingest.known_entries import FeedParts, Times, split_feed
from summaries.model import FoundOwnFeed, PollState, Source
from summaries.ports import Clock, Fetched, Offload

T = TypeVar("T")

# One failure is often a passing fault of the site.
FAILOVER_AFTER = 2
RETURN_AFTER = timedelta(days=1)
# A feed that was abandoned still answers, with entries of years ago.
STALE_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Reading:
    """The entries of a feed to deal with, and the times of those that are known.

    `hashed` contains the entries with the hashes by which they will be known; none if the feed must be read whole.
    """

    entries: Sequence[FeedEntry]
    known: Times
    hashed: Sequence[tuple[bytes, FeedEntry]]

    @property
    def times(self) -> list[datetime | None]:
        return [*self.known.values(), *(entry.published_at for entry in self.entries)]


def choose_addresses(source: Source | FoundOwnFeed, state: PollState, *, now: datetime) -> tuple[int, ...]:
    """Return the positions of the addresses to try in this check, in order; the first that delivers is used.

    That is the address in use, once a day after those before it, and after repeated failures before all others.
    """
    count = len(source.addresses)
    used = min(state.address, count - 1)
    is_return_due = used > 0 and (state.returned_at is None or now - state.returned_at >= RETURN_AFTER)
    order = [*range(used if is_return_due else 0), used]
    if state.failures_in_a_row + 1 >= FAILOVER_AFTER:
        order.extend(range(count))
    return tuple(dict.fromkeys(order))


async def read_first(
    source: Source | FoundOwnFeed,
    state: PollState,
    read: Callable[[int], Awaitable[tuple[T, PollState]]],
    *,
    clock: Clock,
) -> tuple[T, PollState]:
    """Return the reading of the first address that delivers, and the state after it. `read` gets its position.

    Raises:
        FetchError, InputError: none delivers; the error of the first one.
    """
    failure: FetchError | InputError | None = None
    tried: list[int] = []
    for position in choose_addresses(source, state, now=clock()):
        tried.append(position)
        try:
            reading, after = await read(position)
        except (FetchError, InputError) as error:
            failure = failure or error
            continue
        if position > 0 and 0 in tried:
            after = replace(after, returned_at=clock())
        return reading, after
    raise failure or PermanentFetchError("there is no address")


async def read_address(source: Source, url: str, document: Fetched, *, offload: Offload, now: datetime) -> Feed:
    """Return the feed in the document from `url`, one of the source's addresses.

    Raises:
        FetchError, InputError: the address does not deliver entries of this source.
    """
    read = find_articles if url == source.index_url else partial(read_feed, now=now)
    feed = await offload(read, document.body, url=document.url, charset=document.charset)
    refuse_foreign_feed(source, feed)
    refuse_silence(source, url, [entry.published_at for entry in feed.entries], now=now)
    return feed


async def read_new_entries(
    source: Source, url: str, document: Fetched, known: Times, *, offload: Offload, now: datetime
) -> Reading:
    """Read the document as `read_address` does, but skip the known entries if the others can be read without them.

    Raises:
        FetchError, InputError: the address does not deliver entries of this source.
    """
    parts = FeedParts(document) if url == source.index_url else split_feed(document)
    if listed := parts.select_known(known):
        feed = await _read_others(parts, listed, offload=offload, now=now)
        if feed is not None and (new := parts.match(feed.entries, listed)) is not None:
            reading = Reading(feed.entries, listed, new)
            refuse_silence(source, url, reading.times, now=now)
            return reading
    feed = await read_address(source, url, document, offload=offload, now=now)
    return Reading(feed.entries, {}, parts.match(feed.entries, {}) or ())


async def _read_others(parts: FeedParts, known: Times, *, offload: Offload, now: datetime) -> Feed | None:
    """Return the entries of the document that are not known, None if they cannot be read without the others."""
    if len(parts.entries) == len(known):
        return Feed("", ())
    document = parts.without(known)
    try:
        return await offload(partial(read_feed, now=now), document.body, url=document.url, charset=document.charset)
    except FetchError:
        return None


def is_unchanged(source: Source | FoundOwnFeed, state: PollState, document: Fetched, *, now: datetime) -> bool:
    """Return whether the document from the address in use has the same body as in the last check.

    A source with several addresses may be silent by now, which only its entries show: then it counts as changed.
    """
    is_recent = state.newest_entry_at is not None and now - state.newest_entry_at <= STALE_AFTER
    return document.body_hash == state.body_hash and (is_recent or len(source.addresses) == 1)


def note_document(state: PollState, position: int, document: Fetched) -> PollState:
    """Return the state after reading the document from the address at the position."""
    return replace(
        state,
        address=position,
        etag=document.etag,
        last_modified=document.last_modified,
        body_hash=document.body_hash,
    )


def refuse_silence(source: Source, url: str, times: Sequence[datetime | None], *, now: datetime) -> None:
    """Raise PermanentFetchError if the source has other addresses, and this one does not deliver."""
    if len(source.addresses) > 1 and (reason := explain_silence(times, now=now)) is not None:
        raise PermanentFetchError(f"{url}: {reason}", fault=Fault.SILENT)


def explain_silence(times: Sequence[datetime | None], *, now: datetime) -> str | None:
    """Return why a feed with entries of these times counts as one that does not deliver, or None."""
    if not times:
        return "it lists no entries"
    newest = max((time for time in times if time is not None), default=None)
    if None not in times and newest is not None and now - newest > STALE_AFTER:
        return f"its newest entry is of {newest:%Y-%m-%d}"
    return None
