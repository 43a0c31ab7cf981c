"""The watches of chats that nobody can be written to in, in SQLite: they rest, and are not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from datetime import datetime

    import sqlite_utils


def rest_watches(db: sqlite_utils.Database, chat_id: int) -> int:
    """Nobody can be written to in the chat: what was to be told there is dropped, and nothing more is looked for. How
    many watches rest by that."""
    db.execute(
        "UPDATE alerts SET state = 'failed', error = 'nobody could be written to there'"
        " WHERE chat_id = ? AND state IN ('pending', 'sending', 'uncertain')",
        [chat_id],
    )
    rest = "UPDATE watches SET listens_since = NULL WHERE chat_id = ? AND listens_since NOT NULL"
    return db.execute(rest, [chat_id]).rowcount


def wake_watches(db: sqlite_utils.Database, chat_id: int, now: datetime) -> int:
    """The chat's watches look for what comes in from now on; how many had rested."""
    wake = "UPDATE watches SET listens_since = ? WHERE chat_id = ? AND listens_since IS NULL"
    return db.execute(wake, [rows.moment(now), chat_id]).rowcount
