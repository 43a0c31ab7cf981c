"""The operations of the API with their parameters and results: the use cases of the chats, on public news only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

from bot.api import models
from bot.conversation.user_limits import UserLimiter
from bot.parsing.queries import read_query
from bot.views.shapes import describe_item, describe_report, describe_story, describe_summarized
from summaries.articles.read import PublicReadingService
from summaries.articles.story import read_story
from summaries.digests.schedule import load_zone
from summaries.errors import InputError, RingkasError
from summaries.model import NewsQuery, Order, Preferences
from summaries.outlets import find_outlet_by_name
from summaries.ports import Clock, Offload, PublicReader
from summaries.regions import find_region_by_name, load_regions
from summaries.topic_model.topics import GENERAL, TOPICS

P = TypeVar("P", bound=BaseModel)
Json = dict[str, Any]

# The slowest is a summary of a page in several parts. The server gives up after 30 seconds.
MAX_ANSWER_S = 25.0
# The user of the rate limiter: all callers together.
CALLERS = 0
CACHED_S = 60
ORDERS = {"newest": Order.NEWEST, "most-covered": Order.MOST_COVERED}


class NotFound(InputError):
    """There is no such public article."""


class InvalidParameter(InputError):
    """The parameter names nothing that is known."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter
        self.message = message


class TooManyRequests(RingkasError):
    """Try again after `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many summaries: RINGKAS_PER_MINUTE and RINGKAS_BURST are the limits")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class NewsApi:
    """The operations over the public news. `zone` is the time zone of periods in words, such as "kemarin"."""

    news: PublicReader
    reading: PublicReadingService
    offload: Offload
    clock: Clock
    limiter: UserLimiter
    zone: str

    async def search(self, asked: models.SearchParameters) -> Json:
        query = await self._read_query(asked)
        page = await self.news.list_page(
            query,
            length=models.LENGTHS[asked.length],
            number=asked.page - 1,
            size=asked.size,
            order=ORDERS[asked.order],
        )
        # The store returns the last page for any later number.
        items = page.items if page.number == asked.page - 1 else ()
        suggestion = await self.news.suggest(query.words) if query.words and not page.total else None
        return {
            "items": [describe_item(item) for item in items],
            "page": asked.page,
            "pages": page.count,
            "total": page.total,
            "suggestion": suggestion,
        }

    async def read_story(self, asked: models.StoryParameters) -> Json:
        story = await read_story(asked.id, articles=self.news, stories=self.news, offload=self.offload)
        if story is None:
            raise NotFound(f"no public article has the id {asked.id}")
        return describe_story(story)

    async def read_coverage(self, asked: models.StoryParameters) -> Json:
        coverage = await self.news.coverage(asked.id)
        if not coverage:
            raise NotFound(f"no public article has the id {asked.id}")
        chain = await self.news.chain(asked.id)
        return {"articles": list(map(describe_report, coverage)), "chain": list(map(describe_report, chain))}

    async def read_digest(self, asked: models.DigestParameters) -> Json:
        # Equal within a minute, so that it can be cached.
        now = self.clock().replace(second=0, microsecond=0)
        since = now - timedelta(hours=asked.hours)
        outlets = (await self._find_outlet(asked.outlet),) if asked.outlet else ()
        wants = Preferences(
            topics=(asked.topic,) if asked.topic and asked.topic != GENERAL else (),
            outlets=outlets,
            count=asked.count,
            length=models.LENGTHS[asked.length],
        )
        news = await self.news.choose_top(since, now, wants)
        return {
            "items": [describe_item(item) for item in news.items],
            "total": news.total,
            "since": since.isoformat(),
            "until": now.isoformat(),
        }

    async def summarize(self, asked: models.SummarizeParameters) -> Json:
        allowed = await self.limiter.acquire(CALLERS)
        if allowed.refused:
            raise TooManyRequests(allowed.wait_s)
        if asked.url is not None:
            found = await self.reading.read_url(asked.url, length=asked.chosen_length)
        else:
            found = await self.reading.read_text(asked.text or "", length=asked.chosen_length)
        described = await self.offload(describe_summarized, found.article, found.summary)
        if not asked.paragraphs:
            del described["paragraphs"]
        return {"article": found.article_id, **described}

    async def list_filters(self, _: models.NoParameters) -> Json:
        topics, outlets = await self.news.categories(), await self.news.outlets()
        named = [{"key": key, "label": TOPICS[key]} for key in topics if key in TOPICS]
        return {"topics": named, "outlets": list(outlets)}

    async def _read_query(self, asked: models.SearchParameters) -> NewsQuery:
        if asked.q is not None:
            today = self.clock().astimezone(load_zone(self.zone)).date()
            query = read_query(asked.q, await self.news.outlets(), today=today, zone=self.zone)
        elif asked.region is not None:
            region = load_regions().get(asked.region) or find_region_by_name(asked.region)
            if region is None:
                raise InvalidParameter("region", "no province, regency or city has this name")
            query = NewsQuery(region=region.code)
        elif asked.outlet is not None:
            query = NewsQuery(outlet=await self._find_outlet(asked.outlet))
        else:
            query = NewsQuery(category=asked.topic if asked.topic != GENERAL else None)
        return replace(query, since=asked.since or query.since, until=asked.until or query.until)

    async def _find_outlet(self, name: str) -> str:
        found = find_outlet_by_name(name, await self.news.outlets())
        if found is None:
            raise InvalidParameter("outlet", "no outlet has this name: GET /v1/filters lists them")
        return found


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name for MCP and OpenAPI, its route, and the models of its parameters and its result.

    The parameters are in the path and the query of a GET, or in the JSON body of a POST. The result may be cached for
    `cached_s` seconds.
    """

    name: str
    method: str
    path: str
    title: str
    description: str
    parameters: type[BaseModel]
    result: type[BaseModel]
    run: Callable[[NewsApi, Any], Awaitable[Json]]
    cached_s: int = CACHED_S

    async def call(self, api: NewsApi, given: Json, *, is_text: bool = False) -> Json:
        """Return the result for the `given` parameters, which are all texts if `is_text`.

        Raises:
            ValidationError, InvalidParameter: the parameters are invalid.
            TimeoutError: the answer took longer than `MAX_ANSWER_S`.
            RingkasError: as the operation.
        """
        validate = self.parameters.model_validate_strings if is_text else self.parameters.model_validate
        async with asyncio.timeout(MAX_ANSWER_S):
            return await self.run(api, validate(given))


_get = partial(Operation, method="GET")
OPERATIONS = (
    _get(
        name="search_news",
        path="/v1/stories",
        title="Search the news",
        description="Returns stories of Indonesian outlets. Summaries are sentences of the article, word for word.",
        parameters=models.SearchParameters,
        result=models.Page,
        run=NewsApi.search,
    ),
    _get(
        name="get_story",
        path="/v1/stories/{id}",
        title="Read a story",
        description="Returns a summary of the story, what other outlets add, and where their numbers differ.",
        parameters=models.StoryParameters,
        result=models.Story,
        run=NewsApi.read_story,
    ),
    _get(
        name="get_coverage",
        path="/v1/stories/{id}/coverage",
        title="List a story's articles",
        description="Returns the articles of all outlets about the story, and the stories of the same affair.",
        parameters=models.StoryParameters,
        result=models.Coverage,
        run=NewsApi.read_coverage,
    ),
    _get(
        name="get_digest",
        path="/v1/digest",
        title="Read the top stories",
        description="Returns the most important stories of the last hours, as in a new chat's digest.",
        parameters=models.DigestParameters,
        result=models.Digest,
        run=NewsApi.read_digest,
    ),
    _get(
        name="list_filters",
        path="/v1/filters",
        title="List topics and outlets",
        description="Returns the topics and outlets of the stored news.",
        parameters=models.NoParameters,
        result=models.Filters,
        run=NewsApi.list_filters,
    ),
    Operation(
        name="summarize",
        method="POST",
        path="/v1/summaries",
        title="Summarise an article",
        description=(
            "Returns whole sentences of the article at a public address, or of the given text. Nothing is stored."
            " Indonesian and English articles only."
        ),
        parameters=models.SummarizeParameters,
        result=models.Summarized,
        run=NewsApi.summarize,
        cached_s=0,
    ),
)
