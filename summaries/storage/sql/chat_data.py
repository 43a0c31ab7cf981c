"""All rows of one chat: exported, deleted, or moved to another id when a group becomes a supergroup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from summaries.storage.sql.schema import STEPS
from summaries.storage.sql.session import Row, Session, SqlStore

# Set by an admin of the bot, so not the chat's to delete.
NOT_FORGOTTEN = frozenset({"blocked_chats"})
# Messages come with the texts of digests.
MESSAGES = """
SELECT d.due_at, o.*, b.html, b.article_ids FROM outbox o LEFT JOIN deliveries d ON d.id = o.delivery_id
    LEFT JOIN bodies b ON b.id = o.body_id WHERE o.chat_id = %s ORDER BY o.id
"""
KEY = re.compile(r"(?:UNIQUE|PRIMARY KEY) \(([\w, ]+)\)")
UNIQUE_INDEX = re.compile(r"CREATE UNIQUE INDEX \w+ ON (\w+) \(([\w, ]+)\)")


def find_tables() -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Yield each table with a column `chat_id`, and the other columns of its unique keys that contain the chat."""
    script = "".join(step.chats for step in STEPS)
    for definition in script.split("CREATE TABLE ")[1:]:
        head, _, _ = definition.partition("\n)")
        name, _, columns = head.partition(" (")
        if re.search(r"^ +chat_id bigint", columns, re.MULTILINE):
            indexed = [key for table, key in UNIQUE_INDEX.findall(script) if table == name]
            keys = [tuple(key.split(", ")) for key in (*KEY.findall(columns), *indexed)]
            if "chat_id bigint PRIMARY KEY" in columns:
                keys.append(("chat_id",))
            yield name, tuple(tuple(c for c in key if c != "chat_id") for key in keys if "chat_id" in key)


# From the definitions, so that no table is forgotten.
TABLES = dict(sorted(find_tables()))


class ChatDataRows(SqlStore):
    """Implements `ports.ChatDataStore`."""

    async def export(self, chat_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        selects = {table: f"SELECT * FROM {table} WHERE chat_id = %s" for table in TABLES}
        selects |= {"broadcasts": "SELECT * FROM broadcasts WHERE admin_id = %s", "outbox": MESSAGES}

        async def work(db: Session) -> dict[str, list[Row]]:
            found = {table: await db.rows(sql, [chat_id]) for table, sql in selects.items()}
            return {table: list(map(to_plain, rows)) for table, rows in found.items() if rows}

        return await self._database.read(work)

    async def forget(self, chat_id: int) -> int:
        async def work(db: Session) -> int:
            # A broadcast that is being sent stops.
            count = await db.run("DELETE FROM broadcasts WHERE admin_id = %s", [chat_id])
            for table in TABLES:
                if table not in NOT_FORGOTTEN:
                    count += await db.run(f"DELETE FROM {table} WHERE chat_id = %s", [chat_id])
            return count

        return await self._database.write(work)


def to_plain(row: Row) -> Row:
    """Return the row with times as text, so that it can be written as JSON."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


async def move_chat(db: Session, old_chat_id: int, new_chat_id: int) -> None:
    """Give all rows of the old id to the new one. Rows that the new id has already stay: they are newer."""
    ids = {"old": old_chat_id, "new": new_chat_id}
    for table, keys in TABLES.items():
        for key in keys:
            same = "".join(f" AND newer.{column} = {table}.{column}" for column in key)
            await db.run(
                f"DELETE FROM {table} WHERE chat_id = %(old)s"
                f" AND EXISTS (SELECT 1 FROM {table} newer WHERE newer.chat_id = %(new)s{same})",
                ids,
            )
        await db.run(f"UPDATE {table} SET chat_id = %(new)s WHERE chat_id = %(old)s", ids)
