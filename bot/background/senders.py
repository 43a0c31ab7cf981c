"""Services that send without a user's request: digests, alerts, broadcasts and notices to admins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from telegram.ext import ExtBot

from bot.background import jobs
from bot.background.backups import backups_of, is_file
from bot.background.jobs import BackgroundJobs
from bot.background.notices import AdminNotices, RightsNotices, tell_progress
from bot.conversation.chat_language import translations_for
from bot.runtime.metrics import MessageKind, Telemetry
from bot.services import Services
from bot.transport.messenger import BotSendLimiter, OutboxMessenger, TelegramMessenger
from bot.transport.rate_limiter import RateLimiter
from bot.views.alerts import build_alert_keyboard, render_alert
from summaries.delivery import DeliveryService, Outbox
from summaries.delivery.alerts import AlertingService
from summaries.delivery.broadcasts import BroadcastService
from summaries.model import AlertBatch, ChatRef
from summaries.ports import Clock


@dataclass(frozen=True, slots=True)
class Senders:
    """The services that send, over one outbox, and the jobs that run them."""

    digests: DeliveryService
    alerts: AlertingService
    broadcasts: BroadcastService
    outbox: Outbox
    jobs: BackgroundJobs

    async def resume(self) -> None:
        """Take over the messages of a previous process at once. Only for a process that runs alone, when it starts."""
        await self.digests.resume()
        await self.alerts.resume()
        await self.broadcasts.resume()

    async def on_clock_rollback(self) -> None:
        """Repair the rows that were written while the clock was ahead."""
        await self.digests.on_clock_rollback()
        await self.alerts.on_clock_rollback()
        await self.broadcasts.on_clock_rollback()

    async def stop(self, grace_s: float) -> None:
        """Start no more messages, and finish those in progress within `grace_s` seconds; the rest stay uncertain."""
        await self.outbox.stop(grace_s)


def create_senders(
    bot: ExtBot[float], services: Services, pace: RateLimiter, telemetry: Telemetry, broadcast_tick_s: float
) -> Senders:
    """Build the services that send for the bot, and their jobs."""
    settings, tried, now = services.settings, telemetry.metrics.message_tried, services.now

    def messenger(kind: MessageKind) -> OutboxMessenger:
        return OutboxMessenger(bot, partial(tried, kind), is_paid=settings.allow_paid_broadcast)

    notices = TelegramMessenger(bot, partial(tried, MessageKind.NOTICE))
    username = partial(known_username, bot)
    outbox = services.outbox(BotSendLimiter(bot, pace.acquire_background), partial(RightsNotices, notices))
    digests = services.delivery(services.composing(username), messenger(MessageKind.DIGEST), outbox)
    alert_messenger = TelegramAlerts(
        messenger(MessageKind.ALERT), username=username, zone=settings.default_timezone, clock=now
    )
    alerts = services.alerting(alert_messenger.send_alert, outbox)
    broadcasts = services.broadcasting(messenger(MessageKind.BROADCAST), outbox, broadcast_tick_s)
    admins = AdminNotices(notices, services.languages, settings.admin_ids)
    refresh = back_up = None
    if settings.refresh_minutes > 0:
        refresh = jobs.make_refresh_job(services.refresh, admins, telemetry.metrics.refreshed)
    if settings.backup_hours > 0 and is_file(settings):
        back_up = jobs.make_backup_job(backups_of(settings, now), admins)
    background = BackgroundJobs(
        compose=jobs.make_compose_job(digests),
        send=jobs.make_send_job(digests),
        alert=jobs.make_alert_job(alerts),
        broadcast=jobs.make_broadcast_job(broadcasts, partial(tell_progress, bot, services)),
        forget=jobs.make_forget_job(services.upkeep),
        refresh=refresh,
        back_up=back_up,
    )
    return Senders(digests, alerts, broadcasts, outbox, background)


def known_username(bot: ExtBot[float]) -> str | None:
    """Return the bot's username, or None until Telegram has sent it."""
    try:
        return bot.username
    except RuntimeError:
        return None


class TelegramAlerts:
    """Sends alerts. `username` returns the bot's name once Telegram has sent it.

    Dates are in the chat's time zone, or in `zone` if it has none.
    """

    def __init__(
        self, messenger: TelegramMessenger, *, username: Callable[[], str | None], zone: str, clock: Clock
    ) -> None:
        self._messenger = messenger
        self._username = username
        self._zone = zone
        self._clock = clock

    async def send_alert(self, chat: ChatRef, batch: AlertBatch) -> int:
        words = translations_for(batch.language)
        zone = batch.zone or self._zone
        text = render_alert(words, batch, zone=zone, now=self._clock(), username=self._username())
        return await self._messenger.send_with_buttons(chat, text, build_alert_keyboard(words, batch.watch))
