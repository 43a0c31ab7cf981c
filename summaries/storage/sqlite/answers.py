"""Answers with buttons, answered messages, and saved articles, in SQLite."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from summaries.model import Answer, Answered, SavedArticle, SavedPage
from summaries.storage import finding
from summaries.storage.keeping import ANSWERS_KEPT, FORGOTTEN_AT_ONCE, MOST_SAVED, QUESTIONS_KEPT
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlite_utils

    from summaries.storage.sqlite.database import Database


class SqliteAnswerStore:
    """Fulfils `ports.AnswerStore`. `new_id` draws numbers below 2^60 that nobody guesses: callback data can be forged,
    and an article may be a reader's own."""

    def __init__(self, database: Database, new_id: Callable[[], int] = lambda: secrets.randbits(60)) -> None:
        self._database = database
        self._new_id = new_id

    async def open(self, chat_id: int, article_id: int, *, now: datetime) -> Answer:
        answer = Answer(self._new_id(), chat_id, article_id)

        def work(db: sqlite_utils.Database) -> None:
            forget(db, "answers", "made_at", now - ANSWERS_KEPT)
            db.execute(
                "INSERT INTO answers (id, chat_id, article_id, made_at) VALUES (?, ?, ?, ?)",
                [answer.id, chat_id, article_id, rows.moment(now)],
            )

        await self._database.write(work)
        return answer

    async def find(self, answer_id: int, chat_id: int) -> Answer | None:
        def work(db: sqlite_utils.Database) -> Answer | None:
            found = db.execute("SELECT article_id FROM answers WHERE id = ? AND chat_id = ?", [answer_id, chat_id])
            row = found.fetchone()
            return Answer(answer_id, chat_id, row[0]) if row else None

        return await self._database.read(work)

    async def remember(self, chat_id: int, question_id: int, answered: Answered, *, now: datetime) -> None:
        def work(db: sqlite_utils.Database) -> None:
            forget(db, "answered_messages", "answered_at", now - QUESTIONS_KEPT)
            db.execute(
                "INSERT OR REPLACE INTO answered_messages (chat_id, message_id, digest, answer_ids, answered_at)"
                " VALUES (?, ?, ?, ?, ?)",
                [chat_id, question_id, answered.digest, json.dumps(answered.message_ids), rows.moment(now)],
            )

        await self._database.write(work)

    async def recall(self, chat_id: int, question_id: int) -> Answered | None:
        def work(db: sqlite_utils.Database) -> Answered | None:
            found = db.execute(
                "SELECT digest, answer_ids FROM answered_messages WHERE chat_id = ? AND message_id = ?",
                [chat_id, question_id],
            ).fetchone()
            return Answered(found[0], tuple(json.loads(found[1]))) if found else None

        return await self._database.read(work)


class SqliteSavedStore:
    """Fulfils `ports.SavedStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, user_id: int, article_id: int, *, now: datetime) -> bool:
        changed = await self._database.execute(
            "INSERT OR IGNORE INTO saved_articles (chat_id, article_id, saved_at) SELECT :user_id, :article_id, :now"
            " WHERE (SELECT count(*) FROM saved_articles WHERE chat_id = :user_id) < :most",
            {"user_id": user_id, "article_id": article_id, "now": rows.moment(now), "most": MOST_SAVED},
        )
        return changed > 0

    async def remove(self, user_id: int, article_id: int) -> bool:
        changed = await self._database.execute(
            "DELETE FROM saved_articles WHERE chat_id = ? AND article_id = ?", [user_id, article_id]
        )
        return changed > 0

    async def is_saved(self, user_id: int, article_id: int) -> bool:
        found = "SELECT 1 FROM saved_articles WHERE chat_id = ? AND article_id = ?"
        return await self._database.read(lambda db: db.execute(found, [user_id, article_id]).fetchone() is not None)

    async def page(self, user_id: int, *, number: int, size: int) -> SavedPage:
        def work(db: sqlite_utils.Database) -> SavedPage:
            (total,) = db.execute("SELECT count(*) FROM saved_articles WHERE chat_id = ?", [user_id]).fetchone()
            shown = finding.page_shown(number, total, size)
            found = db.execute(
                "SELECT a.*, s.saved_at FROM saved_articles s JOIN articles a ON a.id = s.article_id"
                " WHERE s.chat_id = ? ORDER BY s.saved_at DESC, a.id DESC LIMIT ? OFFSET ?",
                [user_id, size, shown * size],
            )
            items = tuple(
                SavedArticle(rows.to_stored(row), rows.to_moment(row["saved_at"])) for row in rows.fetch_all(found)
            )
            return SavedPage(items, shown, total, size)

        return await self._database.read(work)


def forget(db: sqlite_utils.Database, table: str, column: str, before: datetime) -> None:
    """Delete some of the rows of `table` that are older than `before`."""
    db.execute(
        f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {column} < ? LIMIT ?)",
        [rows.moment(before), FORGOTTEN_AT_ONCE],
    )
