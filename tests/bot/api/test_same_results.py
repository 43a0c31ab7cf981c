"""The API gives the results of the chats: the same use cases on the same news, and nothing private."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.api.models import LENGTHS
from bot.api.operations import NewsApi
from bot.parsing.queries import read_query
from bot.views.shapes import describe_item, describe_story, describe_summarized
from summaries.articles.read import ReadingService
from summaries.articles.story import read_story
from summaries.articles.verify import Finding, SummaryVerifier
from summaries.errors import NothingToSummarize
from summaries.model import NewsRequest, Order, Preferences
from summaries.storage import Store
from summaries.text.characters import dump_json, parse_json
from tests.bot.api.conftest import NOW, PRIVATE, PRIVATE_URL, TOPICS
from tests.bot.dam_story import CRACK, FIRST, TITLE
from tests.summaries.conftest import FakeFetcher

# Each example reads the same database, which none changes.
reads_only = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
lengths = st.sampled_from(sorted(LENGTHS))


def as_json(value: object) -> Any:
    return parse_json(dump_json(value))


@reads_only
@given(
    asked=st.sampled_from(
        [
            "",
            "bendungan",
            "ekonomi",
            "jatim",
            "Surabaya kemarin",
            "tempo",
            "petani kabupaten",
            "bendngan",
            '"pintu air"',
        ]
    ),
    order=st.sampled_from([("newest", Order.NEWEST), ("most-covered", Order.MOST_COVERED)]),
    length=lengths,
    page=st.integers(1, 4),
    size=st.integers(1, 6),
)
async def test_search_is_that_of_berita(
    http: httpx.AsyncClient, store: Store, asked: str, order: tuple[str, Order], length: str, page: int, size: int
) -> None:
    given: dict[str, Any] = {"q": asked, "order": order[0], "length": length, "page": page, "size": size}
    answer = (await http.get("/v1/stories", params=given)).json()
    query = read_query(asked, await store.news.outlets(), today=NOW.date(), zone="Asia/Jakarta")
    found = await store.news.list_page(query, length=LENGTHS[length], number=page - 1, size=size, order=order[1])
    expected = [describe_item(item) for item in found.items] if found.number == page - 1 else []
    assert answer["items"] == as_json(expected)
    assert (answer["total"], answer["pages"]) == (found.total, found.count)


@reads_only
@given(hours=st.integers(1, 168), topic=st.sampled_from([None, *TOPICS]), count=st.integers(1, 9), length=lengths)
async def test_digest_is_that_of_a_new_chat(
    http: httpx.AsyncClient, store: Store, hours: int, topic: str | None, count: int, length: str
) -> None:
    given: dict[str, Any] = {"hours": hours, "count": count, "length": length} | ({"topic": topic} if topic else {})
    answer = (await http.get("/v1/digest", params=given)).json()
    wants = Preferences(topics=(topic,) if topic else (), count=count, length=LENGTHS[length])
    request = NewsRequest(424242, NOW - timedelta(hours=hours), NOW, wants)
    (news,) = await store.deliveries.open_news().choose([request])
    assert answer["items"] == as_json([describe_item(item) for item in news.items])
    assert answer["total"] == news.total


@pytest.mark.parametrize("article_id", [1, 2, 3, 7])
async def test_story_is_that_of_the_chat(http: httpx.AsyncClient, api: NewsApi, store: Store, article_id: int) -> None:
    story = await read_story(article_id, articles=store.articles, stories=store.stories, offload=api.offload)
    assert story is not None
    assert (await http.get(f"/v1/stories/{article_id}")).json() == as_json(describe_story(story))
    coverage = (await http.get(f"/v1/stories/{article_id}/coverage")).json()
    assert [one["article"] for one in coverage["articles"]] == [one.article_id for one in story.coverage]


@reads_only
@given(text=st.sampled_from([f"{TITLE}\n\n{FIRST}", CRACK, "Pendek.", "", FIRST * 4]), length=lengths)
async def test_summary_is_that_of_ringkas(
    http: httpx.AsyncClient, api: NewsApi, store: Store, web: FakeFetcher, text: str, length: str
) -> None:
    answer = await http.post("/v1/summaries", json={"text": text or " ", "length": length, "paragraphs": True})
    reading = ReadingService(articles=store.articles, fetcher=web, offload=api.offload, clock=api.clock)
    reading_it = reading.read_text(text or " ", chat_id=7, length=LENGTHS[length])
    if answer.is_error:
        with pytest.raises(NothingToSummarize) as refusal:
            await reading_it
        assert (answer.status_code, answer.json()["code"]) == (422, refusal.value.reason.value)
    else:
        read = await reading_it
        expected = {"article": None, **describe_summarized(read.stored.article, read.summary)}
        assert answer.json() == as_json(expected)


async def test_summaries_can_be_verified(http: httpx.AsyncClient, store: Store) -> None:
    items = (await http.get("/v1/stories?size=50")).json()["items"]
    items.append((await http.post("/v1/summaries", json={"url": "https://antara.example/1"})).json())
    verifier = SummaryVerifier(articles=store.articles)
    found = [await verifier.verify(dump_json(item).encode()) for item in items]
    assert {result[1].finding for result in found if result} == {Finding.SAME}
    assert len(found) == 10


async def test_known_links_are_answered_without_fetching(http: httpx.AsyncClient, web: FakeFetcher) -> None:
    answer = await http.post("/v1/summaries", json={"url": "https://antara.example/1?utm_source=x"})
    assert (answer.status_code, answer.json()["article"]) == (200, 1)
    assert web.asked == []


async def test_private_articles_cannot_be_reached(http: httpx.AsyncClient, store: Store, web: FakeFetcher) -> None:
    known = await ReadingService(articles=store.articles, fetcher=web, offload=http_offload, clock=lambda: NOW).find(
        PRIVATE_URL
    )
    assert known is not None
    private = known.stored.id
    answers = [
        await http.get(f"/v1/stories/{private}"),
        await http.get(f"/v1/stories/{private}/coverage"),
        await http.post("/v1/summaries", json={"url": PRIVATE_URL}),
    ]
    # The address is unknown, so it is fetched, which fails here.
    assert [answer.status_code for answer in answers] == [404, 404, 502]
    assert web.asked == [PRIVATE_URL]
    paths = ("/v1/stories?q=Rahasiajaya", "/v1/stories?size=50", "/v1/digest?hours=168&count=50", "/v1/filters")
    answers += [await http.get(path) for path in paths]
    assert not [answer for answer in answers if "Rahasiajaya" in answer.text or "Tertutup" in answer.text]
    # The text of a reader, given again, is summarised as any other.
    again = await http.post("/v1/summaries", json={"text": PRIVATE})
    assert again.json()["article"] is None


async def http_offload(work: Any, /, *args: Any, **kwargs: Any) -> Any:
    return work(*args, **kwargs)
