"""All that is stored of one chat, in SQLite: each table with a column `chat_id`, and the broadcasts written in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summaries.storage.limits import NOT_FORGOTTEN
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlite_utils

    from summaries.storage.sqlite.database import Database

# The chat's messages, with the texts of digests.
MESSAGES = (
    "SELECT d.due_at, o.*, b.html, b.article_ids FROM outbox o LEFT JOIN deliveries d ON d.id = o.delivery_id"
    " LEFT JOIN bodies b ON b.id = o.body_id WHERE o.chat_id = ? ORDER BY o.id"
)


class SqliteChatDataStore:
    """Fulfils `ports.ChatDataStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, chat_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        def work(db: sqlite_utils.Database) -> dict[str, list[dict[str, Any]]]:
            found = {
                table: rows.fetch_all(db.execute(f"SELECT * FROM {table} WHERE chat_id = ?", [chat_id]))
                for table in tables_of_chats(db)
            }
            found["broadcasts"] = rows.fetch_all(db.execute("SELECT * FROM broadcasts WHERE told_in = ?", [chat_id]))
            found["outbox"] = rows.fetch_all(db.execute(MESSAGES, [chat_id]))
            return {table: list(stored) for table, stored in found.items() if stored}

        return await self._database.read(work)

    async def forget(self, chat_id: int) -> int:
        def work(db: sqlite_utils.Database) -> int:
            # One under way goes no further.
            written = db.execute("DELETE FROM broadcasts WHERE told_in = ?", [chat_id]).rowcount
            return written + sum(
                db.execute(f"DELETE FROM {table} WHERE chat_id = ?", [chat_id]).rowcount
                for table in tables_of_chats(db)
                if table not in NOT_FORGOTTEN
            )

        return await self._database.write(work)


def move_chat(db: sqlite_utils.Database, old_chat_id: int, new_chat_id: int) -> None:
    """Give all rows of the old id to the new one. What the new id has already stays: it is younger."""
    for table in tables_of_chats(db):
        db.execute(f"UPDATE OR IGNORE {table} SET chat_id = ? WHERE chat_id = ?", [new_chat_id, old_chat_id])
        db.execute(f"DELETE FROM {table} WHERE chat_id = ?", [old_chat_id])


def tables_of_chats(db: sqlite_utils.Database) -> list[str]:
    """The tables with a column `chat_id`, so that no later one is left out."""
    found = db.execute(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND c.name = 'chat_id' ORDER BY m.name"
    )
    return [name for (name,) in found]
