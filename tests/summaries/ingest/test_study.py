"""The study links stories as they come in, in one process or several, once or repeatedly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pytest

from summaries.ingest import study
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.study import StudyService
from summaries.model import Article, Origin
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store
from summaries.stories.chains import MEMORY
from tests.postgres_server import STORES

if TYPE_CHECKING:
    from summaries.ports import Offload

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
P = ParamSpec("P")
T = TypeVar("T")
DAY = timedelta(days=1)
PROCESSES = 3


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    return database_of(request.param)


@pytest.fixture
async def stores(prepared_url: str) -> AsyncIterator[list[Store]]:
    """The same database, opened by several processes."""
    opened = [await open_store(prepared_url, pool_size=4) for _ in range(PROCESSES)]
    yield opened
    for store in opened:
        await store.close()


class Newsroom:
    """Articles that come in day by day, and services that study their stories."""

    def __init__(self, stores: list[Store], now: datetime, offload: Offload, make: Make, prepare: Prepare) -> None:
        self.stores, self.now, self.offload, self.make, self.prepare = stores, now, offload, make, prepare
        self.writer = ArticleWriter(stories=stores[0].stories, offload=offload, clock=lambda: self.now)

    def service(self, number: int = 0) -> StudyService:
        return StudyService(studies=self.stores[number].studies, offload=self.offload, clock=lambda: self.now)

    async def publish(self, number: int, title: str, *, ago: timedelta = timedelta()) -> int:
        """Store an article about the dam, the mayor or the harvest; return its id."""
        text = f"{title}. Bendungan Wairana di Sukamakmur jebol pekan lalu. Penyelidikan tanggul Wairana berlanjut."
        if "Bendungan" not in title:
            text = f"{title}. Petani cabai di dataran tinggi Kalasan gembira. Kebun cabai Kalasan panen serentak."
        article = self.make(number, title=title, text=text, published_at=self.now - ago)
        return (await self.writer.add(self.prepare(article), origin=Origin.FEED)).id

    async def chain(self, article_id: int) -> list[int]:
        return [report.article_id for report in await self.stores[0].stories.chain(article_id)]

    async def has_stale(self) -> bool:
        return bool((await self.stores[0].studies.list_stale(limit=1)).stories)


@pytest.fixture
def newsroom(
    stores: list[Store], now: datetime, offload: Offload, make_article: Make, prepare_article: Prepare
) -> Newsroom:
    return Newsroom(stores, now, offload, make_article, prepare_article)


async def test_developments_are_linked_over_days_and_a_restart(newsroom: Newsroom) -> None:
    dam = [await newsroom.publish(1, "Bendungan Wairana Jebol di Sukamakmur")]
    await newsroom.publish(2, "Panen Cabai Kalasan Melimpah")
    assert await newsroom.service().study() == 2
    titles = ("Penyelidik Periksa Tanggul Bendungan Wairana", "Kontraktor Bendungan Wairana Ditahan")
    for number, title in enumerate(titles, start=3):
        newsroom.now += 6 * DAY
        dam.append(await newsroom.publish(number, title))
        assert await newsroom.service(number % PROCESSES).study() == 1
    assert await newsroom.chain(dam[-1]) == dam
    # It may run at any time, and finds nothing to do.
    assert await newsroom.service().study() == 0
    assert not await newsroom.has_stale()
    newsroom.now += MEMORY + DAY
    late = await newsroom.publish(5, "Bendungan Wairana Jebol di Sukamakmur Setahun Lalu")
    await newsroom.service().study()
    assert await newsroom.chain(late) == [late]


async def test_several_processes_link_stories_of_one_batch_alike(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "BATCH_SIZE", 2)
    # Older than the window of stories, so each is a story of its own.
    dam = [
        await newsroom.publish(number, f"Bendungan Wairana: {title}", ago=(20 - 4 * number) * DAY)
        for number, title in enumerate(("Tanggul Retak", "Tanggul Jebol", "Penyelidikan Dimulai", "Kontraktor Ditahan"))
    ]
    harvest = await newsroom.publish(9, "Panen Cabai Kalasan Melimpah")
    while await newsroom.has_stale():
        await asyncio.gather(*(newsroom.service(number).study() for number in range(PROCESSES)))
    assert await newsroom.chain(dam[0]) == dam
    assert await newsroom.chain(harvest) == [harvest]


async def test_changed_first_story_joins_its_chain_again(newsroom: Newsroom, execute: Callable[[str], None]) -> None:
    dam = [
        await newsroom.publish(number, f"Bendungan Wairana: {title}", ago=(20 - 5 * number) * DAY)
        for number, title in enumerate(("Tanggul Retak", "Tanggul Jebol"))
    ]
    await newsroom.service().study()
    execute("UPDATE stories SET chain_id = NULL, is_stale = true WHERE id = 1")
    await newsroom.service().study()
    assert await newsroom.chain(dam[0]) == dam


async def test_story_follows_another_of_its_batch_that_left_its_chain(
    newsroom: Newsroom, execute: Callable[[str], None]
) -> None:
    dam = await newsroom.publish(1, "Bendungan Wairana: Tanggul Retak", ago=20 * DAY)
    harvest = await newsroom.publish(2, "Panen Cabai Kalasan Melimpah", ago=10 * DAY)
    await newsroom.service().study()
    # The harvest was in the chain that the first story of the dam began.
    execute("UPDATE stories SET chain_id = 1 WHERE id = 2")
    execute("UPDATE stories SET chain_id = NULL, is_stale = true WHERE id = 1")
    next_of_dam = await newsroom.publish(3, "Bendungan Wairana: Tanggul Jebol", ago=15 * DAY)
    await newsroom.service().study()
    assert await newsroom.chain(dam) == [dam, next_of_dam]
    assert await newsroom.chain(harvest) == [harvest]


async def test_archive_is_not_linked(newsroom: Newsroom) -> None:
    old = await newsroom.publish(1, "Bendungan Wairana Jebol di Sukamakmur", ago=MEMORY + DAY)
    await newsroom.service().study()
    assert await newsroom.chain(old) == [old]
    assert not any((await newsroom.stores[0].studies.read_postings(["wairana"], limit=9)).values())


async def test_story_that_cannot_be_studied_holds_up_no_other(
    newsroom: Newsroom, offload: Offload, caplog: pytest.LogCaptureFixture
) -> None:
    bad = await newsroom.publish(1, "Panen Cabai Kalasan Melimpah")
    dam = [
        await newsroom.publish(number, f"Bendungan Wairana: {title}", ago=(20 - 5 * number) * DAY)
        for number, title in enumerate(("Tanggul Retak", "Tanggul Jebol"), start=2)
    ]

    studied_at_once: list[int] = []

    async def fail_for_first(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if work is study.choose_terms_of and any(story.id == 1 for story in args[0]):  # type: ignore[attr-defined]
            raise ValueError("bad luck")
        if work is study.choose_terms_of:
            studied_at_once.append(len(args[0]))  # type: ignore[arg-type]
        return await offload(work, *args, **kwargs)

    service = StudyService(studies=newsroom.stores[0].studies, offload=fail_for_first, clock=lambda: newsroom.now)
    await service.study()
    assert not await newsroom.has_stale()
    assert studied_at_once == [2]
    assert await newsroom.chain(bad) == [bad]
    assert await newsroom.chain(dam[0]) == dam
    assert "the story 1 could not be studied" in caplog.text
