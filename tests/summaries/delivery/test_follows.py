"""Followed stories: each development once, with the sentences that are new to the chat, through every failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from summaries import errors
from summaries.delivery.alerts import PACE, SETTLED
from summaries.delivery.circuit_breaker import STEADY_AFTER
from summaries.delivery.follows import MAX_PACE, URGENT_PACE, USUAL_PACE
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import (
    LONG,
    MEDIUM,
    SHORT,
    Addition,
    Article,
    ChatRef,
    CompositionResult,
    DeliveryPart,
    FollowDecision,
    FreshNews,
    Marks,
    Origin,
    Preferences,
    QuietHours,
    StoredArticle,
    Subscription,
    Summary,
    SummarySentence,
    Watch,
)
from summaries.ports import Offload
from summaries.storage import Store
from tests.postgres_server import STORES
from tests.summaries.delivery.alerting import CHAT, Clock, FakeMessenger, Prepare, Scene

Execute = Callable[[str], None]
LINK = """
UPDATE stories SET chain_id = 1, is_stale = false,
    added_at = coalesce((SELECT max(s.added_at) FROM story_articles s WHERE s.story_id = stories.id), added_at),
    latest_at = coalesce((SELECT max(s.dated_at) FROM story_articles s WHERE s.story_id = stories.id), latest_at)
"""
BEGIN = ["Bus Cahaya Mandala jatuh ke jurang di Tanjakan Emen.", "Lima penumpang tewas dalam kecelakaan itu."]
ARREST = ["Sopir bernama Darto ditetapkan sebagai tersangka oleh Polres Subang."]
BRAKES = ["Kampas rem kendaraan aus menurut penyelidik KNKT."]
GARAGE = ["Penyidik menyita garasi perusahaan beserta dokumen perawatan."]
LICENCE = ["Kementerian Perhubungan mencabut izin operasi armada selama setahun."]


@dataclass
class Affair(Scene):
    """A scene with the news of one affair. Chat 7 follows it from its first article."""

    execute: Execute = lambda _: None
    count: int = 0

    async def report(self, sentences: Sequence[str], *, story: int | None = None, outlet: str = "") -> StoredArticle:
        """Store an article of these sentences, a story of its own or a further one of `story`, and link it.

        It ends with a sentence that followers know.
        """
        self.count += 1
        sentences = list(dict.fromkeys([*sentences, BEGIN[0]]))
        self.clock.now += timedelta(seconds=10)
        text = " ".join(sentences)
        starts = [text.index(sentence) for sentence in sentences]
        article = Article(
            f"Kabar {self.count} bus Cahaya Mandala",
            text,
            url=f"https://media{self.count}.example/kabar",
            outlet=outlet or f"Media {self.count}",
            published_at=self.clock.now,
        )
        spans = tuple(SummarySentence(one, at, at + len(one)) for one, at in zip(sentences, starts, strict=True))
        summaries = [Summary(spans[:n], method="lead", length=one) for n, one in ((1, SHORT), (9, MEDIUM), (9, LONG))]
        stored = await self.store.articles.put(article, summaries, origin=Origin.FEED, now=self.clock.now)
        if story is not None:
            self.execute(f"UPDATE story_articles SET story_id = {story:d} WHERE article_id = {stored.id:d}")  # noqa: S608
        self.execute(LINK)
        self.clock.now += SETTLED
        return stored

    async def follow(self, article_id: int, chat: ChatRef = CHAT) -> Watch:
        watch = await self.store.watches.follow(chat, article_id, "Kabar 1", most=20, now=self.clock.now)
        assert watch is not None
        return watch

    async def updates(self) -> list[str]:
        """Consider and send; return the sentences of the messages that were sent or tried."""
        before = len(self.messenger.calls)
        await self.tick()
        batches = self.messenger.calls[before:]
        return [sentence.text for batch in batches for one in batch.developments for sentence in one.sentences]


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """Each store in turn."""
    return database_of(request.param)


@pytest.fixture
async def affair(store: Store, offload: Offload, now: datetime, prepare_article: Prepare, execute: Execute) -> Affair:
    clock = Clock(now)
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=clock)
    affair = Affair(store, writer, clock, FakeMessenger(), prepare_article, offload, execute=execute)
    await affair.follow((await affair.report(BEGIN)).id)
    clock.now += STEADY_AFTER
    return affair


async def test_chat_follows_a_chain_once(affair: Affair) -> None:
    watches, now = affair.store.watches, affair.clock.now
    second = await affair.report(ARREST)
    known = await watches.find_follow(7, second.id)
    assert known is not None
    assert (known.words, known.article_id) == ("Kabar 1", 1)
    assert await watches.find_follow(8, second.id) is None
    assert await watches.follow(CHAT, second.id, "Kabar 2", most=1, now=now) == known
    affair.execute("UPDATE stories SET chain_id = id")
    assert await watches.find_follow(7, second.id) is None
    assert await watches.follow(CHAT, second.id, "Kabar 2", most=1, now=now) is None
    words = await watches.add(CHAT, "Kabar 1", most=1, now=now)
    assert words is not None
    assert not words.is_follow
    assert await affair.store.alerts.watches() == (words,)


async def test_new_story_of_the_chain_comes_once(affair: Affair) -> None:
    await affair.report([*BEGIN, *ARREST])
    assert await affair.updates() == ARREST
    (batch,) = affair.messenger.calls
    assert [one.coverage.outlet for one in batch.developments] == ["Media 2"]
    assert batch.since is not None
    assert batch.items == ()
    affair.clock.now += USUAL_PACE
    assert await affair.updates() == []
    # It counts as delivered, so no digest repeats it.
    assert [item.stored.id for item in (await affair.next_news()).items] == [1]


async def test_article_without_news_is_passed_over(affair: Affair) -> None:
    await affair.report(["Bus Cahaya Mandala jatuh di Tanjakan Emen, lima penumpang tewas."])
    assert await affair.updates() == []
    await affair.report(ARREST)
    assert await affair.updates() == ARREST


async def test_updates_are_paced_and_carry_three_sentences(affair: Affair) -> None:
    await affair.report(ARREST)
    assert await affair.updates() == ARREST
    reports = [BRAKES, GARAGE, LICENCE, ["Keluarga korban menggugat lewat pengacara Ratna Dewi."]]
    for sentences in reports:
        await affair.report(sentences)
    affair.clock.now += PACE
    assert await affair.updates() == []
    affair.clock.now += URGENT_PACE
    first = await affair.updates()
    assert len(first) == 3
    # The story that had no room comes next. The more updates in a day, the longer the pause.
    affair.clock.now += URGENT_PACE
    assert await affair.updates() == []
    affair.clock.now += URGENT_PACE
    assert [*first, *await affair.updates()] == [*first, *(s for one in reports for s in one if s not in first)]


async def test_further_details_of_a_known_story_wait_longer(affair: Affair) -> None:
    await affair.report(BRAKES, story=1)
    assert await affair.updates() == []
    affair.clock.now += URGENT_PACE
    assert await affair.updates() == []
    affair.clock.now += USUAL_PACE
    assert await affair.updates() == BRAKES


async def test_follow_that_began_while_the_clock_was_ahead_waits_no_longer(affair: Affair) -> None:
    true_time = affair.clock.now
    affair.clock.now += timedelta(days=30)
    await affair.store.watches.remove(1, 7)
    await affair.follow(1)
    affair.clock.now = true_time
    await affair.service.on_clock_rollback()
    await affair.report(BRAKES, story=1)
    assert await affair.updates() == []
    affair.clock.now += USUAL_PACE
    assert await affair.updates() == BRAKES


async def test_changed_number_of_victims_does_not_wait(affair: Affair) -> None:
    changed = ["Sembilan penumpang tewas dalam kecelakaan itu."]
    await affair.report(changed, story=1)
    assert await affair.updates() == changed


async def test_update_that_a_digest_overtakes_is_chosen_again(affair: Affair) -> None:
    await affair.report([*ARREST, *BRAKES])
    affair.messenger.failures = [errors.NotDelivered("no connection")]
    assert await affair.updates() == [*ARREST, *BRAKES]
    affair.clock.now += timedelta(minutes=15)
    # The digest shows the shortest summary, which is one sentence.
    affair.execute(
        "INSERT INTO delivered_articles (chat_id, article_id, delivered_at) SELECT 7, 2, max(not_before) FROM outbox"
    )
    assert await affair.updates() == []
    affair.clock.now += USUAL_PACE
    assert await affair.updates() == BRAKES


async def test_sentence_that_a_digest_added_is_known(affair: Affair) -> None:
    second = await affair.report([*BRAKES, *ARREST], story=1)
    at = second.article.text.index(BRAKES[0])
    sentence = SummarySentence(BRAKES[0], at, at + len(BRAKES[0]))
    part = DeliveryPart(
        0, "Bus", (1,), marks=((1, Marks(addition=Addition(second.id, "Media 2", affair.clock.now, sentence))),)
    )
    store, now = affair.store, affair.clock.now
    subscription = Subscription(CHAT, (time(12),), "Asia/Jakarta")
    await store.subscriptions.put(subscription, next_due_at=now, now=now)
    await store.deliveries.create_due(now=now, limit=9, next_due=lambda _: now + timedelta(days=9))
    (delivery,) = await store.deliveries.claim(now=now, lease_until=now + PACE, limit=9)
    await store.deliveries.save_composed(CompositionResult(rendered=(((part,), (delivery.id,)),)), now=now)
    (delivery,) = await store.outbox.claim_digests(now=now, lease_until=now + PACE, limit=9)
    message = delivery.message(delivery.parts[0])
    await store.outbox.mark_sending(message, until=now + PACE)
    await store.outbox.mark_sent(message, message_id=41, now=now)
    affair.clock.now += USUAL_PACE
    assert await affair.updates() == ARREST


async def test_retry_sends_the_same_sentences(affair: Affair) -> None:
    await affair.report(ARREST)
    affair.messenger.failures = [errors.DeliveryUnknown("reset"), errors.DeliveryUnknown("reset")]
    assert await affair.updates() == ARREST
    # The outlet edits its article.
    affair.execute("UPDATE articles SET text = (SELECT text FROM articles WHERE id = 1) WHERE id = 2")
    await affair.report(BRAKES)
    affair.clock.now += timedelta(minutes=15)
    assert await affair.updates() == ARREST
    affair.clock.now += URGENT_PACE
    # Both copies may have arrived, so nothing is repeated.
    assert await affair.updates() == BRAKES


# Each step with the news that arrives before it.
STEPS = {
    "put": ["Sopir bernama Darto ditahan Polres Subang.", "Hakim Sulastri menolak praperadilan pengacara."],
    "due_follows": ["Kampas rem aus menurut penyelidik KNKT.", "Bengkel Sinar Motor dituduh memalsukan suku cadang."],
    "put_decision": ["Penyidik menyita garasi perusahaan.", "Asuransi Jasa Raharja mencairkan santunan keluarga."],
    "claim_alerts": ["Kementerian mencabut izin operasi armada.", "Bupati Purwakarta memasang rambu peringatan."],
    "mark_sending": ["Mahasiswa Universitas Padjadjaran menggalang donasi.", "Psikolog mendampingi anak-anak selamat."],
    "send_alert": ["DPRD Jawa Barat membentuk panitia khusus.", "Pengusaha pariwisata memprotes larangan malam."],
    "mark_sent": ["Pemakaman massal berlangsung Kamis subuh.", "Saksi Wawan mendengar dentuman keras."],
}


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
async def test_crash_at_any_step_loses_and_repeats_nothing(
    affair: Affair, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    """Without doubt about a send each sentence is sent once; with a doubt the whole message comes once more."""
    owners = (affair.store.alerts, affair.store.outbox, affair.messenger)
    for step, news in STEPS.items():
        affair.messenger.calls.clear()
        owner = next(one for one in owners if hasattr(one, step))
        kills = Kills(getattr(owner, step), is_done=is_done)
        await affair.report(news)
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, kills)
            affair.restart()
            with suppress(asyncio.CancelledError):
                await affair.tick()
            assert kills.has_killed
            for _ in range(3):
                affair.restart()
                await affair.service.resume()
                affair.clock.now += STEADY_AFTER
                await affair.tick()
                affair.clock.now += MAX_PACE
        is_in_doubt = (step, is_done) in {("send_alert", True), ("mark_sent", False)}
        attempts = [
            [one.text for part in batch.developments for one in part.sentences] for batch in affair.messenger.calls
        ]
        assert attempts == [news] * (1 + is_in_doubt), step


class Kills:
    """Does the work, but the first time the process dies before it, or after it if `is_done`."""

    def __init__(self, work: Callable[..., Awaitable[object]], *, is_done: bool) -> None:
        self._work = work
        self._is_done = is_done
        self.has_killed = False

    async def __call__(self, *args: object, **kwargs: object) -> object:
        if self.has_killed:
            return await self._work(*args, **kwargs)
        self.has_killed = True
        if self._is_done:
            await self._work(*args, **kwargs)
        raise asyncio.CancelledError


async def test_folded_follow_puts_its_stories_into_the_digest(affair: Affair) -> None:
    watch = await affair.store.watches.find_follow(7, 1)
    assert watch is not None
    await affair.store.watches.fold(watch.id, 7, is_folded=True)
    await affair.report(ARREST)
    assert await affair.updates() == []
    # It comes regardless of the chat's preferences.
    news = await affair.next_news(Preferences(exclude=("bus",)))
    assert [(item.stored.id, item.marks.is_development) for item in news.items] == [(2, True)]
    await affair.store.watches.fold(watch.id, 7, is_folded=False)
    await affair.report(BRAKES)
    assert await affair.updates() == BRAKES


async def test_article_that_came_with_the_digest_is_not_considered_again(affair: Affair) -> None:
    watch = await affair.store.watches.find_follow(7, 1)
    assert watch is not None
    await affair.store.watches.fold(watch.id, 7, is_folded=True)
    await affair.report(ARREST)
    await affair.tick()
    await affair.store.watches.fold(watch.id, 7, is_folded=False)
    await affair.report(BRAKES)
    # As after a correction of the clock, or while an earlier update is chosen again.
    affair.execute("UPDATE watches SET listens_since = created_at")
    assert await affair.updates() == BRAKES


async def test_update_waits_for_the_end_of_quiet_hours(affair: Affair) -> None:
    here = affair.clock.now.astimezone(ZoneInfo("Asia/Tokyo")).replace(minute=0, second=0, microsecond=0)
    end = here + timedelta(hours=6)
    wishes = Preferences(quiet=QuietHours(here.time(), end.time()))
    quiet = Subscription(CHAT, (time(12),), "Asia/Tokyo", is_active=False, preferences=wishes)
    await affair.store.subscriptions.put(quiet, next_due_at=None, now=affair.clock.now)
    await affair.report(ARREST)
    assert await affair.updates() == []
    await affair.report(BRAKES)
    affair.clock.now = end
    assert await affair.updates() == [*ARREST, *BRAKES]


async def test_follow_of_a_suspended_chat_pauses(affair: Affair) -> None:
    await affair.report(ARREST)
    affair.messenger.failures = [errors.ChatUnreachable("blocked")]
    assert await affair.updates() == ARREST
    await affair.report(BRAKES)
    affair.clock.now += URGENT_PACE
    assert await affair.updates() == []
    await affair.store.subscriptions.resume(7, next_due=lambda _: None, now=affair.clock.now)
    await affair.report([*ARREST, *GARAGE])
    # Sentences of the message that did not arrive are still news.
    assert await affair.updates() == [*ARREST, *GARAGE]


async def test_update_has_only_the_rest_of_an_article_in_an_alert(affair: Affair) -> None:
    await affair.store.watches.add(CHAT, "garasi", most=20, now=affair.clock.now)
    await affair.report([*GARAGE, *BRAKES])
    await affair.tick()
    for _ in range(2):
        affair.clock.now += USUAL_PACE
        await affair.tick()
    alert, update = affair.messenger.calls
    assert [item.stored.id for item in alert.items] == [2]
    # The alert shows the shortest summary, which is one sentence.
    assert [sentence.text for one in update.developments for sentence in one.sentences] == BRAKES


async def test_articles_added_during_a_decision_are_considered(affair: Affair) -> None:
    await affair.report(ARREST)
    await affair.store.alerts.put([], looked_at=await fresh(affair), now=affair.clock.now, pace=PACE)
    (due,) = await affair.store.alerts.due_follows(now=affair.clock.now, oldest=affair.clock.now - PACE, limit=9)
    await affair.report(BRAKES)
    await affair.store.alerts.put([], looked_at=await fresh(affair), now=affair.clock.now, pace=PACE)
    decided = FollowDecision(due, due.looked_until)
    await affair.store.alerts.put_decision(decided, now=affair.clock.now, pace=PACE)
    # A second process decided on the same rows.
    assert await affair.store.alerts.put_decision(decided, now=affair.clock.now, pace=PACE) == 0
    assert await affair.updates() == BRAKES


async def fresh(affair: Affair) -> FreshNews | None:
    now = affair.clock.now
    return await affair.store.alerts.fresh(until=now, oldest=now - timedelta(days=2), limit=9)
