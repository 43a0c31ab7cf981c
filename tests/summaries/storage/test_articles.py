"""The contract of ports.ArticleStore and ports.QueryStore."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from summaries.model import LONG, MEDIUM, SHORT, Article, Listed, NewsQuery, Origin, Summary, SummarySentence
from summaries.storage import Store, sqlite_path
from summaries.urls import make_article_key

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]


async def test_article_round_trip(store: Store, make_article: Make, summarize_first: Summarize, now: datetime) -> None:
    zoned = datetime.fromisoformat("2019-05-15T10:05:00+07:00")
    article = make_article(
        published_at=zoned,
        place="Jakarta",
        initials="has",
        authors=("Sari Dewi", "Budi"),
        image_url="https://x.example/a.jpg",
    )
    put = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    found = await store.articles.find(make_article_key(article))
    assert found == put
    assert found is not None
    assert found.article == article
    assert found.article.published_at is not None
    assert found.article.published_at.utcoffset() == timedelta(hours=7)
    assert (found.origin, found.added_at) == (Origin.FEED, now)
    assert await store.articles.find("url:https://kabar.example/lain") is None


YEAR_1 = "0001-01-01T00:00:00.000000+00:00"
NO_DATES = (YEAR_1, "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00+00:00", "9999-12-31T00:00:00-12:00")


@pytest.mark.parametrize("date", [*NO_DATES, "2026-11-26T05:00:01+00:00"])
async def test_implausible_date_is_not_stored(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime, date: str
) -> None:
    article = make_article(published_at=datetime.fromisoformat(date))
    stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    assert stored.article.published_at is None
    page = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=5)
    assert [item.stored.article.published_at for item in page.items] == [None]


@pytest.mark.parametrize("date", [*NO_DATES, "2099-01-01T00:00:00+07:00"])
async def test_implausible_stored_date_is_ignored(
    store: Store, database_url: str, make_article: Make, summarize_first: Summarize, now: datetime, date: str
) -> None:
    article = make_article(published_at=now)
    stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    run_sql(database_url, f"UPDATE articles SET published_at = '{date}', dated_at = '{YEAR_1}'")  # noqa: S608
    run_sql(database_url, f"UPDATE story_articles SET published_at = '{date}', dated_at = '{YEAR_1}'")  # noqa: S608
    run_sql(database_url, f"UPDATE stories SET latest_at = '{YEAR_1}'")  # noqa: S608
    found = await store.articles.get(stored.id)
    assert found is not None
    assert found.article.published_at is None
    assert [t.article_id for t in await store.stories.coverage(stored.id)] == [stored.id]
    page = await store.news.list_page(NewsQuery(words="panen"), length=SHORT, number=0, size=5)
    assert [(item.stored.id, item.stored.article.published_at) for item in page.items] == [(stored.id, None)]
    # Another article joins it, and the story changes.
    await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now + timedelta(hours=1))


def run_sql(database_url: str, statement: str) -> None:
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(sqlite_path(database_url))) as file, file:
            file.execute(statement)
        return
    with psycopg.connect(database_url) as server:
        server.execute(statement.encode())


async def test_summaries_are_stored_per_length(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    assert await store.articles.find_summary(stored.id, SHORT) == summarize_first(article)[0]
    assert await store.articles.find_summary(stored.id, LONG) is None
    start = article.text.index("Hasilnya")
    end = article.text.index("\n")
    better = Summary((SummarySentence(article.text[start:end], start, end),), "ranker", MEDIUM, "id")
    await store.articles.put_summary(stored.id, better)
    await store.articles.put_summary(stored.id, replace(better, length=LONG))
    assert await store.articles.find_summary(stored.id, MEDIUM) == better
    assert await store.articles.find_summary(stored.id, LONG) == replace(better, length=LONG)


async def test_many_articles_are_read_in_order_with_their_summaries(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    first, second = [
        await store.articles.put(make_article(number), summaries, origin=Origin.FEED, now=now)
        for number, summaries in ((0, summarize_first(make_article(0))), (1, []))
    ]
    medium = await store.articles.find_summary(first.id, MEDIUM)
    assert medium is not None
    read = await store.articles.read_many([second.id, 999, first.id], MEDIUM)
    assert read == [(second, None), (first, medium)]
    assert await store.articles.read_many([], MEDIUM) == []


async def test_summaries_of_public_articles_are_listed_in_pages(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number, origin in enumerate((Origin.FEED, Origin.CHAT, Origin.IMPORT)):
        article = make_article(number)
        await store.articles.put(article, summarize_first(article), origin=origin, now=now)
    listed = await store.articles.list_summaries(after=0, limit=9)
    assert [stored.article for _, stored, _ in listed] == [make_article(number) for number in (0, 0, 2, 2)]
    assert [summary for *_, summary in listed[2:]] == list(summarize_first(make_article(2)))
    assert await store.articles.list_summaries(after=listed[0][0], limit=2) == listed[1:3]


async def test_same_article_is_updated_in_place(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    first = make_article()
    edited = replace(first, title="Panen Raya Lebih Awal", text="Petani memanen padi pada Senin. Harga naik.")
    put = await store.articles.put(first, summarize_first(first), origin=Origin.FEED, now=now)
    again = await store.articles.put(edited, summarize_first(edited), origin=Origin.FEED, now=now + timedelta(hours=1))
    assert (again.id, again.added_at) == (put.id, now)
    page = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=5)
    assert [item.stored.article.title for item in page.items] == ["Panen Raya Lebih Awal"]
    assert page.items[0].summary.text == "Petani memanen padi pada Senin."
    # The search knows the new words and has forgotten the old ones.
    assert await find_titles(store, "Senin") == ["Panen Raya Lebih Awal"]
    assert await find_titles(store, "gabah") == []


async def test_chat_article_is_not_listed_for_others(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    key = make_article_key(article)
    put = await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=now)
    assert await store.articles.find(key) == put
    assert await store.articles.listed([key]) == {}
    assert await find_titles(store, "padi") == []
    assert (await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=5)).total == 0
    assert await store.news.outlets() == ()
    assert await store.news.categories() == ()
    # A feed brings it: now it is news, from this moment on. A later reader takes nothing back.
    later = now + timedelta(hours=2)
    public = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=later)
    assert (public.id, public.origin, public.added_at) == (put.id, Origin.FEED, later)
    again = await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=later)
    assert again.origin is Origin.FEED
    assert await store.articles.listed([key, "url:https://kabar.example/lain"]) == {
        key: Listed(article.url, outlet=article.outlet)
    }
    assert await find_titles(store, "padi") == [article.title]


async def test_query_is_remembered_once(store: Store, now: datetime) -> None:
    words = NewsQuery(words="harga “beras” 😀 " + "panjang " * 30)
    first = await store.queries.remember(words, now=now)
    assert await store.queries.remember(words, now=now + timedelta(days=1)) == first
    other = await store.queries.remember(NewsQuery(region="35.73", since=now), now=now)
    assert other != first
    assert await store.queries.recall(first) == words
    assert await store.queries.recall(other) == NewsQuery(region="35.73", since=now)
    assert await store.queries.recall(999) is None
    assert max(first, other) < 2**48
    assert min(first, other) > 2**20
    # A month later the words are gone.
    await store.queries.remember(NewsQuery(category="sains"), now=now + timedelta(days=32))
    assert await store.queries.recall(first) is None


async def find_titles(store: Store, words: str) -> list[str]:
    page = await store.news.list_page(NewsQuery(words=words), length=SHORT, number=0, size=10)
    return [item.stored.article.title for item in page.items]
