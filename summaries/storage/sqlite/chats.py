"""What chats chose, what they were asked, and where the bot is, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summaries.model import ChatSettings, OpenQuestion, Place
from summaries.storage.keeping import QUESTIONS_LAST
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
            found = db.execute(
                "SELECT language, has_dark_charts FROM chat_settings WHERE chat_id = ?", [chat_id]
            ).fetchone()
            return ChatSettings(chat_id, found[0], has_dark_charts=bool(found[1])) if found else ChatSettings(chat_id)

        return await self._database.read(work)

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        await self._database.execute(
            "INSERT INTO chat_settings (chat_id, language, has_dark_charts, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (chat_id) DO UPDATE SET language = excluded.language,"
            " has_dark_charts = excluded.has_dark_charts, updated_at = excluded.updated_at",
            [settings.chat_id, settings.language, int(settings.has_dark_charts), rows.moment(now), rows.moment(now)],
        )


class SqliteQuestionStore:
    """Fulfils `ports.QuestionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, question: OpenQuestion) -> None:
        def work(db: sqlite_utils.Database) -> None:
            db.execute("DELETE FROM questions WHERE asked_at < ?", [rows.moment(question.asked_at - QUESTIONS_LAST)])
            db.execute(
                "INSERT OR REPLACE INTO questions (chat_id, message_id, kind, target_id, panel_id, asked_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [question.chat_id, question.message_id, question.kind, question.target_id, question.panel_id,
                 rows.moment(question.asked_at)],
            )  # fmt: skip

        await self._database.write(work)

    async def find(self, chat_id: int, message_id: int) -> OpenQuestion | None:
        return await self._one("chat_id = ? AND message_id = ?", [chat_id, message_id])

    async def latest(self, chat_id: int) -> OpenQuestion | None:
        return await self._one("chat_id = ? ORDER BY message_id DESC LIMIT 1", [chat_id])

    async def close(self, question: OpenQuestion) -> bool:
        key = [question.chat_id, question.message_id]
        return await self._database.execute("DELETE FROM questions WHERE chat_id = ? AND message_id = ?", key) > 0

    async def _one(self, condition: str, values: list[Any]) -> OpenQuestion | None:
        def work(db: sqlite_utils.Database) -> OpenQuestion | None:
            found = rows.fetch_all(db.execute(f"SELECT * FROM questions WHERE {condition}", values))
            return OpenQuestion(**(found[0] | {"asked_at": rows.to_moment(found[0]["asked_at"])})) if found else None

        return await self._database.read(work)


class SqlitePlaceStore:
    """Fulfils `ports.PlaceStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, chat_id: int) -> Place | None:
        def work(db: sqlite_utils.Database) -> Place | None:
            found = rows.fetch_all(db.execute("SELECT * FROM places WHERE chat_id = ?", [chat_id]))
            return (
                Place(chat_id, found[0]["kind"], found[0]["title"], is_member=bool(found[0]["is_member"]))
                if found
                else None
            )

        return await self._database.read(work)

    async def put(self, place: Place, *, now: datetime) -> None:
        await self._database.execute(
            "INSERT INTO places (chat_id, kind, title, is_member, updated_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (chat_id) DO UPDATE SET kind = excluded.kind, title = excluded.title,"
            " is_member = excluded.is_member, updated_at = excluded.updated_at",
            [place.chat_id, place.kind, place.title, int(place.is_member), rows.moment(now)],
        )
