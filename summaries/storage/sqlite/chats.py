"""What chats chose, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import ChatSettings
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from datetime import datetime

    import sqlite_utils

    from summaries.storage.sqlite.database import Database


class SqliteChatStore:
    """Fulfils `ports.ChatStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, chat_id: int) -> ChatSettings:
        def work(db: sqlite_utils.Database) -> ChatSettings:
            found = db.execute("SELECT language FROM chat_settings WHERE chat_id = ?", [chat_id]).fetchone()
            return ChatSettings(chat_id, language=found[0]) if found else ChatSettings(chat_id)

        return await self._database.read(work)

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        await self._database.execute(
            "INSERT INTO chat_settings (chat_id, language, created_at, updated_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (chat_id) DO UPDATE SET language = excluded.language, updated_at = excluded.updated_at",
            [settings.chat_id, settings.language, rows.moment(now), rows.moment(now)],
        )
