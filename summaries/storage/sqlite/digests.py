"""The ledger of deliveries, in SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from summaries.model import ChatRef, Delivery, DeliveryRecord, Outcome, PartState, Preferences, Reason
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.choosing import read_news_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.model import DeliveryPart, NewsItem, Subscription
    from summaries.storage.sqlite.database import Database


class SqliteDeliveryStore:
    """Fulfils `ports.DeliveryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
    ) -> tuple[Delivery, ...]:
        def work(db: sqlite_utils.Database) -> tuple[Delivery, ...]:
            open_deliveries(db, now, limit, next_due)
            claimed = rows.fetch_all(
                db.execute(
                    "SELECT * FROM deliveries WHERE finished_at IS NULL AND lease_until <= ?"
                    " ORDER BY due_at, id LIMIT ?",
                    [rows.moment(now), limit],
                )
            )
            for row in claimed:
                db.execute("UPDATE deliveries SET lease_until = ? WHERE id = ?", [rows.moment(lease_until), row["id"]])
            return tuple(to_delivery(db, row) for row in claimed)

        return await self._database.write(work)

    async def news_for(
        self, chat_id: int, *, since: datetime, preferences: Preferences, limit: int
    ) -> tuple[tuple[NewsItem, ...], int]:
        return await self._database.read(lambda db: read_news_for(db, chat_id, since, preferences, limit))

    async def put_parts(self, delivery_id: int, parts: Sequence[DeliveryPart]) -> None:
        def work(db: sqlite_utils.Database) -> None:
            db.conn.executemany(
                "INSERT INTO delivery_parts (delivery_id, position, html, article_ids) VALUES (?, ?, ?, ?)",
                [(delivery_id, part.position, part.html, json.dumps(part.article_ids)) for part in parts],
            )
            db.execute("UPDATE deliveries SET is_composed = 1 WHERE id = ?", [delivery_id])

        await self._database.write(work)

    async def mark_sending(self, delivery_id: int, position: int) -> None:
        await self._update_part(
            delivery_id, position, "state = 'sending', attempts = attempts + 1, copies = copies + 1", {}
        )

    async def mark_sent(self, delivery_id: int, position: int, *, message_id: int, now: datetime) -> None:
        values = {"message_id": message_id, "sent_at": rows.moment(now)}
        told = (
            "INSERT OR IGNORE INTO told_articles (chat_id, article_id, delivery_id, told_at)"
            " SELECT d.chat_id, other.article_id, d.id, :sent_at"
            " FROM delivery_parts p JOIN deliveries d ON d.id = p.delivery_id, json_each(p.article_ids) j"
            " JOIN story_articles s ON s.article_id = j.value JOIN story_articles other ON other.story_id = s.story_id"
            " WHERE p.delivery_id = :delivery_id AND p.position = :position"
        )
        sent = "state = 'sent', message_id = :message_id, sent_at = :sent_at, error = NULL"
        await self._update_part(delivery_id, position, sent, values, then=told)

    async def mark_unsent(self, delivery_id: int, position: int, *, state: PartState, error: str) -> None:
        if state not in {PartState.PENDING, PartState.UNCERTAIN, PartState.FAILED}:
            raise ValueError(f"{state} does not say that a part was not sent")
        changes = "state = :state, error = :error"
        if state is not PartState.UNCERTAIN:
            changes += ", copies = copies - 1"
        await self._update_part(delivery_id, position, changes, {"state": state.value, "error": error})

    async def postpone(self, delivery_id: int, until: datetime) -> None:
        await self._database.execute(
            "UPDATE deliveries SET lease_until = ? WHERE id = ?", [rows.moment(until), delivery_id]
        )

    async def finish(self, delivery_id: int, outcome: Outcome, *, now: datetime, reason: Reason | None = None) -> None:
        await self._database.execute(
            "UPDATE deliveries SET outcome = ?, reason = ?, finished_at = ?, lease_until = NULL WHERE id = ?",
            [outcome.value, reason.value if reason else None, rows.moment(now), delivery_id],
        )

    async def history(self, chat_id: int, *, limit: int) -> tuple[DeliveryRecord, ...]:
        def work(db: sqlite_utils.Database) -> tuple[DeliveryRecord, ...]:
            found = db.execute(
                "SELECT d.due_at, d.zone, d.outcome, d.reason, d.finished_at, d.lease_until,"
                " count(p.position) AS messages, coalesce(sum(p.state = 'sent'), 0) AS sent, max(p.error) AS error,"
                " coalesce(sum(json_array_length(p.article_ids)) FILTER (WHERE p.state = 'sent'), 0) AS stories"
                " FROM deliveries d LEFT JOIN delivery_parts p ON p.delivery_id = d.id WHERE d.chat_id = ?"
                " GROUP BY d.id ORDER BY d.due_at DESC LIMIT ?",
                [chat_id, limit],
            )
            return tuple(to_record(row) for row in rows.fetch_all(found))

        return await self._database.read(work)

    async def _update_part(
        self, delivery_id: int, position: int, changes: str, values: dict[str, Any], then: str | None = None
    ) -> None:
        named = {"delivery_id": delivery_id, "position": position, **values}

        def work(db: sqlite_utils.Database) -> None:
            db.execute(
                f"UPDATE delivery_parts SET {changes} WHERE delivery_id = :delivery_id AND position = :position", named
            )
            if then is not None:
                db.execute(then, named)

        await self._database.write(work)


def open_deliveries(
    db: sqlite_utils.Database, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
) -> None:
    """Turn due subscriptions into open deliveries, and set their next due time."""
    due = rows.fetch_all(
        db.execute(
            "SELECT * FROM subscriptions WHERE next_due_at <= ? ORDER BY next_due_at LIMIT ?", [rows.moment(now), limit]
        )
    )
    for row in due:
        following = next_due(rows.to_subscription(row))
        db.execute(
            "INSERT OR IGNORE INTO deliveries (chat_id, thread_id, zone, due_at, lease_until, created_at)"
            " VALUES (:chat_id, :thread_id, :zone, :next_due_at, :now, :now)",
            {**row, "now": rows.moment(now)},
        )
        db.execute(
            "UPDATE subscriptions SET next_due_at = ? WHERE chat_id = ?",
            [rows.optional_moment(following), row["chat_id"]],
        )


def to_delivery(db: sqlite_utils.Database, row: dict[str, Any]) -> Delivery:
    parts = rows.fetch_all(
        db.execute("SELECT * FROM delivery_parts WHERE delivery_id = ? ORDER BY position", [row["id"]])
    )
    (previous,) = db.execute(
        "SELECT max(due_at) FROM deliveries WHERE chat_id = ? AND outcome = 'sent' AND due_at < ?",
        [row["chat_id"], row["due_at"]],
    ).fetchone()
    language = db.execute("SELECT language FROM chat_settings WHERE chat_id = ?", [row["chat_id"]]).fetchone()
    wanted = rows.fetch_all(db.execute("SELECT * FROM subscriptions WHERE chat_id = ?", [row["chat_id"]]))
    return Delivery(
        id=row["id"],
        chat=ChatRef(row["chat_id"], row["thread_id"]),
        zone=row["zone"],
        due_at=rows.to_moment(row["due_at"]),
        parts=rows.to_parts(parts),
        is_composed=bool(row["is_composed"]),
        previous_due_at=rows.to_moment(previous) if previous else None,
        language=language[0] if language else None,
        preferences=rows.to_preferences(wanted[0]) if wanted else Preferences(),
    )


def to_record(row: dict[str, Any]) -> DeliveryRecord:
    return DeliveryRecord(
        due_at=rows.to_moment(row["due_at"]),
        zone=row["zone"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=Reason(row["reason"]) if row["reason"] else None,
        finished_at=rows.to_optional_moment(row["finished_at"]),
        waits_until=rows.to_optional_moment(row["lease_until"]),
        messages=row["messages"],
        sent=row["sent"],
        stories=row["stories"],
        error=row["error"],
    )
