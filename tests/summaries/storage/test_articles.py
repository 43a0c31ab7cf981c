"""The contract of ports.ArticleStore and ports.QueryStore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from summaries.canonical import article_key
from summaries.model import LONG, MEDIUM, SHORT, Article, NewsQuery, Origin, Summary, SummarySentence
from summaries.storage import Store

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]


async def test_an_article_comes_back_as_it_went_in(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    zoned = datetime.fromisoformat("2019-05-15T10:05:00+07:00")
    article = make_article(
        published_at=zoned,
        place="Jakarta",
        initials="has",
        authors=("Sari Dewi", "Budi"),
        image_url="https://x.example/a.jpg",
    )
    put = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    found = await store.articles.find(article_key(article))
    assert found == put
    assert found is not None
    assert found.article == article
    assert found.article.published_at is not None
    assert found.article.published_at.utcoffset() == timedelta(hours=7)
    assert (found.origin, found.added_at) == (Origin.FEED, now)
    assert await store.articles.find("url:https://kabar.example/lain") is None


async def test_a_summary_is_kept_by_its_length(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    stored = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    assert await store.articles.find_summary(stored.id, SHORT) == summarize_first(article)[0]
    assert await store.articles.find_summary(stored.id, LONG) is None
    start = article.text.index("Hasilnya")
    end = article.text.index("\n")
    better = Summary((SummarySentence(article.text[start:end], start, end),), "ranker", MEDIUM, "id")
    await store.articles.put_summary(stored.id, better, now=now)
    await store.articles.put_summary(stored.id, replace(better, length=LONG), now=now)
    assert await store.articles.find_summary(stored.id, MEDIUM) == better
    assert await store.articles.find_summary(stored.id, LONG) == replace(better, length=LONG)


async def test_the_same_article_again_is_updated_in_place(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    first = make_article()
    edited = replace(first, title="Panen Raya Lebih Awal", text="Petani memanen padi pada Senin. Harga naik.")
    put = await store.articles.put(first, summarize_first(first), origin=Origin.FEED, now=now)
    again = await store.articles.put(edited, summarize_first(edited), origin=Origin.FEED, now=now + timedelta(hours=1))
    assert (again.id, again.added_at) == (put.id, now)
    page = await store.articles.list_page(NewsQuery(), length=SHORT, number=0, size=5)
    assert [item.stored.article.title for item in page.items] == ["Panen Raya Lebih Awal"]
    assert page.items[0].summary.text == "Petani memanen padi pada Senin."
    # The search knows the new words and has forgotten the old ones.
    assert await titles(store, "Senin") == ["Panen Raya Lebih Awal"]
    assert await titles(store, "gabah") == []


async def test_a_readers_own_article_is_nobody_elses(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    key = article_key(article)
    put = await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=now)
    assert await store.articles.find(key) == put
    assert await store.articles.known_keys([key]) == frozenset()
    assert await titles(store, "padi") == []
    assert (await store.articles.list_page(NewsQuery(), length=SHORT, number=0, size=5)).total == 0
    assert await store.articles.outlets() == ()
    assert await store.articles.categories() == ()
    # A feed brings it: now it is news, from this moment on. A later reader takes nothing back.
    later = now + timedelta(hours=2)
    public = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=later)
    assert (public.id, public.origin, public.added_at) == (put.id, Origin.FEED, later)
    again = await store.articles.put(article, summarize_first(article), origin=Origin.CHAT, now=later)
    assert again.origin is Origin.FEED
    assert await store.articles.known_keys([key, "url:https://kabar.example/lain"]) == {key}
    assert await titles(store, "padi") == [article.title]


async def test_lists_are_newest_first_and_paged(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number in range(7):
        article = make_article(number, published_at=now - timedelta(hours=number))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    pages = [await store.articles.list_page(NewsQuery(), length=SHORT, number=n, size=3) for n in range(3)]
    shown = [item.stored.article.title for page in pages for item in page.items]
    assert shown == [f"Panen Raya ke-{number}" for number in range(7)]
    assert [(p.number, p.total, p.count, p.has_previous, p.has_next) for p in pages] == [
        (0, 7, 3, False, True),
        (1, 7, 3, True, True),
        (2, 7, 3, True, False),
    ]
    past_the_end = await store.articles.list_page(NewsQuery(), length=SHORT, number=99, size=3)
    assert past_the_end == pages[2]


async def test_a_date_in_the_future_does_not_stay_on_top(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    wrong = make_article(1, published_at=now + timedelta(days=300))
    later = make_article(2, published_at=now + timedelta(minutes=5))
    await store.articles.put(wrong, summarize_first(wrong), origin=Origin.FEED, now=now)
    await store.articles.put(later, summarize_first(later), origin=Origin.FEED, now=now + timedelta(minutes=10))
    page = await store.articles.list_page(NewsQuery(), length=SHORT, number=0, size=3)
    assert [item.stored.article.title for item in page.items] == [later.title, wrong.title]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (NewsQuery(category="ekonomi"), [1, 3]),
        (NewsQuery(outlet="kabar desa"), [1, 2]),
        (NewsQuery(words="padi"), [1, 2, 3]),
        # Every word must be there; stems count, so that other forms of a word find it.
        (NewsQuery(words="dipanen padi"), [1, 2, 3]),
        (NewsQuery(words="padi jagung"), []),
        (NewsQuery(category="olahraga"), []),
        # What is syntax to a search engine is a word to a person.
        (NewsQuery(words='padi" OR "jagung'), []),
        (NewsQuery(words="NEAR(padi)"), []),
        (NewsQuery(words="title:padi"), []),
        (NewsQuery(words="!?*"), []),
    ],
)
async def test_queries(
    store: Store,
    make_article: Make,
    summarize_first: Summarize,
    now: datetime,
    query: NewsQuery,
    expected: Sequence[int],
) -> None:
    for number, outlet, category in [
        (1, "Kabar Desa", "ekonomi"),
        (2, "Kabar Desa", "daerah"),
        (3, "Warta", "ekonomi"),
    ]:
        article = make_article(number, outlet=outlet, category=category, published_at=now - timedelta(hours=number))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    page = await store.articles.list_page(query, length=SHORT, number=0, size=5)
    assert [item.stored.article.title for item in page.items] == [f"Panen Raya ke-{n}" for n in expected]
    assert page.total == len(expected)


async def test_outlets_and_categories_are_those_with_news(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number, (outlet, category) in enumerate([("Warta", "daerah"), ("antara", "politik"), ("Warta", "daerah")]):
        article = make_article(number, outlet=outlet, category=category)
        await store.articles.put(article, summarize_first(article), origin=Origin.IMPORT, now=now)
    assert await store.articles.outlets() == ("antara", "Warta")
    assert await store.articles.categories() == ("daerah", "politik")


async def test_queries_behind_buttons_are_remembered_once(store: Store, now: datetime) -> None:
    words = NewsQuery(words="harga “beras” 😀 " + "panjang " * 30)
    first = await store.queries.remember(words, now=now)
    assert await store.queries.remember(words, now=now + timedelta(days=1)) == first
    other = await store.queries.remember(NewsQuery(category="politik"), now=now)
    assert other != first
    assert await store.queries.recall(first) == words
    assert await store.queries.recall(other) == NewsQuery(category="politik")
    assert await store.queries.recall(999) is None
    assert max(first, other) < 2**48
    assert min(first, other) > 2**20
    # A month later the words are gone.
    await store.queries.remember(NewsQuery(category="sains"), now=now + timedelta(days=32))
    assert await store.queries.recall(first) is None


async def titles(store: Store, words: str) -> list[str]:
    page = await store.articles.list_page(NewsQuery(words=words), length=SHORT, number=0, size=10)
    return [item.stored.article.title for item in page.items]
