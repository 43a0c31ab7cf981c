"""The webhook at Telegram: where updates are to go, set at the start and looked after."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telegram.error import BadRequest, TelegramError

from bot.config import read_bot_id
from summaries.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import SecretStr
    from telegram import Bot, WebhookInfo

    from bot.config import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook: its address, what Telegram shows so that others can't pretend to be it, its connections."""

    url: str
    secret: str = field(repr=False)
    max_connections: int

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


def hook_of(settings: Settings) -> Hook | None:
    """The webhook that the settings ask for, for the bot of TELEGRAM_BOT_TOKEN."""
    return hook_for(settings, settings.telegram_bot_token) if settings.telegram_bot_token is not None else None


def hook_for(settings: Settings, token: SecretStr) -> Hook | None:
    """The webhook that the settings ask for, for the bot of that token. One of several has an address and a secret of
    its own."""
    if settings.webhook is None:
        return None
    own = settings.webhook_secret
    if token == settings.telegram_bot_token:
        secret = own.get_secret_value() if own is not None else secret_from(token.get_secret_value())
        return Hook(settings.webhook, secret, settings.webhook_connections)
    bot_id = read_bot_id(token)
    secret = secret_from(token.get_secret_value() if own is None else f"{own.get_secret_value()} {bot_id}")
    return Hook(f"{settings.webhook.rstrip('/')}/{bot_id}", secret, settings.webhook_connections)


def secret_from(token: str) -> str:
    """A secret that every receiver of the bot knows, and nobody without its token, or what is given instead (pure)."""
    return hmac.new(token.encode(), b"the webhook of Ringkas", hashlib.sha256).hexdigest()


async def set_webhook(bot: Bot, hook: Hook, allowed_updates: Sequence[str]) -> None:
    """Let Telegram send updates there, those that wait too.

    Raises:
        InvalidSettings: Telegram does not take the address.
        TelegramError: Telegram can't be reached, or refuses.
    """
    try:
        await bot.set_webhook(
            hook.url,
            secret_token=hook.secret,
            max_connections=hook.max_connections,
            allowed_updates=list(allowed_updates),
            drop_pending_updates=False,
        )
    except BadRequest as error:
        raise InvalidSettings((f"WEBHOOK_URL is refused by Telegram: {error.message}",)) from error


class HookWatch:
    """Looks whether Telegram still sends updates to us: another program with the token may have taken them."""

    def __init__(self, bot: Bot, hook: Hook, allowed_updates: Sequence[str]) -> None:
        self._bot = bot
        self._hook = hook
        self._allowed = allowed_updates
        self._last_error_at: object = None

    async def look(self) -> WebhookInfo | None:
        """Set the webhook again where it is gone; what Telegram knows of it, where it could be asked."""
        try:
            info = await self._bot.get_webhook_info()
            if info.url != self._hook.url:
                log.error("another program took this bot's messages with the same token: they are taken back")
                await set_webhook(self._bot, self._hook, self._allowed)
        except (TelegramError, InvalidSettings) as error:
            log.warning("Telegram can't be asked how its updates come: %s", error)
            return None
        if info.last_error_date != self._last_error_at:
            self._last_error_at = info.last_error_date
            log.warning("Telegram could not hand updates over: %s", info.last_error_message)
        return info
