"""All that is stored of one chat, in PostgreSQL: tables with a column `chat_id`, and the broadcasts written in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summaries.storage.limits import NOT_FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from summaries.storage.postgres.database import Database
    from summaries.storage.sql.session import Session

TABLES = """
SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attname = 'chat_id' ORDER BY 1
"""
# Rows of a delivery's messages, which name the chat by their delivery.
PARTS = """
SELECT d.due_at, p.*, b.html, b.article_ids FROM delivery_parts p JOIN deliveries d ON d.id = p.delivery_id
    JOIN bodies b ON b.id = p.body_id WHERE d.chat_id = %(chat_id)s ORDER BY d.due_at, p.position
"""
# The columns that, with the chat, are one of a kind in a table.
UNIQUE_BESIDE_CHAT = """
SELECT array_agg(a.attname::text) FILTER (WHERE a.attname <> 'chat_id') AS columns FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indisunique AND i.indrelid = %s::regclass
    GROUP BY i.indexrelid HAVING bool_or(a.attname = 'chat_id')
"""


class PostgresChatDataStore:
    """Fulfils `ports.ChatDataStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, chat_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        async def work(db: Session) -> dict[str, list[dict[str, Any]]]:
            selects = {
                table: f"SELECT * FROM {table} WHERE chat_id = %(chat_id)s" for table in await tables_of_chats(db)
            }
            selects |= {"broadcasts": "SELECT * FROM broadcasts WHERE told_in = %(chat_id)s", "delivery_parts": PARTS}
            found = {}
            for table, sql in selects.items():
                # As JSON has it, so that whoever gets it can read every value.
                rows = await db.rows(f"SELECT to_jsonb(t) AS value FROM ({sql}) t", {"chat_id": chat_id})
                found[table] = [row["value"] for row in rows]
            return {table: stored for table, stored in found.items() if stored}

        return await self._database.read(work)

    async def forget(self, chat_id: int) -> int:
        async def work(db: Session) -> int:
            # One under way goes no further.
            count = await db.run("DELETE FROM broadcasts WHERE told_in = %s", [chat_id])
            for table in await tables_of_chats(db):
                if table not in NOT_FORGOTTEN:
                    count += await db.run(f"DELETE FROM {table} WHERE chat_id = %s", [chat_id])
            return count

        return await self._database.write(work)


async def move_chat(db: Session, old_chat_id: int, new_chat_id: int) -> None:
    """Give all rows of the old id to the new one. What the new id has already stays: it is younger."""
    ids = {"old": old_chat_id, "new": new_chat_id}
    for table in await tables_of_chats(db):
        for unique in await db.rows(UNIQUE_BESIDE_CHAT, [table]):
            same = "".join(f" AND theirs.{column} = mine.{column}" for column in unique["columns"] or ())
            await db.run(
                f"DELETE FROM {table} mine WHERE chat_id = %(old)s AND EXISTS"
                f" (SELECT FROM {table} theirs WHERE theirs.chat_id = %(new)s{same})",
                ids,
            )
        await db.run(f"UPDATE {table} SET chat_id = %(new)s WHERE chat_id = %(old)s", ids)


async def tables_of_chats(db: Session) -> list[str]:
    """The tables with a column `chat_id`, so that no later one is left out."""
    return [row["name"] for row in await db.rows(TABLES)]
