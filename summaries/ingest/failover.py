"""Decide which of a source's addresses to try, and whether one delivers.

Outlets move and drop their feeds without notice. A source therefore lists several addresses; the one in use changes
when it stops delivering, and changes back when a better one delivers again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from summaries.errors import Fault, FetchError, InputError, PermanentFetchError
from summaries.fetch.feeds.feed_entries import Feed
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.html.discovery import find_articles
from summaries.ingest.entries import refuse_foreign_feed
from summaries.model import FoundOwnFeed, PollState, Source
from summaries.ports import Clock, Fetched, Offload

T = TypeVar("T")

# One failure is often a passing fault of the site.
FAILOVER_AFTER = 2
RETURN_AFTER = timedelta(days=1)
# A feed that was abandoned still answers, with entries of years ago.
STALE_AFTER = timedelta(days=14)


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
    if len(source.addresses) > 1 and (reason := explain_silence(feed, now=now)) is not None:
        raise PermanentFetchError(f"{url}: {reason}", fault=Fault.SILENT)
    return feed


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


def explain_silence(feed: Feed, *, now: datetime) -> str | None:
    """Return why the feed counts as one that does not deliver, or None."""
    if not feed.entries:
        return "it lists no entries"
    times = [entry.published_at for entry in feed.entries]
    newest = max((time for time in times if time is not None), default=None)
    if None not in times and newest is not None and now - newest > STALE_AFTER:
        return f"its newest entry is of {newest:%Y-%m-%d}"
    return None
