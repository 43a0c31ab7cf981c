"""The contract of ports.AnswerStore and ports.SavedStore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from summaries.model import AnsweredQuestion, Article, Origin, Summary
from summaries.storage import Store

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]


async def put_article(store: Store, make: Make, summaries: Summarize, now: datetime, number: int = 1) -> int:
    article = make(number)
    return (await store.articles.put(article, summaries(article), origin=Origin.FEED, now=now)).id


async def test_answer_is_visible_to_its_chat_only(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article_id = await put_article(store, make_article, summarize_first, now)
    answer = await store.answers.open(7, article_id, now=now)
    other = await store.answers.open(7, article_id, now=now)
    assert answer.id != other.id
    assert 0 <= answer.id < 2**60
    assert await store.answers.find(answer.id, 7) == answer
    assert await store.answers.find(answer.id, 8) is None
    assert await store.answers.find(answer.id + 1, 7) is None
    await store.subscriptions.move_chat(7, -100)
    assert await store.answers.find(answer.id, 7) is None
    assert await store.answers.find(answer.id, -100) is not None


async def test_old_answers_and_questions_are_deleted(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article_id = await put_article(store, make_article, summarize_first, now)
    old = await store.answers.open(7, article_id, now=now - timedelta(days=181))
    await store.answers.remember(7, 1, AnsweredQuestion("a", (2, 3)), now=now - timedelta(days=3))
    await store.answers.open(7, article_id, now=now)
    await store.answers.remember(7, 4, AnsweredQuestion("b", (5,)), now=now)
    assert await store.answers.find(old.id, 7) is None
    assert await store.answers.recall(7, 1) is None
    assert await store.answers.recall(7, 4) == AnsweredQuestion("b", (5,))
    await store.answers.remember(7, 4, AnsweredQuestion("c", (5, 6)), now=now)
    assert await store.answers.recall(7, 4) == AnsweredQuestion("c", (5, 6))


async def test_saved_articles_are_paged(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    ids = [await put_article(store, make_article, summarize_first, now, number) for number in range(7)]
    for age, article_id in enumerate(ids):
        assert await store.saved.save(1, article_id, now=now - timedelta(minutes=age))
    assert not await store.saved.save(1, ids[0], now=now)
    first = await store.saved.page(1, number=0, size=5)
    assert [stored.id for stored in first.items] == ids[:5]
    assert (first.total, first.count, first.number) == (7, 2, 0)
    last = await store.saved.page(1, number=9, size=5)
    assert ([stored.id for stored in last.items], last.number) == (ids[5:], 1)
    assert await store.saved.is_saved(1, ids[0])
    assert not await store.saved.is_saved(2, ids[0])
    assert await store.saved.remove(1, ids[0])
    assert not await store.saved.remove(1, ids[0])
    assert (await store.saved.page(2, number=0, size=5)).items == ()
