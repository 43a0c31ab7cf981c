"""Schedules the jobs. Due work is stored in rows, so a late or lost tick loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from telegram.ext import Application, CallbackContext, JobQueue

from bot.background.jobs import BackgroundJobs

TICK_S = 1.0
REFRESH_TICK_S = 60.0
PRUNE_TICK_S = 24 * 3600.0
FIRST_PRUNE_S = 600.0
FIRST_REFRESH_S = 2.0
ALERTS_TICK_S = 5.0
BACKUPS_TICK_S = 900.0
FIRST_BACKUP_S = 300.0
# A late tick always runs, missed ones run as one, and a job never runs twice at once.
JOB: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
# Passes overlap, so that a slow source does not delay others; each source is in one pass only.
REFRESH_JOB = JOB | {"max_instances": 5}


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
    """Call `beat` with the name of each job after it ran, whether it succeeded or not."""
    names: dict[str, str] = {}

    def ended(event: JobExecutionEvent) -> None:
        if event.job_id not in names and (job := queue.scheduler.get_job(event.job_id)) is not None:
            names[event.job_id] = job.name
        if event.job_id in names:
            beat(names[event.job_id])

    queue.scheduler.add_listener(ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)


def schedule(queue: JobQueue[Any], jobs: BackgroundJobs) -> None:
    """Schedule each job."""
    # APScheduler warns when a job is still running at its next tick, which is normal here.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    queue.run_repeating(tick(jobs.compose), TICK_S, first=0, name="digests", job_kwargs=JOB)
    # Separate from composing, so that digests are composed on time while a long queue is sent.
    queue.run_repeating(tick(jobs.send), TICK_S, first=0, name="sending", job_kwargs=JOB)
    queue.run_repeating(tick(jobs.broadcast), TICK_S, first=0, name="broadcasts", job_kwargs=JOB)
    queue.run_repeating(tick(jobs.alert), ALERTS_TICK_S, first=1.0, name="alerts", job_kwargs=JOB)
    queue.run_repeating(tick(jobs.forget), PRUNE_TICK_S, first=FIRST_PRUNE_S, name="pruning", job_kwargs=JOB)
    if jobs.sources is not None:
        refresh = tick(jobs.refresh)
        queue.run_repeating(refresh, REFRESH_TICK_S, first=FIRST_REFRESH_S, name="refresh", job_kwargs=REFRESH_JOB)
    if jobs.backups is not None:
        back_up = tick(jobs.back_up)
        queue.run_repeating(back_up, BACKUPS_TICK_S, first=FIRST_BACKUP_S, name="backups", job_kwargs=JOB)


def tick(
    job: Callable[[], Coroutine[Any, Any, None]],
) -> Callable[[CallbackContext[Any, Any, Any, Any]], Coroutine[Any, Any, None]]:
    """Return the callback that runs the job."""
    return lambda _: job()
