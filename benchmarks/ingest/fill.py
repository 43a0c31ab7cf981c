"""An archive: a store filled with old articles, fast, past the ports; one story each, as most old articles are."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.ingest.news import TOPICS, common_words, name, today
from summaries.storage import open_store
from summaries.storage.values import stored_moment as moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = 2_000
TEXT_WORDS = 120
MINUTES_APART = 1.5
"""A million articles in three years."""
HELD_IN_MEMORY_KIB = 512 * 1024
# So many bytes of the search index are collected before they are written: few large pieces, as years of merging leave.
PIECE_OF_INDEX, ITS_DEFAULT = 128 * 2**20, 2**20
ARTICLES = """
INSERT INTO articles (id, key, title, outlet, category, published_at, url, text, origin, is_public, dated_at, added_at,
    updated_at)
    VALUES (:id, printf('url:lama.example/%09d', :id), :title, :outlet, :topic, :at,
    printf('https://lama.example/%09d', :id), :text, 'feed', 1, :at, :at, :at)
"""
SUMMARIES = """
INSERT INTO summaries (article_id, length, method, language, text, spans, created_at)
    SELECT a.id, l.value, 'ringkas', 'id', substr(a.text, 1, 200), '[[0, 200]]', a.added_at
    FROM articles a CROSS JOIN json_each('["35w", "60w"]') l
"""
SEARCH = "INSERT INTO article_search (rowid, title, text) SELECT id, lower(title), text FROM articles ORDER BY id"
STORIES = """
INSERT INTO stories (id, article_id, article_count, outlet_count, latest_at, added_at)
    SELECT id, id, 1, 1, dated_at, added_at FROM articles ORDER BY id
"""
STORY_ARTICLES = """
INSERT INTO story_articles (article_id, story_id, outlet, outlet_key, category, words, is_free, published_at, dated_at,
    added_at)
    SELECT id, id, outlet, lower(outlet), category, 120, 1, published_at, dated_at, added_at FROM articles ORDER BY id
"""


def archive(folder: Path, count: int) -> Path:
    """The archive of that size in the folder, which is filled unless it is there."""
    path = folder / f"archive-{count}.db"
    if not path.exists():
        print(f"filling an archive of {count:,} articles ...", flush=True)
        fill(path, count)
    return path


def fill(path: Path, count: int) -> None:
    """Put `count` articles into the new database at `path`, the newest a week old."""

    async def create() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(create())
    with closing(sqlite3.connect(path)) as db:
        # Who loses it fills another one.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{HELD_IN_MEMORY_KIB}"):
            db.execute(f"PRAGMA {pragma}")
        words: set[str] = set()
        with without_indexes(db, "articles", "stories", "story_articles"), pieces_of_index(db, PIECE_OF_INDEX), db:
            db.executemany(ARTICLES, make_rows(count, words))
            for statement in (SUMMARIES, SEARCH, STORIES, STORY_ARTICLES):
                db.execute(statement)
            db.executemany("INSERT OR IGNORE INTO search_words VALUES (?)", ([word] for word in sorted(words)))
            db.execute("UPDATE story_state SET next_story = ?", [count + 1])
        db.execute("PRAGMA journal_mode = WAL")
    # What is still to be written would come between what is measured.
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def without_indexes(db: sqlite3.Connection, *tables: str) -> Iterator[None]:
    """Make the indexes of the tables anew at the end: that is sorting, and not one place after the other."""
    made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name = ?"
    indexes = [index for table in tables for index in db.execute(made, [table]).fetchall()]
    for name_, _ in indexes:
        db.execute(f"DROP INDEX {name_}")
    yield
    for _, statement in indexes:
        db.execute(statement)


@contextmanager
def pieces_of_index(db: sqlite3.Connection, size: int) -> Iterator[None]:
    """Let the search index be written in pieces of that size, and not be merged."""
    setting = "INSERT INTO article_search (article_search, rank) VALUES (?, ?)"
    automerge, crisismerge = 4, 16
    for name_, value in (("hashsize", size), ("automerge", 0), ("crisismerge", 1_000)):
        db.execute(setting, [name_, value])
    db.commit()
    yield
    for name_, value in (("hashsize", ITS_DEFAULT), ("automerge", automerge), ("crisismerge", crisismerge)):
        db.execute(setting, [name_, value])
    db.commit()


def make_rows(count: int, words: set[str]) -> Iterator[dict[str, object]]:
    """The articles, the oldest first; their stems are added to `words`."""
    rng = random.Random(count)
    texts = [" ".join(common_words(rng, TEXT_WORDS)) for _ in range(TEXTS)]
    words.update(*(text.split() for text in texts))
    end = today() - timedelta(days=7)
    for n in range(1, count + 1):
        title = f"{name(rng)} {name(rng)} {texts[n % TEXTS][:40]}"
        words.update(title.lower().split())
        yield {
            "id": n,
            "title": title,
            "outlet": f"Media {n % 200}",
            "topic": rng.choice(TOPICS),
            "text": texts[rng.randrange(TEXTS)],
            "at": moment(end - timedelta(minutes=MINUTES_APART * (count - n))),
        }
