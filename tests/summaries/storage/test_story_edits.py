"""The contract of ports.StoryEditStore: decisions outlast regrouping and restarts, and nobody sees a hidden story."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from summaries.ingest.article_writer import ArticleWriter
from summaries.model import (
    SHORT,
    Article,
    ChatRef,
    DigestOrder,
    EditKind,
    NewsQuery,
    NewsRequest,
    Order,
    Origin,
    Preferences,
    StoryEdit,
)
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store

if TYPE_CHECKING:
    from summaries.ports import Offload

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Study = Callable[[Store], Awaitable[int]]
DAY = timedelta(days=1)
ADMIN = 77


class Newsroom:
    """A database with articles of events, and a writer that one process keeps."""

    def __init__(self, store: Store, offload: Offload, prepare: Prepare, now: datetime) -> None:
        self.store = store
        self.now = now
        self._offload = offload
        self._prepare = prepare
        self.writer = self.open_writer()

    def open_writer(self, store: Store | None = None) -> ArticleWriter:
        """Return the writer of another process, or of this one after a restart."""
        return ArticleWriter(stories=(store or self.store).stories, offload=self._offload, clock=lambda: self.now)

    async def add(self, article: Article, writer: ArticleWriter | None = None) -> int:
        return (await (writer or self.writer).add(self._prepare(article), origin=Origin.FEED)).id

    async def find_story(self, article_id: int) -> list[int]:
        """Return the ids of the story's articles."""
        return sorted(report.article_id for report in await self.store.story_edits.coverage(article_id))

    async def merge(self, one: int, other: int) -> StoryEdit | None:
        return await self.store.story_edits.merge(one, other, admin_id=ADMIN, now=self.now)

    async def split(self, *article_ids: int) -> StoryEdit | None:
        return await self.store.story_edits.split(article_ids, admin_id=ADMIN, now=self.now)

    async def hide(self, article_id: int) -> StoryEdit | None:
        return await self.store.story_edits.hide(article_id, admin_id=ADMIN, now=self.now)

    async def undo(self, edit: StoryEdit | None) -> StoryEdit | None:
        assert edit is not None
        return await self.store.story_edits.undo(edit.id, admin_id=ADMIN, now=self.now)


@pytest.fixture
def newsroom(store: Store, offload: Offload, prepare_article: Prepare, now: datetime) -> Newsroom:
    return Newsroom(store, offload, prepare_article, now)


@pytest.fixture
def flood(make_event: Make, now: datetime) -> Callable[[int], Article]:
    """Return reports of one event by ever more outlets."""

    def make(number: int) -> Article:
        report = make_event(published_at=now - timedelta(hours=9 - number))
        return replace(report, url=f"https://media{number}.example/a", outlet=f"Media {number}")

    return make


async def test_split_holds_for_later_articles_and_is_undone(
    newsroom: Newsroom, flood: Callable[[int], Article]
) -> None:
    a, b, c = [await newsroom.add(flood(number)) for number in range(3)]
    assert await newsroom.find_story(a) == [a, b, c]
    made = await newsroom.split(b)
    assert made == StoryEdit(1, EditKind.SPLIT, (b,), (a, c), ADMIN, newsroom.now)
    assert (await newsroom.find_story(a), await newsroom.find_story(b)) == ([a, c], [b])
    d = await newsroom.add(flood(3))
    assert sorted([await newsroom.find_story(a), await newsroom.find_story(b)]) in ([[a, c, d], [b]], [[a, c], [b, d]])
    # The same article arrives again, in this process and after a restart.
    for writer in (newsroom.writer, newsroom.open_writer()):
        await newsroom.add(replace(flood(1), category="daerah"), writer)
        assert b not in await newsroom.find_story(a)
    assert await newsroom.undo(made) == made
    assert await newsroom.undo(made) is None
    assert await newsroom.find_story(b) in ([a, b, c, d], [a, b, c])
    await newsroom.add(flood(4))
    assert set(await newsroom.find_story(b)) >= {a, b, c, d}


async def test_merge_holds_for_later_articles_and_is_undone(
    newsroom: Newsroom, make_article: Make, flood: Callable[[int], Article]
) -> None:
    a, b = [await newsroom.add(flood(number)) for number in range(2)]
    other = await newsroom.add(make_article(1))
    old = await newsroom.add(make_article(2, published_at=newsroom.now - 200 * DAY))
    made = [await newsroom.merge(old, a), await newsroom.merge(other, old)]
    assert await newsroom.find_story(other) == [a, b, other, old]
    for writer in (newsroom.writer, newsroom.open_writer()):
        await newsroom.add(replace(make_article(1), category="daerah"), writer)
        assert await newsroom.find_story(other) == [a, b, other, old]
    later = await newsroom.add(flood(2))
    assert await newsroom.find_story(other) == [a, b, other, old, later]
    assert await newsroom.merge(other, later) is None
    await newsroom.undo(made[1])
    assert await newsroom.find_story(other) == [other]
    assert await newsroom.find_story(old) == [a, b, old, later]
    await newsroom.undo(made[0])
    assert await newsroom.find_story(old) == [old]
    assert await newsroom.find_story(b) == [a, b, later]


async def test_articles_near_moved_ones_are_regrouped_with_the_next_article(
    newsroom: Newsroom, make_article: Make, flood: Callable[[int], Article]
) -> None:
    a = await newsroom.add(flood(0))
    others = [await newsroom.add(make_article(number)) for number in (1, 2)]
    made = await newsroom.merge(a, others[0])
    later = await newsroom.add(flood(1))
    await newsroom.undo(made)
    assert await newsroom.find_story(a) == [a]
    await newsroom.add(make_article(3, title="Museum Wayang Dibuka", text="Museum wayang dibuka lagi di Kota Lama."))
    assert await newsroom.find_story(a) == [a, later]
    assert await newsroom.find_story(others[0]) == others


async def test_later_decision_counts(newsroom: Newsroom, flood: Callable[[int], Article]) -> None:
    a, b, c = [await newsroom.add(flood(number)) for number in range(3)]
    await newsroom.split(b, c)
    merged = await newsroom.merge(b, a)
    assert await newsroom.find_story(a) == [a, b, c]
    await newsroom.split(c)
    await newsroom.add(replace(flood(0), category="daerah"))
    assert await newsroom.find_story(a) == [a, b]
    # Without the merge both splits are in effect.
    await newsroom.undo(merged)
    assert [await newsroom.find_story(one) for one in (a, b, c)] == [[a], [b], [c]]


async def test_decision_reaches_every_process(
    newsroom: Newsroom, prepared_url: str, flood: Callable[[int], Article], make_article: Make
) -> None:
    second = await open_store(prepared_url)
    there = newsroom.open_writer(second)
    a = await newsroom.add(flood(0))
    b = await newsroom.add(flood(1), there)
    other = await newsroom.add(make_article(1), there)
    assert await newsroom.find_story(a) == [a, b]
    made = await second.story_edits.split([a], admin_id=None, now=newsroom.now)
    assert made is not None
    await newsroom.merge(a, other)
    stored = await asyncio.gather(
        newsroom.add(replace(flood(0), category="daerah")),
        newsroom.add(replace(flood(1), category="daerah"), there),
        newsroom.add(replace(make_article(1), category="daerah"), there),
    )
    assert list(stored) == [a, b, other]
    assert (await newsroom.find_story(a), await newsroom.find_story(b)) == ([a, other], [b])
    await second.close()


async def test_impossible_decisions_change_nothing(
    newsroom: Newsroom, make_article: Make, flood: Callable[[int], Article], summarize_first: Callable[..., object]
) -> None:
    a, b = [await newsroom.add(flood(number)) for number in range(2)]
    other = await newsroom.add(make_article(1))
    own = make_article(9, url=None, outlet=None)
    private = await newsroom.store.articles.put(
        own, newsroom._prepare(own).summaries, origin=Origin.CHAT, now=newsroom.now
    )
    refused = [
        await newsroom.split(a, b), await newsroom.split(a, other), await newsroom.split(a, 999),
        await newsroom.split(),
        await newsroom.merge(a, b), await newsroom.merge(a, 999), await newsroom.merge(private.id, a),
        await newsroom.hide(999), await newsroom.hide(private.id),
        await newsroom.store.story_edits.undo(999, admin_id=ADMIN, now=newsroom.now),
    ]  # fmt: skip
    assert refused == [None] * len(refused)
    assert await newsroom.store.story_edits.list_edits(limit=9) == ()
    assert await newsroom.find_story(a) == [a, b]


async def test_decisions_are_listed_and_logged(
    newsroom: Newsroom, flood: Callable[[int], Article], make_article: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    a, b = [await newsroom.add(flood(number)) for number in range(2)]
    other = await newsroom.add(make_article(1))
    hidden, split = await newsroom.hide(other), await newsroom.split(a)
    edits = newsroom.store.story_edits
    assert await edits.list_edits(limit=9) == (split, hidden)
    assert await edits.list_edits(limit=1) == (split,)
    assert await edits.list_edits(b, limit=9) == (split,)
    assert await edits.list_edits(other, limit=9) == (hidden,)
    assert await edits.list_edits(999, limit=9) == ()
    await newsroom.undo(split)
    assert await edits.list_edits(b, limit=9) == ()
    undone, *_ = await edits.list_edits(limit=9)
    assert undone.undone_at == newsroom.now
    said = [record.message for record in caplog.records if "decision" in record.message]
    assert said == [
        f"administrator {ADMIN} made decision 1: hide {other} | ",
        f"administrator {ADMIN} made decision 2: split {a} | {b}",
        f"administrator {ADMIN} undid decision 2: split",
    ]


async def list_news(store: Store, query: NewsQuery, order: Order = Order.NEWEST) -> list[int]:
    page = await store.news.list_page(query, length=SHORT, number=0, size=9, order=order)
    assert page.total == len(page.items)
    return [item.stored.id for item in page.items]


async def list_digest(store: Store, now: datetime, preferences: Preferences, chat_id: int = 7) -> list[int]:
    request = NewsRequest(chat_id, now - DAY, now + DAY, preferences)
    (news,) = await store.deliveries.open_news().choose([request])
    assert news.total == len(news.items)
    return [item.stored.id for item in news.items]


async def list_fresh(store: Store, now: datetime) -> list[int]:
    fresh = await store.alerts.fresh(until=now + DAY, oldest=now - DAY, limit=9)
    return [article.article_id for article in fresh.articles] if fresh else []


async def list_claims(store: Store) -> list[int]:
    return [stored.id for stored in await store.articles.find_claims({"klaim": 1.0}, limit=9)]


async def list_covered(store: Store, now: datetime) -> list[int]:
    found = await store.news.most_covered(now - DAY, now + DAY, length=SHORT, limit=9)
    return [story.article_id for story in found]


async def list_chain(store: Store) -> list[int]:
    return [report.article_id for report in await store.stories.chain(1)]


Reader = Callable[[Store, datetime], Awaitable[Sequence[int]]]
WORDS = "bendungan jebol"
READERS: dict[str, Reader] = {
    "news": lambda store, _: list_news(store, NewsQuery()),
    "news by coverage": lambda store, _: list_news(store, NewsQuery(), Order.MOST_COVERED),
    "topic": lambda store, _: list_news(store, NewsQuery(category="ekonomi")),
    "topic by coverage": lambda store, _: list_news(store, NewsQuery(category="ekonomi"), Order.MOST_COVERED),
    "outlet": lambda store, _: list_news(store, NewsQuery(outlet="Kabar Desa")),
    "outlet by coverage": lambda store, _: list_news(store, NewsQuery(outlet="Kabar Desa"), Order.MOST_COVERED),
    "search and inline": lambda store, _: list_news(store, NewsQuery(words=WORDS)),
    "search by coverage": lambda store, _: list_news(store, NewsQuery(words=WORDS), Order.MOST_COVERED),
    "search in a period": lambda store, now: list_news(store, NewsQuery(words=WORDS, since=now - DAY)),
    "trends": list_covered,
    "digest": lambda store, now: list_digest(store, now, Preferences()),
    "newest digest": lambda store, now: list_digest(store, now, Preferences(order=DigestOrder.NEWEST)),
    "folded alert": lambda store, now: list_digest(store, now, Preferences(include=("tidakada",)), chat_id=8),
    "alerts": list_fresh,
    "claims": lambda store, _: list_claims(store),
    "chain": lambda store, _: list_chain(store),
}


async def test_hidden_story_is_nowhere_until_it_is_shown_again(
    newsroom: Newsroom, make_event: Make, prepare_article: Prepare, study: Study
) -> None:
    async def read() -> dict[str, Sequence[int]]:
        return {name: await reader(store, now) for name, reader in READERS.items()}

    store, now = newsroom.store, newsroom.now
    full = prepare_article(make_event("Kabar Desa", published_at=now - timedelta(hours=1), category="ekonomi"))
    full = replace(full, search_terms=full.search_terms._replace(claim=["klaim"]))
    stored = await newsroom.writer.add(full, origin=Origin.FEED)
    brief = await newsroom.add(make_event("Warta Kota", published_at=now - timedelta(hours=1)))
    assert await newsroom.find_story(stored.id) == [stored.id, brief]
    await study(store)
    for chat_id in (8, 9):
        watch = await store.watches.add(ChatRef(chat_id), "bendungan", most=9, now=now - DAY)
        assert watch is not None
        if chat_id == 8:
            await store.watches.fold(watch.id, chat_id, is_folded=True)
            await store.alerts.put([(watch, stored.id)], looked_at=None, now=now, pace=DAY)
    before = await read()
    assert [name for name, found in before.items() if stored.id not in found] == []
    edit = await newsroom.hide(brief)
    assert await read() == {name: [] for name in READERS}
    assert await newsroom.undo(edit) is not None
    assert await read() == before


async def test_hidden_story_stays_hidden_as_it_grows(
    newsroom: Newsroom, flood: Callable[[int], Article], make_article: Make
) -> None:
    a = await newsroom.add(flood(0))
    hidden = await newsroom.hide(a)
    b = await newsroom.add(flood(1), newsroom.open_writer())
    assert await newsroom.find_story(a) == [a, b]
    assert await list_news(newsroom.store, NewsQuery()) == []
    # A merge hides the other story too; the part that is split off again is shown.
    other = await newsroom.add(make_article(1))
    await newsroom.merge(other, b)
    assert await list_news(newsroom.store, NewsQuery()) == []
    await newsroom.split(other)
    assert await list_news(newsroom.store, NewsQuery()) == [other]
    again = await newsroom.hide(b)
    await newsroom.undo(hidden)
    assert await list_news(newsroom.store, NewsQuery()) == [other]
    await newsroom.undo(again)
    assert len(await list_news(newsroom.store, NewsQuery())) == 2


async def test_reader_of_an_article_sees_nothing_of_a_hidden_story(
    newsroom: Newsroom, flood: Callable[[int], Article]
) -> None:
    a, b = [await newsroom.add(flood(number)) for number in range(2)]
    await newsroom.hide(a)
    assert await newsroom.store.stories.coverage(b) == ()
    assert await newsroom.find_story(b) == [a, b]


async def test_waiting_alert_of_a_hidden_story_is_not_sent(newsroom: Newsroom, flood: Callable[[int], Article]) -> None:
    store, now = newsroom.store, newsroom.now
    article_id = await newsroom.add(flood(0))
    watch = await store.watches.add(ChatRef(9), "bendungan", most=9, now=now - DAY)
    assert watch is not None
    await store.alerts.put([(watch, article_id)], looked_at=None, now=now, pace=DAY)
    edit = await newsroom.hide(article_id)
    assert await store.outbox.claim_alerts(now=now, lease_until=now + DAY, length=SHORT, max_items=5, limit=9) == ()
    await newsroom.undo(edit)
    assert await list_digest(store, now, Preferences(include=("tidakada",)), chat_id=9) == [article_id]


async def test_decision_makes_the_stories_stale(
    newsroom: Newsroom, flood: Callable[[int], Article], study: Study
) -> None:
    a, b = [await newsroom.add(flood(number)) for number in range(2)]
    await study(newsroom.store)
    assert (await newsroom.store.studies.list_stale(limit=9)).stories == ()
    edit = await newsroom.split(a)
    assert len((await newsroom.store.studies.list_stale(limit=9)).stories) == 2
    await study(newsroom.store)
    await newsroom.undo(edit)
    assert len((await newsroom.store.studies.list_stale(limit=9)).stories) == 1
    assert await newsroom.find_story(b) == [a, b]
