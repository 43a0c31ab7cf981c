"""The words that chats wait for, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import ChatRef, Watch
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.resting import wake_watches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    import sqlite_utils

    from summaries.storage.sqlite.database import Database


class SqliteWatchStore:
    """Fulfils `ports.WatchStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, chat: ChatRef, words: str, *, most: int, now: datetime) -> Watch | None:
        def work(db: sqlite_utils.Database) -> Watch | None:
            known = {watch.words.casefold(): watch for watch in read_watches(db, "chat_id = ?", [chat.chat_id])}
            # Who writes can be written to.
            wake_watches(db, chat.chat_id, now)
            if words.casefold() in known:
                return known[words.casefold()]
            if len(known) >= most:
                return None
            cursor = db.execute(
                "INSERT INTO watches (chat_id, thread_id, words, created_at, listens_since)"
                " VALUES (:chat_id, :thread_id, :words, :now, :now)",
                {"chat_id": chat.chat_id, "thread_id": chat.thread_id, "words": words, "now": rows.moment(now)},
            )
            return Watch(int(cursor.lastrowid or 0), chat, words)

        return await self._database.write(work)

    async def find(self, watch_id: int, chat_id: int) -> Watch | None:
        def work(db: sqlite_utils.Database) -> Watch | None:
            return next(iter(read_watches(db, "id = ? AND chat_id = ?", [watch_id, chat_id])), None)

        return await self._database.read(work)

    async def of_chat(self, chat_id: int) -> tuple[Watch, ...]:
        return await self._database.read(lambda db: read_watches(db, "chat_id = ?", [chat_id]))

    async def remove(self, watch_id: int, chat_id: int) -> bool:
        changed = await self._database.execute("DELETE FROM watches WHERE id = ? AND chat_id = ?", [watch_id, chat_id])
        return changed > 0

    async def fold(self, watch_id: int, chat_id: int, *, is_folded: bool) -> bool:
        def work(db: sqlite_utils.Database) -> bool:
            changed = db.execute(
                "UPDATE watches SET is_folded = :folded WHERE id = :id AND chat_id = :chat AND is_folded <> :folded",
                {"folded": int(is_folded), "id": watch_id, "chat": chat_id},
            ).rowcount
            if changed and is_folded:
                db.execute("UPDATE alerts SET state = 'folded' WHERE watch_id = ? AND state = 'pending'", [watch_id])
            return changed > 0

        return await self._database.write(work)

    async def remove_all(self, chat_id: int) -> None:
        await self._database.execute("DELETE FROM watches WHERE chat_id = ?", [chat_id])


def read_watches(db: sqlite_utils.Database, where: str, values: Sequence[Any]) -> tuple[Watch, ...]:
    found = db.execute(
        f"SELECT id, chat_id, thread_id, words, is_folded FROM watches WHERE {where} ORDER BY id", values
    )
    return tuple(
        Watch(watch_id, ChatRef(chat_id, thread_id), words, bool(is_folded))
        for watch_id, chat_id, thread_id, words, is_folded in found
    )
