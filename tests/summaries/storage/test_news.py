"""The contract of ports.NewsStore: stories in lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from summaries.articles.prepare import prepare
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import (
    LONG,
    MEDIUM,
    SHORT,
    Article,
    FactCheck,
    NewsItem,
    NewsQuery,
    Order,
    Origin,
    Summary,
    SummarySentence,
    Verdict,
)
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, search_rules

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
    assert [(p.number, p.total, p.count) for p in pages] == [
        (0, 7, 3),
        (1, 7, 3),
        (2, 7, 3),
    ]
    past_the_end = await store.news.list_page(NewsQuery(), length=SHORT, number=99, size=3)
    assert past_the_end == pages[2]


async def test_longest_summary_is_used_where_the_length_is_missing(
    store: Store, make_article: Make, now: datetime
) -> None:
    article = make_article(1, published_at=now)
    ends = [n + 1 for n, character in enumerate(article.text) if character == "."]
    stored = [
        Summary((SummarySentence(article.text[:end], 0, end),), "lead", length)
        for length, end in ((SHORT, ends[0]), (MEDIUM, ends[-1]))
    ]
    await store.articles.put(article, stored, origin=Origin.FEED, now=now)
    pages = [(await store.news.list_page(NewsQuery(), length=n, number=0, size=1)).items for n in (SHORT, MEDIUM, LONG)]
    assert [item.summary for (item,) in pages] == [stored[0], stored[1], stored[1]]


async def test_future_date_does_not_stay_on_top(
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
        # Search syntax is treated as words.
        (NewsQuery(words='padi" OR "jagung'), []),
        (NewsQuery(words="NEAR(padi)"), []),
        (NewsQuery(words="title:padi"), []),
        (NewsQuery(words="!?*"), []),
    ],
)
async def test_news_is_filtered_by_query(
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


async def test_news_is_filtered_by_region(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    titles = ["Jembatan di Sleman Dibuka", "Panen Raya di Kota Malang", "Bupati Malang Panen Padi", "Harga Emas Naik"]
    for hours, title in enumerate(titles):
        article = make_article(hours, title=title, published_at=now - timedelta(hours=hours))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    for region, expected in (("34.04", titles[:1]), ("35", titles[1:3]), ("35.07", titles[2:3]), ("12", [])):
        for order in Order:
            page = await store.news.list_page(NewsQuery(region=region), length=SHORT, number=0, size=5, order=order)
            assert [item.stored.article.title for item in page.items] == expected
    # An edit changes the regions.
    edited = make_article(0, title="Jembatan di Bantul Dibuka", published_at=now)
    await store.articles.put(edited, summarize_first(edited), origin=Origin.FEED, now=now)
    assert [len(await list_items(store, NewsQuery(region=region))) for region in ("34.04", "34.02", "34")] == [0, 1, 1]
    period = NewsQuery(region="35", since=now - timedelta(hours=1, minutes=30))
    assert [item.stored.article.title for item in await list_items(store, period)] == titles[1:2]


async def test_outlets_and_categories_are_those_with_news(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number, (outlet, category) in enumerate([("Warta", "daerah"), ("antara", "politik"), ("Warta", "daerah")]):
        article = make_article(number, outlet=outlet, category=category)
        await store.articles.put(article, summarize_first(article), origin=Origin.IMPORT, now=now)
    assert await store.news.outlets() == ("antara", "Warta")
    assert await store.news.categories() == ("daerah", "politik")


async def list_items(store: Store, query: NewsQuery) -> list[NewsItem]:
    return list((await store.news.list_page(query, length=SHORT, number=0, size=9)).items)


@pytest.fixture
async def event(
    writer: ArticleWriter, make_event: Make, make_article: Make, prepare_article: Prepare, now: datetime
) -> tuple[Article, Article, Article]:
    """An event as two outlets report it, the full one later, and another one, newer than the first."""
    articles = (
        make_event("Warta Kota", category="nasional", published_at=now - timedelta(hours=3)),
        make_article(1, published_at=now - timedelta(hours=2)),
        make_event("Kabar Desa", category="daerah", published_at=now - timedelta(hours=1)),
    )
    for article in articles:
        await writer.add(prepare_article(article), origin=Origin.FEED)
    return articles


async def test_story_is_listed_once_by_its_best_article(store: Store, event: tuple[Article, Article, Article]) -> None:
    first, other, full = event
    items = await list_items(store, NewsQuery())
    # The story is as new as its newest article.
    assert [item.stored.article for item in items] == [full, other]
    assert [(entry.outlet, entry.url) for entry in items[0].coverage] == [
        ("Warta Kota", first.url),
        ("Kabar Desa", full.url),
    ]
    assert [entry.outlet for entry in items[1].coverage] == ["Kabar Desa"]


HARVEST = "Warga memanen padi di sawah. Warga menjemurnya di jalan. Warga menyimpan padi di lumbung desa."


@pytest.mark.parametrize("query", [NewsQuery(), NewsQuery(category="nasional")])
async def test_lists_are_sorted_by_the_article_that_is_shown(
    store: Store,
    writer: ArticleWriter,
    make_event: Make,
    make_article: Make,
    prepare_article: Prepare,
    now: datetime,
    query: NewsQuery,
) -> None:
    full = make_event("Kabar Desa", category="nasional", published_at=now - timedelta(hours=10))
    other = make_article(1, category="nasional", published_at=now - timedelta(hours=4), text=HARVEST)
    later = make_event("Warta Kota", category="nasional", published_at=now - timedelta(hours=1))
    for article in (full, other, later):
        await writer.add(prepare_article(article), origin=Origin.FEED)
    shown = [item.stored.article for item in await list_items(store, query)]
    assert shown == [other, full]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        # A story is in the topics of all its articles.
        (NewsQuery(category="nasional"), [2]),
        (NewsQuery(category="daerah"), [2]),
        # A query for an outlet shows that outlet's article.
        (NewsQuery(outlet="warta kota"), [0]),
        (NewsQuery(outlet="Kabar Desa"), [2, 1]),
        (NewsQuery(words="bendungan jebol"), [2]),
        # Only the shorter article says so.
        (NewsQuery(words="bekerja"), [2]),
    ],
)
async def test_filtered_list_shows_the_matching_article_of_a_story(
    store: Store, event: tuple[Article, Article, Article], query: NewsQuery, shown: Sequence[int]
) -> None:
    items = await list_items(store, query)
    assert [item.stored.article for item in items] == [event[n] for n in shown]
    assert len(items[0].coverage) == 2


async def test_list_length_is_limited(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_rules, "MOST_LISTED", 4)
    for number in range(6):
        article = make_article(number, published_at=now - timedelta(hours=number))
        await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    for query in (NewsQuery(), NewsQuery(category="ekonomi"), NewsQuery(outlet="Kabar Desa"), NewsQuery(words="padi")):
        page = await store.news.list_page(query, length=SHORT, number=1, size=3)
        assert (len(page.items), page.total, page.number, page.count) == (1, 4, 1, 2)


async def test_article_without_summary_is_not_listed(store: Store, make_article: Make, now: datetime) -> None:
    await store.articles.put(make_article(), (), origin=Origin.FEED, now=now)
    assert await list_items(store, NewsQuery()) == []


async def find_titles(store: Store, query: NewsQuery, order: Order = Order.NEWEST) -> list[str]:
    page = await store.news.list_page(query, length=SHORT, number=0, size=50, order=order)
    return [item.stored.article.title for item in page.items]


async def test_most_covered_stories_come_first(
    writer: ArticleWriter, store: Store, make_article: Make, make_event: Make, prepare_article: Prepare, now: datetime
) -> None:
    old = now - timedelta(days=1)
    reports = [make_event(outlet, published_at=old) for outlet in ("Kabar Desa", "Warta Kota")]
    for article in (*reports, make_article(1)):
        await writer.add(prepare_article(article), origin=Origin.FEED)
    for query in (NewsQuery(), NewsQuery(category="ekonomi"), NewsQuery(words="warga"), NewsQuery(outlet="kabar desa")):
        assert len(await find_titles(store, query)) == 2
        assert (await find_titles(store, query))[-1].startswith(("Bendungan", "Ratusan"))
        assert (await find_titles(store, query, Order.MOST_COVERED))[0].startswith(("Bendungan", "Ratusan"))


async def test_surveyed_stories_count_the_outlets_before_the_period(
    writer: ArticleWriter, store: Store, make_article: Make, make_event: Make, prepare_article: Prepare, now: datetime
) -> None:
    since = now - timedelta(days=1)
    old, new = since - timedelta(hours=1), since + timedelta(hours=1)
    reports = [make_event(name, published_at=at) for name, at in (("Kabar Desa", old), ("Warta Kota", new))]
    for article in (*reports, make_article(1, published_at=new), make_article(2, published_at=old)):
        await writer.add(prepare_article(article), origin=Origin.FEED)
    today = await store.news.most_covered(since, now, length=SHORT, limit=9)
    assert [(story.outlet_count, story.earlier_outlets) for story in today] == [(2, 1), (1, 0)]
    (earlier,) = await store.news.most_covered(old, since, length=SHORT, limit=9)
    assert (earlier.title, earlier.earlier_outlets) == ("Panen Raya ke-2", 0)


async def test_fact_check_keeps_its_verdict_and_is_not_surveyed(
    writer: ArticleWriter, store: Store, make_article: Make, prepare_article: Prepare, now: datetime
) -> None:
    article = make_article(1, category="cek-fakta")
    first = article.text.index(".") + 1
    checked = FactCheck(Verdict.FALSE, "Panen “gagal”", SummarySentence(article.text[:first], 0, first))
    claim = replace(article, fact_check=checked)
    stored = await writer.add(prepare_article(claim), origin=Origin.FEED)
    found = await store.articles.get(stored.id)
    assert found is not None
    assert found.article.fact_check == checked
    assert len(await find_titles(store, NewsQuery(category="cek-fakta"))) == 1
    assert await store.news.most_covered(now - timedelta(days=9), now, length=SHORT, limit=9) == ()


async def test_claims_are_found_by_the_weight_of_their_terms(
    writer: ArticleWriter, store: Store, make_article: Make, now: datetime
) -> None:
    async def add(number: int, title: str, **fields: Any) -> int:
        article = make_article(number, title=title, text="Beredar kabar itu. Kabar itu tidak benar.", **fields)
        return (await writer.add(prepare(article), origin=Origin.FEED)).id

    async def find(**terms: float) -> list[int]:
        return [stored.id for stored in await store.articles.find_claims(terms, limit=2)]

    cat = await add(1, "[HOAKS] Pajak Kucing")
    dog = await add(2, "[HOAKS] Pajak Anjing")
    assert await find(pajak=1, kucing=2) == [cat, dog]
    assert await find(anjing=2, kucing=1, pajak=1) == [dog, cat]
    assert await find(sapi=9) == []
    long = await add(3, "[HOAKS] Pajak Kucing dan Pajak Ikan, Burung, Kambing, Kerbau, Ayam, Bebek, serta Kelinci")
    assert await find(kucing=2, burung=1) == [cat, long]
    await add(3, "[BENAR] Pajak Ikan")
    await add(1, "[BENAR] Pajak Kucing")
    assert await find(pajak=1, kucing=2) == [dog]


async def test_survey_shows_the_news_of_a_story_with_a_fact_check(
    writer: ArticleWriter, store: Store, make_event: Make, prepare_article: Prepare, now: datetime
) -> None:
    # A story's longest article is shown elsewhere.
    news, check = (make_event(outlet, published_at=now) for outlet in ("Warta Kota", "Kabar Desa"))
    checked = FactCheck(Verdict.FALSE, "Bendungan jebol", SummarySentence(check.text[:9], 0, 9))
    for article in (news, replace(check, fact_check=checked, category="cek-fakta")):
        await writer.add(prepare_article(article), origin=Origin.FEED)
    (story,) = await store.news.most_covered(now - timedelta(days=1), now + timedelta(days=1), length=SHORT, limit=9)
    assert (story.outlet, story.outlet_count) == ("Warta Kota", 2)


async def put_article(store: Store, summaries: Summarize, article: Article, now: datetime) -> None:
    await store.articles.put(article, summaries(article), origin=Origin.FEED, now=now)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("pemilihan", True),
        ('"memilih kepala desa"', True),
        ('"kepala memilih"', False),
        ('warga "kepala desa"', True),
        ("“kepala desa”", True),
        ('"', False),
        ('""', False),
        ('" OR', False),
    ],
)
async def test_search_matches_stems_and_phrases(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime, words: str, found: bool
) -> None:
    text = "Warga desa memilih kepala desa yang baru. Hasilnya diumumkan besok."
    await put_article(store, summarize_first, make_article(1, title="Pilkades", text=text), now)
    assert bool(await find_titles(store, NewsQuery(words=words))) is found


async def test_search_is_limited_to_a_period(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    for number in range(5):
        await put_article(store, summarize_first, make_article(number, published_at=now - timedelta(days=number)), now)
    since, until = now - timedelta(days=3), now - timedelta(days=1)
    wanted = [f"Panen Raya ke-{number}" for number in (2, 3)]
    for query in (
        NewsQuery(since=since, until=until),
        NewsQuery(words="padi", since=since, until=until),
        NewsQuery(category="ekonomi", since=since, until=until),
        NewsQuery(outlet="Kabar Desa", since=since, until=until),
    ):
        assert await find_titles(store, query) == wanted
    assert await find_titles(store, NewsQuery(words="padi", since=until)) == ["Panen Raya ke-0", "Panen Raya ke-1"]
    assert await find_titles(store, NewsQuery(words="padi", until=since)) == ["Panen Raya ke-4"]


async def test_search_scans_the_newest_articles_of_a_period(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_rules, "MOST_LOOKED_THROUGH", 3)
    for number in range(6):
        await put_article(store, summarize_first, make_article(number, published_at=now - timedelta(days=number)), now)
    found = await find_titles(store, NewsQuery(words="padi", since=now - timedelta(days=9)))
    assert found == [f"Panen Raya ke-{number}" for number in (3, 4, 5)]


async def test_search_in_an_old_period_scans_its_newest_articles(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_rules, "MOST_LOOKED_THROUGH", 3)
    for number in reversed(range(12)):
        await put_article(store, summarize_first, make_article(number, published_at=now - timedelta(days=number)), now)
    # More have come in since then than are looked through.
    period = NewsQuery(words="padi", since=now - timedelta(days=11, hours=1), until=now - timedelta(days=5, hours=1))
    assert await find_titles(store, period) == [f"Panen Raya ke-{number}" for number in (6, 7, 8)]


@pytest.mark.parametrize(("days_old", "is_first"), [(1, True), (8, True), (40, False), (400, False)], ids=str)
@pytest.mark.parametrize("asked", ["panen cabai", '"panen cabai"'])
async def test_search_prefers_words_in_the_title_of_stories_that_are_not_old(
    store: Store,
    make_article: Make,
    summarize_first: Summarize,
    now: datetime,
    asked: str,
    days_old: int,
    *,
    is_first: bool,
) -> None:
    titles = ["Banjir di Pasar", "Memanen Cabai Lebih Awal", "Gubernur Tiba"]
    ages = [timedelta(days=3), timedelta(days=days_old), timedelta()]
    for number, (title, age) in enumerate(zip(titles, ages, strict=True)):
        text = f"Panen cabai disebut di sini. Warga {title} berkata banyak hal lain tentang hari itu."
        article = make_article(number, title=title, text=text, published_at=now - age)
        await put_article(store, summarize_first, article, now)
    found = await find_titles(store, NewsQuery(words=asked))
    assert sorted(found) == sorted(titles)
    assert found.index(titles[1]) == (0 if is_first else 2)
    # The most covered stories are ordered as in any list.
    covered = await store.news.list_page(
        NewsQuery(words=asked), length=SHORT, number=0, size=9, order=Order.MOST_COVERED
    )
    assert covered.items[0].stored.article.title == titles[2]


async def test_query_with_a_period_is_remembered(store: Store, now: datetime) -> None:
    query = NewsQuery(words="padi", since=now - timedelta(days=3), until=now)
    assert await store.queries.recall(await store.queries.remember(query, now=now)) == query


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bendugnan jebol", "bendungan jebol"),
        ("bendunga", "bendungan"),
        ("bendungannya", None),  # its stem is known
        ("ebndungan", "bendungan"),
        ("walikotaa", None),  # nothing like it
        ("bendugnan roboh", None),  # nothing would be found either
        ("jebul", "jebol"),
        ("jbl", None),
        ("", None),
        ('"bendugnan', '"bendungan'),
        ("beendddungan", None),
    ],
)
async def test_misspelled_search_gets_a_suggestion(
    store: Store, make_event: Make, summarize_first: Summarize, now: datetime, typed: str, meant: str | None
) -> None:
    for outlet in ("Kabar Desa", "Warta Kota"):
        await put_article(store, summarize_first, make_event(outlet), now)
    assert await store.news.suggest(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("harga beras", None),  # a usual word, though not of these articles
        ("suku bunga", None),
        ("kedelia", None),  # similar to a word of one article only
        ("hagra belas", "harga belas"),
    ],
)
async def test_usual_words_and_rare_spellings_are_no_mistakes(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime, typed: str, meant: str | None
) -> None:
    text = "Harga belas kasih dan suhu bunga dicatat sejak Senin. Petani bercerita panjang tentang musim {}."
    for number, season in enumerate(["kedelai", "hujan"]):
        await put_article(store, summarize_first, make_article(number, text=text.format(season)), now)
    assert await store.news.suggest(typed) == meant


async def test_compared_spellings_are_limited(
    store: Store, make_event: Make, summarize_first: Summarize, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_rules, "MOST_SPELLINGS", 0)
    await put_article(store, summarize_first, make_event(), now)
    assert await store.news.suggest("bendugnan") is None
