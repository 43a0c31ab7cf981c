"""The clock that drives the use cases: ticks only. What is due stands in rows, so a late or lost tick loses nothing."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED

from summaries.errors import RingkasError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from apscheduler.events import JobExecutionEvent
    from telegram.ext import JobQueue

    from bot.backups import Backups
    from bot.handlers.answering import Context
    from bot.notices import AdminNotices
    from summaries.alerting import AlertingService
    from summaries.broadcasting import BroadcastService
    from summaries.delivery import DeliveryService
    from summaries.model import Broadcast
    from summaries.refresh import RefreshReport, RefreshService
    from summaries.upkeep import UpkeepService

log = logging.getLogger(__name__)

TICK_S = 1.0
REFRESH_TICK_S = 60.0
PRUNE_TICK_S = 24 * 3600.0
FIRST_PRUNE_S = 600.0
FIRST_REFRESH_S = 2.0
ALERTS_TICK_S = 5.0
BACKUPS_TICK_S = 900.0
FIRST_BACKUP_S = 300.0
# Edits of one message: Telegram wants few of them.
PROGRESS_TICKS = 4
# However late a tick is, it runs; several that were missed run as one; never two at a time.
JOB: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
# A slow source must not keep the others waiting: passes overlap, each source is in one of them.
REFRESH_JOB = JOB | {"max_instances": 5}


def watch_ticks(queue: JobQueue[Any], beat: Callable[[str], None]) -> None:
    """Let `beat` hear the name of each job that ended a run, well or not."""
    names: dict[str, str] = {}

    def ended(event: JobExecutionEvent) -> None:
        if event.job_id not in names and (job := queue.scheduler.get_job(event.job_id)) is not None:
            names[event.job_id] = job.name
        if event.job_id in names:
            beat(names[event.job_id])

    queue.scheduler.add_listener(ended, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)


def schedule_broadcasts(
    queue: JobQueue[Any], broadcasting: BroadcastService, tell: Callable[[Broadcast], Awaitable[None]]
) -> None:
    """Start the broadcasts' tick; `tell` tells an admin now and then how far one is, and how it ended."""
    ticks = itertools.count(1)

    async def tick(_: Context) -> None:
        try:
            changed = await broadcasting.send_some()
            if next(ticks) % PROGRESS_TICKS == 0:
                changed = (*changed, *await broadcasting.under_way())
        except RingkasError as error:
            log.error("the tick for broadcasts failed and is tried again: %s", error)  # noqa: TRY400
            return
        for broadcast in changed:
            await tell(broadcast)

    queue.run_repeating(tick, TICK_S, first=0, name="broadcasts", job_kwargs=JOB)


def schedule_jobs(
    queue: JobQueue[Any],
    delivery: DeliveryService,
    refresh: RefreshService,
    notices: AdminNotices,
    *,
    is_refreshing: bool,
    refreshed: Callable[[RefreshReport], None],
) -> None:
    """Start the digests' ticks and, unless it is off, the refresh's, which tells the admins too, and `refreshed`."""
    # A tick that finds its forerunner still at work is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)

    async def refresh_due(_: Context) -> None:
        try:
            report = await refresh.refresh_due()
        except RingkasError as error:
            log.error("the refresh failed and is tried again: %s", error)  # noqa: TRY400
            return
        if report.sources:
            log.info(
                "checked %d sources: %d new articles, %d sources failed",
                len(report.sources),
                report.added,
                len(report.failures),
            )
        refreshed(report)
        await notices.tell(report)

    schedule_digests(queue, delivery)
    if is_refreshing:
        queue.run_repeating(refresh_due, REFRESH_TICK_S, first=FIRST_REFRESH_S, name="refresh", job_kwargs=REFRESH_JOB)


def schedule_digests(queue: JobQueue[Any], delivery: DeliveryService) -> None:
    """Start the ticks that compose and send digests."""

    async def prepare(_: Context) -> None:
        try:
            await delivery.prepare_due()
        except RingkasError as error:
            log.error("the tick for digests failed and is tried again: %s", error)  # noqa: TRY400

    async def send(_: Context) -> None:
        try:
            await delivery.send_due()
        except RingkasError as error:
            log.error("sending digests failed and is tried again: %s", error)  # noqa: TRY400

    queue.run_repeating(prepare, TICK_S, first=0, name="digests", job_kwargs=JOB)
    # A job of its own: what becomes due while a long queue is sent is composed at its hour.
    queue.run_repeating(send, TICK_S, first=0, name="sending", job_kwargs=JOB)


def schedule_alerts(queue: JobQueue[Any], alerting: AlertingService) -> None:
    """Start the tick that looks through what came in for what chats wait for."""

    async def tick(_: Context) -> None:
        try:
            await alerting.look()
            await alerting.send_due()
        except RingkasError as error:
            log.error("the tick for alerts failed and is tried again: %s", error)  # noqa: TRY400

    queue.run_repeating(tick, ALERTS_TICK_S, first=1.0, name="alerts", job_kwargs=JOB)


def schedule_backups(queue: JobQueue[Any], backups: Backups) -> None:
    """Start the tick that looks whether a backup is due."""

    async def tick(_: Context) -> None:
        try:
            made = await backups.look()
        except (RingkasError, OSError) as error:
            log.error("no backup could be made, and it is tried again: %s", error)  # noqa: TRY400
            return
        if made is not None:
            log.info("backed the database up into %s", made)

    queue.run_repeating(tick, BACKUPS_TICK_S, first=FIRST_BACKUP_S, name="backups", job_kwargs=JOB)


def schedule_upkeep(queue: JobQueue[Any], upkeep: UpkeepService) -> None:
    """Start the tick that forgets what is old."""

    async def tick(_: Context) -> None:
        try:
            gone = await upkeep.forget()
        except RingkasError as error:
            log.error("what is old could not be forgotten, and it is tried again: %s", error)  # noqa: TRY400
            return
        if any(gone.values()):
            log.info("forgot what is old: %s", ", ".join(f"{count} {kind}" for kind, count in gone.items() if count))

    queue.run_repeating(tick, PRUNE_TICK_S, first=FIRST_PRUNE_S, name="pruning", job_kwargs=JOB)
