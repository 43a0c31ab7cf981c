"""Deliveries begun and composed, many in one transaction, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import Outcome
from summaries.storage import values

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from summaries.model import Composed, DeliveryPart, Subscription
    from summaries.storage.sql.session import Session

# Each process begins others: nobody waits, and no due time is begun twice.
DUE = """
SELECT * FROM subscriptions WHERE next_due_at <= %s ORDER BY next_due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
BEGIN = """
INSERT INTO deliveries (chat_id, thread_id, zone, due_at, lease_until, created_at)
    SELECT chat_id, thread_id, zone, next_due_at, next_due_at, %s FROM subscriptions WHERE chat_id = ANY(%s::bigint[])
    ON CONFLICT (chat_id, due_at) DO NOTHING
"""
NEXT = """
UPDATE subscriptions s SET next_due_at = n.due FROM unnest(%s::bigint[], %s::timestamptz[]) n (chat_id, due)
    WHERE s.chat_id = n.chat_id
"""
# A delivery that another process has by now, or that is over, is left to that.
IS_OPEN = "finished_at IS NULL AND (NOT is_claimed OR lease_owner = %(owner)s)"
PARTS = """
INSERT INTO delivery_parts (delivery_id, position, body_id) SELECT d.id, b.position, b.body_id
    FROM unnest(%s::bigint[]) d (id), unnest(%s::int[], %s::bigint[]) b (position, body_id)
"""


async def open_deliveries(
    db: Session, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
) -> int:
    """Turn due subscriptions into open deliveries, and set their next due time; tell how many there were."""
    due = await db.rows(DUE, [now, limit])
    if not due:
        return 0
    chats = [row["chat_id"] for row in due]
    await db.run(BEGIN, [now, chats])
    await db.run(NEXT, [chats, [next_due(values.to_subscription(row)) for row in due]])
    return len(due)


async def put_composed(db: Session, composed: Composed, now: datetime, owner: str) -> None:
    """See `ports.DeliveryStore.put_composed`; deliveries whose lease another process has by now are left to it."""
    for parts, delivery_ids in composed.rendered:
        # From its due time on: whoever waits longest is sent first.
        open_ids = await db.rows(
            "UPDATE deliveries SET is_composed = true, is_claimed = false, lease_owner = NULL, lease_until = due_at"
            f" WHERE id = ANY(%(ids)s::bigint[]) AND NOT is_composed AND {IS_OPEN} RETURNING id",
            {"ids": list(delivery_ids), "owner": owner},
        )
        bodies = [await put_body(db, part, now) for part in parts]
        await db.run(PARTS, [[row["id"] for row in open_ids], [part.position for part in parts], bodies])
    await db.run_many(
        "UPDATE deliveries SET lease_until = %(until)s, is_claimed = false, lease_owner = NULL"
        f" WHERE id = %(id)s AND {IS_OPEN}",
        [{"id": delivery_id, "until": until, "owner": owner} for delivery_id, until in composed.postponed],
    )
    await db.run_many(
        "UPDATE deliveries SET outcome = %(outcome)s, reason = %(reason)s, finished_at = %(now)s, lease_until = NULL,"
        f" is_claimed = false, lease_owner = NULL WHERE id = %(id)s AND {IS_OPEN}",
        [
            {"id": delivery_id, "outcome": Outcome.SKIPPED.value, "reason": reason.value, "now": now, "owner": owner}
            for delivery_id, reason in composed.skipped
        ],
    )


async def put_body(db: Session, part: DeliveryPart, now: datetime) -> int:
    """The id of the message's text and articles, which are stored once."""
    key = values.body_hash(part)
    made = await db.value(
        "INSERT INTO bodies (hash, html, article_ids, created_at) VALUES (%s, %s, %s::bigint[], %s)"
        " ON CONFLICT (hash) DO NOTHING RETURNING id",
        [key, part.html, list(part.article_ids), now],
    )
    # Locked, so that nobody forgets it as unused before this is stored.
    return int(made or await db.value("SELECT id FROM bodies WHERE hash = %s FOR KEY SHARE", [key]))
