"""Everything that is stored about one chat: the rows of tables with a column `chat_id`, and the broadcasts it wrote."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from summaries.storage.limits import NOT_FORGOTTEN
from summaries.storage.values import stored_moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from summaries.storage.sql.session import Row, Session, Sessions

# Messages come with the texts of digests.
MESSAGES = """
SELECT d.due_at, o.*, b.html, b.article_ids FROM outbox o LEFT JOIN deliveries d ON d.id = o.delivery_id
    LEFT JOIN bodies b ON b.id = o.body_id WHERE o.chat_id = %s ORDER BY o.id
"""
BROADCASTS = "SELECT * FROM broadcasts WHERE told_in = %s"


class ChatDataRows:
    """Implements `ports.ChatDataStore`."""

    def __init__(self, database: Sessions) -> None:
        self._database = database

    async def export(self, chat_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        async def work(db: Session) -> dict[str, list[Row]]:
            tables = await db.engine.chat_tables(db)
            selects = {table: f"SELECT * FROM {table} WHERE chat_id = %s" for table in tables}
            selects |= {"broadcasts": BROADCASTS, "outbox": MESSAGES}
            found = {table: await db.rows(sql, [chat_id]) for table, sql in selects.items()}
            return {table: list(map(to_plain, rows)) for table, rows in found.items() if rows}

        return await self._database.read(work)

    async def forget(self, chat_id: int) -> int:
        async def work(db: Session) -> int:
            # A broadcast that is being sent goes no further.
            count = await db.run("DELETE FROM broadcasts WHERE told_in = %s", [chat_id])
            for table in await db.engine.chat_tables(db):
                if table not in NOT_FORGOTTEN:
                    count += await db.run(f"DELETE FROM {table} WHERE chat_id = %s", [chat_id])
            return count

        return await self._database.write(work)


async def move_chat(db: Session, old_chat_id: int, new_chat_id: int) -> None:
    """Give all rows of the old id to the new one. Rows that the new id has already are younger: they stay."""
    for table in await db.engine.chat_tables(db):
        await db.engine.move_rows(db, table, old_chat_id, new_chat_id)


def to_plain(row: Row) -> Row:
    """Return the row with values that JSON has."""
    return {name: stored_moment(value) if isinstance(value, datetime) else value for name, value in row.items()}
