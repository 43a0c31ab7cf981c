"""What the bot sends unasked: digests, alerts, broadcasts and words to its admins, and when it does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.background import jobs as duties
from bot.background.backups import backups_of, is_file
from bot.background.jobs import Duties
from bot.background.notices import AdminNotices, RightsNotices, tell_progress
from bot.conversation.chat_language import translations_for
from bot.runtime.metrics import Sent
from bot.transport.messenger import InTurnMessenger, TelegramLine, TelegramMessenger
from bot.views.alerts import build_alert_keyboard, render_alert

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram.ext import ExtBot

    from bot.runtime.metrics import Watch
    from bot.services import Services
    from bot.transport.messenger import TelegramMessenger
    from bot.transport.rate_limiter import Pace
    from summaries.delivery import DeliveryService, Post
    from summaries.delivery.alerts import AlertingService
    from summaries.delivery.broadcasts import BroadcastService
    from summaries.model import AlertBatch, ChatRef
    from summaries.ports import Clock


@dataclass(frozen=True, slots=True)
class Unasked:
    """The services that send, over one post, and the duties that let them."""

    digests: DeliveryService
    alerts: AlertingService
    broadcasts: BroadcastService
    post: Post
    duties: Duties

    async def resume(self) -> None:
        """Take up at once what another process was at. For a process that is alone, when it starts."""
        await self.digests.resume()
        await self.alerts.resume()
        await self.broadcasts.resume()

    async def take_back_time(self) -> None:
        """The clock was ahead and is right now: take back what was decided by it."""
        await self.digests.take_back_time()
        await self.alerts.take_back_time()
        await self.broadcasts.take_back_time()

    async def stop(self, grace_s: float) -> None:
        """Begin no more messages, and finish those under way; what takes longer is left uncertain."""
        await self.post.stop(grace_s)


def unasked(
    bot: ExtBot[float],
    services: Services,
    pace: Pace,
    watch: Watch,
    broadcast_tick_s: float,
) -> Unasked:
    """Build the services that send for the bot, and their jobs."""
    settings, tried, now = services.settings, watch.meter.message_tried, services.now

    def messenger(kind: Sent) -> InTurnMessenger:
        return InTurnMessenger(bot, partial(tried, kind), is_paid=settings.allow_paid_broadcast)

    notices = TelegramMessenger(bot, partial(tried, Sent.NOTICE))
    username = partial(known_username, bot)
    post = services.post(TelegramLine(bot, pace.bulk_turn), partial(RightsNotices, notices))
    digests = services.delivery(services.composing(username), messenger(Sent.DIGEST), post)
    alerts = services.alerting(
        TelegramAlerts(
            messenger(Sent.ALERT),
            username=username,
            zone=settings.default_timezone,
            clock=now,
        ),
        post,
    )
    broadcasts = services.broadcasting(messenger(Sent.BROADCAST), post, broadcast_tick_s)
    admins = AdminNotices(notices, services.languages, settings.admin_ids)
    is_backed_up = settings.backup_hours > 0 and is_file(settings)
    is_refreshing = settings.refresh_minutes > 0
    return Unasked(
        digests,
        alerts,
        broadcasts,
        post,
        Duties(
            compose=duties.composing(digests),
            send=duties.sending(digests),
            alert=duties.alerting(alerts),
            broadcast=duties.broadcasting(broadcasts, partial(tell_progress, bot, services)),
            forget=duties.forgetting(services.upkeep),
            refresh=duties.refreshing(services.refresh, admins, watch.meter.refreshed) if is_refreshing else None,
            back_up=duties.backing_up(backups_of(settings, now), admins) if is_backed_up else None,
        ),
    )


def known_username(bot: ExtBot[float]) -> str | None:
    """Return the bot's username, or None until Telegram has sent it."""
    try:
        return bot.username
    except RuntimeError:
        return None


class TelegramAlerts:
    """Fulfils `ports.AlertMessenger`. `username` gives the bot's name once Telegram told it; dates are told in the
    chat's own zone, and in `zone` where it chose none."""

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
