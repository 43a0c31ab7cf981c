"""The tables `stories` and `story_articles`: lists read them instead of the articles."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from summaries.model import Article
from summaries.storage import values
from summaries.storage.sql.session import Session, upsertion

STORY = ("id", "article_id", "article_count", "outlet_count", "latest_at", "added_at")
PUT_STORY = upsertion("stories", STORY, ["id"])
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
SELECT story_id, article_id, outlet, words, published_at, is_free, dated_at, added_at FROM story_articles
    WHERE story_id = ANY(%s::bigint[]) ORDER BY story_id, article_id
"""
NEW_STORY = "UPDATE story_state SET next_story = next_story + 1, revision = revision + 1 RETURNING next_story - 1"


async def assign_story(db: Session, article_id: int, story_id: int | None, article: Article) -> set[int]:
    """Put the stored public article into the story, and return the stories to refresh.

    Without `story_id` the article stays in its story; one that is in none gets a story of its own.
    """
    before = await db.value("SELECT story_id FROM story_articles WHERE article_id = %s", [article_id])
    story_id = story_id or before or int(await db.value(NEW_STORY))
    key, words = values.outlet_key(article.outlet), len(article.text.split())
    await db.run(ASSIGN, {"article_id": article_id, "story_id": story_id, "words": words, "outlet_key": key})
    return {story_id} if before is None else {story_id, before}


async def refresh_stories(db: Session, story_ids: Collection[int]) -> None:
    """Rebuild the rows of the stories from those of their articles; delete stories without articles."""
    found = await db.rows(MEMBERS, [list(story_ids)])
    columns = {
        story_id: values.story_columns(list(members))
        for story_id, members in groupby(found, lambda row: row["story_id"])
    }
    if empty := [story_id for story_id in story_ids if story_id not in columns]:
        await db.run("DELETE FROM stories WHERE id = ANY(%s::bigint[])", [empty])
    await db.run_many(PUT_STORY, [{"id": story_id, **row} for story_id, row in columns.items()])
