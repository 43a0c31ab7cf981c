"""Which publication times are plausible: one rule for feeds, sitemaps, pages, texts and the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")

# No outlet was on the web before; empty date fields come out as year 1, 1900 or 1970.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks and zones are wrong by a day at most, and some articles carry the date of tomorrow's paper.
MAX_AHEAD = timedelta(days=2)
# The upper limit if the present is unknown: far enough below Python's last year for every zone.
LATEST = datetime(2101, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=10)


def sanitize_timestamp(moment: datetime | None, *, now: datetime | None) -> datetime | None:
    """Return the moment if an article may have appeared then, else None.

    A moment before 1990 or more than two days after `now` is rejected. Feeds and pages often mark their local time as
    GMT or Z, which is seven hours too late in Jakarta: such a future moment is read as local time if that is past.
    Without `now`, any moment until the year 2100 is accepted.
    """
    if moment is None or not EARLIEST <= moment < LATEST:
        return None
    if now is None or moment <= now + _CLOCKS_DIFFER:
        return moment
    if moment.utcoffset() == timedelta(0):
        local = moment.replace(tzinfo=JAKARTA)
        if local <= now + _CLOCKS_DIFFER:
            return local
    return moment if moment <= now + MAX_AHEAD else None
