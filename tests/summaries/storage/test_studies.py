"""The contract of ports.StudyStore: stale stories are studied once, and their chains are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from summaries.errors import StoryConflict
from summaries.model import SHORT, Article, CentralAddition, ChatRef, Marks, NewsRequest, Origin, StoredArticle, Summary
from summaries.ports.stories import PreparedArticle, StudiedStory
from summaries.storage import Store
from summaries.storage.sql import digest_candidates
from summaries.stories.chains import LinkedStory

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
Summarize = Callable[..., tuple[Summary, ...]]
HOUR = timedelta(hours=1)


class Studies:
    """Puts stories of one article each into a store, and studies them."""

    def __init__(self, store: Store, now: datetime, make: Make, prepare: Prepare) -> None:
        self.store, self.now, self.make, self.prepare = store, now, make, prepare

    async def put(self, number: int, story: int | None = None, **moved: int) -> StoredArticle:
        """Store article `number` in the story of this number, or in another; `moved` are other articles' stories."""
        state = (await self.store.stories.changes(after=0, since=self.now, limit=99)).state
        prepared = {n: self.make_prepared(n) for n in (number, *map(int, moved))}
        stories = {prepared[number].key: story or number} | {prepared[int(n)].key: to for n, to in moved.items()}
        (stored,), _ = await self.store.stories.put_many(
            [prepared[number]], stories, known=state, next_story=50, keep_since=self.now - HOUR,
            origin=Origin.FEED, now=self.now + number * HOUR,
        )  # fmt: skip
        return stored

    def make_prepared(self, number: int) -> PreparedArticle:
        article = self.make(number, published_at=self.now + number * HOUR, outlet=f"Media {number}")
        return self.prepare(article)

    async def study(self, chains: dict[int, int], **terms: float) -> int:
        stale = await self.store.studies.list_stale(limit=99)
        studied = [StudiedStory(one.id, one.version, chains[one.id], terms) for one in stale.stories]
        return await self.store.studies.put_studied(studied, known=stale.studies)

    async def list_stale(self) -> dict[int, int | None]:
        return {one.id: one.chain_id for one in (await self.store.studies.list_stale(limit=99)).stories}


@pytest.fixture
def studies(store: Store, now: datetime, make_article: Make, prepare_article: Prepare) -> Studies:
    return Studies(store, now, make_article, prepare_article)


async def test_changed_story_is_stale_until_it_is_studied(studies: Studies) -> None:
    await studies.put(1)
    (stale,) = (await studies.store.studies.list_stale(limit=9)).stories
    prepared = studies.make_prepared(1)
    assert (stale.id, stale.latest_at, stale.chain_id) == (1, studies.now + HOUR, None)
    assert stale.signature == prepared.signature
    await studies.study({1: 1})
    assert await studies.list_stale() == {}
    await studies.put(1)
    assert await studies.list_stale() == {1: 1}
    assert (await studies.store.studies.list_stale(limit=9)).stories[0].signature is None


async def test_signature_is_made_from_the_article_once_it_is_gone(studies: Studies, summarize_first: Summarize) -> None:
    article = studies.make(1)
    await studies.store.articles.put(article, summarize_first(article), origin=Origin.IMPORT, now=studies.now)
    (stale,) = (await studies.store.studies.list_stale(limit=9)).stories
    assert stale.signature is not None
    assert stale.signature.weights == studies.prepare(article).signature.weights


async def test_story_that_changes_during_its_study_stays_stale(studies: Studies) -> None:
    await studies.put(1)
    stale = await studies.store.studies.list_stale(limit=9)
    await studies.put(1)
    studied = StudiedStory(1, stale.stories[0].version, 1, {"padi": 0.5})
    await studies.store.studies.put_studied([studied], known=stale.studies)
    assert await studies.list_stale() == {1: None}
    assert await studies.store.studies.read_postings(["padi"], limit=9) == {"padi": []}


async def test_only_one_of_two_studies_is_stored(studies: Studies) -> None:
    await studies.put(1)
    stale = await studies.store.studies.list_stale(limit=9)
    known = await studies.study({1: 1})
    with pytest.raises(StoryConflict):
        await studies.store.studies.put_studied([StudiedStory(1, 0, 9)], known=stale.studies)
    assert await studies.store.studies.read_chains([1, 2]) == {1: LinkedStory(1, studies.now + HOUR)}
    assert await studies.store.studies.put_studied([], known=known) == known + 1


async def test_postings_are_the_newest_stories_of_each_term(studies: Studies) -> None:
    for number in range(1, 5):
        await studies.put(number)
        await studies.study({number: number}, padi=number / 8, panen=0.5)
    found = await studies.store.studies.read_postings(["padi", "away"], limit=2)
    assert found == {"padi": [(3, 0.375), (4, 0.5)], "away": []}


async def test_chain_has_the_best_article_of_each_story(studies: Studies, summarize_first: Summarize) -> None:
    ids = [(await studies.put(number)).id for number in (3, 1, 2)]
    assert [one.article_id for one in await studies.store.stories.chain(ids[0])] == [ids[0]]
    await studies.study({1: 1, 2: 2, 3: 1})
    chain = await studies.store.stories.chain(ids[0])
    assert [one.article_id for one in chain] == [ids[1], ids[0]]
    assert await studies.store.stories.chain(ids[1]) == chain
    assert [one.article_id for one in await studies.store.stories.chain(ids[2])] == [ids[2]]
    own = studies.make(7, url=None)
    private = await studies.store.articles.put(own, summarize_first(own), origin=Origin.CHAT, now=studies.now)
    assert await studies.store.stories.chain(private.id) == ()


async def test_regrouped_stories_are_linked_again(studies: Studies) -> None:
    for number in (1, 2, 3, 4):
        await studies.put(number)
    await studies.study(dict.fromkeys((1, 2, 3), 1) | {4: 4})
    # Story 2 is merged into story 4, and is gone.
    await studies.put(4, **{"2": 4})
    assert await studies.list_stale() == {4: None}
    assert await studies.store.studies.read_chains([1, 2, 3, 4]) == {
        1: LinkedStory(1, studies.now + HOUR), 3: LinkedStory(1, studies.now + 3 * HOUR),
    }  # fmt: skip
    await studies.study({4: 1})
    # Story 1 loses its article to a new story, gets another, and no longer belongs to the chain with its number.
    await studies.put(5, 1, **{"1": 6})
    await studies.study({1: -1, 6: 1})
    chains = {story: one.chain_id for story, one in (await studies.store.studies.read_chains(range(9))).items()}
    assert chains == {1: chains[1], 3: 1, 4: 1, 6: 1}
    assert chains[1] not in {1, 3, 4, 5, 6}


async def test_stories_of_an_updated_article_that_moves_are_linked_again(studies: Studies) -> None:
    for number, story in ((1, 1), (2, 1), (3, 3)):
        await studies.put(number, story)
    await studies.study({1: 1, 3: 3})
    await studies.put(2, 3)
    assert await studies.list_stale() == {1: None, 3: None}


async def test_comparison_of_outlets_is_stored_until_the_story_changes(studies: Studies) -> None:
    one, other = await studies.put(1), await studies.put(2, story=1)
    reports = await studies.store.studies.read_reports([1, 9], most=9)
    assert {story: [report.stored for report in found] for story, found in reports.items()} == {1: [one, other]}
    assert [len(report.summaries) for report in reports[1]] == [2, 2]
    assert len((await studies.store.studies.read_reports([1], most=1))[1]) == 1
    place = CentralAddition(other.id, 0, 6, frozenset([(one.id, SHORT.code)]))
    stale = await studies.store.studies.list_stale(limit=9)
    found = [StudiedStory(1, story.version, 1, addition=place, is_disputed=True) for story in stale.stories]
    await studies.store.studies.put_studied(found, known=stale.studies)
    shown, added = await studies.store.news.items([one.id, other.id], length=SHORT)
    assert shown.marks.is_disputed
    assert shown.marks.addition is not None
    assert shown.marks.addition.sentence.text == other.article.text[:6]
    assert shown.marks.addition.outlet == other.article.outlet
    assert shown.marks.addition.published_at == other.reported_at
    # The outlet's own article does not lack the fact.
    assert added.marks == Marks(is_disputed=True)
    # The places of sentences are those of the old texts.
    await studies.put(2, story=1)
    assert {item.marks for item in await studies.store.news.items([one.id], length=SHORT)} == {Marks(is_disputed=True)}
    await studies.put(3, story=1)
    await studies.study({1: 1})
    assert {item.marks for item in await studies.store.news.items([one.id, other.id], length=SHORT)} == {Marks()}


@pytest.mark.parametrize("max_news", [0, digest_candidates.MAX_NEWS])
async def test_story_is_a_development_for_chats_that_received_or_follow_its_chain(
    studies: Studies, monkeypatch: pytest.MonkeyPatch, max_news: int
) -> None:
    monkeypatch.setattr(digest_candidates, "MAX_NEWS", max_news)
    first = await studies.put(1)
    await studies.put(2)
    await studies.put(3)
    await studies.study({1: 1, 2: 1, 3: 3})
    deliveries = studies.store.deliveries
    await deliveries.add_delivered(7, [first.id], now=studies.now)
    await studies.store.watches.follow(ChatRef(8, None), first.id, "Longsor", most=9, now=studies.now)

    requests = [NewsRequest(chat, studies.now - HOUR, studies.now + 9 * HOUR) for chat in (7, 8, 9)]
    news_of_run = deliveries.open_news()
    for _ in range(2):
        found = await news_of_run.choose(requests)
        developments = [[item.stored.id for item in news.items if item.marks.is_development] for news in found]
        # Neither the story that was received nor one of another chain.
        assert developments == [[2], [2], []]
    (news,) = await deliveries.open_news().choose([NewsRequest(7, studies.now - HOUR, studies.now + 9 * HOUR)])
    assert {item.stored.id for item in news.items} == {2, 3}
