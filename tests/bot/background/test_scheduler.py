"""Which jobs tick, that a failing job is one line in the log, and that ticks go on when the clock is set back."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram.ext import ApplicationBuilder, JobQueue

from bot.background.jobs import PROGRESS_TICKS, BackgroundJobs
from bot.background.scheduler import FromNowTrigger, repeat, schedule, watch_ticks
from bot.runtime.clock import ClockJumpDetector, watch_clock
from summaries.errors import StoreBusy
from summaries.ingest.refresh import RefreshReport, SourceReport
from summaries.model import Broadcast, BroadcastState, Old, Source
from summaries.publishing.publisher import PublishReport
from tests.bot.conftest import CLOCK_JUMPS
from tests.counting import measured

Callback = Callable[[Any], Awaitable[None]]
Job = Callable[[], Coroutine[Any, Any, None]]
DESA = Source("desa", "Kabar Desa", "daerah", "https://desa.example/rss")


class Queue:
    def __init__(self) -> None:
        self.jobs: dict[str, tuple[Callback, float]] = {}

    def run_custom(self, callback: Callback, job_kwargs: dict[str, Any], *, name: str) -> None:
        first = job_kwargs["trigger"].get_next_fire_time(None, NOON)
        interval = job_kwargs["trigger"].get_next_fire_time(first, first) - first
        self.jobs[name] = (callback, interval.total_seconds())


class Work:
    """A fake of both use cases and of the notices to admins."""

    def __init__(self, result: RefreshReport | Exception) -> None:
        self.result = result
        self.reported: list[RefreshReport] = []
        self.counted: list[RefreshReport] = []

    async def refresh_due(self) -> RefreshReport:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def tell(self, report: RefreshReport) -> None:
        self.reported.append(report)

    async def prepare_due(self) -> None:
        await self.refresh_due()

    async def send_due(self) -> None:
        await self.refresh_due()


def make_jobs(**services: Any) -> BackgroundJobs:
    """Return the jobs over fakes of some services."""
    do_nothing: Any = None
    needed = (
        *("digests", "alerts", "broadcasts", "warnings", "hazards", "studies", "outbox", "upkeep", "notices"),
        *("refreshed", "show_progress"),
    )
    return BackgroundJobs(**(dict.fromkeys(needed, do_nothing) | services))


def make_refresh(work: Work) -> Job:
    return make_jobs(sources=work, notices=work, refreshed=work.counted.append).refresh


async def test_each_job_has_its_interval() -> None:
    done: list[str] = []

    class Noting:
        """Fake jobs that note their names."""

        sources = own_feeds = backups = publisher = True

        def __getattr__(self, name: str) -> Job:
            async def job() -> None:
                done.append(name)

            return job

    queue, jobs = Queue(), Noting()
    schedule(queue, jobs)  # type: ignore[arg-type]
    scheduled = queue.jobs
    assert {name: interval for name, (_, interval) in scheduled.items()} == {
        "digests": 1,
        "sending": 1,
        "broadcasts": 1,
        "study": 5,
        "alerts": 5,
        "hazards": 5,
        "warnings": 5,
        "pruning": 86400,
        "refresh": 60,
        "own feeds": 60,
        "backups": 900,
        "publishing": 60,
    }
    for job, _ in scheduled.values():
        await job(None)
    assert done == [
        "compose", "send", "broadcast", "study", "alert", "read_hazards", "warn", "forget", "refresh",
        "check_own_feeds", "back_up", "publish",
    ]  # fmt: skip


async def test_events_are_read_and_matched_while_many_warnings_are_sent() -> None:
    done: list[str] = []
    sent = asyncio.Event()

    class Warnings:
        async def is_wanted(self) -> bool:
            return True

        async def read_due(self) -> int:
            done.append("read")
            return 1

        async def match(self) -> int:
            done.append("match")
            return 1

        async def send_due(self) -> int:
            await sent.wait()
            done.append("sent")
            return 1

    jobs = make_jobs(warnings=Warnings(), hazards=Warnings())
    sending = asyncio.create_task(jobs.warn())
    async with asyncio.timeout(30):
        await jobs.read_hazards()
        await jobs.read_hazards()
    sent.set()
    await sending
    assert [name for name in done if name != "match"] == ["read", "read", "sent"]
    assert done.count("match") == 3


async def test_checks_of_own_feeds_do_not_delay_the_stop() -> None:
    """A worker waits for its ticks before it ends."""
    stopped: list[float | None] = []
    ended = asyncio.Event()

    class OwnFeeds:
        async def check_due(self) -> int:
            await ended.wait()
            return 0

        def stop(self) -> None:
            stopped.append(None)
            ended.set()

    class Messages:
        async def stop(self, grace_s: float) -> None:
            stopped.append(grace_s)

    jobs = make_jobs(own_feeds=OwnFeeds(), outbox=Messages())
    checking = asyncio.create_task(jobs.check_own_feeds())
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await jobs.stop(2.0)
        await checking
    assert stopped == [None, 2.0]


async def test_site_is_published_and_only_the_first_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    results: list[PublishReport | OSError | None] = [
        PublishReport(stories=9, files=20, written=3, removed=1),
        None,
        OSError(28, "No space left on device"),
        OSError(28, "No space left on device"),
        PublishReport(stories=9, files=20, written=0, removed=0),
        OSError(13, "Permission denied"),
    ]

    class Publishing:
        async def publish(self) -> PublishReport | None:
            result = results.pop(0)
            if isinstance(result, OSError):
                raise result
            return result

    jobs = make_jobs(publisher=Publishing())
    while results:
        await jobs.publish()
    assert [record.getMessage() for record in caplog.records] == [
        "published 9 stories: 3 files changed, 1 removed",
        "the site could not be published, and it is tried again: [Errno 28] No space left on device",
        "the site could not be published, and it is tried again: [Errno 13] Permission denied",
    ]


def test_disabled_job_is_not_scheduled() -> None:
    queue: Any = Queue()
    schedule(queue, make_jobs())
    assert queue.jobs.keys() == {
        "digests",
        "sending",
        "broadcasts",
        "study",
        "alerts",
        "hazards",
        "warnings",
        "pruning",
    }


@pytest.mark.parametrize(
    ("reports", "line"),
    [
        (
            (SourceReport(DESA, added=3), SourceReport(DESA, error="away")),
            "desa could not be read: away\nchecked 2 sources: 3 new articles, 1 sources failed",
        ),
        # Nothing was due, so there is no report.
        ((), ""),
    ],
)
async def test_refresh_result_is_logged(
    caplog: pytest.LogCaptureFixture, reports: tuple[SourceReport, ...], line: str
) -> None:
    caplog.set_level(logging.INFO)
    await make_refresh(Work(RefreshReport(reports)))()
    assert "\n".join(record.getMessage() for record in caplog.records) == line


async def test_network_outage_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    failing = SourceReport(DESA, error="no host is named desa.example")
    work = Work(RefreshReport(()))
    refresh = make_refresh(work)
    passes = [
        (failing,) * 90,
        (),
        (failing,),
        (failing,) * 12,
        (SourceReport(DESA, is_postponed=True),),
        (failing,) * 2,
    ]
    for reports in passes:
        work.result = RefreshReport(reports)
        await refresh()
    assert [record.getMessage() for record in caplog.records] == [
        "none of 90 sources could be read, as without a network; the first: no host is named desa.example"
    ]
    caplog.clear()
    work.result = RefreshReport((failing, SourceReport(DESA, added=1)))
    await refresh()
    assert "checked 2 sources: 1 new articles, 1 sources failed" in caplog.text
    # From now on a single source that fails is its own fault.
    work.result = RefreshReport((failing,))
    await refresh()
    assert "checked 1 sources: 0 new articles, 1 sources failed" in caplog.text


async def test_refresh_result_is_reported_to_admins_and_metrics() -> None:
    work = Work(RefreshReport(()))
    await make_refresh(work)()
    assert work.reported == work.counted == [work.result]


async def test_failed_notice_is_not_logged_as_a_failed_refresh(caplog: pytest.LogCaptureFixture) -> None:
    class Unable:
        async def tell(self, _: RefreshReport) -> None:
            raise StoreBusy("in use")

    report = RefreshReport((SourceReport(DESA, added=1),))
    counted: list[RefreshReport] = []
    jobs = make_jobs(sources=Work(report), notices=Unable(), refreshed=counted.append)
    await jobs.refresh()
    assert counted == [report]
    assert "the admins could not be notified: in use" in caplog.text
    assert "the refresh failed" not in caplog.text


async def test_start_and_each_finished_tick_are_heartbeats_even_if_it_failed() -> None:
    queue: JobQueue[Any] = JobQueue()
    app = ApplicationBuilder().token("1:" + "a" * 35).job_queue(queue).build()
    beats: Counter[str] = Counter()
    ended = asyncio.Event()

    def beat(name: str) -> None:
        beats[name] += 1
        if min(beats["well"], beats["unwell"]) == 2:
            ended.set()

    async def well(*_: Any) -> None:
        """Does its work."""

    async def unwell() -> None:
        raise ValueError

    app.add_error_handler(well)
    watch_ticks(queue, beat)
    repeat(queue, "well", well, 0.05)
    repeat(queue, "unwell", unwell, 0.05)
    repeat(queue, "later", well, 3600.0, 3600.0)
    await queue.start()
    await asyncio.wait_for(ended.wait(), 10)
    await queue.stop(wait=True)
    assert beats["later"] == 1


@pytest.mark.parametrize("name", ["digests", "sending", "refresh"])
async def test_failed_tick_is_logged(caplog: pytest.LogCaptureFixture, name: str) -> None:
    work = Work(StoreBusy("in use"))
    jobs = make_jobs(digests=work, sources=work)
    await {"digests": jobs.compose, "sending": jobs.send, "refresh": jobs.refresh}[name]()
    assert ": in use" in caplog.text


class Sending:
    """A fake broadcast that never ends."""

    def __init__(self) -> None:
        self.sent = 0

    def current(self) -> Broadcast:
        return Broadcast(1, "Halo", BroadcastState.SENDING, 99, 5, total=100, sent=self.sent)

    async def send_some(self) -> tuple[Broadcast, ...]:
        self.sent += 1
        return ()

    async def find_sending(self) -> tuple[Broadcast, ...]:
        return (self.current(),)


async def test_broadcast_progress_is_shown_every_few_ticks() -> None:
    reported: list[int] = []

    async def tell(broadcast: Broadcast) -> None:
        reported.append(broadcast.sent)

    broadcast = make_jobs(broadcasts=Sending(), show_progress=tell).broadcast
    for _ in range(2 * PROGRESS_TICKS + 1):
        await broadcast()
    assert reported == [PROGRESS_TICKS, 2 * PROGRESS_TICKS]


async def test_progress_that_cannot_be_shown_is_not_logged_as_a_failed_tick(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_: Broadcast) -> None:
        raise StoreBusy("in use")

    broadcast = make_jobs(broadcasts=Sending(), show_progress=fail).broadcast
    for _ in range(PROGRESS_TICKS):
        await broadcast()
    assert [record.getMessage() for record in caplog.records] == [
        "the progress of a broadcast could not be shown: in use"
    ]


class Forgetting:
    """A fake upkeep with the rows that each call deletes."""

    def __init__(self, *results: dict[Old, int] | Exception) -> None:
        self.results = list(results)

    async def forget(self) -> dict[Old, int]:
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


async def test_pruned_rows_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    upkeep: Any = Forgetting({Old.DELIVERED: 0}, {Old.DIGESTS: 3, Old.DELIVERED: 0, Old.TEXTS: 2}, StoreBusy("in use"))
    forget = make_jobs(upkeep=upkeep).forget
    for _ in range(3):
        await forget()
    assert [record.getMessage() for record in caplog.records] == [
        "forgot what is old: 3 digests, 2 message texts",
        "what is old could not be forgotten, and it is tried again: in use",
    ]


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown_s", "steady_s", "back_s"),
    [
        (1.0, 1.0, 0.0),
        # Suspended, or put forward.
        (3600.0, 1.0, 0.0),
        # NTP adjusts the clock.
        (-0.5, 1.0, 0.0),
        (-1.5, 1.0, 2.5),
        (-3599.0, 1.0, 3600.0),
        # Put back by a minute in a tick that took two.
        (60.0, 120.0, 60.0),
    ],
)
def test_clock_rollback_is_detected(shown_s: float, steady_s: float, back_s: float) -> None:
    shown, steady = iter([NOON, NOON + timedelta(seconds=shown_s)]), iter([5.0, 5.0 + steady_s])
    watch = ClockJumpDetector(lambda: next(shown), lambda: next(steady))
    assert watch.went_back_s() == back_s


@pytest.fixture
async def queue() -> AsyncIterator[JobQueue[Any]]:
    """A job queue that runs."""
    queue: JobQueue[Any] = JobQueue()
    # The queue holds it weakly.
    app = ApplicationBuilder().token("1:x").job_queue(queue).build()
    await queue.start()
    yield queue
    await queue.stop()
    assert app.job_queue is queue


@pytest.mark.parametrize("jump", CLOCK_JUMPS, ids=str)
async def test_forward_clock_jump_costs_one_tick(queue: JobQueue[Any], jump: timedelta) -> None:
    ticked, came = asyncio.Event(), []

    async def tick() -> None:
        came.append(datetime.now(UTC))
        ticked.set()

    repeat(queue, "digests", tick, 0.2, first_s=3600.0)
    (job,) = queue.scheduler.get_jobs()
    with measured() as costs:
        # For the scheduler, a tick that was due `jump` ago.
        job.modify(next_run_time=datetime.now(UTC) - jump)
        await asyncio.wait_for(ticked.wait(), 5)
        ticked.clear()
        await asyncio.wait_for(ticked.wait(), 5)
    assert len(came) == 2
    assert came[1] - came[0] > timedelta(seconds=0.1)
    assert costs.seconds < 1
    assert costs.peak_bytes < 1_000_000


@pytest.mark.parametrize("jump", CLOCK_JUMPS, ids=str)
@pytest.mark.parametrize("failure", [None, StoreBusy("in use")])
async def test_jobs_continue_after_a_clock_rollback(
    queue: JobQueue[Any], caplog: pytest.LogCaptureFixture, failure: StoreBusy | None, jump: timedelta
) -> None:
    ticked, taken_back = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        ticked.set()

    async def on_clock_rollback() -> None:
        taken_back.set()
        if failure:
            raise failure

    shown = itertools.chain([NOON], itertools.repeat(NOON - jump))
    watch = ClockJumpDetector(lambda: next(shown), lambda: 5.0)
    with measured() as costs:
        # Put back, the clock says that the next tick is `jump` away.
        repeat(queue, "digests", tick, 0.05, first_s=jump.total_seconds())
        watching = asyncio.create_task(watch_clock(queue, on_clock_rollback, watch, look_every_s=0.01))
        await asyncio.wait_for(ticked.wait(), 5)
        ticked.clear()
        await asyncio.wait_for(ticked.wait(), 5)
    assert taken_back.is_set()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert f"put back by {jump.total_seconds():.0f} s" in caplog.text
    assert ("could not be taken back" in caplog.text) is bool(failure)
    assert costs.seconds < 1
    assert costs.peak_bytes < 1_000_000


def test_trigger_keeps_its_rhythm_unless_a_time_was_missed() -> None:
    trigger = FromNowTrigger(timedelta(seconds=5), first=timedelta(seconds=2))

    def fires_after(previous_s: float | None, now_s: float) -> float:
        previous = None if previous_s is None else NOON + timedelta(seconds=previous_s)
        found = trigger.get_next_fire_time(previous, NOON + timedelta(seconds=now_s))
        return (found - NOON).total_seconds()

    assert fires_after(None, 0) == 2
    # A moment late, and at the last moment.
    assert [fires_after(2, now_s) for now_s in (2, 2.1, 6.9)] == [7, 7, 7]
    assert [fires_after(2, now_s) for now_s in (7, 8, 3600)] == [12, 13, 3605]
