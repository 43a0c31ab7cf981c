"""What became of messages and deliveries, marked for many at once: one statement, however many there are, in SQLite.

Each function is given values for `Database.share`, as they stand in the statement's JSON list.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlite_utils

SENDING = """
WITH mark (delivery_id, position) AS
    (SELECT value ->> 0, value ->> 1 FROM json_each(?))
UPDATE delivery_parts SET state = 'sending', attempts = attempts + 1, copies = copies + 1
    FROM mark WHERE delivery_parts.delivery_id = mark.delivery_id AND delivery_parts.position = mark.position
"""
SENT = """
WITH mark (delivery_id, position, message_id, sent_at) AS
    (SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?))
UPDATE delivery_parts SET state = 'sent', message_id = mark.message_id, sent_at = mark.sent_at, error = NULL
    FROM mark WHERE delivery_parts.delivery_id = mark.delivery_id AND delivery_parts.position = mark.position
"""
# All articles that tell the same stories now.
TOLD = """
WITH mark (delivery_id, position, sent_at) AS
    (SELECT value ->> 0, value ->> 1, value ->> 3 FROM json_each(?))
INSERT OR IGNORE INTO told_articles (chat_id, article_id, delivery_id, told_at)
    SELECT d.chat_id, other.article_id, d.id, mark.sent_at
    FROM mark JOIN delivery_parts p ON p.delivery_id = mark.delivery_id AND p.position = mark.position
    JOIN deliveries d ON d.id = p.delivery_id JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j
    JOIN story_articles s ON s.article_id = j.value JOIN story_articles other ON other.story_id = s.story_id
"""
FINISHED = """
WITH mark (delivery_id, outcome, reason, finished_at) AS
    (SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?))
UPDATE deliveries SET outcome = mark.outcome, reason = mark.reason, finished_at = mark.finished_at,
    lease_until = NULL, is_claimed = 0,
    has_untold = EXISTS (SELECT 1 FROM delivery_parts p WHERE p.delivery_id = deliveries.id
        AND p.state <> 'sent')
    FROM mark WHERE deliveries.id = mark.delivery_id
"""


def mark_sending(db: sqlite_utils.Database, marks: Sequence[tuple[int, int]]) -> None:
    """(delivery's id, position) of parts about to be sent."""
    run(db, SENDING, marks)


def mark_sent(db: sqlite_utils.Database, marks: Sequence[tuple[int, int, int, str]]) -> None:
    """(delivery's id, position, message's id, moment) of parts that arrived."""
    run(db, SENT, marks)
    run(db, TOLD, marks)


def mark_finished(db: sqlite_utils.Database, marks: Sequence[tuple[int, str, str | None, str]]) -> None:
    """(id, outcome, reason, moment) of deliveries that ended."""
    run(db, FINISHED, marks)


def run(db: sqlite_utils.Database, statement: str, marks: Sequence[tuple[Any, ...]]) -> None:
    db.execute(statement, [json.dumps(marks)])
