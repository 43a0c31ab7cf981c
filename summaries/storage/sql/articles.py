"""Articles with their summaries, and their rows in `stories` and `story_articles`, which lists read instead."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from math import sqrt
from typing import Any

from summaries.articles.prepare import extract_search_terms
from summaries.model import Article, Length, Listed, Origin, StoredArticle, Summary
from summaries.ports.stories import Listing, SearchTerms
from summaries.storage import values
from summaries.storage.sql.session import Session, SqlStore, assignments, insertion, to_json, upsertion, writes
from summaries.urls import make_article_key

# A source that alternates between more titles makes an article look edited each time.
TITLES_KEPT = 4

LISTED = """
SELECT k.value AS key, a.url, l.titles, a.outlet, a.is_excerpt
    FROM json_array_elements_text(%s::json) k LEFT JOIN listings l ON l.key = k.value
    JOIN articles a ON a.id = coalesce(l.article_id, (SELECT id FROM articles WHERE key = k.value))
    JOIN story_articles s ON s.article_id = a.id
"""
SUMMARY = """
SELECT s.*, a.text FROM summaries s JOIN articles a ON a.id = s.article_id
    WHERE s.article_id = %s AND s.length = %s
"""
WITH_SUMMARIES = """
SELECT a.*, s.length, s.method, s.language, s.spans FROM articles a
    LEFT JOIN summaries s ON s.article_id = a.id AND s.length = %s WHERE a.id = ANY(%s::bigint[])
"""
# Fact-checks by the weight of the terms that their claims have in common with a text.
CLAIMS = """
SELECT a.* FROM
    (SELECT c.article_id, sum((g.value ->> 1)::real * c.scale) AS weight
    FROM json_array_elements(%(terms)s::json) g JOIN claim_terms c ON c.term = g.value ->> 0
    WHERE NOT EXISTS (SELECT 1 FROM stories h JOIN story_articles s ON s.story_id = h.id
        WHERE h.is_hidden AND s.article_id = c.article_id)
    GROUP BY c.article_id ORDER BY weight DESC, c.article_id DESC LIMIT %(limit)s) f
    JOIN articles a ON a.id = f.article_id ORDER BY f.weight DESC, a.id DESC
"""
PUBLIC_SUMMARIES = """
SELECT a.*, s.id AS summary_id, s.length, s.method, s.language, s.spans
    FROM summaries s JOIN articles a ON a.id = s.article_id WHERE s.id > %s AND a.is_public ORDER BY s.id LIMIT %s
"""
STORY = ("id", "article_id", "article_count", "outlet_count", "latest_at", "added_at", "is_hidden")
# The addition is a place in a text that may have changed.
PUT_STORY = f"""
{upsertion("stories", STORY, ["id"])}, is_stale = true, version = stories.version + 1, addition = NULL
"""
# Stories that articles left or joined are linked to chains again.
UNLINK = "UPDATE stories SET chain_id = NULL, is_disputed = false WHERE id = ANY(%s::bigint[])"
ASSIGN = """
INSERT INTO story_articles
    (article_id, story_id, outlet, outlet_key, category, words, is_free, published_at, dated_at, added_at)
    SELECT id, %(story_id)s, outlet, %(outlet_key)s, category, %(words)s, NOT is_excerpt, published_at, dated_at,
        added_at
    FROM articles WHERE id = %(article_id)s
    ON CONFLICT (article_id) DO UPDATE SET story_id = excluded.story_id, outlet = excluded.outlet,
        outlet_key = excluded.outlet_key, category = excluded.category, words = excluded.words,
        is_free = excluded.is_free, published_at = excluded.published_at, dated_at = excluded.dated_at,
        added_at = excluded.added_at
"""
MEMBERS = """
SELECT story_id, article_id, outlet, words, published_at, is_free, dated_at, added_at, is_hidden FROM story_articles
    WHERE story_id = ANY(%s::bigint[]) ORDER BY story_id, article_id
"""
NEW_STORY = "UPDATE story_state SET next_story = next_story + 1, revision = revision + 1 RETURNING next_story - 1"


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
        found = await self.database.row("SELECT * FROM articles WHERE key = %s", [values.stored_key(key)])
        return values.to_stored(found) if found else None

    async def get(self, article_id: int) -> StoredArticle | None:
        found = await self.database.row("SELECT * FROM articles WHERE id = %s", [article_id])
        return values.to_stored(found) if found else None

    async def read_many(self, article_ids: Sequence[int], length: Length) -> list[tuple[StoredArticle, Summary | None]]:
        rows = await self.database.rows(WITH_SUMMARIES, [length.code, list(article_ids)])
        found = {row["id"]: row for row in rows}
        return [
            (stored := values.to_stored(row), values.to_summary(stored.article.text, row) if row["spans"] else None)
            for row in (found[one] for one in article_ids if one in found)
        ]

    async def listed(self, keys: Sequence[str]) -> Mapping[str, Listed]:
        given = {values.stored_key(key): key for key in keys}
        found = await self.database.rows(LISTED, [json.dumps(list(given))])
        return {
            given[row["key"]]: Listed(
                row["url"], values.to_list(row["titles"] or ()), row["outlet"], bool(row["is_excerpt"])
            )
            for row in found
        }

    async def find_claims(self, terms: Mapping[str, float], *, limit: int) -> tuple[StoredArticle, ...]:
        found = await self.database.rows(CLAIMS, {"terms": to_json(terms.items()), "limit": limit})
        return tuple(map(values.to_stored, found))

    async def find_summary(self, article_id: int, length: Length) -> Summary | None:
        found = await self.database.row(SUMMARY, [article_id, length.code])
        return values.to_summary(values.to_text(found["text"]), found) if found else None

    async def list_summaries(self, *, after: int, limit: int) -> list[tuple[int, StoredArticle, Summary]]:
        found = await self.database.rows(PUBLIC_SUMMARIES, [after, limit])
        return [
            (row["summary_id"], stored := values.to_stored(row), values.to_summary(stored.article.text, row))
            for row in found
        ]

    @writes
    async def put_summary(self, db: Session, article_id: int, summary: Summary) -> None:
        old = [article_id, summary.length.code]
        await db.run("DELETE FROM summaries WHERE article_id = %s AND length = %s", old)
        await put_summaries(db, article_id, [summary])


async def put_article(
    db: Session,
    key: str,
    article: Article,
    summaries: Sequence[Summary],
    terms: SearchTerms,
    origin: Origin,
    now: datetime,
) -> StoredArticle:
    """Add or update the article by its `key`, with its summaries and search `terms`.

    The caller assigns a public article to a story. See `ports.ArticleStore.put`.
    """
    await db.lock("article", key)
    # Locked, because old news is deleted.
    known = "SELECT id, origin, added_at, is_public FROM articles WHERE key = %s FOR UPDATE"
    existing = await db.row(known, [values.stored_key(key)])
    columns = values.changed_article(article, key, existing, origin, now)
    if existing:
        article_id = int(existing["id"])
        if existing["is_public"]:
            await db.engine.delete_terms(db, [article_id])
        change = f"UPDATE articles SET {assignments(columns)} WHERE id = %(article_id)s"
        await db.run(change, columns | {"article_id": article_id})
        await db.run("DELETE FROM summaries WHERE article_id = %s", [article_id])
    else:
        article_id = int(await db.value(f"{insertion('articles', columns)} RETURNING id", columns))
    await put_summaries(db, article_id, summaries)
    if columns["is_public"]:
        await db.engine.put_terms(db, article_id, terms.title, terms.text)
        scale = 1 / sqrt(max(1, len(terms.claim)))
        claims = [{"term": term, "article_id": article_id, "scale": scale} for term in terms.claim]
        regions = [
            {"region": region, "dated_at": columns["dated_at"], "article_id": article_id} for region in terms.regions
        ]
        for table, rows in ("claim_terms", claims), ("region_articles", regions):
            if existing:
                await db.run(f"DELETE FROM {table} WHERE article_id = %s", [article_id])
            if rows:
                await db.run_many(insertion(table, rows[0]), rows)
    return values.to_stored({**columns, "id": article_id})


async def put_summaries(db: Session, article_id: int, summaries: Sequence[Summary]) -> None:
    """Add the summaries; the article has none of their lengths."""
    rows = [{"article_id": article_id, **values.summary_columns(summary)} for summary in summaries]
    if rows:
        await db.run_many(insertion("summaries", rows[0]), rows)


async def put_listing(db: Session, article_id: int, listing: Listing) -> None:
    """Store the address and title under which a source lists the article."""
    key = values.stored_key(listing.key)
    before = await db.value("SELECT titles FROM listings WHERE key = %s", [key])
    titles = [title for title in values.to_list(before or ()) if title != listing.title]
    row: dict[str, Any] = {
        "key": key,
        "article_id": article_id,
        "titles": [*titles, listing.title][-TITLES_KEPT:],
    }
    if before is None:
        await db.run(insertion("listings", row), row)
    else:
        await db.run(f"UPDATE listings SET {assignments(['article_id', 'titles'])} WHERE key = %(key)s", row)


async def assign_story(db: Session, article_id: int, story_id: int | None, article: Article) -> set[int]:
    """Put the stored public article into the story, and return the stories to refresh.

    Without `story_id` the article stays in its story; one that is in none gets a story of its own.
    """
    before = await db.value("SELECT story_id FROM story_articles WHERE article_id = %s", [article_id])
    story_id = story_id or before or int(await db.value(NEW_STORY))
    key, words = values.outlet_key(article.outlet), len(article.text.split())
    await db.run(ASSIGN, {"article_id": article_id, "story_id": story_id, "words": words, "outlet_key": key})
    if before is None:
        return {story_id}
    if before != story_id:
        await db.run(UNLINK, [[before, story_id]])
    return {story_id, before}


async def delete_public(db: Session, article_ids: Sequence[int]) -> None:
    """Delete public articles and all rows that refer to them. The caller refreshes their stories."""
    await db.engine.delete_terms(db, article_ids)
    await db.run("DELETE FROM articles WHERE id = ANY(%s::bigint[])", [list(article_ids)])


async def refresh_stories(db: Session, story_ids: Collection[int]) -> None:
    """Rebuild the rows of the stories from those of their articles, which makes them stale; delete stories without
    articles."""
    found = await db.rows(MEMBERS, [list(story_ids)])
    columns = {
        story_id: values.story_columns(list(members))
        for story_id, members in groupby(found, lambda row: row["story_id"])
    }
    if empty := [story_id for story_id in story_ids if story_id not in columns]:
        await db.run("DELETE FROM stories WHERE id = ANY(%s::bigint[])", [empty])
    await db.run_many(PUT_STORY, [{"id": story_id, **row} for story_id, row in columns.items()])
