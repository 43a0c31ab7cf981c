"""Setting and monitoring the webhook at Telegram."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr
from telegram import Bot, Update, WebhookInfo
from telegram.error import BadRequest, TelegramError

from bot.config import Settings, read_bot_id
from summaries.errors import InvalidSettings

log = logging.getLogger(__name__)

CHECK_EVERY_S = 60.0
# Telegram sends only these kinds of updates.
ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
]


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """A webhook: its address, the secret by which Telegram proves itself, and its number of connections."""

    url: str
    secret: str = field(repr=False)
    max_connections: int

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


def main_webhook_config(settings: Settings) -> WebhookConfig | None:
    """Return the webhook of TELEGRAM_BOT_TOKEN's bot, or None without one."""
    return webhook_config(settings, settings.telegram_bot_token) if settings.telegram_bot_token is not None else None


def webhook_config(settings: Settings, token: SecretStr) -> WebhookConfig | None:
    """Return the webhook of the token's bot, or None without one. With several bots each has its own address and
    secret."""
    if settings.webhook is None:
        return None
    own = settings.webhook_secret
    if token == settings.telegram_bot_token:
        secret = own.get_secret_value() if own is not None else derive_secret(token.get_secret_value())
        return WebhookConfig(settings.webhook, secret, settings.webhook_connections)
    bot_id = read_bot_id(token)
    secret = derive_secret(token.get_secret_value() if own is None else f"{own.get_secret_value()} {bot_id}")
    return WebhookConfig(f"{settings.webhook.rstrip('/')}/{bot_id}", secret, settings.webhook_connections)


def derive_secret(token: str) -> str:
    """Return a secret that every receiver of the bot can compute from its token (or WEBHOOK_SECRET), and nobody
    else."""
    return hmac.new(token.encode(), b"the webhook of Ringkas", hashlib.sha256).hexdigest()


async def set_webhook(bot: Bot, hook: WebhookConfig) -> None:
    """Set the webhook. Telegram then also sends the pending updates.

    Raises:
        InvalidSettings: Telegram refuses the address.
        TelegramError: Telegram cannot be reached, or refuses.
    """
    try:
        await bot.set_webhook(
            hook.url,
            secret_token=hook.secret,
            max_connections=hook.max_connections,
            allowed_updates=ALLOWED_UPDATES,
            drop_pending_updates=False,
        )
    except BadRequest as error:
        raise InvalidSettings((f"WEBHOOK_URL is refused by Telegram: {error.message}",)) from error


class WebhookMonitor:
    """Checks that Telegram still sends updates here; another program with the token may have changed that."""

    def __init__(self, bot: Bot, hook: WebhookConfig) -> None:
        self._bot = bot
        self._hook = hook
        self._last_error_at: object = None

    async def look(self) -> WebhookInfo | None:
        """Set the webhook again if it changed. Return Telegram's information about it, or None if Telegram cannot be
        reached."""
        try:
            info = await self._bot.get_webhook_info()
            if info.url != self._hook.url:
                log.error("another program took this bot's messages with the same token: they are taken back")
                await set_webhook(self._bot, self._hook)
        except (TelegramError, InvalidSettings) as error:
            log.warning("Telegram can't be asked how its updates come: %s", error)
            return None
        if info.last_error_date != self._last_error_at:
            self._last_error_at = info.last_error_date
            log.warning("Telegram could not hand updates over: %s", info.last_error_message)
        return info
