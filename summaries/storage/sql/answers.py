"""Answers with buttons, answered messages, and saved articles."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from summaries.model import AnsweredQuestion, AnswerRef, SavedPage
from summaries.storage import search_rules, values
from summaries.storage.sql.session import Session, SqlStore, reads, writes

# Telegram allows edits for two days.
QUESTIONS_KEPT = timedelta(days=2)
# Buttons under older answers are rarely pressed.
ANSWERS_KEPT = timedelta(days=180)
# Few old rows are deleted at a time, so that no answer waits for a large deletion.
FORGOTTEN_AT_ONCE = 20
MOST_SAVED = 1_000
SAVE = """
INSERT INTO saved_articles (chat_id, article_id, saved_at) SELECT %(user_id)s, %(article_id)s, %(now)s
    WHERE (SELECT count(*) FROM saved_articles WHERE chat_id = %(user_id)s) < %(most)s ON CONFLICT DO NOTHING
"""
SAVED = """
SELECT a.* FROM saved_articles s JOIN articles a ON a.id = s.article_id
    WHERE s.chat_id = %s ORDER BY s.saved_at DESC, s.article_id DESC LIMIT %s OFFSET %s
"""


class AnswerRows(SqlStore):
    """Implements `ports.AnswerStore`."""

    @writes
    async def open(self, db: Session, chat_id: int, article_id: int, *, now: datetime) -> AnswerRef:
        # An id that cannot be guessed: callback data can be forged, and the article may be one that a reader pasted.
        answer = AnswerRef(secrets.randbits(60), chat_id, article_id)
        await forget(db, "answers", "id", "made_at", now - ANSWERS_KEPT)
        await db.run(
            "INSERT INTO answers (id, chat_id, article_id, made_at) VALUES (%s, %s, %s, %s)",
            [answer.id, chat_id, article_id, now],
        )
        return answer

    async def find(self, answer_id: int, chat_id: int) -> AnswerRef | None:
        found = await self.database.value(
            "SELECT article_id FROM answers WHERE id = %s AND chat_id = %s", [answer_id, chat_id]
        )
        return AnswerRef(answer_id, chat_id, found) if found is not None else None

    @writes
    async def remember(
        self, db: Session, chat_id: int, question_id: int, answered: AnsweredQuestion, *, now: datetime
    ) -> None:
        await forget(db, "answered_messages", "chat_id, message_id", "answered_at", now - QUESTIONS_KEPT)
        await db.run(
            "INSERT INTO answered_messages (chat_id, message_id, digest, answer_ids, answered_at)"
            " VALUES (%s, %s, %s, %s::bigint[], %s) ON CONFLICT (chat_id, message_id) DO UPDATE SET"
            " digest = excluded.digest, answer_ids = excluded.answer_ids, answered_at = excluded.answered_at",
            [chat_id, question_id, answered.digest, list(answered.message_ids), now],
        )

    async def recall(self, chat_id: int, question_id: int) -> AnsweredQuestion | None:
        found = await self.database.row(
            "SELECT digest, answer_ids FROM answered_messages WHERE chat_id = %s AND message_id = %s",
            [chat_id, question_id],
        )
        return AnsweredQuestion(found["digest"], tuple(values.to_list(found["answer_ids"]))) if found else None


class SavedRows(SqlStore):
    """Implements `ports.SavedStore`."""

    @writes
    async def save(self, db: Session, user_id: int, article_id: int, *, now: datetime) -> bool:
        row = {"user_id": user_id, "article_id": article_id, "now": now, "most": MOST_SAVED}
        await db.lock_for_bot("saved", user_id)
        return await db.run(SAVE, row) > 0

    async def remove(self, user_id: int, article_id: int) -> bool:
        key = [user_id, article_id]
        return await self.database.run("DELETE FROM saved_articles WHERE chat_id = %s AND article_id = %s", key) > 0

    async def is_saved(self, user_id: int, article_id: int) -> bool:
        found = "SELECT 1 FROM saved_articles WHERE chat_id = %s AND article_id = %s"
        return await self.database.row(found, [user_id, article_id]) is not None

    @reads
    async def page(self, db: Session, user_id: int, *, number: int, size: int) -> SavedPage:
        total = await db.value("SELECT count(*) FROM saved_articles WHERE chat_id = %s", [user_id])
        shown = search_rules.clamp_page(number, total, size)
        found = await db.rows(SAVED, [user_id, size, shown * size])
        return SavedPage(tuple(map(values.to_stored, found)), shown, total, size)


async def forget(db: Session, table: str, key: str, column: str, before: datetime) -> None:
    """Delete a few rows of `table` whose `column` is before a time, except those that another process is deleting."""
    await db.run(
        f"DELETE FROM {table} WHERE ({key}) IN"
        f" (SELECT {key} FROM {table} WHERE {column} < %s LIMIT %s FOR UPDATE SKIP LOCKED)",
        [before, FORGOTTEN_AT_ONCE],
    )
