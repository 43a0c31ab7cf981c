"""The same answers by SQLite alone: one connection, the shortest statements, no values made of the rows."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 5
_SHOWN = (
    "SELECT a.*, s.spans FROM articles a JOIN summaries s ON s.article_id = a.id AND s.length = '60w'"
    " WHERE a.id IN ({})"
)


class BareSqlite:
    """Reads the database at `path` past the ports."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)

    def close(self) -> None:
        self._db.close()

    def newest(self) -> list[tuple[object, ...]]:
        return self._show("SELECT article_id FROM stories ORDER BY latest_at DESC LIMIT ?", PAGE)

    def search(self, match: str) -> list[tuple[object, ...]]:
        return self._show(
            "SELECT rowid FROM article_search WHERE article_search MATCH ? ORDER BY rowid DESC LIMIT ?", match, PAGE
        )

    def story(self, story_id: int) -> list[tuple[object, ...]]:
        return self._show("SELECT article_id FROM stories WHERE id = ? LIMIT ?", story_id, 1)

    def due(self, moment: str, limit: int) -> list[tuple[object, ...]]:
        return self._db.execute(
            "SELECT * FROM subscriptions WHERE is_active AND next_due_at <= ? ORDER BY next_due_at LIMIT ?",
            [moment, limit],
        ).fetchall()

    def _show(self, statement: str, *arguments: object) -> list[tuple[object, ...]]:
        ids = [row[0] for row in self._db.execute(statement, arguments)]
        return self._db.execute(_SHOWN.format(",".join("?" * len(ids))), ids).fetchall()
