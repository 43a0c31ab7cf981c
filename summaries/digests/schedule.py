"""When a digest is due on the chat's clock, and how long to wait between retries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from summaries.errors import InvalidSettings
from summaries.model import EVERY_DAY, QuietHours, Subscription

CATCH_UP_LIMIT = timedelta(hours=12)
LATE_AFTER = timedelta(minutes=10)
A_DAY = timedelta(days=1)
NEWS_WINDOW = timedelta(hours=24)
MAX_NEWS_WINDOW = timedelta(days=7)
# Digests of an outage that are recorded as skipped, per chat, and the days that they cover: a month of daily ones. More
# would help nobody, and a clock that jumps by years would create millions.
MAX_SKIPPED = 31
SKIPPED_WINDOW = timedelta(days=31)
FIRST_RETRY_S = 5.0
MAX_RETRY_S = 900.0

# The Indonesian abbreviations of the three zones, each with its IANA zone.
INDONESIAN_ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
ZONE_NAMES = {zone: name for name, zone in INDONESIAN_ZONES.items()} | {"Asia/Pontianak": "WIB"}


def load_zone(name: str) -> ZoneInfo:
    """Return the zone of an Indonesian abbreviation ("WITA") or an IANA name ("Asia/Makassar").

    Raises:
        InvalidSettings: there is no such zone.
    """
    try:
        return ZoneInfo(INDONESIAN_ZONES.get(name.upper(), name))
    # A name such as "../x" raises ValueError, a directory such as "Asia" OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidSettings(
            (f"{name!r} is not a time zone: use WIB, WITA, WIT or a name such as Asia/Jakarta",)
        ) from error


def get_zone_name(zone: str) -> str:
    """Return the zone's Indonesian abbreviation ("WIB" for Asia/Jakarta), or else its IANA name."""
    return ZONE_NAMES.get(zone, zone)


def to_zone(moment: datetime, zone: str) -> datetime:
    """Return the moment in the zone, or unchanged if the zone cannot represent it, in the years 1 and 9999."""
    try:
        return moment.astimezone(load_zone(zone))
    except OverflowError:
        return moment


def find_next_due(
    times: Sequence[time], zone: str, after: datetime, days: Collection[int] = EVERY_DAY
) -> datetime | None:
    """Return the first moment after `after`, in UTC, at which the zone's clock shows one of the times on one of the
    weekdays (Monday is 0).

    None without times or days. A time skipped by the clock (start of daylight saving) is delayed by the skipped period;
    a time that occurs twice counts only once.
    """
    clock = load_zone(zone)
    today = after.astimezone(clock).date()
    # Include yesterday: if the clock jumps over midnight, one of its times may still be ahead. A given weekday recurs
    # within a week; look one day further in case its first time is skipped or past.
    candidates = list_due(times, clock, days, today - A_DAY, today + 8 * A_DAY)
    return min((moment for moment in candidates if moment > after), default=None)


def find_missed(
    times: Sequence[time], zone: str, due_at: datetime, now: datetime, days: Collection[int] = EVERY_DAY
) -> tuple[datetime, ...]:
    """Return the due times that have passed, oldest first: `due_at`, which was stored, and those of the schedule after
    it until `now`.

    After an outage the last one is sent, unless it is too late, and the others are skipped. Of more than `MAX_SKIPPED`
    skipped ones the first and the latest are returned.
    """
    clock = load_zone(zone)
    first = max(due_at, now - SKIPPED_WINDOW).astimezone(clock).date() - A_DAY
    candidates = list_due(times, clock, days, first, now.astimezone(clock).date())
    later = sorted({moment for moment in candidates if due_at < moment <= now})
    return due_at, *later[-MAX_SKIPPED:]


def make_missed_finder(now: datetime) -> Callable[[Subscription, datetime], tuple[datetime, ...]]:
    """Return a function that applies `find_missed` to a subscription and its due time, once per distinct schedule."""

    @cache
    def find(times: tuple[time, ...], zone: str, days: frozenset[int], due_at: datetime) -> tuple[datetime, ...]:
        try:
            return find_missed(times, zone, due_at, now, days)
        except InvalidSettings:
            # The zone was valid when it was set. `due_at` does not depend on it.
            return (due_at,)

    return lambda s, due_at: find(s.times, s.zone, s.days, due_at)


def list_due(
    times: Sequence[time], clock: ZoneInfo, days: Collection[int], first: date, last: date
) -> Iterator[datetime]:
    """Yield the moments, in UTC, at which the clock shows one of the times, on those days from `first` to `last` that
    are one of the weekdays `days`."""
    for number in range((last - first).days + 1):
        day = first + number * A_DAY
        if day.weekday() in days:
            for at in times:
                yield datetime.combine(day, at, tzinfo=clock).astimezone(UTC)


def skip_quiet_hours(moment: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """Return the moment, or the end of the quiet hours that it falls into, in UTC."""
    if quiet is None or not quiet.covers(moment.astimezone(load_zone(zone)).time()):
        return moment
    return find_next_due((quiet.end,), zone, moment) or moment


def is_worth_catching_up(due_at: datetime, now: datetime, limit: timedelta = CATCH_UP_LIMIT) -> bool:
    """Return whether a missed digest is still sent; otherwise its news goes into the next one."""
    return now - due_at < limit


def is_late(due_at: datetime, now: datetime) -> bool:
    """Return whether the digest is so late that it should say so."""
    return now - due_at > LATE_AFTER


def compute_news_start(due_at: datetime, previous_due_at: datetime | None) -> datetime:
    """Return the start of the digest's news window: the last digest, at most a week ago; a day ago for the first.

    For a digest after skipped ones pass the `due_at` of the first of these: it contains their news.
    """
    return max(previous_due_at or due_at - NEWS_WINDOW, due_at - MAX_NEWS_WINDOW)


def compute_retry_delay(attempts: int, chance: float) -> timedelta:
    """Return the wait after `attempts` failures: doubling from 5 s to 15 min, reduced by up to half at random.

    `chance` is uniform in [0, 1). The jitter spreads the retries of chats that failed together.
    """
    longest = min(MAX_RETRY_S, FIRST_RETRY_S * 2 ** min(attempts, 16))
    return timedelta(seconds=longest * (1 - chance / 2))
