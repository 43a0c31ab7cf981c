"""Articles are stored with their stories while other processes store stories too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from summaries.errors import StoreBusy
from summaries.ingest import article_writer
from summaries.ingest.article_writer import ArticleWriter, decide, set_plausible_time, undo
from summaries.model import SHORT, Article, EditKind, NewsQuery, Origin
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store
from summaries.stories import WINDOW, Entry, Signature, StoryIndex
from summaries.stories.edits import Constraints, Edit
from tests.postgres_server import STORES

if TYPE_CHECKING:
    from summaries.ports import Offload

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """Each store in turn."""
    return database_of(request.param)


@pytest.fixture
def many(make_article: Make, prepare_article: Prepare) -> list[PreparedArticle]:
    """Articles that have little to do with each other."""
    subjects = "kopi jagung perahu jembatan sekolah kelapa tenun garam museum vaksin"
    return [
        prepare_article(
            make_article(
                n,
                title=f"Kabar {word.title()} dari Pulau {word[::-1].title()}",
                text=f"Orang {word[::-1]} membahas {word} sejak Senin. Lalu {word} {word[::-1]} ramai dibicarakan.",
            )
        )
        for n, word in enumerate(subjects.split())
    ]


async def find_story_numbers(store: Store, now: datetime) -> dict[str, int]:
    """Return the number of the story of each article in the window, by the article's key."""
    changes = await store.stories.changes(after=0, since=now - WINDOW, limit=100)
    return {entry.signature.id: entry.story for entry in changes.entries}


async def find_first_article(store: Store, article: PreparedArticle) -> int:
    """Return the id of the first article in the story of the given one."""
    found = await store.articles.find(article.key)
    assert found is not None
    return (await store.stories.coverage(found.id))[0].article_id


async def test_one_event_in_two_outlets_becomes_one_story(
    writer: ArticleWriter, store: Store, many: list[PreparedArticle], make_event: Make, prepare_article: Prepare
) -> None:
    one, two = (prepare_article(make_event(outlet)) for outlet in ("Kabar Desa", "Warta Kota"))
    stored = await asyncio.gather(*(writer.add(article, origin=Origin.FEED) for article in [*many, one]))
    assert [article.article for article in stored] == [article.article for article in [*many, one]]
    await writer.add(two, origin=Origin.IMPORT)
    assert await find_first_article(store, one) == await find_first_article(store, two)
    assert len({await find_first_article(store, article) for article in [*many, one]}) == len(many) + 1


async def test_restart_keeps_stories(
    store: Store, offload: Offload, now: datetime, make_event: Make, many: list[PreparedArticle],
    prepare_article: Prepare, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(article_writer, "CHANGES_LIMIT", 4)
    one, two = (prepare_article(make_event(outlet)) for outlet in ("Kabar Desa", "Warta Kota"))
    first = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: now)
    await asyncio.gather(*(first.add(article, origin=Origin.FEED) for article in [*many, one]))
    before = await find_story_numbers(store, now)
    assert len(set(before.values())) == len(before) == len(many) + 1
    await first.close()
    second = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: now)
    await second.add(two, origin=Origin.FEED)
    assert await find_story_numbers(store, now) == before | {two.key: before[one.key]}


async def test_article_older_than_the_window_starts_another_story(
    store: Store, offload: Offload, now: datetime, make_event: Make, prepare_article: Prepare
) -> None:
    moment = now
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: moment)
    one = prepare_article(make_event("Kabar Desa", published_at=None))
    await writer.add(one, origin=Origin.FEED)
    moment = now + timedelta(days=4)
    two = prepare_article(make_event("Warta Kota", published_at=moment))
    await writer.add(two, origin=Origin.FEED)
    assert await find_first_article(store, one) != await find_first_article(store, two)


async def test_edited_article_keeps_its_id_and_is_matched_by_its_new_text(
    writer: ArticleWriter, store: Store, make_event: Make, make_article: Make, prepare_article: Prepare
) -> None:
    event = prepare_article(make_event("Kabar Desa"))
    draft = prepare_article(
        make_event("Warta Kota", title="Berita segera menyusul", text="Redaksi sedang menulis berita ini sekarang.")
    )
    put = [await writer.add(article, origin=Origin.FEED) for article in (event, draft)]
    assert await find_first_article(store, event) != await find_first_article(store, draft)
    again = await writer.add(prepare_article(make_event("Warta Kota")), origin=Origin.FEED)
    assert (again.id, again.added_at) == (put[1].id, put[1].added_at)
    assert await find_first_article(store, event) == await find_first_article(store, draft)


@pytest.fixture
async def other_process(
    store: Store, database_url: str, offload: Offload, now: datetime
) -> AsyncIterator[ArticleWriter]:
    """An writer over the same database, with stories of its own in memory."""
    opened = await open_store(database_url, pool_size=3)
    writer = ArticleWriter(stories=opened.stories, offload=offload, clock=lambda: now)
    yield writer
    await writer.close()
    await opened.close()


async def test_two_processes_build_the_same_stories(
    writer: ArticleWriter, other_process: ArticleWriter, store: Store, many: list[PreparedArticle], make_event: Make,
    prepare_article: Prepare,
) -> None:  # fmt: skip
    one, two = (prepare_article(make_event(outlet)) for outlet in ("Kabar Desa", "Warta Kota"))
    for n, article in enumerate([one, *many, two]):
        await (writer, other_process)[n % 2].add(article, origin=Origin.FEED)
    assert await find_first_article(store, one) == await find_first_article(store, two)
    assert len({await find_first_article(store, article) for article in [one, *many]}) == len(many) + 1


async def test_concurrent_writers_lose_nothing(
    writer: ArticleWriter, other_process: ArticleWriter, store: Store, many: list[PreparedArticle]
) -> None:
    await asyncio.gather(*(to.add(article, origin=Origin.FEED) for article in many for to in (writer, other_process)))
    page = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=50)
    assert page.total == len(many)
    assert len({await find_first_article(store, article) for article in many}) == len(many)


async def test_article_that_cannot_be_stored_does_not_block_others(
    writer: ArticleWriter, store: Store, many: list[PreparedArticle], caplog: pytest.LogCaptureFixture
) -> None:
    bad = replace(many[0], article=replace(many[0].article, text="setengah \ud800 huruf"))
    results = await asyncio.gather(
        *(writer.add(article, origin=Origin.FEED) for article in [bad, *many[1:]]), return_exceptions=True
    )
    assert isinstance(results[0], UnicodeEncodeError)
    assert not any(isinstance(result, BaseException) for result in results[1:])
    assert "one by one" in caplog.text
    assert await store.articles.find(bad.key) is None
    # The stories in memory are those of the store again.
    assert (await writer.add(many[0], origin=Origin.FEED)).article == many[0].article


async def test_store_failure_fails_the_batch_and_the_next_succeeds(
    writer: ArticleWriter, store: Store, many: list[PreparedArticle], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise StoreBusy("in use")

    with monkeypatch.context() as patched:
        patched.setattr(type(store.stories), "put_many", fail)
        results = await asyncio.gather(
            *(writer.add(article, origin=Origin.FEED) for article in many), return_exceptions=True
        )
    assert {type(result) for result in results} == {StoreBusy}
    assert (await writer.add(many[0], origin=Origin.FEED)).article == many[0].article


async def test_close_finishes_the_batch_in_progress(
    store: Store, offload: Offload, now: datetime, many: list[PreparedArticle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article_writer, "MAX_BATCH", 4)
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: now)
    waiting = [asyncio.create_task(writer.add(article, origin=Origin.FEED)) for article in many]
    await waiting[0]
    await writer.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    stored = [result for result in results if not isinstance(result, BaseException)]
    assert 4 <= len(stored) < len(many)
    page = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=50)
    assert page.total == len(stored)
    await writer.close()


@pytest.mark.parametrize(
    ("published", "known"),
    [
        ("2026-11-23T04:00:00+00:00", "2026-11-23T04:00:00+00:00"),
        ("2026-11-23T11:00:00+07:00", "2026-11-23T04:00:00+00:00"),
        # Local time that says it is UTC.
        ("2026-11-23T11:00:00+00:00", "2026-11-23T04:00:00+00:00"),
        ("2026-11-24T11:00:00+00:00", "2026-11-23T05:00:00+00:00"),
        ("2099-11-24T11:00:00+00:00", "2026-11-23T05:00:00+00:00"),
        ("0001-01-01T00:00:00+07:00", "2026-11-23T05:00:00+00:00"),
        (None, "2026-11-23T05:00:00+00:00"),
    ],
)
def test_signature_time_is_clamped_to_the_past(published: str | None, known: str, now: datetime) -> None:
    moment = datetime.fromisoformat(published) if published else None
    found = set_plausible_time(Signature("a", published_at=moment), now).published_at
    assert found is not None
    assert found.isoformat() == known


def test_refused_decision_is_reverted_with_the_stories_of_united_articles(
    make_event: Make, prepare_article: Prepare
) -> None:
    first = prepare_article(make_event()).signature
    others = [Entry(replace(first, id=f"other-{n}", outlet=f"Media {n}"), 2) for n in range(3)]
    index = StoryIndex([Entry(first, 1), *others])
    index.constrain(Constraints([Edit(EditKind.MERGE, (first.id,), ("gone",))]), {first.id: 1, "gone": 1})
    before = index.stories(), index.settled
    decision = decide(index, [first])
    assert decision.stories == {first.id: 2, "gone": 2}
    undo(index, decision)
    assert (index.stories(), index.settled) == before
