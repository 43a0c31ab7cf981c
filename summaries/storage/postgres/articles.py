"""Articles, their summaries and the searches behind buttons, in PostgreSQL."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from summaries.articles.prepare import extract_search_terms
from summaries.model import Listed, Origin
from summaries.storage import values
from summaries.storage.limits import QUERIES_KEPT, TITLES_KEPT
from summaries.storage.postgres.story_rows import refresh_stories, tell
from summaries.storage.postgres.tsvector import to_vector
from summaries.storage.sql.session import assignments, insertion
from summaries.urls import make_article_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from summaries.model import Article, Length, NewsQuery, StoredArticle, Summary
    from summaries.ports.stories import Listing
    from summaries.storage.postgres.database import Database
    from summaries.storage.sql.session import Session

LISTED = """
SELECT k.key, a.url, l.titles, a.outlet, a.is_excerpt
    FROM unnest(%s::text[]) k (key) LEFT JOIN listings l ON l.key = k.key
    JOIN articles a ON a.id = coalesce(l.article_id, (SELECT id FROM articles WHERE key = k.key))
    JOIN story_articles s ON s.article_id = a.id
"""


class PostgresArticleStore:
    """Fulfils `ports.ArticleStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(
        self,
        article: Article,
        summaries: Sequence[Summary],
        *,
        origin: Origin,
        now: datetime,
        owner: int | None = None,
    ) -> StoredArticle:
        terms = extract_search_terms(article)

        async def work(db: Session) -> StoredArticle:
            stored = await put_article(
                db, make_article_key(article, owner=owner), article, summaries, terms, origin, now
            )
            if stored.origin.is_public:
                await refresh_stories(db, await tell(db, stored.id, None, len(article.text.split())))
            return stored

        return await self._database.write(work)

    async def find(self, key: str) -> StoredArticle | None:
        found = await self._database.row("SELECT * FROM articles WHERE key = %s", [key])
        return values.to_stored(found) if found else None

    async def get(self, article_id: int) -> StoredArticle | None:
        found = await self._database.row("SELECT * FROM articles WHERE id = %s", [article_id])
        return values.to_stored(found) if found else None

    async def listed(self, keys: Sequence[str]) -> Mapping[str, Listed]:
        found = await self._database.rows(LISTED, [list(keys)])
        return {
            row["key"]: Listed(row["url"], tuple(row["titles"] or ()), row["outlet"], row["is_excerpt"])
            for row in found
        }

    async def find_summary(self, article_id: int, length: Length) -> Summary | None:
        found = await self._database.row(
            "SELECT s.*, a.text AS article_text FROM summaries s JOIN articles a ON a.id = s.article_id"
            " WHERE s.article_id = %s AND s.length = %s",
            [article_id, length.code],
        )
        return values.to_summary(found["article_text"], found) if found else None

    async def put_summary(self, article_id: int, summary: Summary, *, now: datetime) -> None:
        async def work(db: Session) -> None:
            await db.run(
                "DELETE FROM summaries WHERE article_id = %s AND length = %s", [article_id, summary.length.code]
            )
            await put_summaries(db, article_id, [summary], now)

        await self._database.write(work)


class PostgresQueryStore:
    """Fulfils `ports.QueryStore`. `new_id` draws numbers below 2^48 that nobody guesses: who has a query's id sees its
    words, and callback data can be forged."""

    def __init__(self, database: Database, new_id: Callable[[], int] = lambda: secrets.randbits(48)) -> None:
        self._database = database
        self._new_id = new_id

    async def remember(self, query: NewsQuery, *, now: datetime) -> int:
        bounds = (moment.isoformat() if moment else None for moment in (query.since, query.until))
        row = {"id": self._new_id(), "query": values.plain_query(query, *bounds), "asked_at": now}

        async def work(db: Session) -> int:
            await db.run("DELETE FROM queries WHERE asked_at < %s", [now - QUERIES_KEPT])
            await db.run(f"{insertion('queries', row)} ON CONFLICT DO NOTHING", row)
            return int(
                await db.value("UPDATE queries SET asked_at = %(asked_at)s WHERE query = %(query)s RETURNING id", row)
            )

        return await self._database.write(work)

    async def recall(self, query_id: int) -> NewsQuery | None:
        found = await self._database.value("SELECT query FROM queries WHERE id = %s", [query_id])
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
    """Add or update the article by its key; see `ports.ArticleStore.put`. A public one is to be told then."""
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
        await put_terms(db, article_id, terms)
    return values.to_stored({**columns, "id": article_id})


async def put_summaries(db: Session, article_id: int, summaries: Sequence[Summary], now: datetime) -> None:
    made = [{"article_id": article_id, **values.summary_columns(summary), "created_at": now} for summary in summaries]
    if made:
        await db.run_many(insertion("summaries", made[0]), made)


async def put_terms(db: Session, article_id: int, terms: tuple[str, str]) -> None:
    """Let the search find the article by the stems of its title and text."""
    title, text = terms
    vector, words = to_vector(title, text)
    await db.run(
        "INSERT INTO article_search (article_id, title, text, terms) VALUES (%s, %s, %s, %s::tsvector)"
        " ON CONFLICT (article_id) DO UPDATE SET title = excluded.title, text = excluded.text, terms = excluded.terms",
        [article_id, title, text, vector],
    )
    await add_words(db, words)


async def add_words(db: Session, words: Iterable[str]) -> None:
    """Let what is misspelt be found near these words."""
    # In one order for all, so that two writers can't wait for each other.
    await db.run(
        "INSERT INTO search_words (word) SELECT w FROM unnest(%s::text[]) w"
        ' WHERE NOT EXISTS (SELECT FROM search_words WHERE word = w) ORDER BY w COLLATE "C" ON CONFLICT DO NOTHING',
        [list(words)],
    )


async def put_listing(db: Session, article_id: int, listing: Listing) -> None:
    """Remember how a source lists the article."""
    before = await db.value("SELECT titles FROM listings WHERE key = %s", [listing.key])
    titles = [*(title for title in before or () if title != listing.title), listing.title][-TITLES_KEPT:]
    row: dict[str, Any] = {"key": listing.key, "article_id": article_id, "titles": titles}
    change = "UPDATE listings SET article_id = %(article_id)s, titles = %(titles)s WHERE key = %(key)s"
    if before is None:
        await db.run(insertion("listings", row), row)
    else:
        await db.run(change, row)
