"""Jobs that run without a user's request. Each does the work that is due now, and logs its errors.

Due work is stored in rows, so a job may run late, twice, or in another process.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial, wraps
from itertools import count
from typing import TYPE_CHECKING, Any

from telegram import InlineKeyboardMarkup
from telegram.ext import ExtBot

from bot.background.backups import Backups, backups_of, is_file, run_in_process
from bot.background.disk import DiskMeter, Forecast
from bot.background.notices import AdminNotices, RightsNotices, tell_progress
from bot.conversation.chat_language import translations_for
from bot.runtime.memory import c_library, give_back
from bot.runtime.metrics import MessageKind, Telemetry
from bot.services import Services, make_publisher
from bot.transport.messenger import BotSendLimiter, KeyboardBuilder, OutboxMessenger, TelegramMessenger
from bot.transport.rate_limiter import RateLimiter
from bot.views.alerts import build_alert_keyboard, render_alert
from bot.views.digest_buttons import DigestPress, encode_digest_keyboard, find_size
from bot.views.follows import build_update_keyboard, render_update
from bot.views.warnings import build_warning_keyboard, find_zone, render_warning
from summaries.delivery import DeliveryService, Outbox
from summaries.delivery.alerts import AlertingService
from summaries.delivery.broadcasts import BroadcastService
from summaries.delivery.warnings import WarningService
from summaries.errors import RingkasError
from summaries.ingest.hazards import HazardReader, list_addresses
from summaries.ingest.own_feeds import OwnFeedService
from summaries.ingest.refresh import RefreshReport, RefreshService
from summaries.ingest.study import StudyService
from summaries.model import AlertBatch, Broadcast, ChatRef, Delivery, WarningMessage
from summaries.ports import Clock, Offload, WarningStore
from summaries.upkeep import UpkeepService

if TYPE_CHECKING:
    from summaries.publishing.publisher import Publisher

log = logging.getLogger(__name__)

# Ticks between edits of a progress message, because Telegram limits edits.
PROGRESS_TICKS = 4
# Workers of a fleet run the job every other second, a single process every second.
FLEET_BROADCAST_TICK_S = 2.0
# If all of this many sources fail in one pass, the fault is in the network rather than in the sources.
MIN_CUT_OFF_SOURCES = 5
NOT_NOTIFIED = "the admins could not be notified"


JobMethod = Callable[["BackgroundJobs"], Coroutine[Any, Any, None]]


def logs_errors(message: str) -> Callable[[JobMethod], JobMethod]:
    """Let a job log its error after the message instead of raising it."""

    def decorate(work: JobMethod) -> JobMethod:
        @wraps(work)
        async def job(self: BackgroundJobs) -> None:
            try:
                await work(self)
            except RingkasError as error:
                log.error("%s: %s", message, error)  # noqa: TRY400

        return job

    return decorate


async def log_failure(report: Awaitable[None], message: str) -> None:
    """Await a report about work that is done, and log its error after the message instead of raising it."""
    try:
        await report
    except RingkasError as error:
        log.error("%s: %s", message, error)  # noqa: TRY400


@dataclass(slots=True)
class BackgroundJobs:
    """The jobs of a bot, over its services that send without a user's request.

    `sources` is None if refreshing is switched off, `own_feeds` if chats may not add feeds, `backups` if the database
    is no file, `publisher` without a folder for the site. `refreshed` receives the result of each refresh,
    `disks_measured` forecasts for the disks of the database and its backups, `show_progress` each broadcast whose
    progress message is to be updated.
    """

    digests: DeliveryService
    alerts: AlertingService
    broadcasts: BroadcastService
    warnings: WarningService
    hazards: HazardReader
    studies: StudyService
    outbox: Outbox
    upkeep: UpkeepService
    notices: AdminNotices
    refreshed: Callable[[RefreshReport], None]
    show_progress: Callable[[Broadcast], Awaitable[None]]
    sources: RefreshService | None = None
    own_feeds: OwnFeedService | None = None
    backups: Backups | None = None
    disks_measured: Callable[[Sequence[Forecast]], None] = lambda _: None
    publisher: Publisher | None = None
    _broadcast_ticks: Iterator[int] = field(default_factory=lambda: count(1))
    _disk_meter: DiskMeter = field(default_factory=DiskMeter)
    _has_backup_failed: bool = False
    _has_publishing_failed: bool = False
    _is_cut_off: bool = False

    async def resume(self) -> None:
        """Take over the messages of a previous process at once. Only for a process that runs alone, when it starts."""
        await self.digests.resume()
        await self.alerts.resume()
        await self.broadcasts.resume()
        await self.warnings.resume()

    async def on_clock_rollback(self) -> None:
        """Repair the rows that were written while the clock was ahead."""
        await self.digests.on_clock_rollback()
        await self.alerts.on_clock_rollback()
        await self.broadcasts.on_clock_rollback()
        await self.warnings.on_clock_rollback()

    async def stop(self, grace_s: float) -> None:
        """Start no more messages, and finish those in progress within `grace_s` seconds; the rest stay uncertain.

        Checks of own feeds, which may take minutes, are cancelled.
        """
        if self.own_feeds is not None:
            self.own_feeds.stop()
        await self.outbox.stop(grace_s)

    @logs_errors("the tick for digests failed and is tried again")
    async def compose(self) -> None:
        """Compose the due digests."""
        await self.digests.prepare_due()

    @logs_errors("sending digests failed and is tried again")
    async def send(self) -> None:
        """Send the composed digests."""
        await self.digests.send_due()

    @logs_errors("the study of stories failed and is tried again")
    async def study(self) -> None:
        """Link new stories to the chains of their affairs; alerts wait for that."""
        await self.studies.study()

    @logs_errors("the tick for alerts failed and is tried again")
    async def alert(self) -> None:
        """Match new articles with keyword watches and followed stories, and send the alerts."""
        await self.alerts.look()
        await self.alerts.send_due()

    @logs_errors("BMKG's documents could not be read and are tried again")
    async def read_hazards(self) -> None:
        """Read the documents of BMKG that are due, if a chat wants warnings, and match changed events with places.

        This does not wait for messages about an earlier event, which may take an hour to send.
        """
        if await self.warnings.is_wanted() and await self.hazards.read_due():
            await self.warnings.match()

    @logs_errors("the tick for warnings failed and is tried again")
    async def warn(self) -> None:
        """Match new and changed events with the places of chats, and send and edit the warnings."""
        await self.warnings.match()
        await self.warnings.send_due()

    @logs_errors("the tick for broadcasts failed and is tried again")
    async def broadcast(self) -> None:
        """Send a part of each broadcast."""
        changed = await self.broadcasts.send_some()
        if next(self._broadcast_ticks) % PROGRESS_TICKS == 0:
            changed = (*changed, *await self.broadcasts.find_sending())
        for one in changed:
            await log_failure(self.show_progress(one), "the progress of a broadcast could not be shown")

    @logs_errors("what is old could not be forgotten, and it is tried again")
    async def forget(self) -> None:
        """Delete old rows."""
        gone = await self.upkeep.forget()
        if any(gone.values()):
            log.info("forgot what is old: %s", ", ".join(f"{rows} {kind}" for kind, rows in gone.items() if rows))

    @logs_errors("the refresh failed and is tried again")
    async def refresh(self) -> None:
        """Check the due sources and report the result to the admins."""
        if self.sources is None:
            return
        report = await self.sources.refresh_due()
        self._log_refresh(report)
        self.refreshed(report)
        await log_failure(self.notices.tell(report), NOT_NOTIFIED)
        if report.added:
            # Reading many pages at once needs much memory for a moment.
            await asyncio.to_thread(give_back, c_library())

    @logs_errors("the own feeds of chats could not be checked, and it is tried again")
    async def check_own_feeds(self) -> None:
        """Check the due feeds that chats added for themselves."""
        if self.own_feeds is not None:
            await self.own_feeds.check_due()

    def _log_refresh(self, report: RefreshReport) -> None:
        """Log the failures and the totals of a pass. While no source can be read, only the first pass is logged."""
        checked = [source for source in report.sources if not source.is_postponed]
        failures = report.failures
        if not checked:
            return
        is_new = not self._is_cut_off
        self._is_cut_off = len(failures) == len(checked) >= (MIN_CUT_OFF_SOURCES if is_new else 1)
        if self._is_cut_off:
            if is_new:
                message = "none of %d sources could be read, as without a network; the first: %s"
                log.warning(message, len(checked), failures[0].error)
            return
        for failure in failures:
            log.info("%s could not be read: %s", failure.source.key, failure.error)
        log.info("checked %d sources: %d new articles, %d sources failed", len(checked), report.added, len(failures))

    async def back_up(self) -> None:
        """Measure the disks, and make a backup if one is due. The admins are notified of the first failure in a row."""
        if self.backups is None:
            return
        try:
            self.disks_measured(await asyncio.to_thread(self._disk_meter.measure, self.backups))
        except (RingkasError, OSError) as error:
            log.warning("the disks could not be measured: %s", error)
        try:
            made = await self.backups.look()
        except (RingkasError, OSError) as error:
            log.error("no backup could be made, and it is tried again: %s", error)  # noqa: TRY400
            if not self._has_backup_failed:
                self._has_backup_failed = True
                await log_failure(self.notices.tell_no_backup(str(error)), NOT_NOTIFIED)
            return
        if made is not None:
            self._has_backup_failed = False
            log.info("backed the database up into %s", made)

    async def publish(self) -> None:
        """Write the pages of the public site that changed. Of failures in a row, only the first is logged."""
        if self.publisher is None:
            return
        try:
            report = await self.publisher.publish()
        except (RingkasError, OSError) as error:
            if not self._has_publishing_failed:
                log.error("the site could not be published, and it is tried again: %s", error)  # noqa: TRY400
            self._has_publishing_failed = True
            return
        self._has_publishing_failed = False
        if report is not None and (report.written or report.removed):
            counts = report.stories, report.written, report.removed
            log.info("published %d stories: %d files changed, %d removed", *counts)


def create_jobs(
    bot: ExtBot[float], services: Services, pace: RateLimiter, telemetry: Telemetry, broadcast_tick_s: float
) -> BackgroundJobs:
    """Build the services that send for the bot, and their jobs."""
    settings, tried, now = services.settings, telemetry.metrics.message_tried, services.now
    # Nobody asks for these messages, so there is no access to prove.
    store = services._store  # noqa: SLF001

    def messenger(kind: MessageKind, build_keyboard: KeyboardBuilder = lambda _: None) -> OutboxMessenger:
        is_paid = settings.allow_paid_broadcast
        return OutboxMessenger(bot, partial(tried, kind), is_paid=is_paid, build_keyboard=build_keyboard)

    notices = TelegramMessenger(bot, partial(tried, MessageKind.NOTICE))
    username = partial(known_username, bot)
    outbox = Outbox(
        store=store.outbox,
        line=BotSendLimiter(bot, pace.acquire_background),
        subscriptions=store.subscriptions,
        notifier=RightsNotices(notices, services.languages, store.memberships),
        clock=now,
        chance=random.random,
    )
    return BackgroundJobs(
        digests=DeliveryService(
            deliveries=store.deliveries,
            composing=services.composing(username),
            messenger=messenger(MessageKind.DIGEST, build_keyboard_below),
            outbox=outbox,
            clock=now,
            catch_up_limit=timedelta(hours=settings.catch_up_hours),
        ),
        alerts=AlertingService(
            alerts=store.alerts,
            send=TelegramAlerts(messenger(MessageKind.ALERT), username, settings.default_timezone, now).send_alert,
            outbox=outbox,
            offload=services.offload,
            clock=now,
        ),
        broadcasts=BroadcastService(
            broadcasts=store.broadcasts,
            messenger=messenger(MessageKind.BROADCAST),
            outbox=outbox,
            clock=now,
            per_s=settings.messages_per_second,
            tick_s=broadcast_tick_s,
        ),
        warnings=make_warnings(
            store.warnings, messenger(MessageKind.WARNING), outbox, services.offload, settings.default_timezone, now
        ),
        hazards=HazardReader(
            hazards=store.hazards,
            fetcher=services.web.hazards,
            offload=services.workers,
            clock=now,
            chance=random.random,
            addresses=list_addresses(settings.sandbox_bmkg_url),
        ),
        studies=StudyService(studies=store.studies, offload=services.offload, clock=now),
        outbox=outbox,
        upkeep=services.upkeep,
        notices=AdminNotices(notices, services.languages, settings.admin_ids),
        refreshed=telemetry.metrics.refreshed,
        disks_measured=telemetry.metrics.disks_measured,
        show_progress=partial(tell_progress, bot, services),
        sources=services.refresh if settings.refresh_minutes > 0 else None,
        own_feeds=services.own_feeds if services.own_feeds.is_enabled else None,
        backups=backups_of(settings, now, run_in_process) if is_file(settings) else None,
        publisher=make_publisher(settings, settings.site_folder, store.public_news, services.workers, now)
        if settings.site_folder
        else None,
    )


def make_warnings(
    warnings: WarningStore, messenger: TelegramMessenger, outbox: Outbox, offload: Offload, zone: str, clock: Clock
) -> WarningService:
    """Return the service for warnings. Times are in the chat's zone, else in that of its place, else in `zone`."""

    def render(warning: WarningMessage) -> tuple[str, InlineKeyboardMarkup]:
        words = translations_for(warning.language)
        text = render_warning(words, warning, zone=find_zone(warning, zone), now=clock())
        return text, build_warning_keyboard(words)

    async def send(chat: ChatRef, warning: WarningMessage) -> int:
        return await messenger.send_with_buttons(chat, *render(warning))

    async def edit(chat: ChatRef, warning: WarningMessage) -> None:
        await messenger.edit_with_buttons(chat, warning.message_id or 0, *render(warning))

    return WarningService(warnings=warnings, send=send, edit=edit, outbox=outbox, offload=offload, clock=clock)


def build_keyboard_below(delivery: Delivery) -> str | None:
    """Return the buttons below a digest as JSON, in the chat's language; none without stories."""
    if not any(part.article_ids for part in delivery.parts):
        return None
    shown = DigestPress(delivery.id, size=find_size(delivery.preferences.length))
    return encode_digest_keyboard(translations_for(delivery.language), shown)


def known_username(bot: ExtBot[float]) -> str | None:
    """Return the bot's username, or None until Telegram has sent it."""
    try:
        return bot.username
    except RuntimeError:
        return None


@dataclass(frozen=True, slots=True)
class TelegramAlerts:
    """Sends alerts. `username` returns the bot's name once Telegram has sent it.

    Dates are in the chat's time zone, or in `zone` if it has none.
    """

    messenger: TelegramMessenger
    username: Callable[[], str | None]
    zone: str
    clock: Clock

    async def send_alert(self, chat: ChatRef, batch: AlertBatch) -> int:
        words = translations_for(batch.language)
        zone = batch.zone or self.zone
        if batch.watch.is_follow:
            render, build_keyboard = render_update, build_update_keyboard
        else:
            render, build_keyboard = render_alert, build_alert_keyboard
        text = render(words, batch, zone=zone, now=self.clock(), username=self.username())
        return await self.messenger.send_with_buttons(chat, text, build_keyboard(words, batch.watch))
