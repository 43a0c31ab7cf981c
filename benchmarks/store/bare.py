"""What SQLite alone takes for the same answers: one connection, the fewest statements, nothing made of the rows.

Each question reads what the answer needs, as the store's port does: a list's page is its stories, how many there are in
all, and of each the article, its summary and where else it is told. Those due are begun, and claimed, so that a power
cut loses nothing.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from summaries.storage.search_rules import MOST_LISTED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BOUNDS = {"page": 5, "listed": MOST_LISTED}
_NEWEST = """
SELECT id, article_id, (SELECT count(*) FROM (SELECT 1 FROM stories LIMIT :listed))
    FROM stories ORDER BY latest_at DESC, id DESC LIMIT :page
"""
_WITH_WORDS = """
WITH found (id, article_id, latest_at) AS MATERIALIZED (SELECT t.id, t.article_id, t.latest_at FROM
    (SELECT rowid FROM article_search WHERE article_search MATCH :match ORDER BY rowid DESC LIMIT :listed) f
    JOIN story_articles s ON s.article_id = f.rowid JOIN stories t ON t.id = s.story_id GROUP BY t.id)
SELECT id, article_id, (SELECT count(*) FROM found) FROM found ORDER BY latest_at DESC, id DESC LIMIT :page
"""
_ARTICLES = """
SELECT a.*, s.spans FROM articles a JOIN summaries s ON s.article_id = a.id AND s.length = '60w'
    WHERE a.id IN (SELECT value FROM json_each(?))
"""
_TOLD = """
SELECT s.story_id, a.id, a.title, a.outlet, a.url, a.category, a.published_at, s.added_at FROM story_articles s
    JOIN articles a ON a.id = s.article_id WHERE s.story_id IN (SELECT value FROM json_each(?)) ORDER BY s.dated_at
"""
_STORY = """
SELECT a.*, s.outlet_count, s.latest_at FROM stories s JOIN articles a ON a.id = s.article_id WHERE s.id = ?
"""
_DUE = "SELECT * FROM subscriptions WHERE next_due_at <= ? ORDER BY next_due_at LIMIT ?"
_BEGIN = """
INSERT INTO deliveries (chat_id, thread_id, zone, due_at, lease_until, created_at)
    SELECT chat_id, thread_id, zone, next_due_at, next_due_at, ? FROM subscriptions
    WHERE chat_id IN (SELECT value FROM json_each(?))
"""
_NEXT = "UPDATE subscriptions SET next_due_at = ? WHERE chat_id IN (SELECT value FROM json_each(?))"
_WAITING = """
SELECT id FROM deliveries WHERE lease_until <= ?
    ORDER BY lease_until, id LIMIT ?
"""
_CLAIMED = """
SELECT d.*, s.*, c.language, (SELECT max(p.due_at) FROM deliveries p
        WHERE p.chat_id = d.chat_id AND p.due_at < d.due_at AND p.outcome = 'sent')
    FROM deliveries d LEFT JOIN subscriptions s ON s.chat_id = d.chat_id
    LEFT JOIN chat_settings c ON c.chat_id = d.chat_id WHERE d.id IN (SELECT value FROM json_each(?))
"""
_LEASED = """
UPDATE deliveries SET lease_until = ?, is_claimed = 1 WHERE id IN (SELECT value FROM json_each(?))
"""


class BareSqlite:
    """Asks the database at `path` past the ports."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        # What was written is on the disk when it is said to be, as with the store.
        self._db.execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        self._db.close()

    def newest(self) -> object:
        return self._cards(self._db.execute(_NEWEST, _BOUNDS).fetchall())

    def search(self, match: str) -> object:
        return self._cards(self._db.execute(_WITH_WORDS, {**_BOUNDS, "match": match}).fetchall())

    def story(self, story_id: int) -> object:
        return self._db.execute(_STORY, [story_id]).fetchall(), self._all(_TOLD, [story_id])

    def chat(self, chat_id: int) -> object:
        return self._db.execute("SELECT * FROM subscriptions WHERE chat_id = ?", [chat_id]).fetchone()

    def begin(self, now: str, next_due: str, limit: int) -> object:
        """Begin the deliveries of those due, who are due again at `next_due`."""
        with self._db:
            due = self._db.execute(_DUE, [now, limit]).fetchall()
            chats = json.dumps([row[0] for row in due])
            self._db.execute(_BEGIN, [now, chats])
            self._db.execute(_NEXT, [next_due, chats])
        return due

    def claim(self, now: str, lease_until: str, limit: int) -> object:
        with self._db:
            ids = [row[0] for row in self._db.execute(_WAITING, [now, limit])]
            claimed = self._all(_CLAIMED, ids)
            self._db.execute(_LEASED, [lease_until, json.dumps(ids)])
        return claimed

    def _cards(self, found: Sequence[Sequence[Any]]) -> object:
        return found, self._all(_ARTICLES, [row[1] for row in found]), self._all(_TOLD, [row[0] for row in found])

    def _all(self, statement: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        return self._db.execute(statement, [json.dumps(ids)]).fetchall()
