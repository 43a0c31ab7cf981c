"""Decide which of a source's addresses to try, and whether one delivers.

Outlets move and drop their feeds without notice. A source therefore lists several addresses; the one in use changes
when it stops delivering, and changes back when a better one delivers again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from summaries.fetch.feeds.feed_entries import Feed
from summaries.model import PollState, Source

# One failure is often a passing fault of the site.
FAILOVER_AFTER = 2
RETURN_AFTER = timedelta(days=1)
# A feed that was abandoned still answers, with entries of years ago.
STALE_AFTER = timedelta(days=14)


def choose_addresses(source: Source, state: PollState, *, now: datetime) -> tuple[int, ...]:
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


def explain_silence(feed: Feed, *, now: datetime) -> str | None:
    """Return why the feed counts as one that does not deliver, or None."""
    if not feed.entries:
        return "it lists no entries"
    times = [entry.published_at for entry in feed.entries]
    newest = max((time for time in times if time is not None), default=None)
    if None not in times and newest is not None and now - newest > STALE_AFTER:
        return f"its newest entry is of {newest:%Y-%m-%d}"
    return None
