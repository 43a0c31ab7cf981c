"""The news without any chat, for sites and programs that only read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from summaries.model import (
    LONG,
    MEDIUM,
    Coverage,
    Length,
    News,
    NewsRequest,
    Preferences,
    PublicStory,
    StoredArticle,
    StoryHead,
    Summary,
)
from summaries.storage import values
from summaries.storage.sql.articles import ArticleRows
from summaries.storage.sql.digest_candidates import DigestNews
from summaries.storage.sql.news import NewsRows
from summaries.storage.sql.session import Row, Session, reads
from summaries.storage.sql.stories import COVERAGE, MAX_CHAIN, StoryRows

HEADS = """
SELECT t.id, t.version, t.article_id, o.category, t.outlet_count, t.latest_at,
        t.chain_id
    FROM (SELECT * FROM stories WHERE NOT is_hidden ORDER BY latest_at DESC, id DESC LIMIT %s) t
    JOIN story_articles o ON o.article_id = t.article_id ORDER BY t.latest_at DESC, t.id DESC
"""
OPEN = f"""
SELECT t.id, t.article_id, t.chain_id, {COVERAGE.format(story="t.id")} AS coverage FROM stories t
    WHERE t.id = ANY(%s::bigint[]) AND NOT t.is_hidden ORDER BY t.id
"""
# The best articles of the stories of chains, in the form that `values.to_coverage` reads.
CHAINS = """
SELECT t.chain_id, json_build_array(
        b.id, b.title, b.outlet, b.url, b.category, b.published_at, m.added_at, m.dated_at) AS report
    FROM stories t JOIN articles b ON b.id = t.article_id JOIN story_articles m ON m.article_id = b.id
    WHERE t.chain_id = ANY(%s::bigint[]) AND NOT t.is_hidden ORDER BY t.chain_id, t.latest_at DESC, t.id DESC
"""
ARTICLES = "SELECT a.* FROM articles a WHERE a.id = ANY(%s::bigint[]) AND a.is_public"
SUMMARIES = """
SELECT article_id, length, method, language, spans FROM summaries
    WHERE article_id = ANY(%s::bigint[]) AND length = ANY(%s::text[])
"""
# No chat has this id, so nothing was delivered to it.
NOBODY = 0


class PublicReaderRows(NewsRows):
    """Implements `ports.PublicReader`."""

    async def choose_top(self, since: datetime, now: datetime, preferences: Preferences) -> News:
        (news,) = await DigestNews(self.database).choose([NewsRequest(NOBODY, since, now, preferences)])
        return news

    async def coverage(self, article_id: int) -> tuple[Coverage, ...]:
        return await StoryRows(self.database).coverage(article_id)

    async def chain(self, article_id: int) -> tuple[Coverage, ...]:
        return await StoryRows(self.database).chain(article_id)

    async def find(self, key: str) -> StoredArticle | None:
        stored = await ArticleRows(self.database).find(key)
        return stored if stored is not None and stored.origin.is_public else None

    async def read_many(self, article_ids: Sequence[int], length: Length) -> list[tuple[StoredArticle, Summary | None]]:
        found = await ArticleRows(self.database).read_many(article_ids, length)
        return [(stored, summary) for stored, summary in found if stored.origin.is_public]

    async def find_summary(self, article_id: int, length: Length) -> Summary | None:
        articles = ArticleRows(self.database)
        stored = await articles.get(article_id)
        return await articles.find_summary(article_id, length) if stored and stored.origin.is_public else None

    async def list_heads(self, *, limit: int) -> tuple[StoryHead, ...]:
        return tuple(
            StoryHead(**(row | {"latest_at": values.to_moment(row["latest_at"])}))
            for row in await self.database.rows(HEADS, [limit])
        )

    @reads
    async def read_stories(self, db: Session, story_ids: Collection[int], *, most: int) -> tuple[PublicStory, ...]:
        found = await db.rows(OPEN, [list(story_ids)])
        coverage = {row["id"]: values.to_coverage(row["coverage"]) for row in found}
        chains = await read_chains(db, {row["chain_id"] for row in found if row["chain_id"] is not None})
        read = {row["id"]: choose_articles(row["article_id"], coverage[row["id"]], most) for row in found}
        article_ids = [article_id for ids in read.values() for article_id in ids]
        rows = {row["id"]: row for row in await db.rows(ARTICLES, [article_ids])}
        summaries = await db.rows(SUMMARIES, [article_ids, [LONG.code, MEDIUM.code]])
        return await db.compute(to_public_stories, found, coverage, chains, read, rows, summaries)


def choose_articles(best_id: int, coverage: Sequence[Coverage], most: int) -> list[int]:
    """Return the articles of a story to read, the earliest first."""
    ends = {report.article_id for report in (*coverage[:most], *coverage[len(coverage) - most :])}
    return [report.article_id for report in coverage if report.article_id in ends or report.article_id == best_id]


async def read_chains(db: Session, chain_ids: Collection[int]) -> Mapping[int, tuple[Coverage, ...]]:
    """Return the best article of each chain's newest stories, the earliest first."""
    rows = await db.rows(CHAINS, [sorted(chain_ids)]) if chain_ids else []
    return {
        chain_id: values.to_coverage([values.to_list(row["report"]) for row in found][:MAX_CHAIN])
        for chain_id, found in groupby(rows, key=lambda row: int(row["chain_id"]))
    }


def to_public_stories(
    found: Sequence[Row],
    coverage: Mapping[int, tuple[Coverage, ...]],
    chains: Mapping[int, tuple[Coverage, ...]],
    read: Mapping[int, Sequence[int]],
    rows: Mapping[int, Row],
    summaries: Sequence[Row],
) -> tuple[PublicStory, ...]:
    """Return the stories from rows of `OPEN`, the articles to read of each one, and the rows of these."""
    articles: dict[int, StoredArticle] = {one: values.to_stored(row) for one, row in rows.items()}
    long, medium = (
        {
            row["article_id"]: values.to_summary(articles[row["article_id"]].article.text, row)
            for row in summaries
            if row["length"] == length.code and row["article_id"] in articles
        }
        for length in (LONG, MEDIUM)
    )
    stories = []
    for row in found:
        story_id, ids = row["id"], [one for one in read[row["id"]] if one in articles]
        own: dict[int, Summary] = {one: medium[one] for one in ids if one in medium}
        chain = chains.get(row["chain_id"], ())
        stories.append(
            PublicStory(
                story_id,
                row["article_id"],
                coverage[story_id],
                chain,
                tuple((articles[one], long.get(one)) for one in ids),
                own,
            )
        )
    return tuple(stories)
