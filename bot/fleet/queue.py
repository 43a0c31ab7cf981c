"""The job queue: Procrastinate's tasks, their priorities and retries, and the workers that run them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from summaries.errors import StoreError, StoreUnreachable
from summaries.storage import queue_connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from bot.fleet.tasks import FleetTasks

log = logging.getLogger(__name__)

ANSWERS, ALERTS, DIGESTS, REFRESH = "answers", "alerts", "digests", "refresh"
QUEUES = (ANSWERS, ALERTS, DIGESTS, REFRESH)
"""The queues, most urgent first."""
PRIORITIES = {queue: 10 * (len(QUEUES) - place) for place, queue in enumerate(QUEUES)}

# Connections of a process in addition to its store's. A worker listens for answers and for other jobs.
CONNECTIONS, LISTENERS = 4, 2
AGAIN_S = 2.0
ANSWER_AGAIN = RetryStrategy(max_attempts=6, exponential_wait=2)
# The tasks that a tick enqueues, with their queues and times. A failed tick is not retried: the next one does the same.
TICKS = {
    "compose": (DIGESTS, "* * * * * */3"),
    "alert": (ALERTS, "* * * * * */5"),
    "broadcast": (DIGESTS, "* * * * * */2"),
    "refresh_due": (REFRESH, "* * * * *"),
    "forget": (REFRESH, "37 3 * * *"),
}


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
        """Return the groups of updates that a worker is answering."""
        try:
            jobs = await self.procrastinate.job_manager.list_jobs_async(task="answer", status=Status.DOING.value)
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error
        group_ids = (job.task_kwargs["group_id"] for job in jobs)
        return frozenset(group_id for group_id in group_ids if isinstance(group_id, int))

    async def send(self, number: int) -> None:
        """Enqueue sending composed digests, unless a job with this `number` is queued."""
        await self._put("send", DIGESTS, f"send {number}")

    async def refresh(self, number: int) -> None:
        """Enqueue checking due sources, unless a job with this `number` is queued."""
        await self._put("refresh", REFRESH, f"refresh {number}")

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
    connector = PsycopgConnector(kwargs=queue_connection(url), min_size=1, max_size=CONNECTIONS)
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
    recover: Callable[[], Awaitable[None]],
    recover_s: float = USUAL.recover_s,
) -> None:
    """Run jobs until `stop` is set; then call `finish`, and wait for the running jobs.

    While the database is away no job runs. `recover` is called every `recover_s` seconds. It is not a job, so that
    it runs in any state of the jobs.
    """
    working = [asyncio.create_task(run_forever(shift), name="work off jobs") for shift in shifts]
    working.append(asyncio.create_task(repeat_recovery(recover, recover_s), name="recover"))
    await stop.wait()
    await finish()
    for task in working:
        # Procrastinate stops gracefully when it is cancelled.
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


async def repeat_recovery(recover: Callable[[], Awaitable[None]], every_s: float) -> None:
    """Call `recover` every `every_s` seconds until cancelled, and log its errors."""
    while True:
        try:
            await recover()
        except StoreError as error:
            log.warning("the work of dead workers was not taken over, and is tried again: %s", error)
        except Exception:
            log.exception("the work of dead workers was not taken over, and is tried again")
        await asyncio.sleep(every_s)


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
    """Register a Procrastinate task for each method of `work`. A periodic job carries its time, which is ignored: due
    work is stored in rows."""

    procrastinate.task(name="answer", queue=ANSWERS, priority=PRIORITIES[ANSWERS], retry=ANSWER_AGAIN)(work.answer)
    procrastinate.task(name="send", queue=DIGESTS, priority=PRIORITIES[DIGESTS])(work.send)
    procrastinate.task(name="refresh", queue=REFRESH, priority=PRIORITIES[REFRESH])(work.refresh)

    def every(name: str, queue: str, cron: str) -> None:
        async def tick(timestamp: int) -> None:  # noqa: ARG001
            await getattr(work, name)()

        # Each tick is enqueued by one worker only (`queueing_lock`). It may run twice at once, because due rows are
        # claimed. A lock on the job would outlive a worker that dies, and stop the tick for the whole fleet.
        task = procrastinate.task(name=name, queue=queue, priority=PRIORITIES[queue] + 1)(tick)
        procrastinate.periodic(cron=cron, queueing_lock=name)(task)

    for name, (queue, cron) in TICKS.items():
        every(name, queue, cron)
