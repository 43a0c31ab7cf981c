"""An archive: a store filled with old articles, fast, past the ports; one story each, as most old articles are."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.ingest.news import TOPICS, common_words, name, today
from summaries.storage import open_store
from summaries.storage.sqlite.rows import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT_ONCE = 20_000
TEXT_WORDS = 120
SUMMARY_CHARS = 200
MINUTES_APART = 1.5
"""A million articles in three years."""


def fill(path: Path, count: int) -> None:
    """Put `count` articles into the new database at `path`, the newest a week old."""

    async def create() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(create())
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        rows = make_rows(count)
        while batch := [row for _, row in zip(range(AT_ONCE), rows, strict=False)]:
            insert(db, batch)
        db.execute("INSERT OR IGNORE INTO search_words SELECT term FROM article_words")
        db.execute("UPDATE story_state SET next_story = ?", [count + 1])
        db.commit()
        db.execute("PRAGMA optimize")


def make_rows(count: int) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Id, title, outlet, topic, text, moment; the oldest first."""
    rng = random.Random(count)
    texts = [" ".join(common_words(rng, TEXT_WORDS)) for _ in range(2_000)]
    end = today() - timedelta(days=7)
    for n in range(1, count + 1):
        dated = moment(end - timedelta(minutes=MINUTES_APART * (count - n)))
        title = f"{name(rng)} {name(rng)} {texts[n % 2_000][:40]}"
        yield n, title, f"Media {n % 200}", rng.choice(TOPICS), texts[rng.randrange(2_000)], dated


def insert(db: sqlite3.Connection, batch: list[tuple[int, str, str, str, str, str]]) -> None:
    spans = json.dumps([[0, SUMMARY_CHARS]])
    with db:
        db.executemany(
            "INSERT INTO articles (id, key, title, outlet, category, published_at, url, text, origin, is_public,"
            " dated_at, added_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'feed', 1, ?, ?, ?)",
            (
                (n, f"url:lama.example/{n}", title, outlet, topic, at, f"https://lama.example/{n}", text, at, at, at)
                for n, title, outlet, topic, text, at in batch
            ),
        )
        db.executemany(
            "INSERT INTO summaries (article_id, length, method, language, text, spans, created_at)"
            " VALUES (?, ?, 'ringkas', 'id', ?, ?, ?)",
            (
                (n, length, text[:SUMMARY_CHARS], spans, at)
                for n, _, _, _, text, at in batch
                for length in ("35w", "60w")
            ),
        )
        db.executemany(
            "INSERT INTO article_search (rowid, title, text) VALUES (?, ?, ?)",
            ((n, title.lower(), text) for n, title, _, _, text, _ in batch),
        )
        db.executemany(
            "INSERT INTO stories (id, article_id, article_count, outlet_count, latest_at, added_at)"
            " VALUES (?, ?, 1, 1, ?, ?)",
            ((n, n, at, at) for n, _, _, _, _, at in batch),
        )
        db.executemany(
            "INSERT INTO story_articles (article_id, story_id, outlet, category, words, is_free, published_at,"
            " dated_at, added_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)",
            ((n, n, outlet, topic, TEXT_WORDS, at, at, at) for n, _, outlet, topic, _, at in batch),
        )
