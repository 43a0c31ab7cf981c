"""Decide when a source is checked next. docs/explanation/sources.md describes the policy.

A source is checked as often as it publishes, for one new entry per check, within bounds. Failures make the checks
rarer; after very many in a row they end. `chance` is uniform in [0, 1); the jitter keeps sources that were checked
together from staying in step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from summaries.model import PollState

MIN_INTERVAL = timedelta(minutes=5)
MAX_INTERVAL = timedelta(hours=6)
# For a source whose entries have no dates.
UNKNOWN_INTERVAL = timedelta(minutes=30)
MAX_BACKOFF = timedelta(days=1)
# No check is scheduled later than this.
MAX_WAIT = MAX_BACKOFF + timedelta(hours=1)
# For a host that requests a back-off without naming a time.
DEFAULT_BACKOFF = timedelta(minutes=30)
MAX_FAILURES = 50

RECENT = timedelta(days=7)
RECENT_ENTRIES = 20
SPREAD = 0.1

_BUSY = {429, 503}


@dataclass(frozen=True, slots=True)
class PublishingRate:
    """How often a source publishes: `count` entries since `since`; unknown if that is None."""

    newest: datetime | None = None
    since: datetime | None = None
    count: int = 0


def measure_rate(entry_times: Iterable[datetime | None], *, now: datetime) -> PublishingRate:
    """Measure the rate from the times of the listed entries: the latest 20 of the last week."""
    past = sorted((at for at in entry_times if at is not None and at <= now), reverse=True)
    if not past:
        return PublishingRate()
    recent = [at for at in past if at > now - RECENT]
    if len(recent) < len(past) and len(recent) <= RECENT_ENTRIES:
        # Older entries are listed too, so these are all entries of the week.
        return PublishingRate(past[0], now - RECENT, len(recent))
    recent = recent[:RECENT_ENTRIES]
    return PublishingRate(past[0], recent[-1], len(recent)) if len(recent) > 1 else PublishingRate(past[0])


def compute_interval(
    since: datetime | None, count: int, *, now: datetime, chance: float, shortest: timedelta = MIN_INTERVAL
) -> timedelta:
    """Return the time until the next check of a source that published `count` entries since `since`.

    Silence lengthens it: the period grows while the count does not.
    """
    longest = max(MAX_INTERVAL, shortest)
    if since is None:
        typical = UNKNOWN_INTERVAL
    elif count == 0:
        typical = longest
    else:
        typical = max(now - since, timedelta()) / count
    return _spread(typical, chance, shortest, longest)


def after_success(
    state: PollState, *, pace: PublishingRate | None, now: datetime, chance: float, shortest: timedelta = MIN_INTERVAL
) -> PollState:
    """Return the state after a successful check; without a rate the source was unchanged and keeps its rate."""
    if pace is not None:
        state = replace(state, newest_entry_at=pace.newest, recent_since=pace.since, recent_count=pace.count)
    wait = compute_interval(state.recent_since, state.recent_count, now=now, chance=chance, shortest=shortest)
    return replace(state, next_check_at=now + wait, last_success_at=now, failures_in_a_row=0)


def after_failure(
    state: PollState,
    *,
    error: str,
    now: datetime,
    chance: float,
    status: int | None = None,
    retry_after_s: float | None = None,
    shortest: timedelta = MIN_INTERVAL,
) -> PollState:
    """Return the state after a failed check: the wait doubles each time, and 50 failures in a row deactivate the
    source.

    The next check is not before the time that the server named.
    """
    failures = state.failures_in_a_row + 1
    wait = compute_backoff(failures, chance, shortest)
    if asked := parse_requested_backoff(status, retry_after_s):
        wait = max(wait, asked)
    return replace(
        state,
        is_active=state.is_active and failures < MAX_FAILURES,
        next_check_at=now + wait,
        last_failure_at=now,
        last_error=error,
        failures_in_a_row=failures,
    )


def compute_backoff(failures: int, chance: float, shortest: timedelta = MIN_INTERVAL) -> timedelta:
    """Return the wait after `failures` in a row (at least 1): doubling from the shortest interval to a day."""
    return _spread(shortest * 2 ** min(failures - 1, 16), chance, shortest, MAX_BACKOFF)


def parse_requested_backoff(status: int | None, retry_after_s: float | None) -> timedelta | None:
    """Return the back-off that a server requests by status and Retry-After, or None."""
    if retry_after_s is not None:
        return min(timedelta(seconds=retry_after_s), MAX_BACKOFF)
    return DEFAULT_BACKOFF if status in _BUSY else None


def _spread(typical: timedelta, chance: float, lowest: timedelta, longest: timedelta) -> timedelta:
    """Return about `typical`, within the bounds, with jitter also at the bounds, where many sources are."""
    middle = min(max(typical, lowest), longest)
    low, high = max(lowest, middle * (1 - SPREAD)), min(longest, middle * (1 + SPREAD))
    return low + (high - low) * chance
