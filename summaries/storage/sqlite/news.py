"""What readers see, in SQLite: stories in lists, each by one article and by how the outlets tell it.

Every list is bounded, and read from narrow indexes alone, so that a page costs the same however many articles are
stored.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from summaries.model import NewsItem, NewsPage, NewsQuery, first_of_each_outlet
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.stories import read_tellings
from summaries.text.stems import search_stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlite_utils

    from summaries.model import Length, Telling
    from summaries.storage.sqlite.database import Database

# Nobody turns a hundred pages; what is older is found by its words.
MOST_LISTED = 500
# A topic's place in the order needs no exact count.
MOST_COUNTED = 1_000
# The names in an index, each found by one look behind the last: to read it all takes long.
NAMES = """
WITH RECURSIVE names (name) AS (
    SELECT min({column}) FROM story_articles
    UNION ALL
    SELECT (SELECT min({column}) FROM story_articles WHERE {column} > names.name) FROM names WHERE names.name NOT NULL
)
SELECT name FROM names WHERE name NOT NULL
"""


class SqliteNewsStore:
    """Fulfils `ports.NewsStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(self, query: NewsQuery, *, length: Length, number: int, size: int) -> NewsPage:
        def work(db: sqlite_utils.Database) -> NewsPage:
            found = find_stories(db, query)
            shown = max(0, min(number, -(-len(found) // size) - 1))
            return NewsPage(read_items(db, found[shown * size : (shown + 1) * size], length), shown, len(found), size)

        return await self._database.read(work)

    async def outlets(self) -> tuple[str, ...]:
        names = NAMES.format(column="outlet COLLATE NOCASE")
        return await self._database.read(lambda db: tuple(name for (name,) in db.execute(names)))

    async def categories(self) -> tuple[str, ...]:
        def work(db: sqlite_utils.Database) -> tuple[str, ...]:
            counted = "SELECT count(*) FROM (SELECT 1 FROM story_articles s WHERE s.category = n.name LIMIT ?)"
            found = db.execute(
                f"SELECT name FROM ({NAMES.format(column='category')}) n ORDER BY ({counted}) DESC, name",
                [MOST_COUNTED],
            )
            return tuple(name for (name,) in found)

        return await self._database.read(work)


def find_stories(db: sqlite_utils.Database, query: NewsQuery) -> list[tuple[int, int]]:
    """The newest stories that the query asks for, each with the article to show."""
    if query.words is not None:
        found = db.execute(
            "SELECT t.id, t.article_id FROM story_articles s JOIN stories t ON t.id = s.story_id"
            " WHERE s.article_id IN"
            " (SELECT rowid FROM article_search WHERE article_search MATCH ? ORDER BY rowid DESC LIMIT ?)"
            " GROUP BY t.id ORDER BY t.latest_at DESC, t.id DESC",
            [match_expression(query.words), MOST_LISTED],
        )
    elif query.outlet is not None:
        # Who asks for an outlet is shown that outlet's own article.
        found = db.execute(
            "SELECT story_id, article_id FROM story_articles WHERE outlet = ? COLLATE NOCASE"
            " ORDER BY dated_at DESC, article_id DESC LIMIT ?",
            [query.outlet, MOST_LISTED],
        )
    elif query.category is not None:
        found = db.execute(
            "SELECT t.id, t.article_id FROM"
            " (SELECT story_id, dated_at, article_id FROM story_articles WHERE category = ?"
            " ORDER BY dated_at DESC, article_id DESC LIMIT ?) s JOIN stories t ON t.id = s.story_id"
            " ORDER BY s.dated_at DESC, s.article_id DESC",
            [query.category, MOST_LISTED],
        )
    else:
        found = db.execute("SELECT id, article_id FROM stories ORDER BY latest_at DESC, id DESC LIMIT ?", [MOST_LISTED])
    firsts: dict[int, int] = {}
    for story_id, article_id in found:
        firsts.setdefault(story_id, article_id)
    return list(firsts.items())


def read_items(db: sqlite_utils.Database, shown: Sequence[tuple[int, int]], length: Length) -> tuple[NewsItem, ...]:
    """The items of stories, each by the article named with it; left out where that has no summary of the length."""
    found = db.execute(
        "SELECT a.*, s.method, s.language, s.length, s.spans FROM articles a JOIN summaries s ON s.article_id = a.id"
        " WHERE a.id IN (SELECT value FROM json_each(?)) AND s.length = ?",
        [json.dumps([article_id for _, article_id in shown]), length.code],
    )
    by_article = {row["id"]: row for row in rows.fetch_all(found)}
    tellings = read_tellings(db, [story_id for story_id, _ in shown])
    return tuple(
        to_item(by_article[article_id], tellings[story_id])
        for story_id, article_id in shown
        if article_id in by_article
    )


def to_item(row: dict[str, Any], tellings: Sequence[Telling]) -> NewsItem:
    return NewsItem(rows.to_stored(row), rows.to_summary(row["text"], row), first_of_each_outlet(tellings))


def match_expression(words: str) -> str:
    """An FTS5 expression for articles that hold the stems of all the words.

    Each stem is quoted, so that nothing a person types is taken for FTS5 syntax.
    """
    stems = search_stems(words).split()
    return " AND ".join(f'"{stem.replace(chr(34), "")}"' for stem in stems) if stems else '""'
