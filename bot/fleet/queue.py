"""The job queue: Procrastinate's tasks, their priorities and retries, and the workers that run them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from operator import methodcaller
from typing import TYPE_CHECKING

from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from summaries.errors import StoreError, StoreUnreachable
from summaries.storage import queue_connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence

    from bot.fleet.tasks import FleetTasks
    from summaries.ports import Clock

log = logging.getLogger(__name__)

ANSWERS, ALERTS, DIGESTS, REFRESH = "answers", "alerts", "digests", "refresh"
QUEUES = (ANSWERS, ALERTS, DIGESTS, REFRESH)
"""The queues, most urgent first."""
PUBLISHING = "publishing"
"""The queue of the workers that have the folder of the public site."""
PRIORITIES = {queue: 10 * (len(QUEUES) - place) for place, queue in enumerate((*QUEUES, PUBLISHING))}

# Connections of a process in addition to its store's. A worker listens for answers and for other jobs.
CONNECTIONS, LISTENERS = 4, 2
# Autocommit. Procrastinate's transactions have one statement each, so BEGIN and COMMIT would only add two round trips.
COMMIT_EACH = methodcaller("set_autocommit", True)
AGAIN_S = 2.0
ANSWER_AGAIN = RetryStrategy(max_attempts=6, exponential_wait=2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A task that is due every `every_s` seconds, the first time of a day `from_s` seconds after midnight UTC."""

    queue: str
    every_s: int
    from_s: int = 0

    def find_last_due(self, now_s: float) -> int:
        """Return the last due time until `now_s`, both as Unix time."""
        return self.from_s + int((now_s - self.from_s) // self.every_s) * self.every_s


# The periodic tasks. One that failed is not retried: the next one does the same.
TICKS = {
    "compose": Tick(DIGESTS, 3),
    "study": Tick(ALERTS, 5),
    "alert": Tick(ALERTS, 5),
    "read_hazards": Tick(ALERTS, 5),
    "warn": Tick(ALERTS, 5),
    "broadcast": Tick(DIGESTS, 2),
    "refresh_due": Tick(REFRESH, 60),
    "publish": Tick(PUBLISHING, 60),
    "check_own_feeds": Tick(REFRESH, 60),
    "forget": Tick(REFRESH, 24 * 3600, from_s=3 * 3600 + 37 * 60),
}
TICK_CHECK_S = 1.0
# One statement: a job that begins between two would be in neither result.
ANSWERING = """
SELECT (args ->> 'group_id')::bigint AS group_id FROM procrastinate_jobs
    WHERE task_name = 'answer' AND status IN ('todo', 'doing')
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of a worker in seconds: it looks for jobs at least every `poll_s`, sends a heartbeat every `heartbeat_s`,
    counts as dead after `dead_after_s` without one, and recovers the work of dead ones every `recover_s`."""

    poll_s: float = 2.0
    heartbeat_s: float = 5.0
    dead_after_s: float = 20.0
    recover_s: float = 10.0


USUAL = Timing()


class Queue:
    """Enqueues jobs. Every method raises StoreUnreachable if the database is away."""

    def __init__(self, procrastinate: App) -> None:
        self.procrastinate = procrastinate

    async def answer(self, group_id: int) -> None:
        """Enqueue answering the group of updates, unless a job for it is queued."""
        await self._put("answer", ANSWERS, f"answer {group_id}", group_id=group_id)

    async def find_answering(self) -> frozenset[int]:
        """Return the groups of updates with a job for the answer, queued or running."""
        try:
            rows = await self.procrastinate.connector.execute_query_all_async(ANSWERING)
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error
        return frozenset(row["group_id"] for row in rows)

    async def send(self, number: int) -> None:
        """Enqueue sending composed digests, unless a job with this `number` is queued."""
        await self._put("send", DIGESTS, f"send {number}")

    async def refresh(self, number: int) -> None:
        """Enqueue checking due sources, unless a job with this `number` is queued."""
        await self._put("refresh", REFRESH, f"refresh {number}")

    async def tick(self, name: str, due_s: int) -> None:
        """Enqueue the periodic task for that Unix time, unless any process has done so, or its last job is still
        queued."""
        queue = TICKS[name].queue
        # A tick may run twice at once, because due rows are claimed. A `lock` on the job would outlive a worker that
        # dies, and stop the tick for the whole fleet.
        configured = self.procrastinate.configure_task(
            name,
            queue=queue,
            priority=PRIORITIES[queue] + 1,
            queueing_lock=name,
            task_kwargs={"timestamp": due_s},
        )
        try:
            with suppress(AlreadyEnqueued):
                await self.procrastinate.job_manager.defer_periodic_job(configured.job, "", due_s)
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error

    async def ask(self) -> None:
        """Raise StoreUnreachable if the database does not answer, StoreError if the tables of the queue are gone."""
        try:
            if await self.procrastinate.check_connection_async():
                return
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error
        raise StoreError("the tables of the queue are gone: start this process again")

    async def retry_stalled(self, dead_after_s: float = USUAL.dead_after_s) -> int:
        """Enqueue the jobs of dead workers again and return their number."""
        manager = self.procrastinate.job_manager
        try:
            stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=dead_after_s))
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error
        return sum([await self._retry(job) for job in stalled])

    async def _retry(self, job: Job) -> bool:
        """Enqueue the job again, or delete it if an equal one is queued; return whether it was enqueued."""
        manager = self.procrastinate.job_manager
        try:
            try:
                await manager.retry_job(job)
            except UniqueViolation:
                await manager.finish_job(job, Status.ABORTED, delete_job=True)
                return False
        except ConnectorException as error:
            # Raises if the database is away.
            await self.ask()
            log.info("the job %s of a dead worker was taken over by another process: %s", job.id, error)
            return False
        return True

    async def _put(self, task: str, queue: str, lock: str, **ids: int) -> None:
        configured = self.procrastinate.configure_task(
            task, queue=queue, priority=PRIORITIES[queue], queueing_lock=lock
        )
        try:
            with suppress(AlreadyEnqueued):
                await configured.defer_async(**ids)
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error


class HeartbeatJobManager(JobManager):
    """Calls `alive` after each successful heartbeat of a worker of this process."""

    def __init__(self, connector: PsycopgConnector, alive: Callable[[], None]) -> None:
        super().__init__(connector)
        self._alive = alive

    async def register_worker(self) -> int:
        worker_id = await super().register_worker()
        self._alive()
        return worker_id

    async def update_heartbeat(self, worker_id: int) -> None:
        await super().update_heartbeat(worker_id)
        self._alive()


@asynccontextmanager
async def open_queue(url: str, alive: Callable[[], None]) -> AsyncIterator[Queue]:
    """Open the queue in the PostgreSQL database at `url`. The tables must exist."""
    connector = PsycopgConnector(kwargs=queue_connection(url), configure=COMMIT_EACH, min_size=1, max_size=CONNECTIONS)
    # Procrastinate logs every job at INFO.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    procrastinate = App(connector=connector)
    procrastinate.job_manager = HeartbeatJobManager(connector, alive)
    async with procrastinate.open_async():
        yield Queue(procrastinate)


@dataclass(frozen=True, slots=True)
class QueueWorker:
    """Queues that are worked on separately from others, with at most `concurrency` jobs at a time."""

    procrastinate: App
    queues: Sequence[str]
    concurrency: int
    timing: Timing = USUAL


def create_worker(
    queue: Queue, work: FleetTasks, queues: Sequence[str], concurrency: int, timing: Timing = USUAL
) -> QueueWorker:
    """Return a worker over the connections of `queue`, with its own Procrastinate app and so its own concurrency."""
    procrastinate = App(connector=queue.procrastinate.connector)
    procrastinate.job_manager = queue.procrastinate.job_manager
    add_tasks(procrastinate, work)
    return QueueWorker(procrastinate, queues, concurrency, timing)


async def run_workers(
    shifts: Iterable[QueueWorker],
    stop: asyncio.Event,
    finish: Callable[[], Awaitable[None]],
    enqueue_due: Callable[[], Awaitable[None]],
    recover: Callable[[], Awaitable[None]],
    recover_s: float = USUAL.recover_s,
) -> None:
    """Run jobs until `stop` is set; then call `finish`, and wait for the running jobs.

    While the database is away no job runs. `enqueue_due` is called every second, and `recover` every `recover_s`
    seconds. They are no jobs, so that they run in any state of the jobs.
    """
    working = [asyncio.create_task(run_forever(shift), name="work off jobs") for shift in shifts]
    ticking = repeat(enqueue_due, TICK_CHECK_S, "periodic tasks were not enqueued")
    recovering = repeat(recover, recover_s, "the work of dead workers was not taken over")
    working += [asyncio.create_task(ticking, name="tick"), asyncio.create_task(recovering, name="recover")]
    await stop.wait()
    await finish()
    for task in working:
        # Procrastinate stops gracefully when it is cancelled.
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


async def repeat(work: Callable[[], Awaitable[None]], every_s: float, failure: str) -> None:
    """Call `work` every `every_s` seconds until cancelled, and log its errors after `failure`."""
    while True:
        try:
            await work()
        except StoreError as error:
            log.warning("%s, and it is tried again: %s", failure, error)
        except Exception:
            log.exception("%s, and it is tried again", failure)
        await asyncio.sleep(every_s)


@dataclass(frozen=True, slots=True)
class Ticker:
    """Enqueues the periodic tasks of these queues. A task is enqueued once for any number of missed times.

    Procrastinate's own periodic tasks are not used. They are enqueued for each missed time, of which there are millions
    after the clock jumps forward by a year, and for none after it jumps back, until it shows the old time again.
    """

    _queue: Queue
    _queues: Collection[str]
    _clock: Clock
    _last_s: dict[str, int] = field(default_factory=dict)

    async def enqueue_due(self) -> None:
        """Enqueue each task whose last due time differs from that of the last call."""
        now_s = self._clock().timestamp()
        for name, tick in TICKS.items():
            due_s = tick.find_last_due(now_s)
            if tick.queue in self._queues and self._last_s.get(name) != due_s:
                await self._queue.tick(name, due_s)
                self._last_s[name] = due_s


async def run_forever(shift: QueueWorker) -> None:
    """Run the jobs of the worker until cancelled, and start again after errors."""
    while True:
        why = "it ended"
        try:
            await shift.procrastinate.run_worker_async(
                queues=list(shift.queues),
                concurrency=shift.concurrency,
                fetch_job_polling_interval=shift.timing.poll_s,
                delete_jobs="successful",
                update_heartbeat_interval=shift.timing.heartbeat_s,
                stalled_worker_timeout=shift.timing.dead_after_s,
                install_signal_handlers=False,
            )
        except Exception as error:  # noqa: BLE001  (as it does when the database was away)
            why = type(error).__name__
        log.warning("the queue was lost, and is taken up again: %s", why)
        await asyncio.sleep(AGAIN_S)


def add_tasks(procrastinate: App, work: FleetTasks) -> None:
    """Register a Procrastinate task for each method of `work`."""
    procrastinate.task(name="answer", queue=ANSWERS, priority=PRIORITIES[ANSWERS], retry=ANSWER_AGAIN)(work.answer)
    procrastinate.task(name="send", queue=DIGESTS, priority=PRIORITIES[DIGESTS])(work.send)
    procrastinate.task(name="refresh", queue=REFRESH, priority=PRIORITIES[REFRESH])(work.refresh)

    def add_tick(name: str) -> None:
        async def run(timestamp: int) -> None:  # noqa: ARG001
            await getattr(work, name)()

        procrastinate.task(name=name, queue=TICKS[name].queue)(run)

    for name in TICKS:
        add_tick(name)
