"""The Messenger port over telegram.Bot. The only place that translates Telegram's errors."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, LinkPreviewOptions, error
from telegram.constants import ParseMode
from telegram.ext import ExtBot

from bot.telegram_text import visible_text
from bot.transport.evidence import Evidence, UnansweredCall, classify_error
from bot.transport.request import message_id_only, seconds
from summaries import errors
from summaries.model import ChatRef, Delivery

log = logging.getLogger(__name__)

KeyboardBuilder = Callable[[Delivery], str | None]

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

# Telegram's wording for a bot that may not or cannot pay for a broadcast is undocumented. The chat is not to blame.
_UNPAID = ("balance", "paid broadcast", "floodskip")
# An entity is refused for the time or the length of a `date_time`, for example.
MARKUP_REFUSED = ("can't parse entities", "unsupported start tag", "entity_")
_UNCHANGED = ("message is not modified",)
_THREAD_GONE = ("message thread not found", "topic_deleted", "topic_closed")
_NO_RIGHTS = (
    "not enough rights to send",
    "not enough rights to post",
    "have no rights to send a message",
    "need administrator rights in the channel chat",
    "have no write access to the chat",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "bot is not a member of the channel chat",
)
_GONE = (
    "chat not found",
    "user is deactivated",
    "bot was kicked",
    "bot was blocked",
    "group chat was deactivated",
    "group chat was deleted",
    "user_is_blocked",
    "peer_id_invalid",
)


# Values of `rate_limit_args` for messages that nobody waits for; see `bot.transport.rate_limiter.RateLimiter`.
BACKGROUND = 0.0
ALREADY_LIMITED = -1.0
# Short, because other messages wait for the result.
REACH_TIMEOUT_S = 5.0


class TelegramMessenger:
    """Fulfils `ports.Messenger`. Each message waits for its slot while it is sent, behind replies."""

    rate_limit_args = BACKGROUND
    read_timeout_s = 20.0

    def __init__(
        self,
        bot: ExtBot[float],
        tried: Callable[[errors.SendError | None], None],
        *,
        is_paid: bool = False,
        build_keyboard: KeyboardBuilder = lambda _: None,
    ) -> None:
        """`tried` is called with the result of each message. Paid messages have a higher limit and cost the bot's
        Stars. `build_keyboard` returns the buttons of a digest as JSON."""
        self._bot = bot
        self._tried = tried
        self._is_paid = is_paid
        self._build_keyboard = build_keyboard

    async def send(
        self,
        chat: ChatRef,
        html: str,
        *,
        is_silent: bool = False,
        preview_url: str | None = None,
        ending: Delivery | None = None,
    ) -> int:
        keyboard, preview = self._build_keyboard(ending) if ending else None, build_large_preview(preview_url)
        return await self._send(chat, html, ParseMode.HTML, is_silent=is_silent, keyboard=keyboard, preview=preview)

    async def send_plain(
        self, chat: ChatRef, html: str, *, is_silent: bool = False, ending: Delivery | None = None
    ) -> int:
        keyboard = self._build_keyboard(ending) if ending else None
        return await self._send(chat, visible_text(html), None, is_silent=is_silent, keyboard=keyboard)

    async def send_with_buttons(self, chat: ChatRef, html: str, keyboard: InlineKeyboardMarkup) -> int:
        """As `send`, with buttons; if Telegram refuses the markup, send plain text."""
        try:
            return await self._send(chat, html, ParseMode.HTML, is_silent=False, keyboard=keyboard)
        except errors.InvalidMarkup as failure:
            log.warning("markup was refused, sending plain text: %s", failure)
            return await self._send(chat, visible_text(html), None, is_silent=False, keyboard=keyboard)

    async def edit_with_buttons(
        self, chat: ChatRef, message_id: int, html: str, keyboard: InlineKeyboardMarkup
    ) -> None:
        """Edit a message that was sent; one that shows this already counts as edited."""
        try:
            await self._edit(chat, message_id, html, ParseMode.HTML, keyboard)
        except errors.InvalidMarkup as failure:
            log.warning("markup was refused, editing to plain text: %s", failure)
            await self._edit(chat, message_id, visible_text(html), None, keyboard)

    async def _edit(
        self, chat: ChatRef, message_id: int, text: str, parse_mode: str | None, keyboard: InlineKeyboardMarkup
    ) -> None:
        try:
            await self._bot.edit_message_text(
                text,
                chat.chat_id,
                message_id,
                parse_mode=parse_mode,
                reply_markup=keyboard,
                link_preview_options=NO_PREVIEW,
                rate_limit_args=self.rate_limit_args,
                read_timeout=self.read_timeout_s,
            )
        except error.TelegramError as failure:
            if not is_said(failure, _UNCHANGED):
                raise translate(failure) from failure

    async def _send(
        self,
        chat: ChatRef,
        text: str,
        parse_mode: str | None,
        *,
        is_silent: bool,
        keyboard: InlineKeyboardMarkup | str | None = None,
        preview: LinkPreviewOptions = NO_PREVIEW,
    ) -> int:
        try:
            with message_id_only():
                message = await self._bot.send_message(
                    chat.chat_id,
                    text,
                    parse_mode=parse_mode,
                    reply_markup=None if isinstance(keyboard, str) else keyboard,
                    api_kwargs={"reply_markup": keyboard} if isinstance(keyboard, str) else None,
                    message_thread_id=chat.thread_id,
                    disable_notification=is_silent,
                    link_preview_options=preview,
                    allow_paid_broadcast=self._is_paid or None,
                    # A message that Telegram slows down goes back to its row and waits there, not here.
                    rate_limit_args=self.rate_limit_args,
                    read_timeout=self.read_timeout_s,
                )
        except error.TelegramError as failure:
            meaning = translate(failure)
            self._tried(meaning)
            raise meaning from failure
        self._tried(None)
        return message.message_id


class OutboxMessenger(TelegramMessenger):
    """Sends messages from the outbox, which has waited for their slots with `BotSendLimiter`."""

    rate_limit_args = ALREADY_LIMITED
    # Nobody waits for the result, and giving up early risks sending a message twice.
    read_timeout_s = 60.0


@dataclass(frozen=True, slots=True)
class BotSendLimiter:
    """Fulfils `ports.SendLimiter`."""

    _bot: ExtBot[float]
    _turn: Callable[[int], Awaitable[None]]

    async def turn(self, chat: ChatRef) -> None:
        await self._turn(chat.chat_id)

    async def reach(self) -> None:
        try:
            await self._bot.get_me(read_timeout=REACH_TIMEOUT_S, rate_limit_args=BACKGROUND)
        except error.TelegramError as failure:
            raise translate(failure) from failure


def build_large_preview(url: str | None) -> LinkPreviewOptions:
    """Return the options for the page's picture, large and above the text; no preview without a page."""
    if url is None:
        return NO_PREVIEW
    return LinkPreviewOptions(url=url, prefer_large_media=True, show_above_text=True)


def translate(failure: error.TelegramError) -> errors.SendError:
    """Return the error that says how to react to python-telegram-bot's `failure`."""
    match failure:
        case error.RetryAfter():
            return errors.RateLimited(seconds(failure))
        case error.ChatMigrated():
            return errors.ChatMoved(failure.new_chat_id)
        case error.Forbidden() | error.BadRequest() if is_said(failure, _UNPAID):
            # The operator must fix it; the messages wait.
            return errors.NotDelivered(failure.message)
        case error.Forbidden() if is_said(failure, _NO_RIGHTS):
            return errors.MissingRights(failure.message)
        case error.Forbidden():
            return errors.ChatUnreachable(failure.message)
        case error.BadRequest():
            return translate_bad_request(failure)
        case error.NetworkError():
            return translate_network(failure)
        case error.InvalidToken() | error.Conflict():
            # The operator must fix it; the messages wait.
            return errors.NotDelivered(failure.message)
        case _:
            # For example a response that is not JSON: the message may have been sent.
            return errors.DeliveryUnknown(failure.message)


def translate_bad_request(failure: error.BadRequest) -> errors.SendError:
    if is_said(failure, MARKUP_REFUSED):
        return errors.InvalidMarkup(failure.message)
    if is_said(failure, _THREAD_GONE):
        return errors.TopicNotFound(failure.message)
    if is_said(failure, _NO_RIGHTS):
        return errors.MissingRights(failure.message)
    if is_said(failure, _GONE):
        return errors.ChatUnreachable(failure.message)
    return errors.SendRefused(failure.message)


def is_said(failure: error.TelegramError, signs: tuple[str, ...]) -> bool:
    message = failure.message.casefold()
    return any(sign in message for sign in signs)


def translate_network(failure: error.NetworkError) -> errors.SendError:
    """Translate a network error by its evidence."""
    match failure.evidence if isinstance(failure, UnansweredCall) else classify_error(failure.__cause__):
        case Evidence.NOT_WRITTEN | Evidence.GATEWAY:
            return errors.NotDelivered(failure.message)
        case Evidence.ERROR:
            return errors.ServerError(failure.message)
        case Evidence.NO_ANSWER:
            return errors.DeliveryUnknown(failure.message)
