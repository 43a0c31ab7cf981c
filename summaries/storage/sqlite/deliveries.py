"""The ledger of deliveries, in SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from summaries.model import Delivery, Outcome, PartState, Reason
from summaries.storage import values
from summaries.storage.sqlite import batch_updates, recovery, rows
from summaries.storage.sqlite.candidate_queries import choose_news
from summaries.storage.sqlite.delivery_history import read_ledger
from summaries.storage.sqlite.due_deliveries import open_deliveries, put_composed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Composed, DeliveryRecord, News, NewsWish, Subscription
    from summaries.storage.sqlite.database import Database

# The last digest that was sent before, and the chat's present wishes, come with each delivery.
CLAIMED = """
SELECT d.id, d.chat_id, d.thread_id, d.zone, d.due_at, d.is_composed, c.language AS chosen_language,
    (SELECT p.due_at FROM deliveries p WHERE p.chat_id = d.chat_id AND p.due_at < d.due_at AND p.outcome = 'sent'
        ORDER BY p.due_at DESC LIMIT 1) AS previous,
    s.chat_id AS subscribed, s.topics, s.outlets, s.include_words, s.exclude_words, s.length, s.story_count, s.quiet,
    s.is_silent, s.skips_empty
    FROM deliveries d LEFT JOIN subscriptions s ON s.chat_id = d.chat_id
    LEFT JOIN chat_settings c ON c.chat_id = d.chat_id
    WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.lease_until, d.due_at, d.id
"""


class SqliteDeliveryStore:
    """Fulfils `ports.DeliveryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_due(self, *, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]) -> int:
        return await self._database.write(lambda db: open_deliveries(db, now, limit, next_due))

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int, is_composed: bool, excluding: Collection[int] = ()
    ) -> tuple[Delivery, ...]:
        def work(db: sqlite_utils.Database) -> tuple[Delivery, ...]:
            found = db.execute(
                "SELECT id FROM deliveries WHERE finished_at IS NULL AND is_composed = ? AND lease_until <= ?"
                " AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY lease_until, id LIMIT ?",
                [int(is_composed), rows.moment(now), json.dumps(list(excluding)), limit],
            )
            ids = json.dumps([delivery_id for (delivery_id,) in found])
            claimed = read_deliveries(db, ids)
            db.execute(
                "UPDATE deliveries SET lease_until = ?, is_claimed = 1 WHERE id IN (SELECT value FROM json_each(?))",
                [rows.moment(lease_until), ids],
            )
            return claimed

        return await self._database.write(work)

    async def release(self, *, now: datetime, stale_before: datetime) -> int:
        return await self._database.write(lambda db: recovery.release(db, now, stale_before))

    async def opened_last(self) -> datetime | None:
        return await self._database.read(recovery.opened_last)

    async def realign(
        self, *, now: datetime, lease_until: datetime, next_due: Callable[[Subscription], datetime | None]
    ) -> int:
        return await self._database.write(lambda db: recovery.realign(db, now, lease_until, next_due))

    async def choose_news(self, wishes: Sequence[NewsWish], *, limit: int) -> tuple[News, ...]:
        return await self._database.read(lambda db: choose_news(db, wishes, limit))

    async def put_composed(self, composed: Composed, *, now: datetime) -> None:
        await self._database.write(lambda db: put_composed(db, composed, now))

    async def mark_sending(self, delivery_id: int, position: int) -> None:
        await self._database.share(batch_updates.mark_sending, (delivery_id, position))

    async def mark_sent(self, delivery_id: int, position: int, *, message_id: int, now: datetime) -> None:
        await self._database.share(batch_updates.mark_sent, (delivery_id, position, message_id, rows.moment(now)))

    async def mark_unsent(self, delivery_id: int, position: int, *, state: PartState, error: str) -> None:
        if state not in {PartState.PENDING, PartState.UNCERTAIN, PartState.FAILED}:
            raise ValueError(f"{state} does not say that a part was not sent")
        copies = "" if state is PartState.UNCERTAIN else ", copies = copies - 1"
        await self._database.execute(
            f"UPDATE delivery_parts SET state = ?, error = ?{copies} WHERE delivery_id = ? AND position = ?",
            [state.value, error, delivery_id, position],
        )

    async def postpone(self, delivery_id: int, until: datetime) -> None:
        await self._database.execute(
            "UPDATE deliveries SET lease_until = ?, is_claimed = 0 WHERE id = ? AND finished_at IS NULL",
            [rows.moment(until), delivery_id],
        )

    async def finish(self, delivery_id: int, outcome: Outcome, *, now: datetime, reason: Reason | None = None) -> None:
        mark = (delivery_id, outcome.value, reason.value if reason else None, rows.moment(now))
        await self._database.share(batch_updates.mark_finished, mark)

    async def history(self, chat_id: int, *, limit: int) -> tuple[DeliveryRecord, ...]:
        found = await self.ledger(chat_id=chat_id, limit=limit)
        return tuple(record for _, record in found)

    async def ledger(
        self,
        *,
        limit: int,
        chat_id: int | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[tuple[int, DeliveryRecord], ...]:
        return await self._database.read(
            lambda db: read_ledger(db, limit=limit, chat_id=chat_id, outcome=outcome, since=since, until=until)
        )


def read_deliveries(db: sqlite_utils.Database, ids: str) -> tuple[Delivery, ...]:
    """The deliveries of a JSON list of ids, longest waiting first."""
    parts: dict[int, list[dict[str, Any]]] = {}
    found = db.execute(
        "SELECT p.*, b.html, b.article_ids FROM delivery_parts p JOIN bodies b ON b.id = p.body_id"
        " WHERE p.delivery_id IN (SELECT value FROM json_each(?)) ORDER BY p.position",
        [ids],
    )
    for row in rows.fetch_all(found):
        parts.setdefault(row["delivery_id"], []).append(row)
    return tuple(
        values.to_delivery(row, parts.get(row["id"], ())) for row in rows.fetch_all(db.execute(CLAIMED, [ids]))
    )
