"""A store with its alerting, and a messenger that fails in every way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from summaries import errors
from summaries.delivery import Outbox
from summaries.delivery.alerts import SETTLED, AlertingService
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.study import StudyService
from summaries.model import AlertBatch, Article, ChatRef, News, NewsRequest, Origin, Preferences, Watch
from summaries.ports import Offload
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store

Prepare = Callable[[Article], PreparedArticle]
CHAT = ChatRef(7)


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class FakeMessenger:
    """Sends alerts and fulfils ports.SendLimiter; raises one of `failures` for each call."""

    failures: list[BaseException] = field(default_factory=list)
    calls: list[AlertBatch] = field(default_factory=list)
    chats: list[ChatRef] = field(default_factory=list)
    is_reached: bool = True

    async def turn(self, chat: ChatRef) -> None:
        """It is everybody's turn."""

    async def reach(self) -> None:
        if not self.is_reached:
            raise errors.DeliveryUnknown("502 Bad Gateway")

    async def send_alert(self, chat: ChatRef, batch: AlertBatch) -> int:
        self.calls.append(batch)
        self.chats.append(chat)
        if self.failures:
            raise self.failures.pop(0)
        return 100 + len(self.calls)


@dataclass
class Scene:
    """A store with its alerting, news that come in, and the clock."""

    store: Store
    writer: ArticleWriter
    clock: Clock
    messenger: FakeMessenger
    prepare: Prepare
    offload: Offload
    service: AlertingService = field(init=False)
    rights_notices: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As a process that has just started: nothing is left but the rows."""
        outbox = Outbox(
            store=self.store.outbox,
            line=self.messenger,
            subscriptions=self.store.subscriptions,
            notifier=self,
            clock=self.clock,
            chance=lambda: 0.5,
            pause_s=0.01,
        )
        self.service = AlertingService(
            alerts=self.store.alerts,
            send=self.messenger.send_alert,
            outbox=outbox,
            offload=self.offload,
            clock=self.clock,
        )

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None:
        self.rights_notices.append((user_id, chat_id))

    async def next_news(self, preferences: Preferences | None = None) -> News:
        """Return the news of the chat's next digest."""
        now = self.clock.now
        request = NewsRequest(7, now - timedelta(days=1), now, preferences or Preferences())
        (news,) = await self.store.deliveries.open_news().choose([request])
        return news

    async def watch(self, words: str, chat: ChatRef = CHAT) -> Watch:
        made = await self.store.watches.add(chat, words, most=20, now=self.clock.now)
        assert made is not None
        return made

    async def news(self, *articles: Article) -> None:
        self.clock.now += timedelta(seconds=10)
        for article in articles:
            await self.writer.add(self.prepare(article), origin=Origin.FEED)
        await self.study()
        self.clock.now += SETTLED

    async def study(self) -> None:
        await StudyService(studies=self.store.studies, offload=self.offload, clock=self.clock).study()

    async def tick(self) -> list[str]:
        """Match and send, and return the titles of the alerts."""
        before = len(self.messenger.calls)
        await self.service.look()
        await self.service.send_due()
        return [item.stored.article.title for batch in self.messenger.calls[before:] for item in batch.items]
