"""The rows that say which story an article tells, and what a list shows of the story: kept in step with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage import values
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    import sqlite_utils


def tell(db: sqlite_utils.Database, article_id: int, story_id: int | None, words: int) -> set[int]:
    """Let the stored public article of so many words tell the story; without one it stays where it is.

    Returns the stories whose rows are to be made anew. An article that was in no story and is given none begins one.
    """
    found = db.execute("SELECT story_id FROM story_articles WHERE article_id = ?", [article_id]).fetchone()
    before = found[0] if found else None
    story_id = story_id or before or begin_story(db)
    db.execute(
        "INSERT INTO story_articles (article_id, story_id, outlet, category, words, is_free, published_at, dated_at,"
        " added_at)"
        " SELECT id, :story_id, outlet, category, :words, NOT is_excerpt, published_at, dated_at, added_at"
        " FROM articles WHERE id = :article_id"
        " ON CONFLICT (article_id) DO UPDATE SET story_id = excluded.story_id, outlet = excluded.outlet,"
        " category = excluded.category, words = excluded.words, is_free = excluded.is_free,"
        " published_at = excluded.published_at, dated_at = excluded.dated_at, added_at = excluded.added_at",
        {"article_id": article_id, "story_id": story_id, "words": words},
    )
    return {story_id} if before is None else {story_id, before}


def begin_story(db: sqlite_utils.Database) -> int:
    """The number of a new story, which nobody else will use."""
    (story_id,) = db.execute("SELECT next_story FROM story_state").fetchone()
    db.execute("UPDATE story_state SET next_story = next_story + 1, revision = revision + 1")
    return int(story_id)


def refresh_stories(db: sqlite_utils.Database, story_ids: Iterable[int]) -> None:
    """Make the stories' rows anew from those of their articles; a story without articles goes."""
    for story_id in story_ids:
        members = rows.fetch_all(
            db.execute(
                "SELECT article_id, outlet, words, published_at, is_free, dated_at, added_at FROM story_articles"
                " WHERE story_id = ?",
                [story_id],
            )
        )
        if not members:
            db.execute("DELETE FROM stories WHERE id = ?", [story_id])
            continue
        db.execute(
            "INSERT INTO stories (id, article_id, article_count, outlet_count, latest_at, added_at)"
            " VALUES (:id, :article_id, :article_count, :outlet_count, :latest_at, :added_at)"
            " ON CONFLICT (id) DO UPDATE SET article_id = excluded.article_id,"
            " article_count = excluded.article_count, outlet_count = excluded.outlet_count,"
            " latest_at = excluded.latest_at, added_at = excluded.added_at",
            {"id": story_id, **values.story_columns(members)},
        )
