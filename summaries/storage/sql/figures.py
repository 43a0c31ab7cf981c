"""Row counts for /status and `ringkas stats`, per bot or over all bots on the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from summaries.model import Backlog, Figures
from summaries.storage import values
from summaries.storage.sql.session import Row, Sessions, SqlStore

DAY = timedelta(days=1)
OF_CHATS = """
SELECT
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id > 0) AS private_chats,
    (SELECT count(*) FROM subscriptions WHERE is_active AND chat_id < 0) AS groups,
    (SELECT count(*) FROM subscriptions WHERE NOT is_active) AS stopped,
    (SELECT count(*) FROM blocked_chats) AS blocked,
    (SELECT count(*) FROM deliveries WHERE finished_at IS NULL) AS digests_open,
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'sent') AS digests_sent,
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'skipped') AS digests_skipped,
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'failed') AS digests_failed,
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'unknown') AS digests_unknown,
    (SELECT min(next_due_at) FROM subscriptions WHERE next_due_at IS NOT NULL) AS next_due_at
"""
SOURCES = """
SELECT count(*) FILTER (WHERE is_active) AS sources,
    count(*) FILTER (WHERE is_active AND failures_in_a_row > 0) AS sources_failing,
    count(*) FILTER (WHERE NOT is_active) AS sources_off FROM sources
"""
OF_NEWS = f"""
SELECT
    (SELECT count(*) FROM story_articles) AS articles,
    (SELECT count(*) FROM articles WHERE is_public AND added_at >= %(since)s) AS articles_new,
    (SELECT count(*) FROM stories) AS stories,
    (SELECT max(last_success_at) FROM sources) AS last_read_at,
    s.* FROM ({SOURCES}) s
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
    (SELECT count(*) FROM deliveries WHERE due_at >= %(since)s AND outcome = 'unknown') AS unknown
FROM waiting
"""


class FigureRows(SqlStore):
    """Implements `ports.FigureStore` for one bot, or for all bots on the database together."""

    def __init__(self, database: Sessions, *, is_for_all_bots: bool) -> None:
        super().__init__(database)
        self._is_for_all_bots = is_for_all_bots

    async def count(self, *, now: datetime) -> Figures:
        since = {"since": now - DAY}
        places = await self._places()
        chats = [await place.row(OF_CHATS, since) or {} for place in places]
        size = f"SELECT {self.database.engine.size_bytes}"
        news = [await place.row(OF_NEWS, since) or {} for place in one_for_each_news(places)]
        next_due_at = find_earliest(row.pop("next_due_at") for row in chats)
        read = [values.to_moment(at) for row in news if (at := row.pop("last_read_at")) is not None]
        return Figures(
            **add_up(news),
            **add_up(chats),
            last_read_at=max(read, default=None),
            database_bytes=await self.database.value(size),
            next_due_at=next_due_at,
        )

    async def backlog(self, *, now: datetime, late_from: datetime) -> Backlog:
        places = await self._places()
        limits = {"now": now, "late": late_from, "since": now - DAY}
        rows = [await place.row(BACKLOG, limits) or {} for place in places]
        oldest = find_earliest(row.pop("oldest_due_at") for row in rows)
        sources = [await place.row(SOURCES) or {} for place in one_for_each_news(places)]
        return Backlog(**add_up(sources), **add_up(rows), delay_s=(now - oldest).total_seconds() if oldest else 0.0)

    async def _places(self) -> Sequence[Sessions]:
        return await self.database.all_bots() if self._is_for_all_bots else [self.database]


def one_for_each_news(places: Iterable[Sessions]) -> list[Sessions]:
    """Return one of the databases for each news that they have."""
    return list({place.news: place for place in places}.values())


def add_up(rows: Sequence[Row]) -> Row:
    return {name: sum(row[name] for row in rows) for name in rows[0]}


def find_earliest(stored: Iterable[str | datetime | None]) -> datetime | None:
    return min((values.to_moment(moment) for moment in stored if moment is not None), default=None)
