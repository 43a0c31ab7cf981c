"""All rows of one chat: exported, deleted, or moved to another id when a group becomes a supergroup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from summaries.storage.sql import schema
from summaries.storage.sql.own_feeds import drop_feeds
from summaries.storage.sql.session import Row, Session, SqlStore, reads, writes

# Set by an admin of the bot, so not the chat's to delete.
NOT_FORGOTTEN = frozenset({"blocked_chats"})
# Messages come with the texts of digests.
MESSAGES = """
SELECT d.due_at, o.*, b.html, b.article_ids FROM outbox o LEFT JOIN deliveries d ON d.id = o.delivery_id
    LEFT JOIN bodies b ON b.id = o.body_id WHERE o.chat_id = %s ORDER BY o.id
"""
OWN_FEEDS = """
SELECT c.*, f.url, f.site, f.title FROM chat_feeds c JOIN own_feeds f ON f.id = c.feed_id WHERE c.chat_id = %s
"""
# The texts of messages with articles of own feeds, which are not kept longer than the messages of the last chat.
OWN_TEXTS = """
SELECT DISTINCT b.id FROM outbox o JOIN bodies b ON b.id = o.body_id
    WHERE o.chat_id = %s AND cardinality(b.own_article_ids) > 0
"""
DROP_TEXTS = """
WITH unused AS MATERIALIZED (SELECT id FROM bodies WHERE id = ANY(%s::bigint[])
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.body_id = bodies.id) FOR UPDATE SKIP LOCKED)
DELETE FROM bodies WHERE id IN (SELECT id FROM unused)
"""
# The tables of chats, and the other columns of each unique key with the chat: from the definitions, so that no table is
# forgotten.
TABLES = {
    name: [tuple(column for column in key if column != "chat_id") for key in table.keys if "chat_id" in key]
    for name, table in sorted(schema.TABLES.items())
    if "chat_id" in table.columns
}


class ChatDataRows(SqlStore):
    """Implements `ports.ChatDataStore`."""

    @reads
    async def export(self, db: Session, chat_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        selects = {table: f"SELECT * FROM {table} WHERE chat_id = %s" for table in TABLES}
        selects |= {
            "broadcasts": "SELECT * FROM broadcasts WHERE admin_id = %s",
            "outbox": MESSAGES,
            "chat_feeds": OWN_FEEDS,
        }
        found = {table: await db.rows(sql, [chat_id]) for table, sql in selects.items()}
        return {table: list(map(to_plain, rows)) for table, rows in found.items() if rows}

    @writes
    async def forget(self, db: Session, chat_id: int) -> int:
        # A broadcast that is being sent stops.
        count = await db.run("DELETE FROM broadcasts WHERE admin_id = %s", [chat_id])
        count += await drop_feeds(db, chat_id)
        texts = [row["id"] for row in await db.rows(OWN_TEXTS, [chat_id])]
        for table in TABLES:
            if table not in NOT_FORGOTTEN:
                count += await db.run(f"DELETE FROM {table} WHERE chat_id = %s", [chat_id])
        await db.run(DROP_TEXTS, [texts])
        return count


def to_plain(row: Row) -> Row:
    """Return the row with times as text, so that it can be written as JSON."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


async def move_chat(db: Session, old_chat_id: int, new_chat_id: int) -> None:
    """Give all rows of the old id to the new one. Rows that the new id has already stay: they are newer."""
    ids = {"old": old_chat_id, "new": new_chat_id}
    for table, keys in TABLES.items():
        for key in keys:
            same = "".join(f" AND newer.{column} = {table}.{column}" for column in key)
            await db.run(
                f"DELETE FROM {table} WHERE chat_id = %(old)s"
                f" AND EXISTS (SELECT 1 FROM {table} newer WHERE newer.chat_id = %(new)s{same})",
                ids,
            )
        await db.run(f"UPDATE {table} SET chat_id = %(new)s WHERE chat_id = %(old)s", ids)
