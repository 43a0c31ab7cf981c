"""Decide when a source is checked next. docs/explanation/sources.md describes the policy.

A source is checked as often as it publishes, for one new entry per check, within bounds. Failures make the checks
rarer; after very many in a row they end. `chance` is uniform in [0, 1); the jitter keeps sources that were checked
together from staying in step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from summaries.errors import FetchError, InputError, TransientFetchError, find_fault
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
# The failures in a row after which admins are notified: about ten hours, because the waits double from five minutes.
UNREACHABLE_FAILURES = 8

RECENT = timedelta(days=7)
RECENT_ENTRIES = 20
SPREAD = 0.1

_BUSY = {429, 503}


def measure_rate(state: PollState, entry_times: Iterable[datetime | None], *, now: datetime) -> PollState:
    """Return the state with the rate at which the source publishes: the latest 20 listed entries of the last week."""
    past = sorted((at for at in entry_times if at is not None and at <= now), reverse=True)
    recent = [at for at in past if at > now - RECENT]
    since, count = None, 0
    if len(recent) < len(past) and len(recent) <= RECENT_ENTRIES:
        # Older entries are listed too, so these are all entries of the week.
        since, count = now - RECENT, len(recent)
    elif len(recent) > 1:
        recent = recent[:RECENT_ENTRIES]
        since, count = recent[-1], len(recent)
    return replace(state, newest_entry_at=past[0] if past else None, recent_since=since, recent_count=count)


def compute_interval(
    state: PollState, *, now: datetime, chance: float, shortest: timedelta = MIN_INTERVAL
) -> timedelta:
    """Return the time until the next check of a source, from the rate at which it publishes.

    Silence lengthens it: the period grows while the count does not.
    """
    longest = max(MAX_INTERVAL, shortest)
    if state.recent_since is None:
        typical = UNKNOWN_INTERVAL
    elif state.recent_count == 0:
        typical = longest
    else:
        typical = max(now - state.recent_since, timedelta()) / state.recent_count
    return _spread(typical, chance, shortest, longest)


def after_success(state: PollState, *, now: datetime, chance: float, shortest: timedelta = MIN_INTERVAL) -> PollState:
    """Return the state after a successful check. An unchanged source keeps its rate."""
    wait = compute_interval(state, now=now, chance=chance, shortest=shortest)
    return replace(state, next_check_at=now + wait, last_success_at=now, failures_in_a_row=0)


def after_failure(
    state: PollState,
    *,
    error: str,
    fault: str,
    now: datetime,
    chance: float,
    backoff: timedelta | None = None,
    shortest: timedelta = MIN_INTERVAL,
) -> PollState:
    """Return the state after a failed check: the wait doubles each time, and 50 failures in a row deactivate the
    source.

    The next check is not before the end of the `backoff` that the server requested.
    """
    failures = state.failures_in_a_row + 1
    wait = max(compute_backoff(failures, chance, shortest), backoff or timedelta())
    return replace(
        state,
        is_active=state.is_active and failures < MAX_FAILURES,
        next_check_at=now + wait,
        last_failure_at=now,
        last_error=error,
        last_fault=fault,
        failures_in_a_row=failures,
    )


def after_error(
    state: PollState, error: Exception, *, now: datetime, chance: float, shortest: timedelta = MIN_INTERVAL
) -> PollState:
    """Return the state after a check that ended with the error; see `after_failure`."""
    return after_failure(
        state,
        error=describe_error(error),
        fault=find_fault(error),
        now=now,
        chance=chance,
        backoff=find_requested_backoff(error),
        shortest=shortest,
    )


def describe_error(error: Exception) -> str:
    """Return the message of an expected error, and only the type of any other."""
    return str(error) if isinstance(error, (FetchError, InputError)) else f"unexpected: {type(error).__name__}"


def compute_backoff(failures: int, chance: float, shortest: timedelta = MIN_INTERVAL) -> timedelta:
    """Return the wait after `failures` in a row (at least 1): doubling from the shortest interval to a day."""
    return _spread(shortest * 2 ** min(failures - 1, 16), chance, shortest, MAX_BACKOFF)


def find_requested_backoff(error: Exception) -> timedelta | None:
    """Return the back-off that a server requests by status and Retry-After, or None."""
    if not isinstance(error, TransientFetchError):
        return None
    if error.retry_after_s is not None:
        return min(timedelta(seconds=error.retry_after_s), MAX_BACKOFF)
    return DEFAULT_BACKOFF if error.status in _BUSY else None


def _spread(typical: timedelta, chance: float, lowest: timedelta, longest: timedelta) -> timedelta:
    """Return about `typical`, within the bounds, with jitter also at the bounds, where many sources are."""
    middle = min(max(typical, lowest), longest)
    low, high = max(lowest, middle * (1 - SPREAD)), min(longest, middle * (1 + SPREAD))
    return low + (high - low) * chance
