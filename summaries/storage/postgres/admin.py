"""What the bot's admins need, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.storage.postgres.database import Database
    from summaries.storage.sql.session import Session


class PostgresBlockStore:
    """Fulfils `ports.BlockStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> frozenset[int]:
        return frozenset(row["chat_id"] for row in await self._database.rows("SELECT chat_id FROM blocked_chats"))

    async def block(self, chat_id: int, *, now: datetime) -> bool:
        async def work(db: Session) -> bool:
            await db.run("UPDATE subscriptions SET is_active = false, next_due_at = NULL WHERE chat_id = %s", [chat_id])
            blocked = "INSERT INTO blocked_chats (chat_id, blocked_at) VALUES (%s, %s) ON CONFLICT DO NOTHING"
            return await db.run(blocked, [chat_id, now]) > 0

        return await self._database.write(work)

    async def unblock(self, chat_id: int) -> bool:
        return await self._database.run("DELETE FROM blocked_chats WHERE chat_id = %s", [chat_id]) > 0
