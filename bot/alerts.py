"""The AlertMessenger port: alerts in their chat's language, with their buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.languages import words_of
from bot.render_alerts import alert_text
from bot.watch_buttons import alert_keyboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.messenger import TelegramMessenger
    from summaries.model import AlertBatch
    from summaries.ports import Clock


class TelegramAlerts:
    """Fulfils `ports.AlertMessenger`. `username` gives the bot's name once Telegram told it."""

    def __init__(
        self, messenger: TelegramMessenger, *, username: Callable[[], str | None], zone: str, clock: Clock
    ) -> None:
        self._messenger = messenger
        self._username = username
        self._zone = zone
        self._clock = clock

    async def send_alert(self, batch: AlertBatch) -> int:
        words = words_of(batch.language)
        text = alert_text(words, batch, zone=self._zone, now=self._clock(), username=self._username())
        return await self._messenger.send_with_buttons(batch.watch.chat, text, alert_keyboard(words, batch.watch))
