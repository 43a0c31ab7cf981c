"""Alerts: once a story, paced, folded into the digest, and never more than two copies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from summaries import errors
from summaries.delivery.alerts import MAX_STORIES, PACE
from summaries.delivery.circuit_breaker import STEADY_AFTER
from summaries.delivery.outbox import CALL_LEASE
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import (
    SHORT,
    AlertBatch,
    Article,
    ChatRef,
    NewsRequest,
    Preferences,
    QuietHours,
    Resumed,
    Subscription,
)
from summaries.ports import Offload
from summaries.storage import Store
from tests.postgres_server import STORES
from tests.summaries.delivery.alerting import CHAT, Clock, FakeMessenger, Prepare, Scene

Make = Callable[..., Article]


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """Each store in turn."""
    return database_of(request.param)


@pytest.fixture
async def scene(store: Store, offload: Offload, now: datetime, prepare_article: Prepare) -> Scene:
    clock, messenger = Clock(now), FakeMessenger()
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=clock)
    scene = Scene(store, writer, clock, messenger, prepare_article, offload)
    clock.now += STEADY_AFTER
    return scene


async def test_story_gets_one_alert_for_any_number_of_articles(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan jebol")
    await scene.news(make_event("Kabar Desa"))
    assert await scene.tick() == ["Bendungan Wairana Jebol, Ratusan Warga Mengungsi"]
    assert await scene.tick() == []
    scene.clock.now += PACE
    await scene.news(make_event("Warta Kota"))
    assert await scene.tick() == []
    # It counts as sent, so no digest repeats it.
    news = await scene.next_news()
    assert news.items == ()


async def test_alert_covers_only_stories_newer_than_the_watch(
    scene: Scene, make_article: Make, make_event: Make
) -> None:
    await scene.news(make_event())
    await scene.watch("bendungan")
    await scene.watch("panen")
    await scene.news(make_article(1, published_at=scene.clock.now - timedelta(days=5)))
    assert await scene.tick() == []
    await scene.news(make_article(2))
    assert await scene.tick() == ["Panen Raya ke-2"]


async def test_alerts_are_paced_and_batched(scene: Scene, make_article: Make, make_event: Make) -> None:
    await scene.watch("warga")
    await scene.news(make_event())
    assert len(await scene.tick()) == 1
    # Days apart, so that they are stories of their own.
    await scene.news(*(make_article(n, published_at=scene.clock.now, text=story(n)) for n in range(MAX_STORIES + 2)))
    scene.clock.now += PACE / 2
    assert await scene.tick() == []
    scene.clock.now += PACE
    first = await scene.tick()
    scene.clock.now += PACE
    assert 1 <= len(first) <= MAX_STORIES
    rest = await scene.tick()
    assert not set(first) & set(rest)


def story(number: int) -> str:
    things = ["kapal", "jembatan", "sekolah", "pasar", "jalan", "hutan", "stadion", "pabrik", "museum"]
    return f"Warga membangun {things[number]} baru sejak {things[number]} lama rusak. Hasilnya {things[number]} kokoh."


async def test_each_matching_chat_gets_its_own_alert(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan", ChatRef(8))
    await scene.watch("wairana")
    await scene.news(make_event())
    await scene.tick()
    assert sorted(batch.watch.chat.chat_id for batch in scene.messenger.calls) == [7, 8]


async def test_two_watches_of_a_chat_alert_a_story_once(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    await scene.watch("wairana")
    await scene.news(make_event())
    assert len(await scene.tick()) == 1
    scene.clock.now += PACE
    assert await scene.tick() == []


async def test_folded_watch_puts_its_stories_first_in_the_digest(
    scene: Scene, make_article: Make, make_event: Make
) -> None:
    watch = await scene.watch("bendungan")
    assert await scene.store.watches.fold(watch.id, 7, is_folded=True)
    assert not await scene.store.watches.fold(watch.id, 7, is_folded=True)
    assert not await scene.store.watches.fold(watch.id, 8, is_folded=False)
    await scene.news(make_event(published_at=scene.clock.now - timedelta(hours=3)), make_article(1))
    assert await scene.tick() == []
    news = await scene.next_news()
    assert news.total == 2
    assert news.items[0].stored.article.title.startswith("Bendungan")


async def test_alerts_of_a_folded_watch_are_not_sent(scene: Scene, make_event: Make) -> None:
    watch = await scene.watch("bendungan")
    await scene.news(make_event())
    await scene.service.look()
    await scene.store.watches.fold(watch.id, 7, is_folded=True)
    assert await scene.service.send_due() == 0


async def test_alert_in_doubt_comes_with_the_next_digest(scene: Scene, make_event: Make) -> None:
    """Both copies may have arrived. The story was found before the last digest, and given up after it."""
    await scene.watch("bendungan")
    await scene.news(make_event())
    scene.messenger.failures = [errors.DeliveryUnknown("reset"), errors.DeliveryUnknown("reset")]
    await scene.tick()
    scene.clock.now += timedelta(minutes=15)
    last_digest = scene.clock.now
    await scene.tick()
    scene.clock.now += timedelta(minutes=15)
    assert await scene.tick() == []
    assert len(scene.messenger.calls) == 2
    request = NewsRequest(7, last_digest, scene.clock.now)
    (news,) = await scene.store.deliveries.open_news().choose([request])
    assert [item.stored.article.title for item in news.items] == [make_event().title]


async def set_quiet_hours(scene: Scene, zone: str, start: time, end: time) -> None:
    wishes = Preferences(quiet=QuietHours(start, end))
    quiet = Subscription(CHAT, (time(12),), zone, is_active=False, preferences=wishes)
    await scene.store.subscriptions.put(quiet, next_due_at=None, now=scene.clock.now)


async def test_alerts_of_quiet_hours_are_sent_together_afterwards(
    scene: Scene, make_article: Make, make_event: Make
) -> None:
    here = scene.clock.now.astimezone(ZoneInfo("Asia/Tokyo")).replace(minute=0, second=0, microsecond=0)
    end = here + timedelta(hours=6)
    await set_quiet_hours(scene, "Asia/Tokyo", here.time(), end.time())
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
    assert (batch.message.attempts, batch.message.possible_copies, batch.zone) == (0, 0, "Asia/Tokyo")


async def test_story_in_a_digest_gets_no_alert(scene: Scene, make_event: Make, execute: Callable[[str], None]) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    await scene.service.look()
    execute(
        "INSERT INTO delivered_articles (chat_id, article_id, delivered_at) SELECT 7, article_id, added_at FROM stories"
    )
    assert await scene.service.send_due() == 0
    assert scene.messenger.calls == []


@pytest.mark.parametrize(
    ("failure", "wait", "sent"),
    [
        (errors.NotDelivered("x"), timedelta(minutes=15), 2),
        (errors.RateLimited(30), timedelta(seconds=31), 2),
        (errors.DeliveryUnknown("x"), timedelta(minutes=15), 2),
        (errors.SendRefused("x"), timedelta(hours=2), 1),
        (errors.ChatUnreachable("x"), timedelta(hours=2), 1),
    ],
)
async def test_failed_alert_is_retried_unless_the_failure_is_permanent(
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


async def test_alert_follows_a_migrated_chat(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    scene.messenger.failures = [errors.ChatMoved(-100)]
    await scene.tick()
    await scene.tick()
    assert scene.messenger.calls[-1].watch.chat.chat_id == -100


async def test_alert_falls_back_to_the_general_topic_when_its_topic_is_deleted(scene: Scene, make_event: Make) -> None:
    topic = ChatRef(7, 42)
    await scene.watch("bendungan", topic)
    await scene.watch("panen", ChatRef(7, 43))
    await scene.news(make_event())
    scene.messenger.failures = [errors.TopicNotFound("message thread not found")]
    await scene.tick()
    assert scene.messenger.chats == [topic, ChatRef(7)]
    assert [watch.chat for watch in await scene.store.watches.of_chat(7)] == [ChatRef(7), ChatRef(7, 43)]


async def test_watches_of_an_unreachable_chat_pause_and_resume_with_it(
    scene: Scene, make_article: Make, make_event: Make
) -> None:
    watches = [await scene.watch("bendungan"), await scene.watch("warga")]
    await scene.news(make_event(), make_article(1, text=story(1)))
    scene.messenger.failures = [errors.ChatUnreachable("blocked")]
    await scene.tick()
    assert await scene.store.watches.of_chat(7) == tuple(watches)
    assert await scene.store.alerts.watches() == ()
    # Earlier matches, and articles that arrive meanwhile, are never sent.
    await scene.news(make_article(2, text=story(2)))
    scene.clock.now += PACE
    assert await scene.tick() == []
    woken = await scene.store.subscriptions.resume(7, next_due=lambda _: None, now=scene.clock.now)
    assert woken == Resumed(None, 2)
    assert await scene.tick() == []
    await scene.news(make_article(3, published_at=scene.clock.now, text=story(3)))
    assert await scene.tick() == ["Panen Raya ke-3"]
    assert len(scene.messenger.calls) == 2


@pytest.mark.parametrize("is_digest", [False, True])
async def test_new_digest_or_watch_reactivates_a_suspended_chat(
    scene: Scene, make_event: Make, is_digest: bool
) -> None:
    await scene.watch("bendungan")
    assert await scene.store.subscriptions.suspend(7, now=scene.clock.now)
    assert not await scene.store.subscriptions.suspend(7, now=scene.clock.now)
    assert await scene.store.broadcasts.audience() == 0
    if is_digest:
        begun = Subscription(CHAT, (time(7),), "Asia/Jakarta")
        await scene.store.subscriptions.change(7, lambda _: begun, next_due=lambda _: None, now=scene.clock.now)
    else:
        await scene.watch("panen")
    assert await scene.store.broadcasts.audience() == 1
    await scene.news(make_event())
    assert len(await scene.tick()) == 1


async def test_repeated_crashes_send_at_most_two_copies(scene: Scene, make_event: Make) -> None:
    """A crash after the call and before its record, again and again; each process has lived for a while."""
    await scene.watch("bendungan")
    await scene.news(make_event())
    for _ in range(5):
        scene.messenger.failures = [asyncio.CancelledError()]
        await scene.tick()
        scene.restart()
        await scene.service.resume()
        scene.clock.now += STEADY_AFTER
    assert len(scene.messenger.calls) == 2


async def test_crash_loop_does_not_use_up_the_last_copy(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    for _ in range(5):
        scene.restart()
        await scene.service.resume()
        scene.messenger.failures = [asyncio.CancelledError()]
        await scene.tick()
        scene.clock.now += timedelta(seconds=12)
    assert len(scene.messenger.calls) == 1
    scene.restart()
    await scene.service.resume()
    scene.messenger.failures = []
    scene.clock.now += STEADY_AFTER
    assert len(await scene.tick()) == 1


async def test_claimed_but_unsent_alert_counts_no_copy(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    await scene.news(make_event())
    await scene.service.look()
    for _ in range(3):
        now = scene.clock.now
        (batch,) = await scene.store.outbox.claim_alerts(
            now=now, lease_until=now + timedelta(minutes=1), length=SHORT, max_items=5, limit=9
        )
        assert (batch.message.attempts, batch.message.possible_copies) == (0, 0)
        scene.clock.now += timedelta(minutes=1)
    assert len(await scene.tick()) == 1


async def test_articles_matched_but_not_stored_are_matched_again(scene: Scene, make_event: Make) -> None:
    """The process dies in the midst of a look."""
    await scene.watch("bendungan")
    await scene.news(make_event())
    now = scene.clock.now
    fresh = await scene.store.alerts.fresh(until=now, oldest=now - timedelta(days=2), limit=9)
    assert fresh is not None
    assert len(await scene.tick()) == 1
    # Another process that was slower finds nothing new, and does not put back how far was looked.
    watches = await scene.store.alerts.watches()
    pairs = [(watches[0], fresh.article_id)]
    assert await scene.store.alerts.put(pairs, looked_at=fresh, now=now, pace=PACE) == 0
    assert await scene.store.alerts.fresh(until=now, oldest=now - timedelta(days=2), limit=9) is None


async def test_an_outage_loses_no_alert(scene: Scene, make_event: Make) -> None:
    """None of the messages that were tried arrived, and few are tried."""
    for chat_id in range(40):
        await scene.watch("bendungan", ChatRef(chat_id))
    await scene.news(make_event())
    scene.messenger.is_reached = False
    scene.messenger.failures = [errors.DeliveryUnknown("502 Bad Gateway") for _ in range(9999)]
    for _ in range(60):
        await scene.tick()
        scene.clock.now += timedelta(seconds=30)
    tried = [chat.chat_id for chat in scene.messenger.chats]
    assert len(tried) == len(set(tried)) <= 24
    scene.messenger.is_reached, scene.messenger.failures = True, []
    for _ in range(40):
        await scene.tick()
        scene.clock.now += timedelta(seconds=30)
    arrived = [chat.chat_id for chat in scene.messenger.chats[len(tried) :]]
    assert sorted(arrived) == list(range(40))


async def test_hanging_chat_does_not_delay_others(scene: Scene, make_event: Make) -> None:
    for chat_id in (7, 8):
        await scene.watch("bendungan", ChatRef(chat_id))
    await scene.news(make_event())
    send, hang = scene.messenger.send_alert, asyncio.Event()

    async def slow(chat: ChatRef, batch: AlertBatch) -> int:
        if chat.chat_id == 7:
            await hang.wait()
        return await send(chat, batch)

    scene.messenger.send_alert = slow  # type: ignore[method-assign]
    scene.restart()
    assert len(await scene.tick()) == 1
    assert scene.messenger.chats == [ChatRef(8)]
    hang.set()
    await scene.tick()
    assert scene.messenger.chats == [ChatRef(8), ChatRef(7)]


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_clock_rollback_does_not_delay_alerts(
    scene: Scene, make_article: Make, make_event: Make, is_restarted: bool
) -> None:
    right = scene.clock.now
    scene.clock.now += timedelta(hours=9)
    await scene.watch("bendungan")
    await scene.watch("warga", ChatRef(8))
    await scene.news(make_event(published_at=right))
    scene.messenger.failures = [errors.RateLimited(40), errors.NotDelivered("refused")]
    await scene.tick()
    scene.clock.now = right + timedelta(minutes=1)
    if is_restarted:
        scene.restart()
        await scene.service.resume()
    else:
        await scene.service.on_clock_rollback()
    # Watches from before the change match new articles.
    await scene.news(make_article(1, published_at=right, text=story(1)))
    scene.clock.now += CALL_LEASE
    alerted = await scene.tick()
    scene.clock.now += PACE
    alerted += await scene.tick()
    bursts = "Bendungan Wairana Jebol, Ratusan Warga Mengungsi"
    assert sorted(alerted) == sorted([bursts, bursts, "Panen Raya ke-1"])


async def test_missing_rights_notify_the_user_who_set_up_the_digest(scene: Scene, make_event: Make) -> None:
    await scene.watch("bendungan")
    begun, now = Subscription(CHAT, (time(7),), "Asia/Jakarta"), scene.clock.now
    await scene.store.subscriptions.change(7, lambda _: begun, next_due=lambda _: None, now=now, by=99)
    await scene.news(make_event())
    scene.messenger.failures = [errors.MissingRights("not enough rights to send")]
    await scene.tick()
    assert scene.rights_notices == [(99, 7)]
    assert await scene.store.alerts.watches() == ()


async def test_watches_are_unique_and_limited_per_chat(scene: Scene) -> None:
    watch = await scene.watch("bendungan")
    assert await scene.watch("Bendungan") == watch
    assert await scene.store.watches.add(CHAT, "lain", most=1, now=scene.clock.now) is None
    assert await scene.store.watches.find(watch.id, 7) == watch
    assert await scene.store.watches.find(watch.id, 8) is None
    assert not await scene.store.watches.remove(watch.id, 8)
    assert await scene.store.watches.remove(watch.id, 7)
    assert await scene.store.watches.of_chat(7) == ()


async def test_fresh_articles_are_matched_in_batches(scene: Scene, make_article: Make) -> None:
    await scene.news(make_article(0, text=story(0)))
    await scene.watch("warga")
    await scene.news(*(make_article(n, text=story(n)) for n in range(1, 6)))
    seen = 0
    while fresh := await scene.store.alerts.fresh(
        until=scene.clock.now, oldest=scene.clock.now - timedelta(days=2), limit=2
    ):
        seen += len(fresh.articles)
        await scene.store.alerts.put([], looked_at=fresh, now=scene.clock.now, pace=PACE)
    assert seen == 5
