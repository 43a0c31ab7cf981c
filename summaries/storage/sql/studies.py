"""The study of stale stories: which they are, and the chains that link them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from summaries.errors import StoryConflict
from summaries.ports.stories import StaleStories, StaleStory, StudiedStory
from summaries.storage import values
from summaries.storage.sql.articles import NEW_STORY
from summaries.storage.sql.session import Row, Session, SqlStore, reads, rows_with, to_json, writes
from summaries.stories import Signature, make_signature
from summaries.stories.central_facts import StoryReport
from summaries.stories.chains import LinkedStory

# A signature is deleted after a few days; then it is made from the article, as it is for articles that came alone.
STALE = """
SELECT s.id, s.version, s.latest_at, s.chain_id, g.signature, a.title,
    CASE WHEN s.chain_id IS NULL AND g.signature IS NULL THEN a.text END AS text
    FROM stories s JOIN articles a ON a.id = s.article_id
    LEFT JOIN signatures g ON g.article_id = a.id AND s.chain_id IS NULL
    WHERE s.is_stale ORDER BY s.id LIMIT %s
"""
POSTINGS = """
SELECT g.value ->> 0 AS term,
        (SELECT json_agg(json_build_array(p.story_id, p.weight)) FROM
            (SELECT c.story_id, c.weight FROM chain_terms c WHERE c.term = g.value ->> 0
                ORDER BY c.story_id DESC LIMIT %(limit)s) p) AS found
    FROM json_array_elements(%(terms)s::json) g
"""
CHAINS = "SELECT id, chain_id, latest_at FROM stories WHERE id = ANY(%s::bigint[]) AND chain_id IS NOT NULL"
# The stories that left the chain with their id, to which others belong.
LEFT = """
SELECT s.id FROM stories s WHERE s.id = ANY(%s::bigint[])
    AND EXISTS (SELECT 1 FROM stories o WHERE o.chain_id = s.id AND o.id <> s.id)
"""
REPORTS = """
SELECT r.story_id, a.*, (SELECT json_agg(json_build_array(s.length, s.method, s.language, s.spans))
        FROM summaries s WHERE s.article_id = a.id) AS summaries
    FROM (SELECT m.story_id, m.article_id, row_number() OVER
            (PARTITION BY m.story_id ORDER BY m.dated_at DESC, m.article_id DESC) AS place
        FROM stories t JOIN story_articles m ON m.story_id = t.id
        WHERE t.id = ANY(%s::bigint[]) AND t.outlet_count > 1) r
    JOIN articles a ON a.id = r.article_id WHERE r.place <= %s ORDER BY r.story_id, a.id
"""
STUDIED = rows_with(id="bigint", version="integer", chain_id="bigint", addition="text", is_disputed="boolean")
# The story did not change meanwhile.
PUT = f"""
UPDATE stories SET chain_id = mark.chain_id, is_stale = false, addition = mark.addition,
    is_disputed = mark.is_disputed FROM {STUDIED}
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

    async def read_postings(self, terms: Collection[str], *, limit: int) -> Mapping[str, Sequence[tuple[int, float]]]:
        wanted = {"terms": to_json([term] for term in terms), "limit": limit}
        found = await self.database.rows(POSTINGS, wanted)
        return {
            row["term"]: sorted((story_id, weight) for story_id, weight in values.to_list(row["found"] or ()))
            for row in found
        }

    async def read_chains(self, story_ids: Collection[int]) -> Mapping[int, LinkedStory]:
        found = await self.database.rows(CHAINS, [list(story_ids)])
        return {row["id"]: LinkedStory(row["chain_id"], values.to_moment(row["latest_at"])) for row in found}

    async def read_reports(self, story_ids: Collection[int], *, most: int) -> Mapping[int, tuple[StoryReport, ...]]:
        found = await self.database.rows(REPORTS, [sorted(story_ids), most])
        return {
            story_id: tuple(map(to_report, rows))
            for story_id, rows in groupby(found, key=lambda row: int(row["story_id"]))
        }

    @writes
    async def put_studied(self, db: Session, studied: Sequence[StudiedStory], *, known: int) -> int:
        if await db.value("SELECT studies FROM story_state FOR UPDATE") != known:
            raise StoryConflict("another process studied stories in the meantime")
        begun = {-story.chain_id for story in studied if story.chain_id < 0}
        other_ids = {row["id"]: await db.value(NEW_STORY) for row in await db.rows(LEFT, [sorted(begun)])}
        chains = {-story_id: other_ids.get(story_id, story_id) for story_id in begun}
        linked = [story for story in studied if story.terms]
        rows = (to_row(story, chains.get(story.chain_id, story.chain_id)) for story in studied)
        await db.run(PUT, {"rows": to_json(rows)})
        await db.run(DELETE_TERMS, {"rows": to_json((story.id, story.version) for story in linked)})
        terms = ((story.id, story.version, *term) for story in linked for term in story.terms.items())
        await db.run(PUT_TERMS, {"rows": to_json(terms)})
        await db.run("UPDATE story_state SET studies = studies + 1")
        return known + 1


def to_row(story: StudiedStory, chain_id: int) -> tuple[object, ...]:
    addition = values.plain_central_addition(story.addition)
    return story.id, story.version, chain_id, addition, story.is_disputed


def to_report(row: Row) -> StoryReport:
    columns = ("length", "method", "language", "spans")
    stored = values.to_stored(row)
    summaries = (dict(zip(columns, found, strict=True)) for found in values.to_list(row["summaries"] or ()))
    return StoryReport(stored, tuple(values.to_summary(stored.article.text, summary) for summary in summaries))


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


def read_signature(row: Row) -> Signature:
    """Return the signature of the row's article."""
    if row["signature"] is not None:
        try:
            return Signature.from_bytes(row["signature"])
        except ValueError:
            pass
    return make_signature("", str(row["title"]), values.to_text(row["text"]) if row["text"] else "")
