"""Articles with their summaries, and the searches behind buttons."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from summaries.articles.prepare import extract_search_terms
from summaries.model import Article, Length, Listed, NewsQuery, Origin, StoredArticle, Summary
from summaries.ports.stories import Listing
from summaries.storage import values
from summaries.storage.sql.session import Session, SqlStore, assignments, insertion, writes
from summaries.storage.sql.story_rows import assign_story, refresh_stories
from summaries.urls import make_article_key

# Buttons of older lists answer that the list is out of date.
QUERIES_KEPT = timedelta(days=30)
# A query that is repeated sooner, as each page of a list does, is not written again.
REFRESHED_EVERY = timedelta(hours=1)
# A source that alternates between more titles makes an article look edited each time.
TITLES_KEPT = 4

LISTED = """
SELECT k.value AS key, a.url, l.titles, a.outlet, a.is_excerpt
    FROM json_array_elements_text(%s::json) k LEFT JOIN listings l ON l.key = k.value
    JOIN articles a ON a.id = coalesce(l.article_id, (SELECT id FROM articles WHERE key = k.value))
    JOIN story_articles s ON s.article_id = a.id
"""
SUMMARY = """
SELECT s.*, a.text AS article_text FROM summaries s JOIN articles a ON a.id = s.article_id
    WHERE s.article_id = %s AND s.length = %s
"""


class ArticleRows(SqlStore):
    """Implements `ports.ArticleStore`."""

    async def put(
        self,
        article: Article,
        summaries: Sequence[Summary],
        *,
        origin: Origin,
        now: datetime,
        owner: int | None = None,
    ) -> StoredArticle:
        # Stemming takes longer than the transaction: it stays outside.
        terms = extract_search_terms(article)

        async def work(db: Session) -> StoredArticle:
            key = make_article_key(article, owner=owner)
            stored = await put_article(db, key, article, summaries, terms, origin, now)
            if stored.origin.is_public:
                await refresh_stories(db, await assign_story(db, stored.id, None, article))
            return stored

        return await self.database.write(work)

    async def find(self, key: str) -> StoredArticle | None:
        found = await self.database.row("SELECT * FROM articles WHERE key = %s", [key])
        return values.to_stored(found) if found else None

    async def get(self, article_id: int) -> StoredArticle | None:
        found = await self.database.row("SELECT * FROM articles WHERE id = %s", [article_id])
        return values.to_stored(found) if found else None

    async def listed(self, keys: Sequence[str]) -> Mapping[str, Listed]:
        found = await self.database.rows(LISTED, [json.dumps(list(keys))])
        return {
            row["key"]: Listed(row["url"], values.to_list(row["titles"] or ()), row["outlet"], bool(row["is_excerpt"]))
            for row in found
        }

    async def find_summary(self, article_id: int, length: Length) -> Summary | None:
        found = await self.database.row(SUMMARY, [article_id, length.code])
        return values.to_summary(found["article_text"], found) if found else None

    @writes
    async def put_summary(self, db: Session, article_id: int, summary: Summary, *, now: datetime) -> None:
        old = [article_id, summary.length.code]
        await db.run("DELETE FROM summaries WHERE article_id = %s AND length = %s", old)
        await put_summaries(db, article_id, [summary], now)


class QueryRows(SqlStore):
    """Implements `ports.QueryStore`."""

    @writes
    async def remember(self, db: Session, query: NewsQuery, *, now: datetime) -> int:
        # A random id: callback data can be forged, and anyone who guesses the id of a query sees its words.
        row = {"id": secrets.randbits(48), "query": values.plain_query(query), "asked_at": now}
        await db.run("DELETE FROM queries WHERE asked_at < %s", [now - QUERIES_KEPT])
        known = await db.row("SELECT id, asked_at FROM queries WHERE query = %(query)s", row)
        if known is None:
            added = await db.value(f"{insertion('queries', row)} ON CONFLICT DO NOTHING RETURNING id", row)
            # Without an id, another process has just stored the query.
            return int(added or await db.value("SELECT id FROM queries WHERE query = %(query)s", row))
        if values.to_moment(known["asked_at"]) < now - REFRESHED_EVERY:
            await db.run("UPDATE queries SET asked_at = %s WHERE id = %s", [now, known["id"]])
        return int(known["id"])

    async def recall(self, query_id: int) -> NewsQuery | None:
        found = await self.database.value("SELECT query FROM queries WHERE id = %s", [query_id])
        return values.to_query(found) if found else None


async def put_article(
    db: Session,
    key: str,
    article: Article,
    summaries: Sequence[Summary],
    terms: tuple[str, str],
    origin: Origin,
    now: datetime,
) -> StoredArticle:
    """Add or update the article by its `key`, with its summaries and the search `terms` of its title and text.

    The caller assigns a public article to a story. See `ports.ArticleStore.put`.
    """
    await db.lock("article", key)
    existing = await db.row("SELECT id, origin, added_at, is_public FROM articles WHERE key = %s", [key])
    columns = values.changed_article(article, key, existing, origin, now)
    if existing:
        article_id = int(existing["id"])
        change = f"UPDATE articles SET {assignments(columns)} WHERE id = %(article_id)s"
        await db.run(change, columns | {"article_id": article_id})
        await db.run("DELETE FROM summaries WHERE article_id = %s", [article_id])
    else:
        article_id = int(await db.value(f"{insertion('articles', columns)} RETURNING id", columns))
    await put_summaries(db, article_id, summaries, now)
    if columns["is_public"]:
        await db.engine.put_terms(db, article_id, *terms)
    return values.to_stored({**columns, "id": article_id})


async def put_summaries(db: Session, article_id: int, summaries: Sequence[Summary], now: datetime) -> None:
    """Add the summaries; the article has none of their lengths."""
    rows = [{"article_id": article_id, **values.summary_columns(summary), "created_at": now} for summary in summaries]
    if rows:
        await db.run_many(insertion("summaries", rows[0]), rows)


async def put_listing(db: Session, article_id: int, listing: Listing) -> None:
    """Store the address and title under which a source lists the article."""
    before = await db.value("SELECT titles FROM listings WHERE key = %s", [listing.key])
    titles = [title for title in values.to_list(before or ()) if title != listing.title]
    row: dict[str, Any] = {
        "key": listing.key,
        "article_id": article_id,
        "titles": [*titles, listing.title][-TITLES_KEPT:],
    }
    if before is None:
        await db.run(insertion("listings", row), row)
    else:
        await db.run(f"UPDATE listings SET {assignments(['article_id', 'titles'])} WHERE key = %(key)s", row)
