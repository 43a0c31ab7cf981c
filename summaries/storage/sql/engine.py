"""What the two databases do in ways of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Length, NewsItem


async def read_items(db: Any, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
    if hasattr(db, "raw"):
        from summaries.storage.sqlite.news import read_items as of_sqlite

        return of_sqlite(db.raw, shown, length)
    from summaries.storage.postgres.news import read_items as of_postgres

    return await of_postgres(db, shown, length)


async def read_stems(db: Any, ids: list[int]) -> list[tuple[Any, ...]]:
    if hasattr(db, "raw"):
        sql = "SELECT rowid, title, text FROM article_search WHERE rowid IN (SELECT value FROM json_each(?))"
        return list(db.raw.conn.execute(sql, [json.dumps(ids)]))
    found: list[tuple[Any, ...]] = await db.tuples(
        "SELECT article_id, title, text FROM article_search WHERE article_id = ANY(%s::bigint[]) ORDER BY article_id",
        [ids],
    )
    return found
