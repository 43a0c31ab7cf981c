"""Procrastinate, whose jobs are rows in PostgreSQL: what is to be done, how soon, and by whom when a worker dies."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.manager import JobManager

from summaries.errors import StoreError, StoreUnreachable
from summaries.storage import queue_connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from procrastinate import JobContext

    from bot.fleet.tasks import Work

log = logging.getLogger(__name__)

ANSWERS, ALERTS, DIGESTS, REFRESH = "answers", "alerts", "digests", "refresh"
QUEUES = (ANSWERS, ALERTS, DIGESTS, REFRESH)
"""The queues, the most urgent first."""
PRIORITIES = {queue: 10 * (len(QUEUES) - place) for place, queue in enumerate(QUEUES)}

# Connections of a process in addition to its store's. A worker listens for answers and for other jobs.
CONNECTIONS, LISTENERS = 4, 2
POLL_S = 2.0
HEARTBEAT_S, DEAD_AFTER_S = 5.0, 20.0
AGAIN_S = 2.0
ANSWER_AGAIN = RetryStrategy(max_attempts=6, exponential_wait=2)
# A tick that fails is not tried again: the next one does the same work.
TICKS = {"compose": "*/3", "alert": "*/5", "broadcast": "*/2", "look_after": "*/10"}
# What those who watch know the jobs as that a bot alone does by its own clock.
BEATS = {"compose": "digests", "send": "sending", "broadcast": "broadcasts", "alert": "alerts", "refresh": "refresh"}


class Queue:
    """Puts jobs into the queue. Raises `StoreUnreachable` where it can't."""

    def __init__(self, procrastinate: App) -> None:
        self._procrastinate = procrastinate

    async def answer(self, group_id: int) -> None:
        """Let a worker answer the updates of the group, unless one is to already."""
        await self._put("answer", ANSWERS, f"answer {group_id}", group_id=group_id)

    async def send(self, number: int) -> None:
        """Let a worker send digests that are composed, unless as many as `number` tells are to already."""
        await self._put("send", DIGESTS, f"send {number}")

    async def refresh(self, number: int) -> None:
        """Let a worker check sources that are due, unless as many as `number` tells are to already."""
        await self._put("refresh", REFRESH, f"refresh {number}")

    async def ask(self) -> None:
        """Ask whether the queue is there."""
        try:
            if await self._procrastinate.check_connection_async():
                return
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error
        raise StoreError("the tables of the queue are gone: start this process anew")

    async def take_over(self) -> int:
        """Put back what workers that died were at; tell how much that was."""
        manager = self._procrastinate.job_manager
        try:
            stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S))
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error
        count = 0
        for job in stalled:
            # Another process may be faster, or the same job wait already: then this one goes on behind it.
            with suppress(ConnectorException):
                await manager.retry_job(job)
                count += 1
        return count

    async def _put(self, task: str, queue: str, lock: str, **ids: int) -> None:
        configured = self._procrastinate.configure_task(
            task, queue=queue, priority=PRIORITIES[queue], queueing_lock=lock
        )
        try:
            with suppress(AlreadyEnqueued):
                await configured.defer_async(**ids)
        except ConnectorException as error:
            raise StoreUnreachable("the queue of jobs does not answer") from error


class WatchedManager(JobManager):
    """Procrastinate's, which tells `alive` whenever a worker of this process told the queue that it lives."""

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
async def open_queue(url: str, alive: Callable[[], None]) -> AsyncIterator[tuple[Queue, App]]:
    """The queue in the PostgreSQL database at the address, whose tables are there, and Procrastinate under it."""
    connector = PsycopgConnector(kwargs=queue_connection(url), min_size=1, max_size=CONNECTIONS)
    # The lines of every job are Procrastinate's business; what goes wrong is ours.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    procrastinate = App(connector=connector)
    procrastinate.job_manager = WatchedManager(connector, alive)
    async with procrastinate.open_async():
        yield Queue(procrastinate), procrastinate


@dataclass(frozen=True, slots=True)
class Shift:
    """Queues that are worked on beside others: at most so many jobs at the same time, whatever the others are at."""

    procrastinate: App
    queues: Sequence[str]
    concurrency: int


def beside(procrastinate: App) -> App:
    """Return another Procrastinate on the same connections, with tasks and a limit of its own."""
    made = App(connector=procrastinate.connector)
    made.job_manager = procrastinate.job_manager
    return made


async def work_off(
    shifts: Iterable[Shift],
    stop: asyncio.Event,
    finish: Callable[[], Awaitable[None]],
    beat: Callable[[str], None],
) -> None:
    """Do jobs until told to stop; then `finish` is called, and those under way are finished.

    While the database is away nothing is done, and it goes on afterwards. `beat` hears of each tick that ended.
    """
    working = [asyncio.create_task(keep_at(shift, beat), name="work off jobs") for shift in shifts]
    await stop.wait()
    await finish()
    for task in working:
        # Procrastinate takes this as the wish to stop well.
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


async def keep_at(shift: Shift, beat: Callable[[str], None]) -> None:
    """Do the jobs of a shift until cancelled."""

    async def beating(go_on: Callable[[], Awaitable[Any]], context: JobContext, _: Any) -> Any:
        try:
            return await go_on()
        finally:
            if (name := BEATS.get(context.job.task_name)) is not None:
                beat(name)

    while True:
        why = "it ended"
        try:
            await shift.procrastinate.run_worker_async(
                queues=list(shift.queues),
                concurrency=shift.concurrency,
                fetch_job_polling_interval=POLL_S,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=DEAD_AFTER_S,
                install_signal_handlers=False,
                worker_middleware=[beating],
            )
        except Exception as error:  # noqa: BLE001  (as it does when the database was away)
            why = type(error).__name__
        log.warning("the queue was lost, and is taken up again: %s", why)
        await asyncio.sleep(AGAIN_S)


def add_tasks(procrastinate: App, work: Work) -> None:
    """Tell Procrastinate what each job does. A tick's job carries its moment, but rows say what is due."""

    @procrastinate.task(name="answer", queue=ANSWERS, priority=PRIORITIES[ANSWERS], retry=ANSWER_AGAIN)
    async def answer(group_id: int) -> None:
        await work.answer(group_id)

    @procrastinate.task(name="send", queue=DIGESTS, priority=PRIORITIES[DIGESTS])
    async def send() -> None:
        await work.send()

    @procrastinate.task(name="refresh", queue=REFRESH, priority=PRIORITIES[REFRESH])
    async def refresh() -> None:
        await work.refresh()

    def every(cron: str, name: str, queue: str) -> None:
        async def tick(timestamp: int) -> None:  # noqa: ARG001
            await getattr(work, name)()

        # Once, whoever defers it first; never two of a kind at the same time; and no more of them than can be done.
        task = procrastinate.task(name=name, queue=queue, priority=PRIORITIES[queue] + 1)(tick)
        procrastinate.periodic(cron=cron, queueing_lock=name, lock=name)(task)

    every(f"* * * * * {TICKS['compose']}", "compose", DIGESTS)
    every(f"* * * * * {TICKS['alert']}", "alert", ALERTS)
    every(f"* * * * * {TICKS['broadcast']}", "broadcast", DIGESTS)
    every(f"* * * * * {TICKS['look_after']}", "look_after", ANSWERS)
    every("* * * * *", "refresh_due", REFRESH)
    every("37 3 * * *", "forget", REFRESH)
