"""What the bot's admins need, in SQLite."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from summaries.model import Backlog, Figures
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from datetime import datetime

    import sqlite_utils

    from summaries.storage.sqlite.database import Database

DAY = timedelta(days=1)
FIGURES = """
SELECT
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id > 0) AS private_chats,
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id < 0) AS groups,
    (SELECT count(*) FROM subscriptions WHERE NOT is_active) AS stopped,
    (SELECT count(*) FROM blocked_chats) AS blocked,
    (SELECT min(next_due_at) FROM subscriptions WHERE next_due_at IS NOT NULL) AS next_due_at,
    (SELECT count(*) FROM deliveries WHERE finished_at IS NULL) AS digests_open,
    (SELECT count(*) FROM deliveries WHERE due_at >= :since AND outcome = 'sent') AS digests_sent,
    (SELECT count(*) FROM deliveries WHERE due_at >= :since AND outcome = 'skipped') AS digests_skipped,
    (SELECT count(*) FROM deliveries WHERE due_at >= :since AND outcome = 'failed') AS digests_failed,
    (SELECT count(*) FROM story_articles) AS articles,
    (SELECT count(*) FROM articles WHERE is_public AND added_at >= :since) AS articles_new,
    (SELECT count(*) FROM stories) AS stories,
    (SELECT count(*) FROM sources WHERE is_active) AS sources,
    (SELECT count(*) FROM sources WHERE is_active AND failures_in_a_row > 0) AS sources_failing,
    (SELECT count(*) FROM sources WHERE NOT is_active) AS sources_off,
    (SELECT max(last_success_at) FROM sources) AS last_read_at,
    (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS database_bytes
"""
# Not composed and left alone until later: that is the end of quiet hours.
BACKLOG = """
WITH waiting AS (
    SELECT due_at, NOT is_composed AND NOT is_claimed AND lease_until > :now AS is_quiet
    FROM deliveries WHERE finished_at IS NULL
    UNION ALL SELECT next_due_at, 0 FROM subscriptions WHERE next_due_at <= :now
)
SELECT
    count(*) AS due,
    count(*) FILTER (WHERE due_at <= :late AND NOT is_quiet) AS late,
    min(due_at) FILTER (WHERE NOT is_quiet) AS oldest_due_at,
    (SELECT count(*) FROM sources WHERE is_active) AS sources,
    (SELECT count(*) FROM sources WHERE is_active AND failures_in_a_row > 0) AS sources_failing,
    (SELECT count(*) FROM sources WHERE NOT is_active) AS sources_off
FROM waiting
"""


class SqliteFigureStore:
    """Fulfils `ports.FigureStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, *, now: datetime) -> Figures:
        def work(db: sqlite_utils.Database) -> Figures:
            (row,) = rows.fetch_all(db.execute(FIGURES, {"since": rows.moment(now - DAY)}))
            moments = {name: rows.to_optional_moment(row[name]) for name in ("next_due_at", "last_read_at")}
            return Figures(**(row | moments))

        return await self._database.read(work)

    async def backlog(self, *, now: datetime, late_from: datetime) -> Backlog:
        def work(db: sqlite_utils.Database) -> Backlog:
            (row,) = rows.fetch_all(db.execute(BACKLOG, {"now": rows.moment(now), "late": rows.moment(late_from)}))
            oldest = rows.to_optional_moment(row.pop("oldest_due_at"))
            return Backlog(**row, delay_s=(now - oldest).total_seconds() if oldest else 0.0)

        return await self._database.read(work)
