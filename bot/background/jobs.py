"""Jobs that run without a user's request. Each does the work that is due now, and logs its errors.

Due work is stored in rows, so a job may run late, twice, or in another process.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.runtime.memory import c_library, give_back
from summaries.errors import RingkasError

if TYPE_CHECKING:
    from bot.background.backups import Backups
    from bot.background.notices import AdminNotices
    from summaries.delivery import DeliveryService
    from summaries.delivery.alerts import AlertingService
    from summaries.delivery.broadcasts import BroadcastService
    from summaries.ingest.refresh import RefreshReport, RefreshService
    from summaries.model import Broadcast
    from summaries.upkeep import UpkeepService

Job = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)

# Ticks between edits of a progress message, because Telegram limits edits.
PROGRESS_TICKS = 4
# Workers of a fleet run the job every other second, a single process every second.
FLEET_BROADCAST_TICK_S = 2.0


@dataclass(frozen=True, slots=True)
class BackgroundJobs:
    """The jobs of a bot. `back_up` is None unless the database is a file, `refresh` if it is switched off."""

    compose: Job
    send: Job
    alert: Job
    broadcast: Job
    forget: Job
    refresh: Job | None = None
    back_up: Job | None = None


def make_compose_job(delivery: DeliveryService) -> Job:
    """Return a job that composes the due digests."""

    async def compose() -> None:
        try:
            await delivery.prepare_due()
        except RingkasError as error:
            log.error("the tick for digests failed and is tried again: %s", error)  # noqa: TRY400

    return compose


def make_send_job(delivery: DeliveryService) -> Job:
    """Return a job that sends the composed digests."""

    async def send() -> None:
        try:
            await delivery.send_due()
        except RingkasError as error:
            log.error("sending digests failed and is tried again: %s", error)  # noqa: TRY400

    return send


def make_refresh_job(refresh: RefreshService, notices: AdminNotices, refreshed: Callable[[RefreshReport], None]) -> Job:
    """Return a job that checks the due sources and reports the result to the admins and to `refreshed`."""

    async def refresh_due() -> None:
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
        if report.added:
            # Reading many pages at once needs much memory for a moment.
            await asyncio.to_thread(give_back, c_library())

    return refresh_due


def make_alert_job(service: AlertingService) -> Job:
    """Return a job that matches new articles with keyword watches and sends the alerts."""

    async def alert() -> None:
        try:
            await service.look()
            await service.send_due()
        except RingkasError as error:
            log.error("the tick for alerts failed and is tried again: %s", error)  # noqa: TRY400

    return alert


def make_broadcast_job(service: BroadcastService, tell: Callable[[Broadcast], Awaitable[None]]) -> Job:
    """Return a job that sends a part of each broadcast; `tell` updates the admin's progress message."""
    ticks = itertools.count(1)

    async def broadcast() -> None:
        try:
            changed = await service.send_some()
            if next(ticks) % PROGRESS_TICKS == 0:
                changed = (*changed, *await service.find_sending())
        except RingkasError as error:
            log.error("the tick for broadcasts failed and is tried again: %s", error)  # noqa: TRY400
            return
        for one in changed:
            await tell(one)

    return broadcast


def make_backup_job(backups: Backups, notices: AdminNotices) -> Job:
    """Return a job that makes a backup when one is due. The admins are notified of the first failure in a row."""
    is_told = False

    async def back_up() -> None:
        nonlocal is_told
        try:
            made = await backups.look()
        except (RingkasError, OSError) as error:
            log.error("no backup could be made, and it is tried again: %s", error)  # noqa: TRY400
            if not is_told:
                is_told = True
                await notices.tell_no_backup(str(error))
            return
        if made is not None:
            is_told = False
            log.info("backed the database up into %s", made)

    return back_up


def make_forget_job(upkeep: UpkeepService) -> Job:
    """Return a job that deletes old rows."""

    async def forget() -> None:
        try:
            gone = await upkeep.forget()
        except RingkasError as error:
            log.error("what is old could not be forgotten, and it is tried again: %s", error)  # noqa: TRY400
            return
        if any(gone.values()):
            log.info("forgot what is old: %s", ", ".join(f"{count} {kind}" for kind, count in gone.items() if count))

    return forget
