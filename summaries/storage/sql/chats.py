"""Chats: their settings, open questions, the bot's membership, and blocked chats."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from summaries.model import ChatMembership, ChatSettings, OpenQuestion
from summaries.storage import values
from summaries.storage.sql.session import Row, Session, SqlStore, upsertion, writes

# A question that was not answered within a day is forgotten.
QUESTIONS_LAST = timedelta(days=1)


class ChatRows(SqlStore):
    """Implements `ports.ChatStore`."""

    async def find(self, chat_id: int) -> ChatSettings:
        found = await self.database.row("SELECT * FROM chat_settings WHERE chat_id = %s", [chat_id])
        return values.build(ChatSettings, found) if found else ChatSettings(chat_id)

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        row = {**asdict(settings), "created_at": now, "updated_at": now}
        await self.database.run(upsertion("chat_settings", row, ["chat_id"]), row)


class QuestionRows(SqlStore):
    """Implements `ports.QuestionStore`."""

    @writes
    async def ask(self, db: Session, question: OpenQuestion) -> None:
        await db.run("DELETE FROM questions WHERE asked_at < %s", [question.asked_at - QUESTIONS_LAST])
        row = asdict(question)
        await db.run(upsertion("questions", row, ["chat_id", "message_id"]), row)

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
    return values.build(OpenQuestion, row) if row else None


class ChatMembershipRows(SqlStore):
    """Implements `ports.ChatMembershipStore`."""

    async def find(self, chat_id: int) -> ChatMembership | None:
        found = await self.database.row("SELECT * FROM chat_memberships WHERE chat_id = %s", [chat_id])
        return values.build(ChatMembership, found) if found else None

    async def put(self, membership: ChatMembership, *, now: datetime) -> None:
        row = {**asdict(membership), "updated_at": now}
        await self.database.run(upsertion("chat_memberships", row, ["chat_id"]), row)


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
