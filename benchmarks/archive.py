"""Databases filled quickly with plain SQL: an archive of old articles, and chats with digests."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from benchmarks.news import TOPICS, common_words, invent_name
from summaries.digests.tastes import Subject, put_taste
from summaries.model import Preferences, RegionRule, Taste, TasteKind
from summaries.regions import Region, load_regions
from summaries.storage import open_store
from summaries.storage.sqlite.session import add_functions, encode_all, merging_at_once
from summaries.storage.values import preference_columns, stored_key, stored_moment, stored_text, to_text
from summaries.stories.vectors import load_background
from summaries.text.words import stem_for_search

TEXTS = 2_000
TEXT_WORDS = 120
TITLE_NAMES = 4_000
# A million articles in three years.
MINUTES_APART = 1.5
CACHE_KIB = 512 * 1024
ARTICLES = """
INSERT INTO articles (id, key, title, outlet, category, published_at, url, text, origin, is_public, dated_at, added_at,
    updated_at)
    VALUES (:id, :key, :title, :outlet, :topic, :at,
    printf('https://lama.example/%09d', :id), :text, 'feed', 1, :at, :at, :at)
"""
DERIVED = (
    """INSERT INTO summaries (article_id, length, method, language, spans)
    SELECT a.id, l.value, 'ringkas', 'id', '[[0,200]]' FROM articles a CROSS JOIN json_each('["35w", "60w"]') l""",
    "INSERT INTO article_search (rowid, title, text) SELECT id, title, text FROM article_stems ORDER BY id",
    """INSERT INTO stories (id, article_id, article_count, outlet_count, latest_at, added_at, chain_id, is_stale)
    SELECT id, id, 1, 1, dated_at, added_at, id, 0 FROM articles ORDER BY id""",
    """INSERT INTO story_articles
    (article_id, story_id, outlet, outlet_key, category, words, is_free, published_at, dated_at, added_at)
    SELECT id, id, outlet, lower(outlet), category, 120, 1, published_at, dated_at, added_at
    FROM articles ORDER BY id""",
    "INSERT INTO region_articles SELECT CAST(11 + id % 80 AS text), dated_at, id FROM articles",
)
# The newest stories with terms by which new ones find their chains: more than arrive in the weeks that are kept. Of an
# event's words those with the greatest weights are kept, the rare ones.
CHAINED, NAMES, WORDS, KEPT_WORDS = 50_000, 6, 60, 14
# Most readers keep the defaults.
PREFERENCES = (
    *(Preferences() for _ in range(3)),
    Preferences(topics=("ekonomi",)),
    Preferences(topics=("olahraga",)),
    Preferences(include=("harga",)),
    Preferences(exclude=("gosip",)),
    Preferences(count=5),
)
# Few readers change settings. Nobody has counted them yet, so these shares are assumed.
TASTED_SHARE, MORE_SHARE = 0.1, 0.75


def open_archive(folder: Path, count: int) -> Path:
    """Return the path of the archive with `count` articles in the folder; fill it first if it is missing."""
    path = folder / f"archive-{count}.db"
    if not path.exists():
        print(f"filling an archive of {count:,} articles ...", flush=True)
        fill(path, count)
    return path


def fill(path: Path, count: int) -> None:
    """Create a database with `count` articles of one story each; the newest is a week old."""

    async def create() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(create())
    with closing(sqlite3.connect(path)) as db:
        # Safe: a broken archive is filled again.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            db.execute(f"PRAGMA {pragma}")
        add_functions(db)
        # There are few words, and few texts.
        db.create_function("stem_title", 1, _stem_title, deterministic=True)
        db.create_function("stem_text", 1, cache(lambda stored: stem_for_search(to_text(stored))), deterministic=True)
        words: set[str] = set()
        with _without_indexes(db, "articles", "stories", "story_articles"), db, merging_at_once(db):
            db.executemany(ARTICLES, _article_rows(count, words))
            for statement in DERIVED:
                db.execute(statement)
            db.executemany("INSERT OR IGNORE INTO search_words VALUES (?)", ([word] for word in sorted(words)))
            db.executemany("INSERT OR IGNORE INTO chain_terms VALUES (?, ?, ?)", _term_rows(count))
            db.execute("UPDATE story_state SET next_story = ?", [count + 1])
        db.execute("PRAGMA journal_mode = WAL")
    # Write everything out now, not during the measurement.
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _without_indexes(db: sqlite3.Connection, *tables: str) -> Iterator[None]:
    """Drop the tables' indexes and create them again at the end, which sorts once."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name = ?"
    indexes = [index for table in tables for index in db.execute(query, [table]).fetchall()]
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    yield
    for _, statement in indexes:
        db.execute(statement)


def _article_rows(count: int, words: set[str]) -> Iterator[dict[str, object]]:
    """Yield the articles, oldest first, and add their stems to `words`."""
    rng = random.Random(count)
    texts = [" ".join(common_words(rng, TEXT_WORDS)) for _ in range(TEXTS)]
    words.update(*(stem_for_search(text).split() for text in texts))
    stored = [stored_text(text) for text in texts]
    names = [invent_name(rng) for _ in range(TITLE_NAMES)]
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(days=7)
    for n in range(1, count + 1):
        title = f"{rng.choice(names)} {rng.choice(names)} {texts[n % TEXTS][:40]}"
        words.update(_stem_title(title).split())
        yield {
            "id": n,
            "key": stored_key(f"url:lama.example/{n:09d}"),
            "title": title,
            "outlet": f"Media {n % 200}",
            "topic": rng.choice(TOPICS),
            "text": stored[rng.randrange(TEXTS)],
            "at": stored_moment(end - timedelta(minutes=MINUTES_APART * (count - n))),
        }


_stem_word = cache(stem_for_search)


def _stem_title(title: str) -> str:
    return " ".join(map(_stem_word, title.split()))


def _term_rows(count: int) -> list[tuple[str, int, float]]:
    """Return the terms of the newest stories with their weights, all alike, in the order of the table."""
    rng, background = random.Random(count), load_background()
    chosen = [
        sorted(set(common_words(rng, WORDS)), key=lambda word: background.counts.get(word, 0))[:KEPT_WORDS]
        for _ in range(TEXTS)
    ]
    return sorted(
        (term, story, 0.22)
        for story in range(max(1, count - CHAINED + 1), count + 1)
        for term in (*(invent_name(rng).lower() for _ in range(NAMES)), *rng.choice(chosen))
    )


def draw_tastes(names: Sequence[str], chats: int) -> list[tuple[Taste, ...]]:
    """Return the tastes of each of `chats` chats: one chat in ten has one to four, three quarters of them for more.

    Half are for topics, three tenths for names, a fifth for outlets. The nth most popular subject of each kind is
    chosen 1/n as often as the first.
    """
    rng = random.Random(chats)
    kinds = {TasteKind.TOPIC: TOPICS, TasteKind.NAME: names, TasteKind.OUTLET: [f"Media {n}" for n in range(40)]}
    weights = {kind: [1 / n for n in range(1, len(found) + 1)] for kind, found in kinds.items()}
    drawn: list[tuple[Taste, ...]] = []
    for _ in range(chats):
        tastes: tuple[Taste, ...] = ()
        for _ in range(rng.choices((1, 2, 3, 4), (6, 2, 1, 1))[0] if rng.random() < TASTED_SHARE else 0):
            (kind,) = rng.choices(list(kinds), (5, 3, 2))
            (name,) = rng.choices(kinds[kind], weights[kind])
            tastes = put_taste(tastes, Subject(kind, name), is_more=rng.random() < MORE_SHARE)
        drawn.append(tastes)
    return drawn


def subscribe(
    connection: sqlite3.Connection,
    chat_ids: Sequence[int],
    due_at: datetime,
    tastes: Sequence[tuple[Taste, ...]] = ((),),
) -> None:
    """Give the chats digests that are due at that time, with varied preferences and these tastes in turn."""
    encoded = cache(lambda *of_chat: encode_all(preference_columns(replace(of_chat[0], tastes=of_chat[1]))))
    columns = [encoded(PREFERENCES[n % len(PREFERENCES)], tastes[n % len(tastes)]) for n in range(len(chat_ids))]
    names = list(columns[0])
    moment = stored_moment(due_at)
    connection.executemany(
        f"INSERT INTO subscriptions (chat_id, times, zone, is_active, next_due_at, created_at, updated_at, days,"  # noqa: S608
        f" {', '.join(names)}) VALUES (?, '07:00', 'Asia/Jakarta', 1, ?, ?, ?, '0123456', "
        f"{', '.join('?' * len(names))})",
        [
            (chat_id, moment, moment, moment, *(of_chat[name] for name in names))
            for chat_id, of_chat in zip(chat_ids, columns, strict=True)
        ],
    )
    connection.commit()


def prefer_regions(connection: sqlite3.Connection, chat_ids: Sequence[int]) -> None:
    """Give some of the chats a region, and label some of the articles with one.

    One chat in five has a province, or half as often a regency or city; a fifth of them want its stories only. A third
    of the articles are about a province, and half of these about a part of it. The nth most popular region is drawn 1/n
    as often as the first.
    """
    rng = random.Random(len(chat_ids))
    regions = sorted(load_regions().values(), key=lambda _: rng.random())
    provinces = [region for region in regions if region.is_province]
    parts = [region for region in regions if not region.is_province]

    def draw(share_of_parts: float) -> Region:
        drawn = parts if rng.random() < share_of_parts else provinces
        return rng.choices(drawn, [1 / rank for rank in range(1, len(drawn) + 1)])[0]

    articles = connection.execute("SELECT article_id, dated_at FROM story_articles").fetchall()
    about = [(draw(1 / 2), dated_at, article_id) for article_id, dated_at in articles if rng.random() < 1 / 3]
    labels = {(code, *rest) for region, *rest in about for code in (region.code, region.province)}
    connection.executemany("INSERT OR IGNORE INTO region_articles VALUES (?, ?, ?)", labels)
    chosen = [
        (json.dumps([draw(1 / 3).code]), RegionRule.ONLY if rng.random() < 1 / 5 else RegionRule.FIRST, chat_id)
        for chat_id in chat_ids
        if rng.random() < 1 / 5
    ]
    connection.executemany("UPDATE subscriptions SET regions = ?, region_rule = ? WHERE chat_id = ?", chosen)
    connection.commit()


def mark_delivered(connection: sqlite3.Connection, chat_ids: Sequence[int], article_ids: Sequence[int]) -> None:
    """Record yesterday's deliveries: every combination of these articles for some chats."""
    yesterday = stored_moment(datetime.now(UTC) - timedelta(days=1))
    connection.executemany(
        "INSERT INTO delivered_articles (chat_id, article_id, delivered_at) VALUES (?, ?, ?)",
        [
            (chat_id, article_id, yesterday)
            for number, chat_id in enumerate(chat_ids)
            for position, article_id in enumerate(article_ids)
            if number // len(PREFERENCES) >> position & 1
        ],
    )
    connection.commit()
