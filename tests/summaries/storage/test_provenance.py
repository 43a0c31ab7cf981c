"""Step 23: what readers sent keeps no address that nobody vouched for, in a database that was used before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import sqlite_utils

from summaries.model import MEDIUM, SHORT, NewsQuery
from summaries.storage import open_store, sqlite_path
from summaries.storage.postgres.migrations import STEPS
from summaries.storage.sqlite.migrations import migrations
from summaries.storage.state import export_state, import_state
from summaries.upkeep import UpkeepService
from tests.postgres_server import STORES, new_database

LAST_BEFORE = "m022_claims"
KOMPAS = "https://www.kompas.com/read/2026/11/23/100000/rekening"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
AT = "2026-11-01T00:00:00.000000+00:00"
# (id, key, title, outlet, url, origin): uploaded, sent and saved, pasted, from a feed, imported.
ARTICLES = [
    (1, "url:kompas.com/read/2026/11/23/100000", "Rekening Dibekukan", "Kompas.com", KOMPAS, "chat"),
    (2, "url:desa.example/beras", "Harga Beras Turun", "Kabar Desa", "https://desa.example/beras", "chat"),
    (3, "text:0123", "Banjir Surut", "Kompas.com", None, "chat"),
    (4, "url:desa.example/panen", "Panen Raya", "Kabar Desa", "https://desa.example/panen", "feed"),
    (5, "text:4567", "Jalan Baru", "Kabar Desa", None, "import"),
]
TEXT = "Air surut. Warga pulang."


Row = dict[str, object]


def old_news() -> Iterator[tuple[str, Row]]:
    """Rows of a database of step 22, each with its table."""
    for number, key, title, outlet, url, origin in ARTICLES:
        dates = dict.fromkeys(("dated_at", "added_at", "updated_at"), AT)
        fields = {"title": title, "text": TEXT, "outlet": outlet, "url": url, "image_url": "https://desa.example/a.jpg"}
        yield "articles", {"id": number, "key": key, "origin": origin, "is_public": origin != "chat", **fields, **dates}
        summary = {"length": "60w", "method": "lead", "language": "id", "text": "Air surut.", "spans": "[[0, 10]]"}
        yield "summaries", {"article_id": number, "created_at": AT, **summary}
    for article in (4, 5):
        counts = {"article_count": 1, "outlet_count": 1, "latest_at": AT, "added_at": AT}
        yield "stories", {"id": article, "article_id": article, **counts}
        telling = {"outlet": "Kabar Desa", "words": 4, "is_free": True, "dated_at": AT, "added_at": AT}
        yield "story_articles", {"article_id": article, "story_id": article, **telling}
    feed = {"outlet": "Kabar Desa", "category": "umum", "url": "https://desa.example/rss", "added_at": AT}
    yield "sources", {"key": "desa", **feed}


def old_chats(chat_id: int) -> Iterator[tuple[str, Row]]:
    """Rows of one bot's chats: answers about four articles, and the second one saved."""
    for article in (1, 2, 3, 4):
        made_at = "2026-11-20T00:00:00.000000+00:00"
        yield "answers", {"id": chat_id * 10 + article, "chat_id": chat_id, "article_id": article, "made_at": made_at}
    yield "saved_articles", {"chat_id": chat_id, "article_id": 2, "saved_at": AT}


def statement(table: str, row: Row, place: str) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join([place] * len(row))})"  # noqa: S608


def make_old_sqlite(url: str) -> None:
    names = [step.name for step in migrations._migrations]
    db = sqlite_utils.Database(sqlite_path(url))
    migrations.apply(db, stop_before=names[names.index(LAST_BEFORE) + 1])
    for table, row in (*old_news(), *old_chats(7)):
        db.execute(statement(table, row, "?"), list(row.values()))
    db.execute("UPDATE story_state SET next_story = 6")
    db.conn.commit()
    db.close()


def make_old_postgres(url: str) -> None:
    """With the chats of a second bot in a schema of their own."""
    names = [step.name for step in STEPS]
    steps = STEPS[: names.index(LAST_BEFORE) + 1]
    with psycopg.connect(url) as server:

        def fill(rows: Iterator[tuple[str, Row]]) -> None:
            for table, row in rows:
                server.execute(statement(table, row, "%s").encode(), list(row.values()))

        server.execute("CREATE TABLE ringkas_steps (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())")
        server.execute("CREATE SCHEMA bot_2")
        server.execute("CREATE SCHEMA fleet")
        server.execute("CREATE TABLE fleet.bots (bot_id bigint, place text, added_at timestamptz DEFAULT now())")
        server.execute("INSERT INTO fleet.bots VALUES (1, 'public'), (2, 'bot_2')")
        for step in steps:
            server.execute(f"{step.news}\n;{step.chats}".encode())
            server.execute("INSERT INTO ringkas_steps (name) VALUES (%s)", [step.name])
        fill(old_news())
        fill(old_chats(7))
        server.execute("UPDATE story_state SET next_story = 6")
        server.execute("SET search_path TO bot_2, public")
        for step in steps:
            server.execute(step.chats.encode())
        fill(old_chats(8))


@contextmanager
def connected(url: str) -> Iterator[Callable[[str], list[tuple[object, ...]]]]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(sqlite_path(url))) as db:
            yield lambda sql: db.execute(sql).fetchall()
    else:
        with psycopg.connect(url) as server:
            yield lambda sql: server.execute(sql.encode()).fetchall()


@pytest.fixture(params=STORES)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of step 22 of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        make_old_sqlite(url)
        yield url
        return
    with new_database(request.getfixturevalue("postgres_server")) as url:
        make_old_postgres(url)
        yield url


async def test_readers_articles_lose_what_nobody_vouched_for(old_url: str) -> None:
    url = old_url
    store = await open_store(url, pool_size=2)
    for _, key, *_ in ARTICLES[:3]:
        assert await store.articles.find(key) is None
    for number in (1, 2, 3):
        stored = await store.articles.get(number)
        assert stored is not None
        article = stored.article
        assert (article.url, article.outlet, article.image_url, article.text) == (None, None, None, TEXT)
    # What somebody saved stays; the buttons under a pasted text go on.
    saved = await store.saved.page(7, number=0, size=5)
    assert [item.stored.article.title for item in saved.items] == ["Harga Beras Turun"]
    assert [await store.answers.find(int(f"7{n}"), 7) is not None for n in (1, 2, 3, 4)] == [False, False, True, True]
    # Public articles are as they were.
    page = await store.news.list_page(NewsQuery(), length=MEDIUM, number=0, size=5)
    assert {(item.stored.key, item.stored.article.outlet) for item in page.items} == {
        ("url:desa.example/panen", "Kabar Desa"),
        ("text:4567", "Kabar Desa"),
    }
    assert [stored.source.hosts for stored in await store.sources.all()] == [()]
    # The next clean-up forgets what is nobody's any more.
    await UpkeepService(store.upkeep, lambda: NOW).forget()
    assert [await store.articles.get(n) is not None for n in (1, 2, 3, 4, 5)] == [False, True, True, True, True]
    assert await store.articles.find_summary(1, MEDIUM) is None
    assert await store.articles.find_summary(2, SHORT) is None
    await store.close()
    if not url.startswith("sqlite"):
        with connected(url) as rows:
            assert rows("SELECT id FROM bot_2.answers ORDER BY id") == [(83,), (84,)]
            assert rows("SELECT article_id FROM bot_2.saved_articles") == [(2,)]


def test_an_imported_export_of_before_is_cleaned_too(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    make_old_sqlite(f"sqlite:///{old}")
    export_state(f"sqlite:///{old}", tmp_path / "old.zip", now=NOW, bot_id=1)
    import_state(tmp_path / "old.zip", f"sqlite:///{new}", now=NOW + timedelta(days=1), bot_id=1)
    with connected(f"sqlite:///{new}") as rows:
        assert rows(
            "SELECT count(*) FROM articles WHERE origin = 'chat' AND (url IS NOT NULL OR outlet IS NOT NULL)"
        ) == [(0,)]
        assert rows("SELECT article_id FROM answers ORDER BY 1") == [(3,), (4,)]
