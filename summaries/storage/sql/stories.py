"""Stories: the articles about one event, the coverage that lists show, and the signatures of the last days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from summaries.errors import StoryConflict
from summaries.model import Coverage, EditKind, Origin, StoredArticle
from summaries.ports import StoryChanges, StoryState
from summaries.ports.stories import Decisions, PreparedArticle
from summaries.storage import values
from summaries.storage.sql.articles import UNLINK, assign_story, put_article, put_listing, refresh_stories
from summaries.storage.sql.session import Session, SqlStore, reads, writes
from summaries.stories.edits import Edit
from summaries.urls import make_article_key

CHANGES = """
SELECT g.revision, g.signature, s.story_id FROM signatures g JOIN story_articles s USING (article_id)
    WHERE g.revision > %s AND g.dated_at >= %s ORDER BY g.revision LIMIT %s
"""
# The splits and merges in effect, and the articles that they name.
DECISIONS = """
SELECT kind, article_ids, other_ids FROM story_edits WHERE undone_at IS NULL AND kind <> 'hide' ORDER BY id
"""
NAMED = """
SELECT a.*, s.story_id FROM articles a JOIN story_articles s ON s.article_id = a.id
    WHERE a.id = ANY(%s::bigint[])
"""
PUT_SIGNATURE = """
INSERT INTO signatures (article_id, revision, dated_at, signature)
    SELECT id, %(revision)s, dated_at, %(signature)s FROM articles WHERE id = %(id)s
    ON CONFLICT (article_id) DO UPDATE SET revision = excluded.revision, dated_at = excluded.dated_at,
        signature = excluded.signature
"""
# The articles of the story {story} in the form that `values.to_coverage` reads. Times are in UTC, as in the session.
COVERAGE = """
(SELECT json_agg(json_build_array(
        b.id, b.title, b.outlet, b.url, b.category, b.published_at, m.added_at, m.dated_at))
    FROM story_articles m JOIN articles b ON b.id = m.article_id WHERE m.story_id = {story})
"""
COVERAGE_FOR_READERS = """
SELECT json_agg(json_build_array(
        b.id, b.title, b.outlet, b.url, b.category, b.published_at, m.added_at, m.dated_at))
    FROM story_articles o JOIN stories t ON t.id = o.story_id AND NOT t.is_hidden
    JOIN story_articles m ON m.story_id = t.id JOIN articles b ON b.id = m.article_id WHERE o.article_id = %s
"""
# The best articles of the newest stories of a chain, in the same form.
CHAIN = """
SELECT json_agg(json_build_array(
        b.id, b.title, b.outlet, b.url, b.category, b.published_at, m.added_at, m.dated_at))
    FROM (SELECT article_id FROM
            (SELECT chain_id, id FROM stories WHERE id = (SELECT story_id FROM story_articles WHERE article_id = %s)) o
            JOIN stories t ON (t.chain_id = o.chain_id OR t.id = o.id) AND NOT t.is_hidden
        ORDER BY t.latest_at DESC, t.id DESC LIMIT %s) t
    JOIN articles b ON b.id = t.article_id JOIN story_articles m ON m.article_id = b.id
"""
# An affair of several weeks has about a hundred stories.
MAX_CHAIN = 300
STORY_OF = "(SELECT o.story_id FROM story_articles o WHERE o.article_id = %s)"


class StoryRows(SqlStore):
    """Implements `ports.StoryStore`."""

    @reads
    async def changes(self, db: Session, *, after: int, since: datetime, limit: int) -> StoryChanges:
        found = await db.rows(CHANGES, [after, since, limit])
        row = await db.row("SELECT revision, next_story, edits_revision FROM story_state") or {}
        state = StoryState(row["revision"], row["next_story"])
        decisions = await read_decisions(db) if row["edits_revision"] > after else None
        if len(found) == limit:
            state = StoryState(found[-1]["revision"], state.next_story)
        return StoryChanges(tuple(values.to_entries(found)), state, len(found) < limit, decisions)

    @writes
    async def put_many(
        self,
        db: Session,
        articles: Sequence[PreparedArticle],
        stories: Mapping[str, int],
        *,
        known: StoryState,
        next_story: int,
        keep_since: datetime,
        origin: Origin,
        now: datetime,
    ) -> tuple[tuple[StoredArticle, ...], StoryState]:
        # One process at a time changes stories; the others wait for this row.
        if (await read_state(db, "FOR UPDATE")).revision != known.revision:
            raise StoryConflict("another process changed the stories in the meantime")
        stored = [
            await put_article(db, new.key, new.article, new.summaries, new.search_terms, origin, now)
            for new in articles
        ]
        ids = {new.key: article.id for new, article in zip(articles, stored, strict=True)}
        touched: set[int] = set()
        for key, article in {new.key: new.article for new in articles}.items():
            touched |= await assign_story(db, ids[key], stories.get(key), article)
        for new in articles:
            if new.listing is not None:
                await put_listing(db, ids[new.key], new.listing)
        moved_ids = await move(db, {key: story for key, story in stories.items() if key not in ids}, touched)
        await refresh_stories(db, touched)
        signatures = {ids[new.key]: new.signature.to_bytes() for new in articles}
        revision = await put_signatures(db, signatures, moved_ids, known.revision)
        await db.run("DELETE FROM signatures WHERE dated_at < %s", [keep_since])
        state = StoryState(revision, max(next_story, (await read_state(db)).next_story))
        await db.run("UPDATE story_state SET revision = %s, next_story = %s", [state.revision, state.next_story])
        return tuple(stored), state

    async def coverage(self, article_id: int) -> tuple[Coverage, ...]:
        return values.to_coverage(await self.database.value(COVERAGE_FOR_READERS, [article_id]))

    async def chain(self, article_id: int) -> tuple[Coverage, ...]:
        return values.to_coverage(await self.database.value(CHAIN, [article_id, MAX_CHAIN]))


async def read_state(db: Session, lock: str = "") -> StoryState:
    row = await db.row(f"SELECT revision, next_story FROM story_state {lock}")
    return StoryState(**(row or {}))


async def read_decisions(db: Session) -> Decisions:
    """Return the splits and merges in effect, with the keys of the articles."""
    edits = [
        (EditKind(row["kind"]), values.to_list(row["article_ids"]), values.to_list(row["other_ids"]))
        for row in await db.rows(DECISIONS)
    ]
    named = await db.rows(NAMED, [sorted({one for _, *sides in edits for side in sides for one in side})])
    keys = {row["id"]: make_article_key(values.to_article(row)) for row in named}
    return Decisions(
        tuple(
            Edit(kind, *(tuple(keys[one] for one in side if one in keys) for side in sides)) for kind, *sides in edits
        ),
        {keys[row["id"]]: row["story_id"] for row in named},
    )


async def move(db: Session, stories: Mapping[str, int], touched: set[int]) -> list[int]:
    """Move stored articles, given by key, to other stories and return their ids.

    Adds the stories that they leave and join to `touched`.
    """
    moved = []
    for key, story in stories.items():
        found = await db.row(
            "SELECT a.id, s.story_id FROM articles a JOIN story_articles s ON s.article_id = a.id WHERE a.key = %s",
            [values.stored_key(key)],
        )
        if found is None:
            continue
        await db.run("UPDATE story_articles SET story_id = %s WHERE article_id = %s", [story, found["id"]])
        touched |= {found["story_id"], story}
        moved.append(found["id"])
        await db.run(UNLINK, [[found["story_id"], story]])
    return moved


async def put_signatures(db: Session, signatures: Mapping[int, bytes], moved: Iterable[int], revision: int) -> int:
    """Store new signatures, mark the `moved` articles as changed, and return the last revision that was assigned."""
    revision += 1  # A batch without a new signature is a change too.
    new = [
        {"id": article_id, "revision": number, "signature": signature}
        for number, (article_id, signature) in enumerate(signatures.items(), start=revision + 1)
    ]
    await db.run_many(PUT_SIGNATURE, new)
    revision += len(new)
    changed = [(number, article_id) for number, article_id in enumerate(moved, start=revision + 1)]
    await db.run_many("UPDATE signatures SET revision = %s WHERE article_id = %s", changed)
    return revision + len(changed)
