"""Followed stories: the chain of an article's story, whichever of its articles is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from summaries.model import Article, ChatRef, Origin, StoredArticle, Summary
from summaries.storage import Store
from tests.postgres_server import STORES

Execute = Callable[[str], None]
CHAT = ChatRef(7, 42)
LINK_FIRST_TWO = "UPDATE stories SET chain_id = 1 WHERE id < 3"


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """Each store in turn."""
    return database_of(request.param)


@pytest.fixture
async def stories(
    store: Store,
    make_article: Callable[..., Article],
    summarize_first: Callable[..., tuple[Summary, ...]],
    now: datetime,
) -> list[StoredArticle]:
    """Three articles, each a story of its own."""
    found = []
    for number in range(3):
        article = make_article(number)
        found.append(await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now))
    return found


async def test_chat_follows_a_chain_once(
    store: Store, stories: list[StoredArticle], execute: Execute, now: datetime
) -> None:
    first, second, third = (stored.id for stored in stories)
    watch = await store.watches.follow(CHAT, first, "Judul", most=1, now=now)
    assert watch is not None
    assert (watch.chat, watch.words, watch.article_id) == (CHAT, "Judul", first)
    assert await store.watches.find_follow(7, first) == watch
    assert await store.watches.find_follow(8, first) is None
    # A story that is not linked yet is a chain of its own.
    assert await store.watches.find_follow(7, second) is None
    assert await store.watches.follow(CHAT, second, "Lain", most=1, now=now) is None
    execute(LINK_FIRST_TWO)
    assert await store.watches.follow(CHAT, second, "Lain", most=1, now=now) == watch
    assert await store.watches.find_follow(7, third) is None
    assert await store.watches.find(watch.id, 7) == watch


async def test_follow_and_watch_for_its_words_are_two(
    store: Store, stories: list[StoredArticle], now: datetime
) -> None:
    await store.watches.follow(CHAT, stories[0].id, "Judul", most=1, now=now)
    watch = await store.watches.add(CHAT, "Judul", most=1, now=now)
    assert watch is not None
    assert not watch.is_follow
    assert len(await store.watches.of_chat(7)) == 2
    assert await store.alerts.watches() == (watch,)
