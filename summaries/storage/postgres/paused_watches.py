"""The watches of chats that nobody can be written to in, in PostgreSQL: they rest, and are not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.storage.sql.session import Session


async def rest_watches(db: Session, chat_id: int) -> int:
    """Nobody can be written to in the chat: what was to be told there is dropped, and nothing more is looked for. How
    many watches rest by that."""
    await db.run(
        "UPDATE alerts SET state = 'failed', error = 'nobody could be written to there'"
        " WHERE chat_id = %s AND state IN ('pending', 'sending', 'uncertain')",
        [chat_id],
    )
    rest = "UPDATE watches SET listens_since = NULL WHERE chat_id = %s AND listens_since IS NOT NULL"
    return await db.run(rest, [chat_id])


async def wake_watches(db: Session, chat_id: int, now: datetime) -> int:
    """The chat's watches look for what comes in from now on; how many had rested."""
    return await db.run(
        "UPDATE watches SET listens_since = %s WHERE chat_id = %s AND listens_since IS NULL", [now, chat_id]
    )
