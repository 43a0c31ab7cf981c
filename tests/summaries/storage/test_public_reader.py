"""The contract of ports.PublicReader: the news that readers see, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from summaries.articles.story import read_story
from summaries.errors import StoreError, StoreTooNew
from summaries.model import LONG, SHORT, Article, NewsQuery, NewsRequest, Origin, Preferences, Summary
from summaries.ports.stories import PreparedArticle
from summaries.storage import PublicStore, Store, open_public_store, open_store
from summaries.storage.sql.public_news import PublicReaderRows
from summaries.urls import make_article_key
from summaries.workers.pools import ThreadOffload
from tests.postgres_server import new_database

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Summarize = Callable[..., tuple[Summary, ...]]


@pytest.fixture
async def public(database_url: str, store: Store) -> AsyncIterator[PublicStore]:
    """The news of the same database, opened while `store` is."""
    opened = await open_public_store(database_url, pool_size=2)
    yield opened
    await opened.close()


async def test_public_news_are_those_of_the_chats(
    store: Store, public: PublicStore, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number in range(4):
        article = make_article(number, published_at=now - timedelta(hours=number), category="ekonomi")
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    since, wants = now - timedelta(days=1), Preferences(count=3)
    (digest,) = await store.deliveries.open_news().choose([NewsRequest(99, since, now, wants)])
    assert await public.news.choose_top(since, now, wants) == digest
    assert len(digest.items) == 3
    query = NewsQuery(category="ekonomi")
    listed = await store.news.list_page(query, length=SHORT, number=0, size=3)
    assert await public.news.list_page(query, length=SHORT, number=0, size=3) == listed
    offload = ThreadOffload(threads=1)
    shown = listed.items[0].stored
    story = await read_story(shown.id, articles=public.news, stories=public.news, offload=offload)
    assert story == await read_story(shown.id, articles=store.articles, stories=store.stories, offload=offload)
    assert story is not None
    assert await public.news.find(make_article_key(shown.article)) == shown
    offload.close()


async def test_private_articles_are_unknown(
    store: Store, public: PublicStore, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article(1)
    private = await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=now)
    assert await store.articles.find_summary(private.id, SHORT) is not None
    assert await public.news.find(make_article_key(article)) is None
    assert await public.news.read_many([private.id], LONG) == []
    assert await public.news.find_summary(private.id, SHORT) is None
    assert await public.news.coverage(private.id) == await public.news.chain(private.id) == ()


async def test_nothing_can_be_written(public: PublicStore) -> None:
    assert isinstance(public.news, PublicReaderRows)
    with pytest.raises(StoreError):
        await public.news.database.write(lambda db: db.run("DELETE FROM articles"))


async def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ringkas.db"
    with pytest.raises(StoreError, match="start the bot first"):
        await open_public_store(f"sqlite:///{path}")
    assert not path.exists()
    await (await open_store(f"sqlite:///{path}")).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('ringkas', 'm999')")
    with pytest.raises(StoreTooNew):
        await open_public_store(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM _sqlite_migrations")
    with pytest.raises(StoreError, match="older"):
        await open_public_store(f"sqlite:///{path}")


async def test_a_server_without_the_tables_is_refused(postgres_server: str) -> None:
    with new_database(postgres_server) as url:
        for _ in range(2):
            with pytest.raises(StoreError, match="start the bot first"):
                await open_public_store(url, pool_size=2)
