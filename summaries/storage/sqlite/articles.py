"""Articles, their summaries and the searches behind buttons, in SQLite."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from summaries.articles.prepare import extract_search_terms
from summaries.model import Listed, NewsQuery, Origin
from summaries.storage import search_rules, values
from summaries.storage.limits import QUERIES_KEPT, TITLES_KEPT
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.story_rows import refresh_stories, tell
from summaries.urls import make_article_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Article, Length, StoredArticle, Summary
    from summaries.ports.stories import Listing
    from summaries.storage.sqlite.database import Database


class SqliteArticleStore:
    """Fulfils `ports.ArticleStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(
        self,
        article: Article,
        summaries: Sequence[Summary],
        *,
        origin: Origin,
        now: datetime,
        owner: int | None = None,
    ) -> StoredArticle:
        # Stemming costs more than the transaction: it stays outside.
        terms = extract_search_terms(article)

        def work(db: sqlite_utils.Database) -> StoredArticle:
            stored = put_article(db, make_article_key(article, owner=owner), article, summaries, terms, origin, now)
            if stored.origin.is_public:
                refresh_stories(db, tell(db, stored.id, None, len(article.text.split())))
            return stored

        return await self._database.write(work)

    async def find(self, key: str) -> StoredArticle | None:
        def work(db: sqlite_utils.Database) -> StoredArticle | None:
            found = rows.fetch_all(db.execute("SELECT * FROM articles WHERE key = ?", [key]))
            return rows.to_stored(found[0]) if found else None

        return await self._database.read(work)

    async def get(self, article_id: int) -> StoredArticle | None:
        def work(db: sqlite_utils.Database) -> StoredArticle | None:
            found = rows.fetch_all(db.execute("SELECT * FROM articles WHERE id = ?", [article_id]))
            return rows.to_stored(found[0]) if found else None

        return await self._database.read(work)

    async def listed(self, keys: Sequence[str]) -> Mapping[str, Listed]:
        def work(db: sqlite_utils.Database) -> Mapping[str, Listed]:
            found = db.execute(
                "SELECT k.value, a.url, l.titles, a.outlet, a.is_excerpt FROM json_each(?) k"
                " LEFT JOIN listings l ON l.key = k.value"
                " JOIN articles a ON a.id = coalesce(l.article_id, (SELECT id FROM articles WHERE key = k.value))"
                " JOIN story_articles s ON s.article_id = a.id",
                [json.dumps(list(keys))],
            )
            return {
                key: Listed(url, tuple(json.loads(titles or "[]")), outlet, bool(is_excerpt))
                for key, url, titles, outlet, is_excerpt in found
            }

        return await self._database.read(work)

    async def find_summary(self, article_id: int, length: Length) -> Summary | None:
        def work(db: sqlite_utils.Database) -> Summary | None:
            found = rows.fetch_all(
                db.execute(
                    "SELECT s.*, a.text AS article_text FROM summaries s JOIN articles a ON a.id = s.article_id"
                    " WHERE s.article_id = ? AND s.length = ?",
                    [article_id, length.code],
                )
            )
            return values.to_summary(found[0]["article_text"], found[0]) if found else None

        return await self._database.read(work)

    async def put_summary(self, article_id: int, summary: Summary, *, now: datetime) -> None:
        await self._database.write(lambda db: put_summary(db, article_id, summary, now))


class SqliteQueryStore:
    """Fulfils `ports.QueryStore`. `new_id` draws numbers below 2^48 that nobody guesses: who has a query's id sees its
    words, and callback data can be forged."""

    def __init__(self, database: Database, new_id: Callable[[], int] = lambda: secrets.randbits(48)) -> None:
        self._database = database
        self._new_id = new_id

    async def remember(self, query: NewsQuery, *, now: datetime) -> int:
        text = values.plain_query(query, rows.optional_moment(query.since), rows.optional_moment(query.until))

        def work(db: sqlite_utils.Database) -> int:
            db.execute("DELETE FROM queries WHERE asked_at < ?", [rows.moment(now - QUERIES_KEPT)])
            db.execute(
                "INSERT INTO queries (id, query, asked_at) VALUES (?, ?, ?)"
                " ON CONFLICT (query) DO UPDATE SET asked_at = excluded.asked_at",
                [self._new_id(), text, rows.moment(now)],
            )
            (query_id,) = db.execute("SELECT id FROM queries WHERE query = ?", [text]).fetchone()
            return int(query_id)

        return await self._database.write(work)

    async def recall(self, query_id: int) -> NewsQuery | None:
        def work(db: sqlite_utils.Database) -> NewsQuery | None:
            found = db.execute("SELECT query FROM queries WHERE id = ?", [query_id]).fetchone()
            return values.to_query(found[0]) if found else None

        return await self._database.read(work)


def put_article(
    db: sqlite_utils.Database,
    key: str,
    article: Article,
    summaries: Sequence[Summary],
    terms: tuple[str, str],
    origin: Origin,
    now: datetime,
) -> StoredArticle:
    """Add or update the article by its key; see `ports.ArticleStore.put`. A public one is to be told then."""
    existing = rows.fetch_all(db.execute("SELECT id, origin, added_at, is_public FROM articles WHERE key = ?", [key]))
    changed = values.changed_article(article, key, existing[0] if existing else None, origin, now)
    columns = rows.encoded(changed)
    if existing:
        article_id = int(existing[0]["id"])
        columns_set = ", ".join(f"{name} = ?" for name in columns)
        db.execute(f"UPDATE articles SET {columns_set} WHERE id = ?", [*columns.values(), article_id])
        db.execute("DELETE FROM summaries WHERE article_id = ?", [article_id])
        db.execute("DELETE FROM article_search WHERE rowid = ?", [article_id])
    else:
        article_id = insert(db, "articles", columns)
    for summary in summaries:
        insert_summary(db, article_id, summary, now)
    if changed["is_public"]:
        put_terms(db, article_id, terms)
    return rows.to_stored({**columns, "id": article_id})


def put_terms(db: sqlite_utils.Database, article_id: int, terms: tuple[str, str]) -> None:
    """Let searches find the article by the stems of its title and text."""
    db.execute("INSERT INTO article_search (rowid, title, text) VALUES (?, ?, ?)", [article_id, *terms])
    stems = {stem for text in terms for stem in text.split() if search_rules.is_spelling(stem)}
    db.conn.executemany("INSERT OR IGNORE INTO search_words (word) VALUES (?)", ((stem,) for stem in stems))


def put_summary(db: sqlite_utils.Database, article_id: int, summary: Summary, now: datetime) -> None:
    db.execute("DELETE FROM summaries WHERE article_id = ? AND length = ?", [article_id, summary.length.code])
    insert_summary(db, article_id, summary, now)


def insert_summary(db: sqlite_utils.Database, article_id: int, summary: Summary, now: datetime) -> None:
    columns = {"article_id": article_id, **rows.summary_columns(summary), "created_at": rows.moment(now)}
    insert(db, "summaries", columns)


def insert(db: sqlite_utils.Database, table: str, columns: Mapping[str, Any]) -> int:
    """A new row; its id. sqlite-utils' own `insert` asks for the table's columns and keys each time."""
    places = ", ".join("?" * len(columns))
    cursor = db.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",
        list(columns.values()),
    )
    return int(cursor.lastrowid or 0)


def put_listing(db: sqlite_utils.Database, article_id: int, listing: Listing) -> None:
    """Remember how a source lists the article."""
    found = db.execute("SELECT titles FROM listings WHERE key = ?", [listing.key]).fetchone()
    before = json.loads(found[0]) if found else []
    titles = [*(title for title in before if title != listing.title), listing.title][-TITLES_KEPT:]
    db.execute(
        "INSERT INTO listings (key, article_id, titles) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET article_id = excluded.article_id, titles = excluded.titles",
        [listing.key, article_id, json.dumps(titles, ensure_ascii=False)],
    )
