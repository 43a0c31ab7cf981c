"""Schedules the jobs. Due work is stored in rows, so a late or lost tick loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_SCHEDULER_STARTED, JobExecutionEvent
from apscheduler.triggers.base import BaseTrigger
from telegram.ext import Application, CallbackContext, JobQueue

from bot.background.jobs import BackgroundJobs

TICK_S = 1.0
REFRESH_TICK_S = 60.0
PRUNE_TICK_S = 24 * 3600.0
FIRST_PRUNE_S = 600.0
FIRST_REFRESH_S = 2.0
OWN_FEEDS_TICK_S = 60.0
FIRST_OWN_FEEDS_S = 20.0
STUDY_TICK_S = 5.0
ALERTS_TICK_S = 5.0
FIRST_ALERTS_S = 1.0
WARNINGS_TICK_S = 5.0
# BMKG's documents are due every minute or two, and at once when the first chat asks for warnings.
HAZARDS_TICK_S = 5.0
BACKUPS_TICK_S = 900.0
FIRST_BACKUP_S = 300.0
# News arrives every minute at most, and a pass without news reads only the list of stories.
PUBLISHING_TICK_S = 60.0
FIRST_PUBLISHING_S = 30.0
# Passes overlap, so that a slow source does not delay others; each source is in one pass only.
MAX_REFRESHES = 5


def start_ticking(
    app: Application[Any, Any, Any, Any, Any, Any], jobs: BackgroundJobs, beat: Callable[[str], None]
) -> JobQueue[Any]:
    """Run the jobs on the application's own scheduler once it starts, and return it. `beat` is called with each job's
    name."""
    if app.job_queue is None:
        raise RuntimeError("python-telegram-bot is installed without its job-queue extra")
    watch_ticks(app.job_queue, beat)
    schedule(app.job_queue, jobs)
    return app.job_queue


def watch_ticks(queue: JobQueue[Any], beat: Callable[[str], None]) -> None:
    """Call `beat` with the name of each job at the start, so that a first tick that hangs is found, and after it ran,
    whether it succeeded or not."""
    names: dict[str, str] = {}

    def started(_: object) -> None:
        for job in queue.scheduler.get_jobs():
            beat(job.name)

    def ended(event: JobExecutionEvent) -> None:
        if event.job_id not in names and (job := queue.scheduler.get_job(event.job_id)) is not None:
            names[event.job_id] = job.name
        if event.job_id in names:
            beat(names[event.job_id])

    queue.scheduler.add_listener(started, EVENT_SCHEDULER_STARTED)
    queue.scheduler.add_listener(ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)


def schedule(queue: JobQueue[Any], jobs: BackgroundJobs) -> None:
    """Schedule each job."""
    # APScheduler warns when a job is still running at its next tick, which is normal here.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    repeat(queue, "digests", jobs.compose, TICK_S)
    # Separate from composing, so that digests are composed on time while a long queue is sent.
    repeat(queue, "sending", jobs.send, TICK_S)
    repeat(queue, "broadcasts", jobs.broadcast, TICK_S)
    repeat(queue, "study", jobs.study, STUDY_TICK_S)
    repeat(queue, "alerts", jobs.alert, ALERTS_TICK_S, FIRST_ALERTS_S)
    repeat(queue, "hazards", jobs.read_hazards, HAZARDS_TICK_S)
    repeat(queue, "warnings", jobs.warn, WARNINGS_TICK_S)
    repeat(queue, "pruning", jobs.forget, PRUNE_TICK_S, FIRST_PRUNE_S)
    if jobs.sources is not None:
        repeat(queue, "refresh", jobs.refresh, REFRESH_TICK_S, FIRST_REFRESH_S, max_instances=MAX_REFRESHES)
    if jobs.own_feeds is not None:
        repeat(queue, "own feeds", jobs.check_own_feeds, OWN_FEEDS_TICK_S, FIRST_OWN_FEEDS_S)
    if jobs.backups is not None:
        repeat(queue, "backups", jobs.back_up, BACKUPS_TICK_S, FIRST_BACKUP_S)
    if jobs.publisher is not None:
        repeat(queue, "publishing", jobs.publish, PUBLISHING_TICK_S, FIRST_PUBLISHING_S)


def repeat(
    queue: JobQueue[Any],
    name: str,
    job: Callable[[], Awaitable[None]],
    interval_s: float,
    first_s: float = 0.0,
    *,
    max_instances: int = 1,
) -> None:
    """Run the job every `interval_s` seconds, first after `first_s`, at most `max_instances` times at once.

    A late tick always runs, and missed ones run as one.
    """

    async def run(_: CallbackContext[Any, Any, Any, Any]) -> None:
        await job()

    trigger = FromNowTrigger(timedelta(seconds=interval_s), timedelta(seconds=first_s))
    ways = {"trigger": trigger, "misfire_grace_time": None, "coalesce": True, "max_instances": max_instances}
    queue.run_custom(run, name=name, job_kwargs=ways)


class FromNowTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types.
    """Fires every `interval`, first after `first`. The next time is always in the future.

    APScheduler computes every time that was missed, even if it coalesces them, and its `IntervalTrigger` has one for
    each interval: after a jump of the clock by a year, millions.
    """

    def __init__(self, interval: timedelta, first: timedelta) -> None:
        self._interval = interval
        self._first = first

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the time after `previous_fire_time`, or after `now` if that time has passed."""
        if previous_fire_time is None:
            return now + self._first
        following = previous_fire_time + self._interval
        return following if following > now else now + self._interval
