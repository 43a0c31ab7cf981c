"""Old news is deleted by story: unneeded stories go with all of their rows, in steps that leave no story half right."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from summaries.articles.prepare import prepare
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import (
    SHORT,
    Article,
    ChatRef,
    CompositionResult,
    DeliveryPart,
    EditKind,
    NewsQuery,
    Old,
    Order,
    Origin,
    Outcome,
    Position,
    Subscription,
    Verdict,
)
from summaries.ports import StoryState
from summaries.ports.stories import Listing, PreparedArticle
from summaries.storage import Store, sqlite_path
from summaries.storage.sql.retention import count_fitting
from summaries.upkeep import KEPT, UpkeepService

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Study = Callable[[Store], Awaitable[int]]
Furnish = Callable[..., Awaitable[None]]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NEWS_KEPT = 100 * DAY
READER = 7
# Rows that contradict one another.
FAULTS = """
SELECT 'story', t.id FROM stories t
    WHERE t.article_count <> (SELECT count(*) FROM story_articles m WHERE m.story_id = t.id)
    OR t.latest_at <> (SELECT max(m.dated_at) FROM story_articles m WHERE m.story_id = t.id)
    OR t.added_at <> (SELECT max(m.added_at) FROM story_articles m WHERE m.story_id = t.id)
    OR t.id <> (SELECT m.story_id FROM story_articles m WHERE m.article_id = t.article_id)
UNION ALL SELECT 'member', article_id FROM story_articles WHERE story_id NOT IN (SELECT id FROM stories)
UNION ALL SELECT 'article', id FROM articles WHERE is_public AND id NOT IN (SELECT article_id FROM story_articles)
UNION ALL SELECT 'not indexed', id FROM articles WHERE is_public AND id NOT IN (SELECT {id} FROM {index})
UNION ALL SELECT 'indexed', {id} FROM {index} WHERE {id} NOT IN (SELECT id FROM articles WHERE is_public)
"""
OF_NEWS = (
    "articles", "summaries", "{index}", "stories", "story_articles", "signatures", "listings", "region_articles",
    "claim_terms", "chain_terms", "saved_articles", "answers",
)  # fmt: skip


class Archive:
    """A database with stories of several days, by their numbers."""

    def __init__(self, store: Store, url: str, make: Make, prepare_article: Prepare, now: datetime) -> None:
        self.store = store
        self.now = now
        self._url = url
        self._make = make
        self._prepare = prepare_article
        self._state = StoryState()
        self._count = 0

    async def add(self, story: int, age: timedelta, **fields: Any) -> int:
        """Store another article of the story, that long ago; return its id."""
        self._count += 1
        return await self.put(self._make(self._count, published_at=self.now - age, **fields), story, age)

    async def put(self, article: Article, story: int, age: timedelta, **terms: Any) -> int:
        prepared = self._prepare(article)
        prepared = replace(
            prepared,
            search_terms=prepared.search_terms._replace(**{"regions": ["35"], **terms}),
            listing=Listing(f"url:lain.example/{prepared.key}", article.title),
        )
        changes = await self.store.stories.changes(after=0, since=self.now - 999 * DAY, limit=1_000)
        (stored,), _ = await self.store.stories.put_many(
            [prepared], {prepared.key: story}, known=changes.state, next_story=100, keep_since=self.now - 999 * DAY,
            origin=Origin.FEED, now=self.now - age,
        )  # fmt: skip
        return stored.id

    async def forget(self) -> int:
        """Delete old news; return the number of articles."""
        upkeep = UpkeepService(self.store.upkeep, lambda: self.now, NEWS_KEPT)
        counted = await upkeep.count()
        assert await upkeep.forget() == counted
        return counted[Old.NEWS]

    async def forget_step(self, limit: int, after: Position = ()) -> Position | None:
        before = {kind: self.now - kept for kind, kept in {**KEPT, Old.NEWS: NEWS_KEPT}.items()}
        _, position = await self.store.upkeep.forget_old(Old.NEWS, before, limit=limit, after=after)
        return position

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        if self._url.startswith("sqlite"):
            with closing(sqlite3.connect(sqlite_path(self._url), isolation_level=None)) as file:
                return file.execute(statement.format(id="id", index="article_search_docsize")).fetchall()
        with psycopg.connect(self._url) as server:
            return server.execute(statement.format(id="article_id", index="article_search").encode()).fetchall()

    def list_articles(self) -> set[int]:
        assert self.query(FAULTS) == []
        return {article_id for (article_id,) in self.query("SELECT id FROM articles WHERE is_public")}

    def count_rows(self) -> dict[str, int]:
        return {table: self.query(f"SELECT count(*) FROM {table}")[0][0] for table in OF_NEWS}  # noqa: S608  (names of ours)


@pytest.fixture
async def archive(
    store: Store, database_url: str, make_article: Make, prepare_article: Prepare, now: datetime
) -> Archive:
    """The newest story is of today."""
    filled = Archive(store, database_url, make_article, prepare_article, now)
    await filled.add(99, timedelta())
    return filled


async def save(archive: Archive, article_id: int, age: timedelta) -> None:
    assert await archive.store.saved.save(READER, article_id, now=archive.now - age)


async def answer(archive: Archive, article_id: int, age: timedelta) -> None:
    await archive.store.answers.open(READER, article_id, now=archive.now - age)


async def follow(archive: Archive, article_id: int, age: timedelta) -> None:
    chat = ChatRef(READER)
    assert await archive.store.watches.follow(chat, article_id, "Panen", most=9, now=archive.now - age)


async def deliver(archive: Archive, article_id: int, age: timedelta) -> None:
    assert await archive.store.deliveries.add_delivered(READER, [article_id], now=archive.now - age)


async def alert(archive: Archive, article_id: int, age: timedelta) -> None:
    """Store an alert that waits."""
    at = archive.now - age
    watch = await archive.store.watches.add(ChatRef(READER), "padi", most=9, now=at - 999 * DAY)
    assert watch is not None
    assert await archive.store.alerts.put([(watch, article_id)], looked_at=None, now=at, pace=SECOND) == 1


async def hide(archive: Archive, article_id: int, age: timedelta) -> None:
    assert await archive.store.story_edits.hide(article_id, admin_id=READER, now=archive.now - age)


NEEDS = save, answer, follow, deliver, alert, hide


async def test_old_story_goes_with_all_of_its_rows(archive: Archive, study: Study) -> None:
    before = archive.count_rows()
    first, second = await archive.add(1, 101 * DAY), await archive.add(1, 101 * DAY, outlet="Warta Kota")
    # Needs that have ended.
    await deliver(archive, first, KEPT[Old.DELIVERED] + SECOND)
    await answer(archive, second, KEPT[Old.ANSWERS] + SECOND)
    await study(archive.store)
    assert await archive.forget() == 2
    assert archive.list_articles().isdisjoint({first, second})
    left = archive.count_rows()
    # Stories of the time have terms.
    assert left == before | {"chain_terms": left["chain_terms"]}
    assert archive.query("SELECT count(*) FROM chain_terms WHERE story_id <> 99") == [(0,)]
    assert await archive.forget() == 0


@pytest.mark.parametrize("need", NEEDS)
async def test_needed_story_stays_as_a_whole(archive: Archive, need: Callable[..., Awaitable[None]]) -> None:
    ids = [await archive.add(1, 101 * DAY), await archive.add(1, 101 * DAY, outlet="Warta Kota")]
    gone = await archive.add(2, 101 * DAY)
    await need(archive, ids[0], DAY)
    assert await archive.forget() == 1
    assert archive.list_articles() >= {*ids}
    assert gone not in archive.list_articles()


@pytest.mark.parametrize(
    ("age", "newest", "is_kept"),
    [(NEWS_KEPT + SECOND, NEWS_KEPT + SECOND, False), (NEWS_KEPT, NEWS_KEPT, True), (900 * DAY, NEWS_KEPT, True)],
)
async def test_story_is_as_old_as_its_newest_article(
    archive: Archive, age: timedelta, newest: timedelta, is_kept: bool
) -> None:
    ids = {await archive.add(1, age), await archive.add(1, newest)}
    await archive.forget()
    assert ids & archive.list_articles() == (ids if is_kept else set())


async def test_article_with_a_damaged_text_is_replaced_and_deleted(archive: Archive, make_article: Make) -> None:
    damaged, other = [await archive.add(1, 101 * DAY) for _ in range(2)]
    replaced = make_article(9)
    kept = await archive.put(replaced, 2, timedelta())
    archive.query(f"UPDATE articles SET text = substr(text, 9) WHERE id IN ({damaged}, {kept}) RETURNING id")  # noqa: S608
    assert await archive.put(replaced, 2, timedelta()) == kept
    stored = await archive.store.articles.get(kept)
    assert stored is not None
    assert stored.article.text == replaced.text
    assert await archive.forget() == 2
    assert archive.list_articles().isdisjoint({damaged, other})


async def test_fact_checks_are_kept_for_ever(archive: Archive, make_article: Make) -> None:
    article = make_article(50, title="[HOAKS] Pajak Kucing", text="Beredar kabar itu. Kabar itu tidak benar.")
    checked = prepare(article)
    assert checked.search_terms.claim
    await archive.put(checked.article, 1, 900 * DAY, claim=checked.search_terms.claim)
    assert await archive.forget() == 0
    (found,) = await archive.store.articles.find_claims({"kucing": 1.0}, limit=9)
    assert found.article.fact_check is not None
    assert found.article.fact_check.verdict is Verdict.FALSE


async def test_nothing_is_old_without_news_of_the_last_day_and_without_a_limit(archive: Archive) -> None:
    old = await archive.add(1, 101 * DAY)
    upkeep = UpkeepService(archive.store.upkeep, lambda: archive.now)
    assert Old.NEWS not in await upkeep.count()
    assert Old.NEWS not in await upkeep.forget()
    # After an outage, or while the clock is ahead.
    archive.now += 2 * DAY
    assert await archive.forget() == 0
    assert old in archive.list_articles()


async def test_readers_find_no_trace_of_deleted_news(
    archive: Archive, study: Study, execute: Callable[[str], None]
) -> None:
    """Lists, searches, chains, the site and the API have the rest."""
    store = archive.store
    old = await archive.add(1, 101 * DAY, url="https://kabar.example/lama")
    young = await archive.add(2, 99 * DAY, outlet="Warta Kota")
    await study(store)
    # Both are in one affair, whose first story goes.
    execute("UPDATE stories SET chain_id = 1 WHERE id < 3")
    assert [report.article_id for report in await store.stories.chain(young)] == [old, young]
    assert await archive.forget() == 1
    assert await store.stories.coverage(old) == ()
    assert [report.article_id for report in await store.stories.chain(young)] == [young]
    for query, order in (
        (NewsQuery(), Order.NEWEST),
        (NewsQuery(words="panen"), Order.NEWEST),
        (NewsQuery(region="35"), Order.MOST_COVERED),
    ):
        page = await store.news.list_page(query, length=SHORT, number=0, size=9, order=order)
        assert {item.stored.id for item in page.items} == archive.list_articles()
    assert await store.articles.find("url:kabar.example/lama") is None
    heads = await store.public_news.list_heads(limit=9)
    assert {head.id for head in heads} == {2, 99}
    stories = await store.public_news.read_stories([1, 2], most=9)
    assert [(story.id, [report.article_id for report in story.chain]) for story in stories] == [(2, [young])]
    # Its number is not given to another one, so its chain lasts.
    new = await archive.add(3, timedelta())
    execute("UPDATE stories SET chain_id = 1 WHERE id = 3")
    assert [report.article_id for report in await store.stories.chain(new)] == [young, new]


async def test_decisions_about_deleted_articles_do_no_harm(archive: Archive, make_article: Make) -> None:
    edits = archive.store.story_edits
    old, young = await archive.add(1, 101 * DAY), await archive.add(2, DAY)
    apart = await archive.add(1, 101 * DAY, outlet="Warta Kota")
    split = await edits.split([old], admin_id=READER, now=archive.now - 99 * DAY)
    merge = await edits.merge(apart, young, admin_id=READER, now=archive.now - 99 * DAY)
    assert split is not None
    assert merge is not None
    assert await archive.forget() == 1
    assert archive.list_articles() >= {apart, young}
    changes = await archive.store.stories.changes(after=0, since=archive.now - 3 * DAY, limit=9)
    assert changes.decisions is not None
    assert [[len(edit.articles), len(edit.others)] for edit in changes.decisions.edits] == [[0, 1], [1, 1]]
    for edit in (split, merge):
        assert await edits.undo(edit.id, admin_id=READER, now=archive.now) == edit
    assert archive.list_articles() >= {apart, young}
    assert {edit.kind for edit in await edits.list_edits(limit=9)} == {EditKind.SPLIT, EditKind.MERGE}


async def test_story_that_grows_between_two_steps_keeps_the_rest(archive: Archive) -> None:
    ids = [await archive.add(1, (200 - number) * DAY) for number in range(5)]
    position = await archive.forget_step(2)
    # The oldest go first, so that the story keeps its place.
    assert archive.list_articles() >= {*ids[2:]}
    assert archive.list_articles().isdisjoint(ids[:2])
    new = await archive.add(1, timedelta())
    assert await archive.forget_step(2, position or ()) is None
    assert archive.list_articles() >= {*ids[2:], new}
    coverage = await archive.store.stories.coverage(new)
    assert {report.article_id for report in coverage} == {*ids[2:], new}


async def test_steps_end_after_all_stories_were_examined_once(archive: Archive) -> None:
    for story, size in enumerate((3, 1, 1, 4, 2), 1):
        ids = [await archive.add(story, (200 - story) * DAY) for _ in range(size)]
        if story in {1, 4}:
            await save(archive, ids[-1], DAY)
    position: Position | None = ()
    left = [len(archive.list_articles())]
    while position is not None:
        position = await archive.forget_step(2, position)
        left.append(len(archive.list_articles()))
    # The story of today, and the saved ones.
    assert left[-1] == 1 + 3 + 4
    assert left == [12, 12, 10, 10, 8]


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_between_the_steps_needed_and_new_articles_stay(archive: Archive, seed: int) -> None:
    chance = random.Random(seed)
    ids: list[int] = []
    stay: set[int] = set()
    position: Position | None = ()
    for _ in range(40):
        match chance.randrange(4):
            case 0 | 1:
                age = chance.choice([0, 50, 101, 101, 150, 150, 200]) * DAY
                ids.append(await archive.add(chance.randint(1, 8), age, outlet=chance.choice(["A", "B"])))
                if age < NEWS_KEPT:
                    stay.add(ids[-1])
            case 2 if present := [one for one in ids if one in archive.list_articles() - stay]:
                stay.add(needed := chance.choice(present))
                await chance.choice([save, answer, hide])(archive, needed, DAY)
            case _:
                position = await archive.forget_step(chance.randint(1, 4), position or ())
        assert archive.list_articles() >= stay
    await archive.forget()
    left = archive.list_articles()
    assert left >= stay
    # An old article is there because its story has one that stays.
    members = archive.query("SELECT story_id, article_id FROM story_articles WHERE story_id <> 99")
    assert {story for story, _ in members} == {story for story, article_id in members if article_id in stay}


async def test_article_that_returns_gets_a_story_in_memory_and_on_disk(
    archive: Archive, make_event: Make, offload: Any
) -> None:
    """A process knows an old decision about an article that was deleted meanwhile and is listed again."""
    store = archive.store
    old, other = make_event("Kabar Desa"), make_event("Warta Kota")
    old_id = await archive.put(old, 1, 101 * DAY)
    beside = await archive.add(2, 101 * DAY)
    assert await store.story_edits.merge(old_id, beside, admin_id=READER, now=archive.now) is not None
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: archive.now)
    prepared = archive._prepare
    await writer.add(
        prepared(replace(old, url="https://kabar.example/mulai", title="Mulai", text="Satu. Dua.")), origin=Origin.FEED
    )
    assert await archive.forget() == 2
    returned = await writer.add(prepared(old), origin=Origin.FEED)
    joined = await writer.add(prepared(other), origin=Origin.FEED)
    await writer.close()
    coverage = await store.stories.coverage(returned.id)
    assert {report.article_id for report in coverage} == {returned.id, joined.id}
    archive.list_articles()


async def test_digest_that_waits_is_sent_without_its_articles(archive: Archive) -> None:
    store, now = archive.store, archive.now
    article = await archive.add(1, 101 * DAY)
    then = now - 100 * DAY
    await store.subscriptions.put(Subscription(ChatRef(READER), (time(7),), "Asia/Jakarta"), next_due_at=then, now=then)
    await store.deliveries.create_due(now=then, limit=9, next_due=lambda _: None)
    (claimed,) = await store.deliveries.claim(now=then, lease_until=then + DAY, limit=9)
    parts = (DeliveryPart(0, "<b>Kabar</b>", (article,)),)
    await store.deliveries.save_composed(CompositionResult(rendered=((parts, (claimed.id,)),)), now=then)
    assert await archive.forget() == 1
    (waiting,) = await store.outbox.claim_digests(now=now, lease_until=now + DAY, limit=9)
    message = waiting.message(waiting.parts[0])
    await store.outbox.mark_sending(message, until=now + DAY)
    await store.outbox.mark_sent(message, message_id=5, now=now, is_last=True)
    (record,) = await store.deliveries.history(READER, limit=9)
    assert record.outcome is Outcome.SENT
    assert await store.deliveries.last_stories(READER) == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL vacuums its tables itself
async def test_new_news_fills_the_space_of_deleted_news(archive: Archive) -> None:
    chance = random.Random(5)
    sizes = []
    for _ in range(4):
        for _ in range(15):
            text = " ".join(f"kata{chance.randrange(10**9)}." for _ in range(300))
            await archive.add(chance.randrange(1, 90), 101 * DAY, text=text)
        sizes.append(archive.query("PRAGMA page_count")[0][0])
        assert await archive.forget() == 15
    # The search index keeps deleted terms until it merges its segments.
    assert sizes[-1] < 1.5 * sizes[0]


@pytest.mark.parametrize(
    ("counts", "most", "fitting"),
    [([1], 5, 1), ([9], 5, 1), ([2, 3, 1], 5, 2), ([2, 3, 0], 5, 3), ([5, 1], 5, 1), ([1] * 9, 5, 5)],
)
def test_stories_are_taken_while_they_fit(counts: Sequence[int], most: int, fitting: int) -> None:
    assert count_fitting(counts, most) == fitting
