"""What became of deliveries, and when it is forgotten, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage import values

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model import DeliveryRecord, Outcome
    from summaries.storage.sql.session import Session

LEDGER = """
SELECT d.chat_id, d.due_at, d.zone, d.outcome, d.reason, d.finished_at, d.lease_until,
    count(p.position) AS messages, count(*) FILTER (WHERE p.state = 'sent') AS sent, max(p.error) AS error,
    coalesce(sum(cardinality(b.article_ids)) FILTER (WHERE p.state = 'sent'), 0)::int AS stories
    FROM (SELECT * FROM deliveries WHERE {condition} ORDER BY due_at DESC, id DESC LIMIT %(limit)s) d
    LEFT JOIN delivery_parts p ON p.delivery_id = d.id LEFT JOIN bodies b ON b.id = p.body_id
    GROUP BY d.id, d.chat_id, d.due_at, d.zone, d.outcome, d.reason, d.finished_at, d.lease_until
    ORDER BY d.due_at DESC, d.id DESC
"""


async def read_ledger(
    db: Session,
    *,
    limit: int,
    chat_id: int | None,
    outcome: Outcome | None,
    since: datetime | None,
    until: datetime | None,
) -> tuple[tuple[int, DeliveryRecord], ...]:
    """See `ports.DeliveryStore.ledger`."""
    conditions = {
        "chat_id = %(chat_id)s": chat_id,
        "outcome = %(outcome)s": outcome,
        "due_at >= %(since)s": since,
        "due_at < %(until)s": until,
    }
    condition = " AND ".join(text for text, asked in conditions.items() if asked is not None) or "true"
    wanted = {
        "limit": limit,
        "chat_id": chat_id,
        "outcome": outcome.value if outcome else None,
        "since": since,
        "until": until,
    }
    found = await db.rows(LEDGER.format(condition=condition), wanted)
    return tuple((row["chat_id"], values.to_record(row)) for row in found)
