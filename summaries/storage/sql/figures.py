"""Row counts for /status and `ringkas stats`, per bot or over all bots on the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from summaries.model import Backlog, Figures
from summaries.storage import values
from summaries.storage.sql.session import Row, SqlStore

DAY = timedelta(days=1)
OF_CHATS = """
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id > 0) AS private_chats,
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id < 0) AS groups,
    (SELECT count(*) FROM subscriptions WHERE NOT is_active) AS stopped,
    (SELECT count(*) FROM blocked_chats) AS blocked,
    (SELECT count(*) FROM deliveries WHERE finished_at IS NULL) AS digests_open,
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'sent') AS digests_sent,
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'skipped') AS digests_skipped,
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'failed') AS digests_failed,
    (SELECT min(next_due_at) FROM subscriptions WHERE next_due_at IS NOT NULL) AS next_due_at
"""
OF_NEWS = """
    (SELECT count(*) FROM story_articles) AS articles,
    (SELECT count(*) FROM articles WHERE is_public AND added_at >= %(since)s) AS articles_new,
    (SELECT count(*) FROM stories) AS stories,
    (SELECT count(*) FROM sources WHERE is_active) AS sources,
    (SELECT count(*) FROM sources WHERE is_active AND failures_in_a_row > 0) AS sources_failing,
    (SELECT count(*) FROM sources WHERE NOT is_active) AS sources_off,
    (SELECT max(last_success_at) FROM sources) AS last_read_at,
"""
# A delivery that is not composed and not claimed, but may not be claimed yet, waits for the end of quiet hours.
BACKLOG = """
WITH waiting AS (
    SELECT due_at, NOT is_composed AND NOT is_claimed AND lease_until > %(now)s AS is_quiet
    FROM deliveries WHERE finished_at IS NULL
    UNION ALL SELECT next_due_at, false FROM subscriptions WHERE next_due_at <= %(now)s
)
SELECT
    count(*) AS due,
    count(*) FILTER (WHERE due_at <= %(late)s AND NOT is_quiet) AS late,
    min(due_at) FILTER (WHERE NOT is_quiet) AS oldest_due_at,
    (SELECT count(*) FROM sources WHERE is_active) AS sources,
    (SELECT count(*) FROM sources WHERE is_active AND failures_in_a_row > 0) AS sources_failing,
    (SELECT count(*) FROM sources WHERE NOT is_active) AS sources_off
FROM waiting
"""


class FigureRows(SqlStore):
    """Implements `ports.FigureStore` for one bot."""

    async def count(self, *, now: datetime) -> Figures:
        size = self._database.engine.size_bytes
        statement = f"SELECT {OF_CHATS}, {OF_NEWS} {size} AS database_bytes"
        return to_figures(await self._database.row(statement, {"since": now - DAY}) or {})

    async def backlog(self, *, now: datetime, late_from: datetime) -> Backlog:
        row = await self._database.row(BACKLOG, {"now": now, "late": late_from}) or {}
        oldest = values.to_optional_moment(row.pop("oldest_due_at"))
        return Backlog(**row, delay_s=(now - oldest).total_seconds() if oldest else 0.0)


class AllFigureRows(SqlStore):
    """Implements `ports.FigureStore` for all bots on the database together."""

    async def count(self, *, now: datetime) -> Figures:
        since = {"since": now - DAY}
        everywhere = await self._database.everywhere()
        size = self._database.engine.size_bytes
        news = await everywhere[0].row(f"SELECT {OF_NEWS} {size} AS database_bytes", since) or {}
        chats = [await database.row(f"SELECT {OF_CHATS}", since) or {} for database in everywhere]
        return to_figures(news | add_up(chats))

    async def backlog(self, *, now: datetime, late_from: datetime) -> Backlog:
        stores = [FigureRows(database) for database in await self._database.everywhere()]
        found = [await store.backlog(now=now, late_from=late_from) for store in stores]
        return replace(
            found[0],
            due=sum(one.due for one in found),
            late=sum(one.late for one in found),
            delay_s=max(one.delay_s for one in found),
        )


def add_up(chats: Sequence[Row]) -> Row:
    """Return the sums of the figures of several bots' chats, and the earliest due time."""
    due = [row["next_due_at"] for row in chats if row["next_due_at"] is not None]
    sums = {name: sum(row[name] for row in chats) for name in chats[0] if name != "next_due_at"}
    return sums | {"next_due_at": min(due, default=None)}


def to_figures(row: Row) -> Figures:
    moments = {name: values.to_optional_moment(row[name]) for name in ("next_due_at", "last_read_at")}
    return Figures(**(row | moments))
