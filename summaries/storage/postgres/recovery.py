"""Digests and alerts after a pause, a wrong clock or a stop, in PostgreSQL: what goes on, is composed anew, or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import Outcome, Reason
from summaries.storage import values

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from summaries.model import Subscription
    from summaries.storage.sql.session import Session

# Of which nothing was sent, not even perhaps.
UNTOUCHED = """
finished_at IS NULL AND NOT EXISTS (
    SELECT FROM delivery_parts p WHERE p.delivery_id = deliveries.id AND (p.copies > 0 OR p.state <> 'pending'))
"""
# What was left out, or only begun, at an hour that has yet to come is due again at that hour.
TAKE_BACK = f"""
DELETE FROM deliveries WHERE due_at > %(now)s AND NOT is_claimed AND
    ((outcome = %(skipped)s AND reason IN (%(late)s, %(empty)s)) OR ({UNTOUCHED}))
"""
WAIT_LESS = """
UPDATE deliveries SET lease_until = CASE WHEN is_claimed THEN %(lease_until)s ELSE %(now)s END
    WHERE finished_at IS NULL AND lease_until > CASE WHEN is_claimed THEN %(lease_until)s ELSE %(now)s END
"""
END_OPEN = """
UPDATE deliveries SET outcome = %(outcome)s, reason = %(reason)s, finished_at = %(now)s, lease_until = NULL,
    is_claimed = false, has_untold = EXISTS
    (SELECT FROM delivery_parts p WHERE p.delivery_id = deliveries.id AND p.state <> 'sent')
    WHERE chat_id = %(chat_id)s AND finished_at IS NULL
"""

# What waits for its turn or is sent anew, and what of it is free from that moment on, whoever had it.
ALERTS_OPEN = "state IN ('pending', 'sending', 'uncertain')"
ALERTS_FREED = f"UPDATE alerts SET not_before = least(not_before, %s), is_claimed = false WHERE {ALERTS_OPEN}"
MESSAGES_OPEN = "state IN ('pending', 'sending')"
MESSAGES_FREED = (
    f"UPDATE broadcast_messages SET not_before = least(not_before, %s), is_claimed = false WHERE {MESSAGES_OPEN}"
)
ALERTS_STORED = """
SELECT greatest((SELECT max(created_at) FROM alerts), (SELECT max(added_at) FROM watch_state),
    (SELECT max(listens_since) FROM watches)) AS stored
"""
# What was looked through stays told: a story has one alert a chat.
REALIGN_ALERTS = (
    "UPDATE watch_state SET added_at = %(now)s, article_id = 0 WHERE added_at > %(now)s",
    "UPDATE watches SET listens_since = %(now)s WHERE listens_since > %(now)s",
    "UPDATE alerts SET created_at = %(now)s WHERE created_at > %(now)s",
    "UPDATE alerts SET sent_at = %(now)s WHERE sent_at > %(now)s",
    """UPDATE alerts SET not_before = %(latest)s
        WHERE not_before > %(latest)s AND state IN ('pending', 'sending', 'uncertain')""",
)


async def release(db: Session, now: datetime, stale_before: datetime) -> int:
    """See `ports.DeliveryStore.release`."""
    released = await db.run(
        "UPDATE deliveries SET lease_until = %s, is_claimed = false, lease_owner = NULL"
        " WHERE is_claimed AND finished_at IS NULL",
        [now],
    )
    await db.run(
        f"UPDATE deliveries SET is_composed = false WHERE is_composed AND due_at < %s AND {UNTOUCHED}", [stale_before]
    )
    await db.run(
        "DELETE FROM delivery_parts WHERE delivery_id IN"
        " (SELECT id FROM deliveries WHERE finished_at IS NULL AND NOT is_composed)"
    )
    return released


async def realign(
    db: Session, now: datetime, lease_until: datetime, next_due: Callable[[Subscription], datetime | None]
) -> int:
    """See `ports.DeliveryStore.realign`."""
    changed = await db.run(
        TAKE_BACK,
        {
            "now": now,
            "skipped": Outcome.SKIPPED.value,
            "late": Reason.LATE.value,
            "empty": Reason.EMPTY.value,
        },
    )
    changed += await db.run(WAIT_LESS, {"now": now, "lease_until": lease_until})
    moved = []
    for row in await db.rows("SELECT * FROM subscriptions WHERE next_due_at > %s FOR UPDATE", [now]):
        due_at = next_due(values.to_subscription(row))
        if due_at is not None and due_at < row["next_due_at"]:
            moved.append((due_at, row["chat_id"]))
    await db.run_many("UPDATE subscriptions SET next_due_at = %s WHERE chat_id = %s", moved)
    return changed + len(moved)


async def end_open(db: Session, chat_id: int, now: datetime) -> None:
    """The chat's digest was stopped: what still waits is not sent."""
    stopped = {"outcome": Outcome.SKIPPED.value, "reason": Reason.STOPPED.value, "now": now, "chat_id": chat_id}
    await db.run(END_OPEN, stopped)


async def release_alerts(db: Session, now: datetime) -> int:
    """See `ports.AlertStore.release`."""
    return await db.run(f"{ALERTS_FREED} AND (is_claimed OR state = 'sending')", [now])


async def alerts_stored_last(db: Session) -> datetime | None:
    """See `ports.AlertStore.stored_last`."""
    return values.to_optional_moment(await db.value(ALERTS_STORED))


async def realign_alerts(db: Session, now: datetime, latest: datetime) -> int:
    """See `ports.AlertStore.realign`."""
    return sum([await db.run(statement, {"now": now, "latest": latest}) for statement in REALIGN_ALERTS])
