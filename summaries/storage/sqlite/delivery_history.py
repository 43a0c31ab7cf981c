"""What became of deliveries, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import DeliveryRecord, Outcome
from summaries.storage import values
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from datetime import datetime

    import sqlite_utils

LEDGER = """
SELECT d.chat_id, d.due_at, d.zone, d.outcome, d.reason, d.finished_at, d.lease_until,
    count(p.position) AS messages, coalesce(sum(p.state = 'sent'), 0) AS sent, max(p.error) AS error,
    coalesce(sum(json_array_length(b.article_ids)) FILTER (WHERE p.state = 'sent'), 0) AS stories
    FROM (SELECT * FROM deliveries WHERE {condition} ORDER BY due_at DESC, id DESC LIMIT :limit) d
    LEFT JOIN delivery_parts p ON p.delivery_id = d.id LEFT JOIN bodies b ON b.id = p.body_id
    GROUP BY d.id ORDER BY d.due_at DESC, d.id DESC
"""


def read_ledger(
    db: sqlite_utils.Database,
    *,
    limit: int,
    chat_id: int | None,
    outcome: Outcome | None,
    since: datetime | None,
    until: datetime | None,
) -> tuple[tuple[int, DeliveryRecord], ...]:
    """See `ports.DeliveryStore.ledger`."""
    conditions = {
        "chat_id = :chat_id": chat_id is not None,
        "outcome = :outcome": outcome is not None,
        "due_at >= :since": since is not None,
        "due_at < :until": until is not None,
    }
    condition = " AND ".join(text for text, is_asked in conditions.items() if is_asked) or "TRUE"
    wanted = {
        "limit": limit,
        "chat_id": chat_id,
        "outcome": outcome.value if outcome else None,
        "since": rows.optional_moment(since),
        "until": rows.optional_moment(until),
    }
    found = rows.fetch_all(db.execute(LEDGER.format(condition=condition), wanted))
    return tuple((row["chat_id"], values.to_record(row)) for row in found)
