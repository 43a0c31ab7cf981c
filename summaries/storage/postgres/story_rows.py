"""The rows that say which story an article tells, and what a list shows of the story: kept in step with each other."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from summaries.storage import values
from summaries.storage.sql.session import insertion

if TYPE_CHECKING:
    from collections.abc import Collection

    from summaries.storage.sql.session import Session

STORY = ("id", "article_id", "article_count", "outlet_count", "latest_at", "added_at")
PUT_STORY = (
    f"{insertion('stories', STORY)} ON CONFLICT (id) DO UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in STORY[1:])}"
)
TELL = """
INSERT INTO story_articles
    (article_id, story_id, outlet, category, words, is_free, published_at, dated_at, added_at)
    SELECT id, %(story_id)s, outlet, category, %(words)s, NOT is_excerpt, published_at, dated_at, added_at
    FROM articles WHERE id = %(article_id)s
    ON CONFLICT (article_id) DO UPDATE SET story_id = excluded.story_id, outlet = excluded.outlet,
        category = excluded.category, words = excluded.words, is_free = excluded.is_free,
        published_at = excluded.published_at, dated_at = excluded.dated_at, added_at = excluded.added_at
"""


async def tell(db: Session, article_id: int, story_id: int | None, words: int) -> set[int]:
    """Let the stored public article of so many words tell the story; without one it stays where it is.

    Returns the stories whose rows are to be made anew. An article that was in no story and is given none begins one.
    """
    before = await db.value("SELECT story_id FROM story_articles WHERE article_id = %s", [article_id])
    story_id = story_id or before or await begin_story(db)
    await db.run(TELL, {"article_id": article_id, "story_id": story_id, "words": words})
    return {story_id} if before is None else {story_id, before}


async def begin_story(db: Session) -> int:
    """The number of a new story, which nobody else will use."""
    return int(
        await db.value(
            "UPDATE story_state SET next_story = next_story + 1, revision = revision + 1 RETURNING next_story - 1"
        )
    )


async def refresh_stories(db: Session, story_ids: Collection[int]) -> None:
    """Make the stories' rows anew from those of their articles; a story without articles goes."""
    found = await db.rows(
        "SELECT story_id, article_id, outlet, words, published_at, is_free, dated_at, added_at FROM story_articles"
        " WHERE story_id = ANY(%s::bigint[]) ORDER BY story_id, article_id",
        [list(story_ids)],
    )
    told = {
        story_id: values.story_columns(list(members))
        for story_id, members in groupby(found, lambda row: row["story_id"])
    }
    await db.run("DELETE FROM stories WHERE id = ANY(%s::bigint[])", [[i for i in story_ids if i not in told]])
    await db.run_many(PUT_STORY, [{"id": story_id, **columns} for story_id, columns in told.items()])
