"""The contract of ports.NewsStore: stories in lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from summaries.intake import Intake
from summaries.model import SHORT, Article, NewsItem, NewsQuery, Origin, Summary
from summaries.preparing import PreparedArticle
from summaries.storage import Store
from summaries.storage.sqlite import news as news_module

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Summarize = Callable[..., tuple[Summary, ...]]


async def test_lists_are_newest_first_and_paged(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number in range(7):
        article = make_article(number, published_at=now - timedelta(hours=number))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    pages = [await store.news.list_page(NewsQuery(), length=SHORT, number=n, size=3) for n in range(3)]
    shown = [item.stored.article.title for page in pages for item in page.items]
    assert shown == [f"Panen Raya ke-{number}" for number in range(7)]
    assert [(p.number, p.total, p.count, p.has_previous, p.has_next) for p in pages] == [
        (0, 7, 3, False, True),
        (1, 7, 3, True, True),
        (2, 7, 3, True, False),
    ]
    past_the_end = await store.news.list_page(NewsQuery(), length=SHORT, number=99, size=3)
    assert past_the_end == pages[2]


async def test_a_date_in_the_future_does_not_stay_on_top(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    wrong = make_article(1, published_at=now + timedelta(days=300))
    later = make_article(2, published_at=now + timedelta(minutes=5))
    await store.articles.put(wrong, summarize_first(wrong), origin=Origin.FEED, now=now)
    await store.articles.put(later, summarize_first(later), origin=Origin.FEED, now=now + timedelta(minutes=10))
    page = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=3)
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
    page = await store.news.list_page(query, length=SHORT, number=0, size=5)
    assert [item.stored.article.title for item in page.items] == [f"Panen Raya ke-{n}" for n in expected]
    assert page.total == len(expected)


async def test_outlets_and_categories_are_those_with_news(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number, (outlet, category) in enumerate([("Warta", "daerah"), ("antara", "politik"), ("Warta", "daerah")]):
        article = make_article(number, outlet=outlet, category=category)
        await store.articles.put(article, summarize_first(article), origin=Origin.IMPORT, now=now)
    assert await store.news.outlets() == ("antara", "Warta")
    assert await store.news.categories() == ("daerah", "politik")


async def listed(store: Store, query: NewsQuery) -> list[NewsItem]:
    return list((await store.news.list_page(query, length=SHORT, number=0, size=9)).items)


@pytest.fixture
async def event(
    intake: Intake, make_event: Make, make_article: Make, prepare_article: Prepare, now: datetime
) -> tuple[Article, Article, Article]:
    """An event as two outlets tell it, the full one later, and something else, newer than the first."""
    articles = (
        make_event("Warta Kota", category="nasional", published_at=now - timedelta(hours=3)),
        make_article(1, published_at=now - timedelta(hours=2)),
        make_event("Kabar Desa", category="daerah", published_at=now - timedelta(hours=1)),
    )
    for article in articles:
        await intake.put(prepare_article(article), origin=Origin.FEED)
    return articles


async def test_a_story_is_one_item_by_its_best_article(store: Store, event: tuple[Article, Article, Article]) -> None:
    first, other, full = event
    items = await listed(store, NewsQuery())
    # The story is as new as its newest article.
    assert [item.stored.article for item in items] == [full, other]
    assert [(telling.outlet, telling.url) for telling in items[0].coverage] == [
        ("Warta Kota", first.url),
        ("Kabar Desa", full.url),
    ]
    assert [telling.outlet for telling in items[1].coverage] == ["Kabar Desa"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        # A story is in the topics of all its articles.
        (NewsQuery(category="nasional"), [2]),
        (NewsQuery(category="daerah"), [2]),
        # Who asks for an outlet is shown that outlet's article.
        (NewsQuery(outlet="warta kota"), [0]),
        (NewsQuery(outlet="Kabar Desa"), [2, 1]),
        (NewsQuery(words="bendungan jebol"), [2]),
        # Only the shorter article says so.
        (NewsQuery(words="bekerja"), [2]),
    ],
)
async def test_stories_in_other_lists(
    store: Store, event: tuple[Article, Article, Article], query: NewsQuery, shown: Sequence[int]
) -> None:
    items = await listed(store, query)
    assert [item.stored.article for item in items] == [event[n] for n in shown]
    assert len(items[0].coverage) == 2


async def test_a_list_ends_somewhere(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news_module, "MOST_LISTED", 4)
    for number in range(6):
        article = make_article(number, published_at=now - timedelta(hours=number))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    for query in (NewsQuery(), NewsQuery(category="ekonomi"), NewsQuery(outlet="Kabar Desa"), NewsQuery(words="padi")):
        page = await store.news.list_page(query, length=SHORT, number=1, size=3)
        assert (len(page.items), page.total, page.has_next) == (1, 4, False)


async def test_an_article_without_such_a_summary_is_left_out(store: Store, make_article: Make, now: datetime) -> None:
    await store.articles.put(make_article(), (), origin=Origin.FEED, now=now)
    assert await listed(store, NewsQuery()) == []
