"""Digests and alerts after a pause, a wrong clock or a stop, in SQLite: what goes on, is composed anew, or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import Outcome, Reason
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Subscription

# Of which nothing was sent, not even perhaps.
UNTOUCHED = """
finished_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM delivery_parts p WHERE p.delivery_id = deliveries.id AND (p.copies > 0 OR p.state <> 'pending'))
"""

# The latest of each kind.
ALERTS_STORED = """
SELECT max(created_at) FROM alerts
UNION ALL SELECT added_at FROM watch_state
UNION ALL SELECT max(listens_since) FROM watches
"""
# What was looked through stays told: a story has one alert a chat.
REALIGN_ALERTS = (
    "UPDATE watch_state SET added_at = :now, article_id = 0 WHERE added_at > :now",
    "UPDATE watches SET listens_since = :now WHERE listens_since > :now",
    "UPDATE alerts SET created_at = :now WHERE created_at > :now",
    "UPDATE alerts SET sent_at = :now WHERE sent_at > :now",
    """UPDATE alerts SET not_before = :latest
        WHERE not_before > :latest AND state IN ('pending', 'sending', 'uncertain')""",
)


def release(db: sqlite_utils.Database, now: datetime, stale_before: datetime) -> int:
    """See `ports.DeliveryStore.release`."""
    released = db.execute(
        "UPDATE deliveries SET lease_until = ?, is_claimed = 0 WHERE is_claimed AND finished_at IS NULL",
        [rows.moment(now)],
    ).rowcount
    db.execute(
        f"UPDATE deliveries SET is_composed = 0 WHERE is_composed AND due_at < ? AND {UNTOUCHED}",
        [rows.moment(stale_before)],
    )
    db.execute(
        "DELETE FROM delivery_parts WHERE delivery_id IN"
        " (SELECT id FROM deliveries WHERE finished_at IS NULL AND NOT is_composed)"
    )
    return int(released)


def opened_last(db: sqlite_utils.Database) -> datetime | None:
    """See `ports.DeliveryStore.opened_last`."""
    found = db.execute("SELECT created_at FROM deliveries ORDER BY id DESC LIMIT 1").fetchone()
    return rows.to_moment(found[0]) if found else None


def realign(
    db: sqlite_utils.Database,
    now: datetime,
    lease_until: datetime,
    next_due: Callable[[Subscription], datetime | None],
) -> int:
    """See `ports.DeliveryStore.realign`."""
    moment = rows.moment(now)
    # What was left out, or only begun, at an hour that has yet to come is due again at that hour.
    changed = db.execute(
        "DELETE FROM deliveries WHERE due_at > :now AND NOT is_claimed AND"
        f" ((outcome = :skipped AND reason IN (:late, :empty)) OR ({UNTOUCHED}))",
        {
            "now": moment,
            "skipped": Outcome.SKIPPED.value,
            "late": Reason.LATE.value,
            "empty": Reason.EMPTY.value,
        },
    ).rowcount
    changed += db.execute(
        "UPDATE deliveries SET lease_until = CASE WHEN is_claimed THEN :lease_until ELSE :now END"
        " WHERE finished_at IS NULL AND lease_until > CASE WHEN is_claimed THEN :lease_until ELSE :now END",
        {"now": moment, "lease_until": rows.moment(lease_until)},
    ).rowcount
    moved = []
    for row in rows.fetch_all(db.execute("SELECT * FROM subscriptions WHERE next_due_at > ?", [moment])):
        due_at = next_due(rows.to_subscription(row))
        if due_at is not None and due_at < rows.to_moment(row["next_due_at"]):
            moved.append((rows.moment(due_at), row["chat_id"]))
    db.conn.executemany("UPDATE subscriptions SET next_due_at = ? WHERE chat_id = ?", moved)
    return int(changed) + len(moved)


def end_open(db: sqlite_utils.Database, chat_id: int, now: datetime) -> None:
    """The chat's digest was stopped: what still waits is not sent."""
    db.execute(
        "UPDATE deliveries SET outcome = ?, reason = ?, finished_at = ?, lease_until = NULL, is_claimed = 0,"
        " has_untold = EXISTS (SELECT 1 FROM delivery_parts p WHERE p.delivery_id = deliveries.id"
        " AND p.state <> 'sent')"
        " WHERE chat_id = ? AND finished_at IS NULL",
        [Outcome.SKIPPED.value, Reason.STOPPED.value, rows.moment(now), chat_id],
    )


def release_alerts(db: sqlite_utils.Database, now: datetime) -> int:
    """See `ports.AlertStore.release`."""
    release = (
        "UPDATE alerts SET not_before = min(not_before, ?), is_claimed = 0"
        " WHERE state IN ('pending', 'sending', 'uncertain') AND (is_claimed OR state = 'sending')"
    )
    return int(db.execute(release, [rows.moment(now)]).rowcount)


def alerts_stored_last(db: sqlite_utils.Database) -> datetime | None:
    """See `ports.AlertStore.stored_last`."""
    found = db.execute(ALERTS_STORED).fetchall()
    return max((rows.to_moment(moment) for (moment,) in found if moment), default=None)


def realign_alerts(db: sqlite_utils.Database, now: datetime, latest: datetime) -> int:
    """See `ports.AlertStore.realign`."""
    moments = {"now": rows.moment(now), "latest": rows.moment(latest)}
    return sum(int(db.execute(statement, moments).rowcount) for statement in REALIGN_ALERTS)
