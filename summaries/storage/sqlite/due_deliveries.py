"""Deliveries begun and composed, many in one transaction, in SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from summaries.model import Outcome
from summaries.storage import values
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Composed, DeliveryPart, Subscription

DUE = "SELECT * FROM subscriptions WHERE next_due_at <= ? ORDER BY next_due_at LIMIT ?"
# CROSS: in the order of the list, so that the longest due have the lowest ids.
BEGIN = """
INSERT OR IGNORE INTO deliveries (chat_id, thread_id, zone, due_at, lease_until, created_at)
    SELECT s.chat_id, s.thread_id, s.zone, s.next_due_at, s.next_due_at, ?
    FROM json_each(?) j CROSS JOIN subscriptions s ON s.chat_id = j.value
"""
NEXT = """
UPDATE subscriptions SET next_due_at = j.value ->> 1 FROM json_each(?) j WHERE chat_id = j.value ->> 0
"""


def open_deliveries(
    db: sqlite_utils.Database, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
) -> int:
    """Turn due subscriptions into open deliveries, and set their next due time; tell how many there were."""
    due = rows.fetch_all(db.execute(DUE, [rows.moment(now), limit]))
    if not due:
        return 0
    db.execute(BEGIN, [rows.moment(now), json.dumps([row["chat_id"] for row in due])])
    moments = [(row["chat_id"], rows.optional_moment(next_due(rows.to_subscription(row)))) for row in due]
    db.execute(NEXT, [json.dumps(moments)])
    return len(due)


def put_composed(db: sqlite_utils.Database, composed: Composed, now: datetime) -> None:
    """See `ports.DeliveryStore.put_composed`."""
    for parts, delivery_ids in composed.rendered:
        bodies = [(part.position, put_body(db, part, now)) for part in parts]
        db.conn.executemany(
            "INSERT INTO delivery_parts (delivery_id, position, body_id) VALUES (?, ?, ?)",
            [(delivery_id, position, body_id) for delivery_id in delivery_ids for position, body_id in bodies],
        )
        # From its due time on: whoever waits longest is sent first.
        db.execute(
            "UPDATE deliveries SET is_composed = 1, is_claimed = 0, lease_until = due_at"
            " WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(delivery_ids)],
        )
    db.conn.executemany(
        "UPDATE deliveries SET lease_until = ?, is_claimed = 0 WHERE id = ?",
        [(rows.moment(until), delivery_id) for delivery_id, until in composed.postponed],
    )
    db.conn.executemany(
        "UPDATE deliveries SET outcome = ?, reason = ?, finished_at = ?, lease_until = NULL, is_claimed = 0"
        " WHERE id = ?",
        [
            (Outcome.SKIPPED.value, reason.value, rows.moment(now), delivery_id)
            for delivery_id, reason in composed.skipped
        ],
    )


def put_body(db: sqlite_utils.Database, part: DeliveryPart, now: datetime) -> int:
    """The id of the message's text and articles, which are stored once."""
    key = values.body_hash(part)
    found = db.execute("SELECT id FROM bodies WHERE hash = ?", [key]).fetchone()
    if found:
        return int(found[0])
    made = db.execute(
        "INSERT INTO bodies (hash, html, article_ids, created_at) VALUES (?, ?, ?, ?) RETURNING id",
        [key, part.html, json.dumps(part.article_ids), rows.moment(now)],
    ).fetchone()
    return int(made[0])
