"""Alerts: once a story, paced, folded into the digest, and never more than two copies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from summaries import errors
from summaries.alerting import LEASE, MOST_STORIES, PACE, SETTLED, AlertingService
from summaries.intake import Intake
from summaries.model import (
    AlertBatch,
    Article,
    ChatRef,
    NewsWish,
    Origin,
    Preferences,
    QuietHours,
    Subscription,
    Watch,
    Woken,
)
from summaries.ports import Offload
from summaries.preparing import PreparedArticle
from summaries.storage import Store
from tests.postgres_server import STORES

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
CHAT = ChatRef(7)


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class FakeMessenger:
    """Fulfils ports.AlertMessenger; raises what `failures` holds, one a call."""

    failures: list[Exception] = field(default_factory=list)
    calls: list[AlertBatch] = field(default_factory=list)

    async def send_alert(self, batch: AlertBatch) -> int:
        self.calls.append(batch)
        if self.failures:
            raise self.failures.pop(0)
        return 100 + len(self.calls)


@dataclass
class Scene:
    """A store with its alerting, news that come in, and the clock."""

    store: Store
    intake: Intake
    clock: Clock
    messenger: FakeMessenger
    service: AlertingService
    prepare: Prepare

    async def watch(self, words: str, chat: ChatRef = CHAT) -> Watch:
        made = await self.store.watches.add(chat, words, most=20, now=self.clock.now)
        assert made is not None
        return made

    async def news(self, *articles: Article) -> None:
        self.clock.now += timedelta(seconds=10)
        for article in articles:
            await self.intake.put(self.prepare(article), origin=Origin.FEED)
        self.clock.now += SETTLED

    async def tick(self) -> list[str]:
        """Look and send; the titles of what was sent."""
        before = len(self.messenger.calls)
        await self.service.look()
        await self.service.send_due()
        return [item.stored.article.title for batch in self.messenger.calls[before:] for item in batch.items]


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """Each store in turn."""
    return database_of(request.param)


@pytest.fixture
async def scene(store: Store, offload: Offload, now: datetime, prepare_article: Prepare) -> Scene:
    clock, messenger = Clock(now), FakeMessenger()
    intake = Intake(stories=store.stories, offload=offload, clock=clock)
    service = AlertingService(
        alerts=store.alerts, subscriptions=store.subscriptions, messenger=messenger,
        offload=offload, clock=clock, chance=lambda: 0.5,
    )  # fmt: skip
    return Scene(store, intake, clock, messenger, service, prepare_article)


async def test_a_story_is_told_once_however_many_tell_it(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan jebol")
    await scene.news(make_event("Kabar Desa"))
    assert await scene.tick() == ["Bendungan Wairana Jebol, Ratusan Warga Mengungsi"]
    assert await scene.tick() == []
    scene.clock.now += PACE
    await scene.news(make_event("Warta Kota"))
    assert await scene.tick() == []
    # It counts as told: no digest repeats it.
    (news,) = await scene.store.deliveries.choose_news([NewsWish(7, scene.clock.now - timedelta(days=1))], limit=9)
    assert news.items == ()


async def test_only_what_breaks_after_the_watch_was_made(scene: Scene, make_article: Make, make_event: Make) -> None:
    await scene.news(make_event())
    await scene.watch("bendungan")
    await scene.watch("panen")
    await scene.news(make_article(1, published_at=scene.clock.now - timedelta(days=5)))
    assert await scene.tick() == []
    await scene.news(make_article(2))
    assert await scene.tick() == ["Panen Raya ke-2"]


async def test_alerts_are_paced_and_come_together(scene: Scene, make_article: Make, make_event: Make) -> None:
    await scene.watch("warga")
    await scene.news(make_event())
    assert len(await scene.tick()) == 1
    # Days apart, so that they are stories of their own.
    await scene.news(*(make_article(n, published_at=scene.clock.now, text=story(n)) for n in range(MOST_STORIES + 2)))
    scene.clock.now += PACE / 2
    assert await scene.tick() == []
    scene.clock.now += PACE
    first = await scene.tick()
    scene.clock.now += PACE
    assert 1 <= len(first) <= MOST_STORIES
    rest = await scene.tick()
    assert not set(first) & set(rest)


def story(number: int) -> str:
    things = ["kapal", "jembatan", "sekolah", "pasar", "jalan", "hutan", "stadion", "pabrik", "museum"]
    return f"Warga membangun {things[number]} baru sejak {things[number]} lama rusak. Hasilnya {things[number]} kokoh."


async def test_another_chat_is_told_as_well_and_in_its_own_turn(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan", ChatRef(8))
    await scene.watch("wairana")
    await scene.news(make_event())
    await scene.tick()
    assert sorted(batch.watch.chat.chat_id for batch in scene.messenger.calls) == [7, 8]


async def test_two_watches_of_a_chat_tell_a_story_once(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    await scene.watch("wairana")
    await scene.news(make_event())
    assert len(await scene.tick()) == 1
    scene.clock.now += PACE
    assert await scene.tick() == []


async def test_a_folded_watch_waits_for_the_digest_and_leads_it(
    scene: Scene, make_article: Make, make_event: Make
) -> None:
    watch = await scene.watch("bendungan")
    assert await scene.store.watches.fold(watch.id, 7, is_folded=True)
    assert not await scene.store.watches.fold(watch.id, 7, is_folded=True)
    assert not await scene.store.watches.fold(watch.id, 8, is_folded=False)
    await scene.news(make_event(published_at=scene.clock.now - timedelta(hours=3)), make_article(1))
    assert await scene.tick() == []
    (news,) = await scene.store.deliveries.choose_news([NewsWish(7, scene.clock.now - timedelta(days=1))], limit=9)
    assert news.total == 2
    assert news.items[0].stored.article.title.startswith("Bendungan")


async def test_what_waits_is_folded_with_its_watch(scene: Scene, make_event: Make) -> None:
    watch = await scene.watch("bendungan")
    await scene.news(make_event())
    await scene.service.look()
    await scene.store.watches.fold(watch.id, 7, is_folded=True)
    assert await scene.service.send_due() == 0


async def keep_quiet(scene: Scene, zone: str, start: time, end: time) -> None:
    wishes = Preferences(quiet=QuietHours(start, end))
    quiet = Subscription(CHAT, (time(12),), zone, is_active=False, preferences=wishes)
    await scene.store.subscriptions.put(quiet, next_due_at=None, now=scene.clock.now)


async def test_what_is_found_in_quiet_hours_comes_together_when_they_are_over(
    scene: Scene, make_article: Make, make_event: Make
) -> None:
    here = scene.clock.now.astimezone(ZoneInfo("Asia/Tokyo")).replace(minute=0, second=0, microsecond=0)
    end = here + timedelta(hours=6)
    await keep_quiet(scene, "Asia/Tokyo", here.time(), end.time())
    await scene.watch("warga")
    await scene.news(make_event())
    assert await scene.tick() == []
    await scene.news(make_article(1, text=story(1)))
    assert await scene.tick() == []
    scene.clock.now = end - timedelta(seconds=1)
    assert await scene.tick() == []
    scene.clock.now = end
    assert len(await scene.tick()) == 2
    (batch,) = scene.messenger.calls
    assert (batch.attempts, batch.copies, batch.zone) == (1, 1, "Asia/Tokyo")


async def test_what_a_digest_told_meanwhile_is_not_told_again(
    scene: Scene, make_event: Make, execute: Callable[[str], None]
) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    await scene.service.look()
    execute("INSERT INTO told_articles (chat_id, article_id, told_at) SELECT 7, article_id, added_at FROM stories")
    assert await scene.service.send_due() == 0
    assert scene.messenger.calls == []


@pytest.mark.parametrize(
    ("failure", "wait", "sent"),
    [
        (errors.NotSent("x"), timedelta(minutes=15), 2),
        (errors.SlowDown(30), timedelta(seconds=31), 2),
        (errors.MaybeSent("x"), timedelta(minutes=15), 2),
        (errors.SendRefused("x"), timedelta(hours=2), 1),
        (errors.ChatGone("x"), timedelta(hours=2), 1),
    ],
)
async def test_what_fails_is_sent_again_where_that_helps(
    scene: Scene, make_event: Make, failure: Exception, wait: timedelta, sent: int
) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    scene.messenger.failures = [failure]
    await scene.tick()
    assert await scene.tick() == []
    scene.clock.now += wait
    await scene.tick()
    assert len(scene.messenger.calls) == sent


async def test_a_chat_that_moved_is_told_at_its_new_place(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    scene.messenger.failures = [errors.ChatMoved(-100)]
    await scene.tick()
    await scene.tick()
    assert scene.messenger.calls[-1].watch.chat.chat_id == -100


async def test_where_its_topic_is_gone_an_alert_comes_into_the_general_one(scene: Scene, make_event: Make) -> None:
    topic = ChatRef(7, 42)
    await scene.watch("bendungan", topic)
    await scene.watch("panen", ChatRef(7, 43))
    await scene.news(make_event())
    scene.messenger.failures = [errors.ThreadGone("message thread not found")]
    await scene.tick()
    await scene.tick()
    assert [batch.watch.chat for batch in scene.messenger.calls] == [topic, ChatRef(7)]
    assert [watch.chat for watch in await scene.store.watches.of_chat(7)] == [ChatRef(7), ChatRef(7, 43)]


async def test_in_a_chat_that_is_gone_watches_rest_and_wake_with_it(
    scene: Scene, make_article: Make, make_event: Make
) -> None:
    watches = [await scene.watch("bendungan"), await scene.watch("warga")]
    await scene.news(make_event(), make_article(1, text=story(1)))
    scene.messenger.failures = [errors.ChatGone("blocked")]
    await scene.tick()
    assert await scene.store.watches.of_chat(7) == tuple(watches)
    assert await scene.store.alerts.watches() == ()
    # What was found before and what comes in meanwhile is not told, not even later.
    await scene.news(make_article(2, text=story(2)))
    scene.clock.now += PACE
    assert await scene.tick() == []
    woken = await scene.store.subscriptions.wake(7, next_due=lambda _: None, now=scene.clock.now)
    assert woken == Woken(None, 2)
    assert await scene.tick() == []
    await scene.news(make_article(3, published_at=scene.clock.now, text=story(3)))
    assert await scene.tick() == ["Panen Raya ke-3"]
    assert len(scene.messenger.calls) == 2


@pytest.mark.parametrize("is_digest", [False, True])
async def test_who_asks_for_more_can_be_written_to(scene: Scene, make_event: Make, is_digest: bool) -> None:
    await scene.watch("bendungan")
    assert await scene.store.subscriptions.go_quiet(7, now=scene.clock.now)
    assert not await scene.store.subscriptions.go_quiet(7, now=scene.clock.now)
    assert await scene.store.broadcasts.audience() == 0
    if is_digest:
        begun = Subscription(CHAT, (time(7),), "Asia/Jakarta")
        await scene.store.subscriptions.change(7, lambda _: begun, next_due=lambda _: None, now=scene.clock.now)
    else:
        await scene.watch("panen")
    assert await scene.store.broadcasts.audience() == 1
    await scene.news(make_event())
    assert len(await scene.tick()) == 1


async def test_never_more_than_two_copies(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    await scene.service.look()
    for _ in range(4):
        # A crash after the call and before its record: the lease runs out.
        scene.messenger.failures = [RuntimeError("crash")]
        with suppress(RuntimeError):
            await scene.service.send_due()
        scene.clock.now += LEASE
    assert len(scene.messenger.calls) == 2


async def test_watches_are_the_chats_own_and_bounded(scene: Scene) -> None:
    watch = await scene.watch("bendungan")
    assert await scene.watch("Bendungan") == watch
    assert await scene.store.watches.add(CHAT, "lain", most=1, now=scene.clock.now) is None
    assert await scene.store.watches.find(watch.id, 7) == watch
    assert await scene.store.watches.find(watch.id, 8) is None
    assert not await scene.store.watches.remove(watch.id, 8)
    assert await scene.store.watches.remove(watch.id, 7)
    assert await scene.store.watches.of_chat(7) == ()


async def test_what_came_in_is_looked_through_a_few_at_a_time(scene: Scene, make_article: Make) -> None:
    await scene.news(make_article(0, text=story(0)))
    await scene.watch("warga")
    await scene.news(*(make_article(n, text=story(n)) for n in range(1, 6)))
    seen = 0
    while fresh := await scene.store.alerts.fresh(
        until=scene.clock.now, oldest=scene.clock.now - timedelta(days=2), limit=2
    ):
        seen += len(fresh)
    assert seen == 5
