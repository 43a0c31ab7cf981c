"""What the bot's admins need, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from datetime import datetime

    import sqlite_utils

    from summaries.storage.sqlite.database import Database


class SqliteBlockStore:
    """Fulfils `ports.BlockStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> frozenset[int]:
        found = "SELECT chat_id FROM blocked_chats"
        return await self._database.read(lambda db: frozenset(chat_id for (chat_id,) in db.execute(found)))

    async def block(self, chat_id: int, *, now: datetime) -> bool:
        def work(db: sqlite_utils.Database) -> bool:
            db.execute("UPDATE subscriptions SET is_active = 0, next_due_at = NULL WHERE chat_id = ?", [chat_id])
            values = [chat_id, rows.moment(now)]
            return db.execute("INSERT OR IGNORE INTO blocked_chats VALUES (?, ?)", values).rowcount > 0

        return await self._database.write(work)

    async def unblock(self, chat_id: int) -> bool:
        return await self._database.execute("DELETE FROM blocked_chats WHERE chat_id = ?", [chat_id]) > 0
