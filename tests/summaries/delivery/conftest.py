"""Digests from due row to sent message, with a messenger that fails in every way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, ParamSpec, TypeVar

import pytest

from summaries import errors
from summaries.delivery import DeliveryService, Outbox
from summaries.digests.compose import DigestComposer
from summaries.digests.schedule import find_next_due
from summaries.model import (
    Article,
    ChatRef,
    Delivery,
    DeliveryPart,
    Digest,
    Origin,
    Outcome,
    Preferences,
    Reason,
    Subscription,
    Summary,
)
from summaries.storage import Store
from tests.postgres_server import STORES

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]

P = ParamSpec("P")
T = TypeVar("T")
JAKARTA = "Asia/Jakarta"
DAY = timedelta(days=1)
SEVEN = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
Add = Callable[[int], "asyncio.Future[None]"]


class Clock:
    """A clock that only moves when a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class FakeMessenger:
    """Keeps the messages that arrive. `plan` is the result of the next calls: None sends, an error is raised; with
    `DeliveryUnknown` the message arrives if `uncertain_arrives`."""

    def __init__(self) -> None:
        self.arrived: list[tuple[int, str]] = []
        self.plan: list[BaseException | None] = []
        self.uncertain_arrives = False
        self.silent: list[bool] = []
        # The ids of the digests whose last message was sent.
        self.endings: list[int] = []
        self.previews: list[str | None] = []
        self.turns: list[int] = []
        # Called while the next messages are being sent.
        self.meanwhile: list[Callable[[], Awaitable[None]]] = []
        self.is_reached = True
        self.asked = 0

    async def turn(self, chat: ChatRef) -> None:
        self.turns.append(chat.chat_id)

    async def reach(self) -> None:
        self.asked += 1
        if not self.is_reached:
            raise errors.DeliveryUnknown("502 Bad Gateway")

    async def send(
        self,
        chat: ChatRef,
        html: str,
        *,
        is_silent: bool = False,
        preview_url: str | None = None,
        ending: Delivery | None = None,
    ) -> int:
        self.silent.append(is_silent)
        self.previews.append(preview_url)
        self.endings += [ending.id] if ending else []
        if self.meanwhile:
            await self.meanwhile.pop(0)()
        outcome = self.plan.pop(0) if self.plan else None
        if outcome is None or (isinstance(outcome, errors.DeliveryUnknown) and self.uncertain_arrives):
            self.arrived.append((chat.chat_id, html))
        if outcome is not None:
            raise outcome
        return len(self.arrived)

    async def send_plain(
        self, chat: ChatRef, html: str, *, is_silent: bool = False, ending: Delivery | None = None
    ) -> int:
        return await self.send(chat, f"plain:{html}", is_silent=is_silent, ending=ending)


def render_digest(digest: Digest) -> Sequence[DeliveryPart]:
    """One message an item, headed by one for the digest; of own feeds, one message for all."""
    if digest.own is not None:
        items = digest.own.items
        return [DeliveryPart(0, ", ".join(i.title for i in items), own_article_ids=tuple(i.id for i in items))]
    head = DeliveryPart(0, f"{'late ' if digest.is_late else ''}{len(digest.items)} items, {digest.more} more")
    stories = [
        DeliveryPart(n, item.stored.article.title, (item.stored.id,)) for n, item in enumerate(digest.items, start=1)
    ]
    return [head, *stories]


async def run_inline(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Fulfils ports.Offload."""
    return work(*args, **kwargs)


class World:
    """A store, a clock at seven in the morning in Jakarta, a messenger, and the service over them."""

    def __init__(
        self,
        store: Store,
        now: datetime = SEVEN,
        *,
        lives_for: timedelta = timedelta(minutes=1),
        patience: timedelta = timedelta(),
    ) -> None:
        self.store = store
        self.clock = Clock(now - lives_for)
        self.messenger = FakeMessenger()
        self.outbox = Outbox(
            store=store.outbox,
            line=self.messenger,
            subscriptions=store.subscriptions,
            notifier=self,
            clock=self.clock,
            chance=lambda: 0.0,
            pause_s=0.01,
        )
        self.composer = DigestComposer(
            deliveries=store.deliveries,
            render=render_digest,
            offload=run_inline,
            clock=self.clock,
            patience=patience,
        )
        self.service = DeliveryService(
            deliveries=store.deliveries,
            composing=self.composer,
            messenger=self.messenger,
            outbox=self.outbox,
            clock=self.clock,
        )
        self.clock.now = now
        self.rights_notices: list[tuple[int, int]] = []

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None:
        self.rights_notices.append((user_id, chat_id))

    async def subscribe(self, chat_id: int = 7, **preferences: Any) -> None:
        wishes = Preferences(**preferences)
        subscription = Subscription(ChatRef(chat_id), (time(7, 0),), JAKARTA, preferences=wishes)
        due = find_next_due(subscription.times, JAKARTA, self.clock() - timedelta(seconds=1))
        await self.store.subscriptions.put(subscription, next_due_at=due, now=self.clock())

    async def deliver_due(self) -> None:
        """Compose and send the due digests."""
        await self.service.prepare_due()
        await self.service.send_due()

    async def tick(self) -> list[str]:
        """Deliver the due digests, and return the messages that arrived."""
        before = len(self.messenger.arrived)
        await self.deliver_due()
        return [html for _, html in self.messenger.arrived[before:]]


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """Each store in turn."""
    return database_of(request.param)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


@pytest.fixture
def add_news(world: World, make_article: Make, summarize_first: Summarize) -> Callable[[int], object]:
    async def add(number: int) -> None:
        article = make_article(number, title=f"news {number}", published_at=world.clock() - timedelta(hours=1 + number))
        await world.store.articles.put(
            article, summarize_first(article), origin=Origin.FEED, now=world.clock() - timedelta(hours=1)
        )

    return add


async def find_outcomes(world: World) -> list[Outcome | None]:
    """The outcomes of chat 7's digests, newest first."""
    return [record.outcome for record in await world.store.deliveries.history(7, limit=5)]


async def find_last_outcome(world: World) -> tuple[Outcome | None, Reason | None]:
    (record,) = await world.store.deliveries.history(7, limit=5)
    return record.outcome, record.reason
