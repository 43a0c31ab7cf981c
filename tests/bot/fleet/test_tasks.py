"""Jobs of workers, and shared rate limits, with fakes of the store, the queue and Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.background.jobs import FLEET_BROADCAST_TICK_S
from bot.cli.run import QUEUES as OFFERED
from bot.conversation.link_queue import LinkQueue
from bot.fleet import rate_limits as pace
from bot.fleet.inbox import REFUSED_FOR, InboxReceiver
from bot.fleet.queue import DIGESTS, PRIORITIES, PUBLISHING, QUEUES, TICKS, QueueWorker, Ticker, run_workers
from bot.fleet.rate_limits import SharedSendLimiter, burst_of
from bot.fleet.tasks import (
    EACH_SENDER,
    MOST_SENDERS,
    RECORDED_EVERY_S,
    REFRESHERS,
    FleetTasks,
    NotServed,
    ticks_of,
)
from bot.runtime.health import FLEET_TICKS_LATE_S
from bot.runtime.metrics import WebhookResult
from bot.transport.update_processor import GROUP, MEMBER, PERSON, is_refused
from summaries.errors import StoreUnreachable
from summaries.model import Asked, ChatQuota, PendingLimits, Reservation, Taken, Waiting
from tests.bot.conftest import CLOCK_JUMPS, Sleeper
from tests.counting import measured

NOW = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
BOT, OTHER = 77, 88


def make_message_update(number: int, text: str, *, user_id: int = 8) -> dict[str, Any]:
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 1_800_000_000,
            "chat": {"id": 7, "type": "private", "first_name": "R"},
            "from": {"id": user_id, "is_bot": False, "first_name": "R"},
            "text": text,
        },
    }


class FakeInbox:
    """Fulfils `ports.InboxStore` in memory, as far as it is asked here."""

    def __init__(self, *waiting: Waiting) -> None:
        self.waiting = list(waiting)
        self.put_with: list[tuple[int, str | None, bool]] = []
        self.finished: list[int] = []
        self.unanswered: tuple[int, ...] = ()
        self.is_away = self.refuses = False
        self.limits: list[PendingLimits | None] = []
        self.bodies: list[Mapping[str, Any]] = []

    async def put(
        self,
        bot_id: int,
        update_id: int,
        body: Mapping[str, Any],
        *,
        sender: str | None,
        may_be_cut: bool,
        now: datetime,
        limits: PendingLimits | None = None,
    ) -> Taken:
        if self.is_away:
            raise StoreUnreachable("gone")
        self.put_with.append((update_id, sender, may_be_cut))
        self.bodies.append(body)
        self.limits.append(limits)
        if self.refuses:
            return Taken(update_id, is_new=True, is_refused=True)
        return Taken(update_id, is_new=True)

    async def open(self, group_id: int, *, patience: timedelta, brief: timedelta, now: datetime) -> Waiting:
        return self.waiting.pop(0)

    async def done(self, group_id: int, *, now: datetime) -> None:
        self.finished.append(group_id)

    async def left(self, *, before: datetime, after: datetime) -> tuple[int, ...]:
        assert after < before < NOW
        return self.unanswered

    async def forget(self, *, before: datetime) -> int:
        assert before < NOW - timedelta(days=1)
        return 0


class FakeMembers:
    def __init__(self) -> None:
        self.dead: frozenset[str] = frozenset()
        self.released: list[str] = []
        self.ticks: list[str] = []

    async def gone(self) -> frozenset[str]:
        return self.dead

    async def release(self, owners: Collection[str], *, now: datetime) -> int:
        self.released += sorted(owners)
        return 3

    async def record_ticks(self, names: Collection[str]) -> None:
        self.ticks += names


class FakeQueue:
    def __init__(self) -> None:
        self.called: list[tuple[str, int]] = []
        self.is_away = False
        self.stalled = 0
        self.answering: frozenset[int] = frozenset()

    async def answer(self, group_id: int) -> None:
        self.called.append(("answer", group_id))

    async def send(self, number: int) -> None:
        self.called.append(("send", number))

    async def refresh(self, number: int) -> None:
        self.called.append(("refresh", number))

    async def tick(self, name: str, due_s: int) -> None:
        if self.is_away:
            raise StoreUnreachable("gone")
        self.called.append((name, due_s))

    async def retry_stalled(self) -> int:
        return self.stalled

    async def find_answering(self) -> frozenset[int]:
        return self.answering


class FakeProcessor:
    async def process_update(self, update: Any, work: Any) -> None:
        await work


class FakeApp:
    """A fake of the application that notes the updates it handled."""

    def __init__(self, error: Exception | None = None) -> None:
        self.bot = None
        self.update_processor = FakeProcessor()
        self.seen: list[tuple[int, str]] = []
        self.error = error

    async def process_update(self, update: Any) -> None:
        if self.error is not None:
            raise self.error
        self.seen.append((update.update_id, update.message.text))


class OneBot:
    """A bot that a worker serves, with fakes for all that it does."""

    def __init__(self, harness: Harness, bot_id: int, *, composed: int = 0, error: Exception | None = None) -> None:
        self.app = FakeApp(error)
        self.go_on = asyncio.Event()

        async def prepare_due() -> int:
            if error is not None:
                raise error
            return composed

        async def slowly(name: str) -> None:
            harness.done.append(name if bot_id == BOT else f"{name} {bot_id}")
            await self.go_on.wait()

        async def stop(_: float) -> None:
            self.go_on.set()

        jobs = SimpleNamespace(
            digests=SimpleNamespace(prepare_due=prepare_due),
            send=lambda: slowly("send"),
            alert=lambda: slowly("alert"),
            broadcast=lambda: slowly("broadcast"),
            stop=stop,
        )
        services = SimpleNamespace(links=LinkQueue())
        self.served: Any = SimpleNamespace(bot_id=bot_id, app=self.app, jobs=jobs, services=services)


class Harness:
    def __init__(self, *waiting: Waiting, composed: int = 0, error: Exception | None = None) -> None:
        self.inbox, self.queue = FakeInbox(*waiting), FakeQueue()
        self.members = FakeMembers()
        self.rate_limits = FakeQuotas()
        self.done: list[str] = []
        self.bot = OneBot(self, BOT, composed=composed, error=error)
        self.app, self.go_on = self.bot.app, self.bot.go_on

        async def refresh() -> None:
            self.done.append("refresh")
            await self.go_on.wait()

        async def forget() -> None:
            self.done.append("forget")

        async def publish() -> None:
            self.done.append("publish")

        news = SimpleNamespace(sources=True, refresh=refresh, forget=forget, publish=publish)
        member: Any = SimpleNamespace(
            first_of_editions=[SimpleNamespace(jobs=news)],
            stores=SimpleNamespace(inbox=self.inbox, members=self.members, rate_limits=self.rate_limits),
            queue=self.queue,
            services=SimpleNamespace(now=lambda: NOW),
        )
        self.clock_s = 0.0
        self.work = FleetTasks(member, lambda: self.clock_s)
        self.work.add(self.bot.served)


def test_queues_are_ordered_by_priority() -> None:
    assert OFFERED == QUEUES
    assert TICKS["broadcast"].every_s == FLEET_BROADCAST_TICK_S
    assert sorted(QUEUES, key=lambda name: -PRIORITIES[name]) == list(QUEUES)


async def test_update_group_is_processed_when_complete() -> None:
    harness = Harness(
        Waiting(BOT, wait_s=0.001), Waiting(BOT, (make_message_update(1, "satu"), make_message_update(2, "dua")))
    )
    await harness.work.answer(1)
    assert harness.app.seen == [(1, "satu dua")]
    assert harness.inbox.finished == [1]


async def test_answered_update_is_not_answered_again() -> None:
    harness = Harness(Waiting())
    await harness.work.answer(1)
    assert harness.app.seen == []
    # It may be a piece of a group that is not answered yet, so its text is still needed.
    assert harness.inbox.finished == []


async def test_refused_update_gets_a_notice_from_the_worker() -> None:
    harness = Harness(Waiting(BOT, (make_message_update(1, "satu"),), is_refused=True))
    refused: list[bool] = []

    class Noting(FakeProcessor):
        async def process_update(self, update: Any, work: Any) -> None:
            refused.append(is_refused())
            await work

    harness.app.update_processor = Noting()
    await harness.work.answer(1)
    assert (refused, is_refused()) == ([True], False)
    assert harness.inbox.finished == [1]


async def test_failed_update_is_kept_for_retry() -> None:
    harness = Harness(Waiting(BOT, (make_message_update(1, "satu"),)), error=StoreUnreachable("gone"))
    with pytest.raises(StoreUnreachable):
        await harness.work.answer(1)
    assert harness.inbox.finished == []


@pytest.mark.parametrize(
    ("composed", "senders"), [(0, 1), (EACH_SENDER - 1, 1), (3 * EACH_SENDER, 4), (10**6, MOST_SENDERS)]
)
async def test_number_of_send_jobs_follows_the_number_of_messages(composed: int, senders: int) -> None:
    harness = Harness(composed=composed)
    await harness.work.compose()
    assert sorted(harness.queue.called) == [("send", number) for number in range(senders)]


@pytest.mark.parametrize("name", ["send", "refresh"])
async def test_job_runs_once_per_process_at_a_time(name: str) -> None:
    harness = Harness()
    job = getattr(harness.work, name)
    first = asyncio.create_task(job())
    await asyncio.sleep(0)
    await job()
    harness.go_on.set()
    await first
    assert harness.done == [name]
    await job()
    assert harness.done == [name, name]


@pytest.mark.parametrize("error", [None, StoreUnreachable("gone"), RuntimeError("a fault of ours")], ids=repr)
async def test_only_a_tick_that_succeeds_is_recorded(error: Exception | None) -> None:
    harness = Harness(error=error)
    await harness.work.compose()
    await harness.work.compose()
    assert harness.members.ticks == (["digests"] if error is None else [])


async def test_tick_under_way_is_not_recorded() -> None:
    harness = Harness()
    alerting = asyncio.create_task(harness.work.alert())
    await asyncio.sleep(0)
    await harness.work.alert()
    assert harness.members.ticks == []
    harness.go_on.set()
    await alerting
    assert harness.members.ticks == ["alerts"]


async def test_worker_without_a_bot_records_no_tick() -> None:
    harness = Harness()
    harness.work._bots.clear()
    await harness.work.compose()
    assert harness.members.ticks == []


async def test_ticks_are_recorded_at_most_every_few_seconds() -> None:
    harness = Harness()
    for clock_s in (0.0, RECORDED_EVERY_S - 0.1, RECORDED_EVERY_S, RECORDED_EVERY_S + 0.1):
        harness.clock_s = clock_s
        await harness.work.refresh_due()
    assert harness.members.ticks == ["refresh due"] * 2


async def test_all_other_tasks_are_recorded() -> None:
    harness = Harness()
    harness.go_on.set()
    for name in ("send", "broadcast", "refresh_due", "refresh", "publish", "forget", "recover"):
        await getattr(harness.work, name)()
    assert harness.members.ticks == [
        "sending", "broadcasts", "refresh due", "refresh", "publishing", "pruning", "recovery",
    ]  # fmt: skip


def test_ticks_of_a_worker_depend_on_its_queues() -> None:
    assert ticks_of(["answers"]) == {"recovery"}
    assert ticks_of(["digests", "alerts"]) == {
        *("recovery", "digests", "sending", "broadcasts", "study", "alerts", "hazards", "warnings"),
    }
    assert ticks_of([PUBLISHING]) == {"recovery", "publishing"}
    assert FLEET_TICKS_LATE_S.keys() | {"pruning", "own feeds", "hazards"} == ticks_of(QUEUES)


async def test_refresh_jobs_are_limited() -> None:
    harness = Harness()
    await harness.work.refresh_due()
    assert harness.queue.called == [("refresh", number) for number in range(REFRESHERS)]


async def test_orphaned_updates_are_retried(caplog: pytest.LogCaptureFixture) -> None:
    harness = Harness()
    harness.inbox.unanswered = (3, 4, 5)
    harness.queue.stalled = 2
    # Another worker takes long to answer this one.
    harness.queue.answering = frozenset({5})
    await harness.work.recover()
    assert harness.queue.called == [("answer", 3), ("answer", 4)]
    assert "2 jobs of workers that died go on" in caplog.text
    assert harness.rate_limits.forgets == 1
    await harness.work.forget()
    assert harness.done == ["forget"]


async def test_member_missing_twice_is_dead(caplog: pytest.LogCaptureFixture) -> None:
    harness = Harness()
    for dead in (frozenset("ab"), frozenset("bc"), frozenset("")):
        harness.members.dead = dead
        await harness.work.recover()
    assert harness.members.released == ["b"]
    assert "3 digests, alerts and messages of broadcasts of workers that died go on" in caplog.text


async def test_update_is_processed_by_its_own_bot() -> None:
    harness = Harness(
        Waiting(OTHER, (make_message_update(1, "satu"),)), Waiting(OTHER, (make_message_update(1, "satu"),))
    )
    with pytest.raises(NotServed):
        await harness.work.answer(1)
    assert harness.inbox.finished == []
    other = OneBot(harness, OTHER)
    harness.work.add(other.served)
    await harness.work.answer(1)
    assert (other.app.seen, harness.app.seen) == ([(1, "satu")], [])
    assert harness.inbox.finished == [1]


async def test_busy_bot_does_not_delay_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.fleet.tasks.TICK_S", 0.01)
    harness = Harness()
    other = OneBot(harness, OTHER)
    harness.work.add(other.served)
    other.go_on.set()
    await harness.work.send()
    await harness.work.send()
    # The first is at it still, and is not begun again.
    assert harness.done == ["send", f"send {OTHER}", f"send {OTHER}"]
    await harness.work.stop()
    await harness.work.send()
    assert len(harness.done) == 3


async def test_failing_bot_is_logged_and_does_not_affect_others(caplog: pytest.LogCaptureFixture) -> None:
    harness = Harness(error=StoreUnreachable("gone"))
    broken = OneBot(harness, OTHER, error=ValueError("what nobody thought of"))
    fine = OneBot(harness, 99, composed=EACH_SENDER)
    for bot in (broken, fine):
        harness.work.add(bot.served)
    await harness.work.compose()
    assert sorted(harness.queue.called) == [("send", 0), ("send", 1)]
    assert caplog.text.count("the tick compose failed") == 2


class Ticking:
    """A ticker whose clock is set by hand. It enqueues into a fake."""

    def __init__(self, queues: Sequence[str] = (*QUEUES, PUBLISHING)) -> None:
        self.queue = FakeQueue()
        self.now = NOW
        queue: Any = self.queue
        self.ticker = Ticker(queue, queues, lambda: self.now)

    async def look(self, passed: timedelta = timedelta()) -> list[str]:
        """Return the tasks that are enqueued once this time has passed."""
        self.now += passed
        self.queue.called.clear()
        await self.ticker.enqueue_due()
        return [name for name, _ in self.queue.called]


async def test_each_periodic_task_has_its_interval() -> None:
    ticking = Ticking()
    assert await ticking.look() == [*TICKS]
    seconds = [await ticking.look(timedelta(seconds=1)) for _ in range(60)]
    counts = {name: sum(name in enqueued for enqueued in seconds) for name in TICKS}
    assert counts == {
        "compose": 20,
        "study": 12,
        "check_own_feeds": 1,
        "alert": 12,
        "read_hazards": 12,
        "warn": 12,
        "broadcast": 30,
        "refresh_due": 1,
        "publish": 1,
        "forget": 0,
    }
    ticking.now = NOW.replace(hour=3, minute=36, second=59)
    await ticking.look()
    assert "forget" in await ticking.look(timedelta(seconds=1))


async def test_worker_enqueues_the_periodic_tasks_of_its_queues() -> None:
    assert await Ticking([DIGESTS, "answers"]).look() == ["compose", "broadcast"]


async def test_periodic_task_that_could_not_be_enqueued_is_enqueued_later() -> None:
    ticking = Ticking()
    ticking.queue.is_away = True
    with pytest.raises(StoreUnreachable):
        await ticking.look()
    ticking.queue.is_away = False
    assert await ticking.look() == [*TICKS]


@pytest.mark.parametrize("sign", [1, -1], ids=["forward", "back"])
@pytest.mark.parametrize("jump", CLOCK_JUMPS, ids=str)
async def test_clock_jump_costs_one_run_of_each_periodic_task(jump: timedelta, sign: int) -> None:
    ticking = Ticking()
    await ticking.look()
    with measured() as costs:
        enqueued = await ticking.look(sign * jump)
        following = [await ticking.look(timedelta(seconds=1)) for _ in range(6)]
    assert len(enqueued) == len({*enqueued})
    assert {"compose", "alert", "broadcast", "refresh_due"} <= {*enqueued}
    assert sum(name == "compose" for names in following for name in names) == 2
    assert costs.seconds < 1
    assert costs.peak_bytes < 1_000_000


class FakeProcrastinate:
    """Its worker ends twice, as when the database is away, and then works until it is cancelled."""

    def __init__(self) -> None:
        self.begun = 0
        self.works = asyncio.Event()

    def task(self, **_: Any) -> Callable[[Any], Any]:
        return lambda function: function

    async def run_worker_async(self, **options: Any) -> None:
        assert options["queues"] == ["answers"]
        self.begun += 1
        if self.begun == 1:
            raise OSError("gone")
        if self.begun > 2:
            self.works.set()
            await asyncio.Event().wait()


async def test_worker_survives_a_database_outage(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Jobs and the recovery, which is no job, go on once the database is back."""
    monkeypatch.setattr("bot.fleet.queue.AGAIN_S", 0.01)
    procrastinate: Any = FakeProcrastinate()
    stop, stopped, ticked, recovered = asyncio.Event(), [], asyncio.Event(), asyncio.Event()
    failures = [StoreUnreachable("gone"), RuntimeError("a fault of ours")]

    async def note_stop() -> None:
        stopped.append(True)

    async def tick() -> None:
        ticked.set()

    async def recover() -> None:
        if failures:
            raise failures.pop()
        recovered.set()

    shift = QueueWorker(procrastinate, ["answers"], 4)
    working = asyncio.create_task(run_workers([shift], stop, note_stop, tick, recover, 0.01))
    await asyncio.wait_for(procrastinate.works.wait(), 10)
    await asyncio.wait_for(recovered.wait(), 10)
    assert ticked.is_set()
    assert caplog.text.count("taken up again") == 2
    assert caplog.text.count("was not taken over, and it is tried again") == 2
    assert not stopped
    stop.set()
    await asyncio.wait_for(working, 10)
    assert stopped == [True]


def make_receiver(inbox: FakeInbox, queue: FakeQueue) -> InboxReceiver:
    bot: Any = SimpleNamespace()
    return InboxReceiver(bot, BOT, inbox, queue, lambda: NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sender", "may_be_cut"),
    [
        ("halo", "7:8", False),
        ("/berita", None, False),
        ("panjang " * 400, "7:8", True),
        ("/ringkas " + "panjang " * 400, "7:8", True),
    ],
)
async def test_update_is_stored_with_sender_and_split_flag(text: str, sender: str | None, may_be_cut: bool) -> None:
    inbox, queue = FakeInbox(), FakeQueue()
    assert await make_receiver(inbox, queue)(make_message_update(5, text)) is WebhookResult.TAKEN
    assert inbox.put_with == [(5, sender, may_be_cut)]
    assert queue.called == [("answer", 5)]


async def test_callback_query_is_stored_and_unreadable_update_refused() -> None:
    inbox, queue = FakeInbox(), FakeQueue()
    press = {
        "update_id": 6,
        "callback_query": {
            "id": "1", "from": {"id": 8, "is_bot": False, "first_name": "R"}, "chat_instance": "1", "data": "a1:1:tm",
        },
    }  # fmt: skip
    assert await make_receiver(inbox, queue)(press) is WebhookResult.TAKEN
    assert inbox.put_with == [(6, None, False)]
    broken = {"update_id": 7, "message": {"message_id": "x"}}
    assert await make_receiver(inbox, queue)(broken) is WebhookResult.UNREADABLE
    inbox.is_away = True
    assert await make_receiver(inbox, queue)(press) is WebhookResult.BUSY


async def test_guest_message_is_stored_without_its_chat() -> None:
    inbox, queue = FakeInbox(), FakeQueue()
    chat = {"id": -55_555, "type": "group", "title": "Arisan Rahasia"}
    asker = {"id": 8, "is_bot": False, "first_name": "R"}
    message = {"message_id": 44_444, "date": 9, "chat": chat, "from": asker, "text": "a", "guest_query_id": "1"}
    assert await make_receiver(inbox, queue)({"update_id": 6, "guest_message": message}) is WebhookResult.TAKEN
    # Its asker's limits apply, and no other message continues it.
    assert inbox.put_with == [(6, None, False)]
    assert [(limits.sender_id, limits.chat_id) for limits in inbox.limits if limits] == [(8, None)]
    assert not [part for part in ("Rahasia", "55555", "44444") if part in str(inbox.bodies)]
    assert inbox.bodies[0]["guest_message"]["text"] == "a"


async def test_flood_is_refused_with_one_query_per_second() -> None:
    inbox, queue = FakeInbox(), FakeQueue()
    now = [NOW]
    bot: Any = SimpleNamespace()
    take = InboxReceiver(bot, BOT, inbox, queue, lambda: now[0])  # type: ignore[arg-type]
    assert await take(make_message_update(1, "/berita")) is WebhookResult.TAKEN
    assert inbox.limits == [
        PendingLimits(8, None, of_sender=PERSON.pending, of_member=MEMBER.pending, of_chat=GROUP.pending)
    ]
    inbox.refuses = True
    assert [await take(make_message_update(number, "/berita")) for number in (2, 3, 4)] == [WebhookResult.REFUSED] * 3
    # The first is stored for a notice, the others are dropped.
    assert [number for number, *_ in inbox.put_with] == [1, 2]
    assert queue.called == [("answer", 1), ("answer", 2)]
    assert await take(make_message_update(5, "/berita", user_id=9)) is WebhookResult.REFUSED
    now[0] += REFUSED_FOR
    inbox.refuses = False
    assert await take(make_message_update(6, "/berita")) is WebhookResult.TAKEN
    assert [number for number, *_ in inbox.put_with] == [1, 2, 5, 6]


async def test_refusal_ends_when_the_clock_goes_back() -> None:
    inbox, queue = FakeInbox(), FakeQueue()
    now = [NOW]
    bot: Any = SimpleNamespace()
    take = InboxReceiver(bot, BOT, inbox, queue, lambda: now[0])  # type: ignore[arg-type]
    inbox.refuses = True
    assert await take(make_message_update(1, "/berita")) is WebhookResult.REFUSED
    now[0] -= timedelta(days=365)
    inbox.refuses = False
    assert await take(make_message_update(2, "/berita")) is WebhookResult.TAKEN


class FakeQuotas:
    """Every turn is ten seconds after the last. Fulfils `ports.RateLimitStore`, as far as it is asked here."""

    def __init__(self) -> None:
        self.reserved: list[int] = []
        self.failures = 0
        self.forgets = 0

    async def reserve(
        self, bot_id: int, count: int, *, per_s: float, burst: int, chats: Sequence[ChatQuota] = ()
    ) -> Reservation:
        if self.failures:
            self.failures -= 1
            raise StoreUnreachable("gone")
        self.reserved.append(count)
        return Reservation(10.0, tuple(0.0 for _ in chats))

    async def ask(self, bot_id: int, user_id: int, *, per_s: float, burst: int) -> Asked:
        raise AssertionError("nobody asks")

    async def forget(self, *, chats: timedelta, people: timedelta) -> int:
        self.forgets += 1
        return 0


IN_CHAT = (ChatQuota("7", "message", 1, 3),)


@pytest.mark.parametrize("chats", [(), IN_CHAT])
async def test_reservations_are_blocks_and_replies_go_first(sleeper: Sleeper, chats: Sequence[ChatQuota]) -> None:
    turns = FakeQuotas()
    line = SharedSendLimiter(2 / pace.BLOCK_S, turns, 77, sleeper)
    order: list[str] = []

    async def one(name: str, *, is_background: bool) -> None:
        await line.acquire(is_background=is_background, chats=chats)
        order.append(name)

    await asyncio.gather(
        one("digest 1", is_background=True), one("digest 2", is_background=True), one("answer", is_background=False)
    )
    assert order == ["answer", "digest 1", "digest 2"]
    assert turns.reserved == [2, 1]
    assert sleeper.asked[0] == pytest.approx(10, abs=1)
    # The line can be used again.
    await one("later", is_background=True)
    assert turns.reserved == [2, 1, 1]


async def test_late_wake_up_does_not_delay_later_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine holds the process up before the second of four turns; the others were due meanwhile."""
    now, slept = [0.0], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds if len(slept) == 1 else 10 * seconds
        await asyncio.sleep(0)

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now[0])
    line = SharedSendLimiter(4 / pace.BLOCK_S, FakeQuotas(), 77, sleep)
    await asyncio.gather(*(line.acquire(is_background=True) for _ in range(4)))
    assert slept == pytest.approx([10, pace.BLOCK_S / 4], rel=0.1)


@pytest.mark.parametrize("chats", [(), IN_CHAT])
async def test_nothing_is_sent_while_reservation_fails(sleeper: Sleeper, chats: Sequence[ChatQuota]) -> None:
    turns = FakeQuotas()
    turns.failures = 2
    await SharedSendLimiter(30, turns, 77, sleeper).acquire(is_background=True, chats=chats)
    assert sleeper.asked == pytest.approx([pace.AGAIN_S, pace.AGAIN_S, 10], abs=0.9)


async def test_unexpected_error_reaches_the_waiters(sleeper: Sleeper) -> None:
    turns: Any = FakeQuotas()
    really = turns.reserve

    async def fail(*_: Any, **__: Any) -> Reservation:
        raise ValueError

    turns.reserve = fail
    line = SharedSendLimiter(30, turns, 77, sleeper)
    with pytest.raises(ValueError):  # noqa: PT011
        await asyncio.wait_for(line.acquire(is_background=True, chats=IN_CHAT), 10)
    turns.reserve = really
    await asyncio.wait_for(line.acquire(is_background=True, chats=IN_CHAT), 10)


async def test_cancelled_waiter_does_not_block_others(sleeper: Sleeper) -> None:
    turns = FakeQuotas()
    line = SharedSendLimiter(30, turns, 77, sleeper)
    gone = asyncio.create_task(line.acquire(is_background=True, chats=IN_CHAT))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(line.acquire(is_background=False, chats=IN_CHAT), 10)


def test_higher_rate_has_a_larger_burst() -> None:
    assert burst_of(30) == 5
    assert burst_of(1000) == 30
