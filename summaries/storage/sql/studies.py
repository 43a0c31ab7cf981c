"""The study of stale stories: which they are, and the chains that link them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from summaries.errors import StoryConflict
from summaries.ports.stories import StaleStories, StaleStory, StudiedStory
from summaries.storage import values
from summaries.storage.sql.session import Row, Session, SqlStore, reads, rows_with, to_json, writes
from summaries.stories import Signature, make_signature

# A signature is deleted after a few days; then it is made from the article, as it is for articles that came alone.
STALE = """
SELECT s.id, s.version, s.latest_at, s.chain_id, g.signature, a.title,
    CASE WHEN s.chain_id IS NULL AND g.signature IS NULL THEN a.text END AS text
    FROM stories s JOIN articles a ON a.id = s.article_id
    LEFT JOIN signatures g ON g.article_id = a.id AND s.chain_id IS NULL
    WHERE s.is_stale ORDER BY s.id LIMIT %s
"""
STUDIED = rows_with(id="bigint", version="integer", chain_id="bigint")
# The story did not change meanwhile.
PUT = f"""
UPDATE stories SET chain_id = mark.chain_id, is_stale = false FROM {STUDIED}
    WHERE stories.id = mark.id AND stories.version = mark.version
"""
DELETE_TERMS = f"""
DELETE FROM chain_terms WHERE story_id IN
    (SELECT s.id FROM stories s JOIN {rows_with(id="bigint", version="integer")} ON s.id = mark.id
        WHERE s.version = mark.version)
"""
PUT_TERMS = f"""
INSERT INTO chain_terms (term, story_id, weight)
    SELECT mark.term, s.id, mark.weight
    FROM {rows_with(id="bigint", version="integer", term="text", weight="real")} JOIN stories s ON s.id = mark.id
    WHERE s.version = mark.version
"""


class StudyRows(SqlStore):
    """Implements `ports.StudyStore`."""

    @reads
    async def list_stale(self, db: Session, *, limit: int) -> StaleStories:
        found = await db.rows(STALE, [limit])
        studies = int(await db.value("SELECT studies FROM story_state"))
        return StaleStories(await db.compute(to_stale, found), studies)

    @writes
    async def put_studied(self, db: Session, studied: Sequence[StudiedStory], *, known: int) -> int:
        if await db.value("SELECT studies FROM story_state FOR UPDATE") != known:
            raise StoryConflict("another process studied stories in the meantime")
        linked = [story for story in studied if story.terms]
        await db.run(PUT, {"rows": to_json((story.id, story.version, story.chain_id) for story in studied)})
        await db.run(DELETE_TERMS, {"rows": to_json((story.id, story.version) for story in linked)})
        terms = ((story.id, story.version, *term) for story in linked for term in story.terms.items())
        await db.run(PUT_TERMS, {"rows": to_json(terms)})
        await db.run("UPDATE story_state SET studies = studies + 1")
        return known + 1


def to_stale(rows: Sequence[Row]) -> tuple[StaleStory, ...]:
    return tuple(
        StaleStory(
            row["id"],
            row["version"],
            values.to_moment(row["latest_at"]),
            row["chain_id"],
            read_signature(row) if row["chain_id"] is None else None,
        )
        for row in rows
    )


def read_signature(row: Mapping[str, object]) -> Signature:
    """Return the signature of the row's article."""
    if row["signature"] is not None:
        try:
            return Signature.from_plain(json.loads(str(row["signature"])))
        except (ValueError, KeyError, TypeError):
            pass
    return make_signature("", str(row["title"]), str(row["text"] or ""))
