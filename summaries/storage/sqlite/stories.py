"""Stories in SQLite: which articles tell the same, what a list shows of each, and the signatures of the last days."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import TYPE_CHECKING

from summaries.errors import StoryConflict
from summaries.model import Story, Telling
from summaries.ports import StoryChanges, StoryState
from summaries.storage import values
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.articles import put_article, put_listing
from summaries.storage.sqlite.story_rows import refresh_stories, tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import sqlite_utils

    from summaries.model import Origin, StoredArticle
    from summaries.ports.stories import PreparedArticle
    from summaries.storage.sqlite.database import Database

log = logging.getLogger(__name__)


class SqliteStoryStore:
    """Fulfils `ports.StoryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def changes(self, *, after: int, since: datetime, limit: int) -> StoryChanges:
        def work(db: sqlite_utils.Database) -> StoryChanges:
            cursor = db.execute(
                "SELECT g.revision, g.signature, s.story_id FROM signatures g JOIN story_articles s USING (article_id)"
                " WHERE g.revision > ? AND g.dated_at >= ? ORDER BY g.revision LIMIT ?",
                [after, rows.moment(since), limit],
            )
            found, state = rows.fetch_all(cursor), read_state(db)
            if len(found) == limit:
                state = StoryState(found[-1]["revision"], state.next_story)
            return StoryChanges(tuple(values.to_entries(found)), state, is_complete=len(found) < limit)

        return await self._database.read(work)

    async def put_many(
        self,
        articles: Sequence[PreparedArticle],
        stories: Mapping[str, int],
        *,
        known: StoryState,
        next_story: int,
        keep_since: datetime,
        origin: Origin,
        now: datetime,
    ) -> tuple[tuple[StoredArticle, ...], StoryState]:
        def work(db: sqlite_utils.Database) -> tuple[tuple[StoredArticle, ...], StoryState]:
            if read_state(db).revision != known.revision:
                raise StoryConflict("another process told stories meanwhile")
            stored = tuple(
                put_article(db, new.key, new.article, new.summaries, new.search_terms, origin, now) for new in articles
            )
            ids = {article.key: article.id for article in stored}
            words = {new.key: len(new.article.text.split()) for new in articles}
            touched: set[int] = set()
            for key, article_id in ids.items():
                touched |= tell(db, article_id, stories.get(key), words[key])
            for new in articles:
                if new.listing is not None:
                    put_listing(db, ids[new.key], new.listing)
            moved = {key: story for key, story in stories.items() if key not in ids}
            moved_ids = move(db, moved, touched)
            refresh_stories(db, touched)
            signatures = {ids[new.key]: json.dumps(new.signature.to_plain(), ensure_ascii=False) for new in articles}
            revision = put_signatures(db, signatures, moved_ids, known.revision)
            db.execute("DELETE FROM signatures WHERE dated_at < ?", [rows.moment(keep_since)])
            state = StoryState(revision, max(next_story, read_state(db).next_story))
            db.execute("UPDATE story_state SET revision = ?, next_story = ?", [state.revision, state.next_story])
            return stored, state

        return await self._database.write(work)

    async def find(self, story_id: int) -> Story | None:
        return await self._database.read(lambda db: read_story(db, story_id))

    async def find_by_article(self, article_id: int) -> Story | None:
        def work(db: sqlite_utils.Database) -> Story | None:
            found = db.execute("SELECT story_id FROM story_articles WHERE article_id = ?", [article_id]).fetchone()
            return read_story(db, found[0]) if found else None

        return await self._database.read(work)


def read_state(db: sqlite_utils.Database) -> StoryState:
    return StoryState(*db.execute("SELECT revision, next_story FROM story_state").fetchone())


def move(db: sqlite_utils.Database, stories: Mapping[str, int], touched: set[int]) -> list[int]:
    """Put older articles into other stories; add the stories that they leave and join to `touched`."""
    moved = []
    for key, story in stories.items():
        found = db.execute(
            "SELECT a.id, s.story_id FROM articles a JOIN story_articles s ON s.article_id = a.id WHERE a.key = ?",
            [key],
        ).fetchone()
        if found is None:
            continue
        article_id, before = found
        db.execute("UPDATE story_articles SET story_id = ? WHERE article_id = ?", [story, article_id])
        touched |= {before, story}
        moved.append(article_id)
    return moved


def put_signatures(db: sqlite_utils.Database, texts: Mapping[int, str], moved: Iterable[int], revision: int) -> int:
    """Store new signatures, and mark the moved articles as changed; return the last revision given out."""
    revision += 1  # a batch that changes no signature is a change all the same
    for article_id, text in texts.items():
        revision += 1
        db.execute(
            "INSERT INTO signatures (article_id, revision, dated_at, signature)"
            " SELECT id, ?, dated_at, ? FROM articles WHERE id = ?"
            " ON CONFLICT (article_id) DO UPDATE SET revision = excluded.revision, dated_at = excluded.dated_at,"
            " signature = excluded.signature",
            [revision, text, article_id],
        )
    for article_id in moved:
        revision += 1
        db.execute("UPDATE signatures SET revision = ? WHERE article_id = ?", [revision, article_id])
    return revision


def read_story(db: sqlite_utils.Database, story_id: int) -> Story | None:
    found = rows.fetch_all(
        db.execute(
            "SELECT a.*, s.outlet_count, s.latest_at FROM stories s JOIN articles a ON a.id = s.article_id"
            " WHERE s.id = ?",
            [story_id],
        )
    )
    return values.to_story(story_id, found[0], read_tellings(db, [story_id])[story_id]) if found else None


def read_tellings(db: sqlite_utils.Database, story_ids: Sequence[int]) -> dict[int, tuple[Telling, ...]]:
    """The articles of each story, the earliest first."""
    found = db.execute(
        "SELECT s.story_id, a.id, a.title, a.outlet, a.url, a.category, a.published_at, s.added_at"
        " FROM story_articles s JOIN articles a ON a.id = s.article_id"
        " WHERE s.story_id IN (SELECT value FROM json_each(?)) ORDER BY s.dated_at, a.id",
        [json.dumps(list(story_ids))],
    )
    return values.to_tellings(story_ids, found)
