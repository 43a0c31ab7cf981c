"""Setting and monitoring the webhook at Telegram, and taking its updates."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from telegram import Bot, Update, WebhookInfo
from telegram.error import BadRequest, TelegramError

from bot.config import Settings, read_bot_id
from bot.runtime.metrics import Metrics, WebhookResult
from bot.transport.request import retry_until_reachable
from summaries.errors import InvalidSettings

log = logging.getLogger(__name__)

CHECK_EVERY_S = 60.0
# Telegram repeats an update soon after our answer to it was lost.
REMEMBERED = 4096
# Telegram sends only these kinds of updates.
ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.GUEST_MESSAGE,
]
# The fields of a guest message that the bot needs. The rest could name the chat, or people in it.
_CONTENT = ("date", "text", "caption")
_DOCUMENT = ("file_id", "file_unique_id", "file_name", "mime_type", "file_size")
_PERSON = ("id", "is_bot", "language_code")


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """A webhook: its address, the secret by which Telegram proves itself, and its number of connections."""

    url: str
    secret: str = field(repr=False)
    max_connections: int

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


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
    """Set the webhook. Telegram then also sends the pending updates. Raise InvalidSettings if Telegram refuses the
    address, TelegramError if it cannot be reached or refuses for another reason."""
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


@dataclass(slots=True)
class WebhookMonitor:
    """Checks that Telegram still sends updates here; another program with the token may have changed that."""

    _bot: Bot
    _hook: WebhookConfig
    _last_error_at: object = None

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


async def start_webhook(
    bot: Bot, hook: WebhookConfig, metrics: Metrics, stop: asyncio.Event
) -> Callable[[], Awaitable[None]]:
    """Set the webhook, unless `stop` is set before Telegram can be reached; return a job that monitors it.

    The webhook stays after a stop, so that updates wait at Telegram for the next start.
    """
    await retry_until_reachable(partial(set_webhook, bot, hook), stop)
    monitor = WebhookMonitor(bot, hook)

    async def look() -> None:
        if (info := await monitor.look()) is not None:
            metrics.webhook_pending(info.pending_update_count)

    return look


def hide_guest_chat(data: dict[str, Any]) -> dict[str, Any]:
    """Return the update; of a guest message only its content, and that of the message that it replies to.

    The bot is not in that chat, so nothing may be stored or logged about it. The message seems to come from the asker's
    private chat, whose settings and limits apply: guest messages may have the id of another chat that the bot knows.
    A guest message of an unexpected form is dropped.
    """
    if "guest_message" not in data:
        return data
    kept = {"update_id": data["update_id"]}
    try:
        message = data["guest_message"]
        asker = {"first_name": ""} | _pick(message["from"], _PERSON)
        replied = message.get("reply_to_message") or message.get("quote")
        hidden = _hide(message, asker) | {"from": asker, "guest_query_id": message["guest_query_id"]}
        if replied:
            # The bot recognises its own answers. Other bots are not people either.
            author = replied.get("from", {})
            bot = {"from": {"first_name": ""} | _pick(author, _PERSON)} if author.get("is_bot") else {}
            hidden["reply_to_message"] = _hide({"date": message["date"]} | replied, asker) | bot
    except (KeyError, TypeError, AttributeError):
        return kept
    return kept | {"guest_message": hidden}


def _hide(message: dict[str, Any], asker: dict[str, Any]) -> dict[str, Any]:
    """Return the message's text, its links and its file, as a message in the private chat of `asker`."""
    kept = _pick(message, _CONTENT) | {"message_id": 0, "chat": {"id": asker["id"], "type": "private"}}
    for key in ("entities", "caption_entities"):
        if links := [entity for entity in message.get(key, ()) if entity["type"] in {"url", "text_link"}]:
            kept[key] = links
    if "document" in message:
        kept["document"] = _pick(message["document"], _DOCUMENT)
    return kept


def _pick(fields: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


def read_update(data: dict[str, Any], bot: Bot | None = None) -> Update | None:
    """Return the update in Telegram's JSON, or None and log an error if it cannot be parsed."""
    try:
        return Update.de_json(data, bot)
    except Exception as error:  # noqa: BLE001  (Telegram may send anything)
        log.error("update %d can't be read and is left out: %s", data["update_id"], error)  # noqa: TRY400
        return None


@dataclass(frozen=True, slots=True)
class LocalReceiver:
    """Fulfils `Accept`. `_put` queues an update; `_is_open` returns whether one more fits."""

    _bot: Bot
    _put: Callable[[Update], None]
    _is_open: Callable[[], bool]
    _taken: OrderedDict[int, None] = field(default_factory=OrderedDict)

    async def __call__(self, data: dict[str, Any]) -> WebhookResult:
        update_id = data["update_id"]
        if update_id in self._taken:
            return WebhookResult.REPEATED
        if not self._is_open():
            return WebhookResult.BUSY
        update = read_update(hide_guest_chat(data), self._bot)
        if update is None:
            return WebhookResult.UNREADABLE
        self._put(update)
        self._taken[update_id] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return WebhookResult.TAKEN
