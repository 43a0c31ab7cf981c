"""The AlertMessenger port: alerts in their chat's language, with their buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.languages import words_of
from bot.render_alerts import alert_text
from bot.watch_buttons import alert_keyboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.messenger import TelegramMessenger
    from summaries.model import AlertBatch, ChatRef
    from summaries.ports import Clock


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
        words = words_of(batch.language)
        zone = batch.zone or self._zone
        text = alert_text(words, batch, zone=zone, now=self._clock(), username=self._username())
        return await self._messenger.send_with_buttons(chat, text, alert_keyboard(words, batch.watch))
