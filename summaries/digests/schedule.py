"""When a digest is due on the chat's own clock, and how long to wait before trying again (pure)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from summaries.errors import BadSetting
from summaries.model import EVERY_DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from summaries.model import QuietHours

CATCH_UP_LIMIT = timedelta(hours=12)
LATE_AFTER = timedelta(minutes=10)
NEWS_WINDOW = timedelta(hours=24)
LONGEST_NEWS_WINDOW = timedelta(days=7)
FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 900.0

# The three zones of Indonesia by the names that people use, each with its IANA zone.
INDONESIAN_ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
ZONE_NAMES = {zone: name for name, zone in INDONESIAN_ZONES.items()} | {"Asia/Pontianak": "WIB"}


def load_zone(name: str) -> ZoneInfo:
    """The zone of an Indonesian abbreviation ("WITA") or an IANA name ("Asia/Makassar").

    Raises:
        BadSetting: there is no such zone.
    """
    try:
        return ZoneInfo(INDONESIAN_ZONES.get(name.upper(), name))
    # A name such as "../x" is a ValueError, a folder such as "Asia" an OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadSetting(
            (f"{name!r} is not a time zone: use WIB, WITA, WIT or a name such as Asia/Jakarta",)
        ) from error


def zone_name(zone: str) -> str:
    """What people call the zone: "WIB" for Asia/Jakarta; other zones keep their IANA name."""
    return ZONE_NAMES.get(zone, zone)


def next_due(times: Sequence[time], zone: str, after: datetime, days: Collection[int] = EVERY_DAY) -> datetime | None:
    """The first moment after `after` at which the zone's clock shows one of the times on one of the days of the week
    (Monday is 0), in UTC.

    None when there are no times or no days. A time that the clock skips (daylight saving begins) comes as much later as
    the clock jumps; a time that the clock shows twice comes the first time only.
    """
    clock = load_zone(zone)
    today = after.astimezone(clock).date()
    candidates = (
        datetime.combine(day, at, tzinfo=clock).astimezone(UTC)
        # Yesterday's times too: where the clock jumps over midnight, one of them may still lie ahead. The day of the
        # week that is chosen comes in a week; one more where the first of a week is skipped or over.
        for day in (today + timedelta(days=number) for number in range(-1, 9))
        if day.weekday() in days
        for at in times
    )
    return min((moment for moment in candidates if moment > after), default=None)


def after_quiet(moment: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """The moment itself, or the end of the quiet hours that it falls into, in UTC."""
    if quiet is None or not quiet.covers(moment.astimezone(load_zone(zone)).time()):
        return moment
    return next_due((quiet.end,), zone, moment) or moment


def is_worth_catching_up(due_at: datetime, now: datetime, limit: timedelta = CATCH_UP_LIMIT) -> bool:
    """Whether a digest that was missed is still sent; otherwise its news goes into the next one."""
    return now - due_at < limit


def is_late(due_at: datetime, now: datetime) -> bool:
    """Whether the digest comes so late that the reader should be told."""
    return now - due_at > LATE_AFTER


def news_since(due_at: datetime, previous_due_at: datetime | None) -> datetime:
    """From when on news belongs into the digest: a day, or all since the last digest, but at most a week."""
    since = due_at - NEWS_WINDOW
    if previous_due_at is not None:
        since = min(since, previous_due_at)
    return max(since, due_at - LONGEST_NEWS_WINDOW)


def retry_delay(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: doubling from 5 s to 15 min, cut by up to half at random.

    `chance` is uniform in [0, 1). The spread keeps many chats that failed together from coming back together.
    """
    longest = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(attempts, 16))
    return timedelta(seconds=longest * (1 - chance / 2))
