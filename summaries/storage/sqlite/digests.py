"""Subscriptions and the ledger of deliveries, in SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from summaries.model import ChatRef, Delivery, Outcome, PartState
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.news import read_items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.model import DeliveryPart, Length, NewsItem, Subscription
    from summaries.storage.sqlite.database import Database

# Stories with something new, and those of messages that never reached the chat, though they came before the last
# digest; without those that it was told of.
NEW_FOR_CHAT = """
WITH fresh (id) AS (
    SELECT id FROM stories WHERE added_at >= :since
    UNION
    SELECT s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id, json_each(p.article_ids) j
        JOIN story_articles s ON s.article_id = j.value
        WHERE d.chat_id = :chat_id AND d.finished_at >= :since AND p.state IN ('failed', 'pending')
), told (id) AS (
    SELECT s.story_id FROM told_articles t JOIN story_articles s ON s.article_id = t.article_id
        WHERE t.chat_id = :chat_id
)
SELECT t.id, t.article_id, count(*) OVER () FROM fresh JOIN stories t ON t.id = fresh.id
    WHERE t.id NOT IN (SELECT id FROM told) ORDER BY t.latest_at DESC, t.id DESC LIMIT :limit
"""


class SqliteSubscriptionStore:
    """Fulfils `ports.SubscriptionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, chat_id: int) -> Subscription | None:
        def work(db: sqlite_utils.Database) -> Subscription | None:
            found = rows.fetch_all(db.execute("SELECT * FROM subscriptions WHERE chat_id = ?", [chat_id]))
            return rows.to_subscription(found[0]) if found else None

        return await self._database.read(work)

    async def put(self, subscription: Subscription, *, next_due_at: datetime | None, now: datetime) -> None:
        columns = {
            **rows.subscription_columns(subscription),
            "next_due_at": rows.optional_moment(next_due_at if subscription.is_active else None),
            "updated_at": rows.moment(now),
        }

        def work(db: sqlite_utils.Database) -> None:
            table = db.table("subscriptions")
            if list(table.pks_and_rows_where("chat_id = ?", [subscription.chat.chat_id])):
                table.update(subscription.chat.chat_id, columns)
            else:
                table.insert({**columns, "created_at": rows.moment(now)}, pk="chat_id")

        await self._database.write(work)

    async def next_due_at(self, chat_id: int) -> datetime | None:
        def work(db: sqlite_utils.Database) -> datetime | None:
            found = db.execute("SELECT next_due_at FROM subscriptions WHERE chat_id = ?", [chat_id]).fetchone()
            return rows.to_moment(found[0]) if found and found[0] else None

        return await self._database.read(work)

    async def deactivate(self, chat_id: int) -> bool:
        changed = await self._database.execute(
            "UPDATE subscriptions SET is_active = 0, next_due_at = NULL WHERE chat_id = ? AND is_active", [chat_id]
        )
        return changed > 0

    async def move_chat(self, old_chat_id: int, new_chat_id: int) -> None:
        def work(db: sqlite_utils.Database) -> None:
            for table in ("chat_settings", "subscriptions", "deliveries", "told_articles"):
                # What the new id has already stays: it is younger.
                db.execute(f"UPDATE OR IGNORE {table} SET chat_id = ? WHERE chat_id = ?", [new_chat_id, old_chat_id])
                db.execute(f"DELETE FROM {table} WHERE chat_id = ?", [old_chat_id])

        await self._database.write(work)


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
        self, chat_id: int, *, since: datetime, length: Length, limit: int
    ) -> tuple[tuple[NewsItem, ...], int]:
        values = {"chat_id": chat_id, "since": rows.moment(since), "limit": limit}

        def work(db: sqlite_utils.Database) -> tuple[tuple[NewsItem, ...], int]:
            found = db.execute(NEW_FOR_CHAT, values).fetchall()
            items = read_items(db, [(story_id, article_id) for story_id, article_id, _ in found], length)
            return items, int(found[0][2]) if found else 0

        return await self._database.read(work)

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

    async def finish(self, delivery_id: int, outcome: Outcome, *, now: datetime) -> None:
        await self._database.execute(
            "UPDATE deliveries SET outcome = ?, finished_at = ?, lease_until = NULL WHERE id = ?",
            [outcome.value, rows.moment(now), delivery_id],
        )

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
    return Delivery(
        id=row["id"],
        chat=ChatRef(row["chat_id"], row["thread_id"]),
        zone=row["zone"],
        due_at=rows.to_moment(row["due_at"]),
        parts=rows.to_parts(parts),
        is_composed=bool(row["is_composed"]),
        previous_due_at=rows.to_moment(previous) if previous else None,
        language=language[0] if language else None,
    )
