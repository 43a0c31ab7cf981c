"""Watches: the words for which a chat wants alerts, and the stories that it follows."""

from __future__ import annotations

from datetime import datetime

from summaries.model import ChatRef, FollowedStory, Watch
from summaries.storage import values
from summaries.storage.sql.session import Row, Session, SqlStore, writes

WATCHES = "SELECT w.id, w.chat_id, w.thread_id, w.words, w.is_folded, w.article_id FROM watches w"
OF_CHAT = f"{WATCHES} WHERE w.chat_id = %s ORDER BY w.id"
# The stories of a chain; a story that is not linked yet is a chain of its own.
FOLLOW = f"""
{WATCHES} JOIN story_articles s ON s.article_id = w.article_id JOIN stories t ON t.id = s.story_id
    JOIN story_articles x ON x.article_id = %(article_id)s JOIN stories y ON y.id = x.story_id
    WHERE w.chat_id = %(chat_id)s AND (t.id = y.id OR t.chain_id = y.chain_id) ORDER BY w.id LIMIT 1
"""
FOLLOWS = """
SELECT w.id, w.chat_id, w.thread_id, w.words, w.is_folded, w.article_id, w.created_at,
        (SELECT max(y.latest_at) FROM stories y WHERE y.id = t.id OR y.chain_id = t.chain_id) AS latest_at
    FROM watches w JOIN story_articles s ON s.article_id = w.article_id JOIN stories t ON t.id = s.story_id
    WHERE w.chat_id = %s ORDER BY w.id
"""
INSERT = """
INSERT INTO watches (chat_id, thread_id, words, article_id, created_at, listens_since)
    VALUES (%(chat_id)s, %(thread_id)s, %(words)s, %(article_id)s, %(now)s, %(now)s) RETURNING id
"""
FOLD_PENDING = """
UPDATE outbox SET state = 'folded', not_before = NULL, is_claimed = false, lease_owner = NULL
    WHERE watch_id = %s AND state = 'pending' AND not_before IS NOT NULL
"""
DROP_ALERTS = """
UPDATE outbox SET state = 'failed', error = 'the bot cannot write to the chat', not_before = NULL, is_claimed = false,
    lease_owner = NULL WHERE chat_id = %s AND article_id IS NOT NULL AND not_before IS NOT NULL
"""


class WatchRows(SqlStore):
    """Implements `ports.WatchStore`."""

    @writes
    async def add(self, db: Session, chat: ChatRef, words: str, *, most: int, now: datetime) -> Watch | None:
        await db.lock_for_bot("watches", chat.chat_id)
        found = map(to_watch, await db.rows(OF_CHAT, [chat.chat_id]))
        known = {watch.words.casefold(): watch for watch in found if not watch.is_follow}
        # Somebody writes in the chat, so the bot can write there again.
        await resume_watches(db, chat.chat_id, now)
        if words.casefold() in known:
            return known[words.casefold()]
        if len(known) >= most:
            return None
        return await insert(db, chat, words, None, now)

    @writes
    async def follow(
        self, db: Session, chat: ChatRef, article_id: int, title: str, *, most: int, now: datetime
    ) -> Watch | None:
        await db.lock_for_bot("watches", chat.chat_id)
        await resume_watches(db, chat.chat_id, now)
        if known := await db.row(FOLLOW, {"chat_id": chat.chat_id, "article_id": article_id}):
            return to_watch(known)
        follows = "SELECT count(*) FROM watches WHERE chat_id = %s AND article_id IS NOT NULL"
        if int(await db.value(follows, [chat.chat_id])) >= most:
            return None
        return await insert(db, chat, title, article_id, now)

    async def find_follow(self, chat_id: int, article_id: int) -> Watch | None:
        found = await self.database.row(FOLLOW, {"chat_id": chat_id, "article_id": article_id})
        return to_watch(found) if found else None

    async def find(self, watch_id: int, chat_id: int) -> Watch | None:
        found = await self.database.row(f"{WATCHES} WHERE w.id = %s AND w.chat_id = %s", [watch_id, chat_id])
        return to_watch(found) if found else None

    async def of_chat(self, chat_id: int) -> tuple[Watch, ...]:
        return tuple(map(to_watch, await self.database.rows(OF_CHAT, [chat_id])))

    async def follows(self, chat_id: int) -> tuple[FollowedStory, ...]:
        found = await self.database.rows(FOLLOWS, [chat_id])
        return tuple(
            FollowedStory(to_watch(row), max(values.to_moment(row["created_at"]), values.to_moment(row["latest_at"])))
            for row in found
        )

    async def remove(self, watch_id: int, chat_id: int) -> bool:
        key = [watch_id, chat_id]
        return await self.database.run("DELETE FROM watches WHERE id = %s AND chat_id = %s", key) > 0

    @writes
    async def fold(self, db: Session, watch_id: int, chat_id: int, *, is_folded: bool) -> bool:
        changed = await db.run(
            "UPDATE watches SET is_folded = %(folded)s"
            " WHERE id = %(id)s AND chat_id = %(chat)s AND is_folded <> %(folded)s",
            {"folded": is_folded, "id": watch_id, "chat": chat_id},
        )
        if changed and is_folded:
            await db.run(FOLD_PENDING, [watch_id])
        return changed > 0

    async def remove_all(self, chat_id: int) -> None:
        await self.database.run("DELETE FROM watches WHERE chat_id = %s", [chat_id])


def to_watch(row: Row) -> Watch:
    chat = ChatRef(row["chat_id"], row["thread_id"])
    return Watch(row["id"], chat, row["words"], bool(row["is_folded"]), row["article_id"])


async def insert(db: Session, chat: ChatRef, words: str, article_id: int | None, now: datetime) -> Watch:
    row = {"chat_id": chat.chat_id, "thread_id": chat.thread_id, "words": words, "article_id": article_id, "now": now}
    return Watch(int(await db.value(INSERT, row)), chat, words, article_id=article_id)


async def suspend_watches(db: Session, chat_id: int) -> int:
    """Drop the alerts of a chat that the bot cannot write to, and stop its watches; return how many watches stopped."""
    await db.run(DROP_ALERTS, [chat_id])
    return await db.run(
        "UPDATE watches SET listens_since = NULL WHERE chat_id = %s AND listens_since IS NOT NULL", [chat_id]
    )


async def resume_watches(db: Session, chat_id: int, now: datetime) -> int:
    """Let the chat's stopped watches find articles that are added from now on; return how many had stopped."""
    return await db.run(
        "UPDATE watches SET listens_since = %s WHERE chat_id = %s AND listens_since IS NULL", [now, chat_id]
    )
