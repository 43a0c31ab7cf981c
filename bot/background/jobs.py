"""What the bot does unasked, whoever sets the time: a duty does what is due now, and what fails in it is a log line.

All that is due stands in rows, so a duty may be done late, twice, or by another process.
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

Duty = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)

# Edits of one message: Telegram wants few of them.
PROGRESS_TICKS = 4
# Workers of a fleet do it every other second, a bot alone every second.
FLEET_BROADCAST_TICK_S = 2.0


@dataclass(frozen=True, slots=True)
class Duties:
    """Each duty of a bot. `back_up` is there where the bot's database is a file, `refresh` unless it is off."""

    compose: Duty
    send: Duty
    alert: Duty
    broadcast: Duty
    forget: Duty
    refresh: Duty | None = None
    back_up: Duty | None = None


def composing(delivery: DeliveryService) -> Duty:
    """Compose the digests that are due."""

    async def compose() -> None:
        try:
            await delivery.prepare_due()
        except RingkasError as error:
            log.error("the tick for digests failed and is tried again: %s", error)  # noqa: TRY400

    return compose


def sending(delivery: DeliveryService) -> Duty:
    """Send the digests that are composed."""

    async def send() -> None:
        try:
            await delivery.send_due()
        except RingkasError as error:
            log.error("sending digests failed and is tried again: %s", error)  # noqa: TRY400

    return send


def refreshing(refresh: RefreshService, notices: AdminNotices, refreshed: Callable[[RefreshReport], None]) -> Duty:
    """Look at the sources that are due, and tell the admins and `refreshed` of it."""

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
            # To read many pages at once takes much for a moment.
            await asyncio.to_thread(give_back, c_library())

    return refresh_due


def alerting(service: AlertingService) -> Duty:
    """Look through what came in for what chats wait for, and send the alerts."""

    async def alert() -> None:
        try:
            await service.look()
            await service.send_due()
        except RingkasError as error:
            log.error("the tick for alerts failed and is tried again: %s", error)  # noqa: TRY400

    return alert


def broadcasting(service: BroadcastService, tell: Callable[[Broadcast], Awaitable[None]]) -> Duty:
    """Send some of each broadcast; `tell` tells an admin now and then how far one is, and how it ended."""
    ticks = itertools.count(1)

    async def broadcast() -> None:
        try:
            changed = await service.send_some()
            if next(ticks) % PROGRESS_TICKS == 0:
                changed = (*changed, *await service.under_way())
        except RingkasError as error:
            log.error("the tick for broadcasts failed and is tried again: %s", error)  # noqa: TRY400
            return
        for one in changed:
            await tell(one)

    return broadcast


def backing_up(backups: Backups, notices: AdminNotices) -> Duty:
    """Look whether a backup is due. The admins hear of the first that fails, and not again before one was made."""
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


def forgetting(upkeep: UpkeepService) -> Duty:
    """Forget what is old."""

    async def forget() -> None:
        try:
            gone = await upkeep.forget()
        except RingkasError as error:
            log.error("what is old could not be forgotten, and it is tried again: %s", error)  # noqa: TRY400
            return
        if any(gone.values()):
            log.info("forgot what is old: %s", ", ".join(f"{count} {kind}" for kind, count in gone.items() if count))

    return forget
