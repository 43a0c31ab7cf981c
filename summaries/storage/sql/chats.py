"""Chats: their settings, open questions, the bot's membership, and blocked chats."""

from __future__ import annotations

from datetime import datetime, timedelta

from summaries.model import ChatMembership, ChatSettings, OpenQuestion
from summaries.storage import values
from summaries.storage.sql.session import Row, Session, SqlStore, writes

# A question that was not answered within a day is forgotten.
QUESTIONS_LAST = timedelta(days=1)


class ChatRows(SqlStore):
    """Implements `ports.ChatStore`."""

    async def find(self, chat_id: int) -> ChatSettings:
        found = await self.database.row(
            "SELECT language, has_dark_charts FROM chat_settings WHERE chat_id = %s", [chat_id]
        )
        return (
            ChatSettings(chat_id, found["language"], has_dark_charts=bool(found["has_dark_charts"]))
            if found
            else ChatSettings(chat_id)
        )

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        await self.database.run(
            "INSERT INTO chat_settings (chat_id, language, has_dark_charts, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (chat_id) DO UPDATE SET language = excluded.language,"
            " has_dark_charts = excluded.has_dark_charts, updated_at = excluded.updated_at",
            [settings.chat_id, settings.language, settings.has_dark_charts, now, now],
        )


class QuestionRows(SqlStore):
    """Implements `ports.QuestionStore`."""

    @writes
    async def ask(self, db: Session, question: OpenQuestion) -> None:
        await db.run("DELETE FROM questions WHERE asked_at < %s", [question.asked_at - QUESTIONS_LAST])
        await db.run(
            "INSERT INTO questions (chat_id, message_id, kind, target_id, panel_id, asked_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (chat_id, message_id) DO UPDATE SET kind = excluded.kind,"
            " target_id = excluded.target_id, panel_id = excluded.panel_id, asked_at = excluded.asked_at",
            [question.chat_id, question.message_id, question.kind, question.target_id, question.panel_id,
             question.asked_at],
        )  # fmt: skip

    async def find(self, chat_id: int, message_id: int) -> OpenQuestion | None:
        return to_question(
            await self.database.row(
                "SELECT * FROM questions WHERE chat_id = %s AND message_id = %s", [chat_id, message_id]
            )
        )

    async def latest(self, chat_id: int) -> OpenQuestion | None:
        latest = "SELECT * FROM questions WHERE chat_id = %s ORDER BY message_id DESC LIMIT 1"
        return to_question(await self.database.row(latest, [chat_id]))

    async def close(self, question: OpenQuestion) -> bool:
        key = [question.chat_id, question.message_id]
        return await self.database.run("DELETE FROM questions WHERE chat_id = %s AND message_id = %s", key) > 0


def to_question(row: Row | None) -> OpenQuestion | None:
    return OpenQuestion(**(row | {"asked_at": values.to_moment(row["asked_at"])})) if row else None


class ChatMembershipRows(SqlStore):
    """Implements `ports.ChatMembershipStore`."""

    async def find(self, chat_id: int) -> ChatMembership | None:
        found = await self.database.row(
            "SELECT kind, title, is_member FROM chat_memberships WHERE chat_id = %s", [chat_id]
        )
        if found is None:
            return None
        return ChatMembership(chat_id, found["kind"], found["title"], is_member=bool(found["is_member"]))

    async def put(self, membership: ChatMembership, *, now: datetime) -> None:
        await self.database.run(
            "INSERT INTO chat_memberships (chat_id, kind, title, is_member, updated_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (chat_id) DO UPDATE SET kind = excluded.kind, title = excluded.title,"
            " is_member = excluded.is_member, updated_at = excluded.updated_at",
            [membership.chat_id, membership.kind, membership.title, membership.is_member, now],
        )


class BlockRows(SqlStore):
    """Implements `ports.BlockStore`."""

    async def all(self) -> frozenset[int]:
        return frozenset(row["chat_id"] for row in await self.database.rows("SELECT chat_id FROM blocked_chats"))

    @writes
    async def block(self, db: Session, chat_id: int, *, now: datetime) -> bool:
        await db.run("UPDATE subscriptions SET is_active = false, next_due_at = NULL WHERE chat_id = %s", [chat_id])
        blocked = "INSERT INTO blocked_chats (chat_id, blocked_at) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        return await db.run(blocked, [chat_id, now]) > 0

    async def unblock(self, chat_id: int) -> bool:
        return await self.database.run("DELETE FROM blocked_chats WHERE chat_id = %s", [chat_id]) > 0
