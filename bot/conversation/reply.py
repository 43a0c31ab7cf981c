"""One question of a person and the messages that answer it.

The messages of an earlier answer are edited rather than followed by others: those of a progress message, and those that
answered the question before the person edited it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from telegram import InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ChatAction, ChatType, ParseMode
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.telegram_text import visible_text
from bot.transport.messenger import ALREADY_LIMITED, translate
from bot.transport.rate_limiter import RateLimiter
from bot.views.html import OutgoingMessage
from summaries.errors import DeliveryUnknown, NotDelivered

T = TypeVar("T")

log = logging.getLogger(__name__)

# A reply that takes longer shows "typing", which is visible within about 300 ms.
TYPING_AFTER_S = 0.1
# Telegram shows an action for five seconds.
TYPING_EVERY_S = 4.5
# A request that never left may be repeated freely; one that may have arrived is repeated once.
RETRIES_UNSENT = 3
RETRIES_UNCERTAIN = 1
RETRY_AFTER_S = 0.5


class Reply:
    """The reply to one message, in its chat and thread; `message_ids` are those of the messages sent so far.

    `earlier` are messages that the reply replaces. The question may be deleted meanwhile: moderation bots delete
    commands before they are answered.
    """

    def __init__(self, question: Message, earlier: Iterable[int] = ()) -> None:
        self._question = question
        self._earlier = deque(earlier)
        self._place = (id(question.get_bot()), question.chat_id, question.message_thread_id)
        self._typing: asyncio.Task[None] | None = None
        self._is_over = asyncio.Event()
        self.message_ids: list[int] = []

    def begin_typing(self, after_s: float = TYPING_AFTER_S) -> None:
        """Show "typing" after `after_s`, until a message is sent or the reply ends."""
        self._typing = asyncio.create_task(self._keep_typing(after_s))

    async def send_or_edit(self, shown: OutgoingMessage) -> int:
        """Send the message, or edit an earlier one to show it. If Telegram refuses the markup, send plain text.

        Raises:
            TelegramError: the request failed permanently, or too often.
        """
        await self._stop_typing()
        try:
            message_id = await self._put(shown)
        except BadRequest as error:
            if not shown.is_html or "can't parse entities" not in error.message.casefold():
                raise
            log.warning("markup was refused, answering in plain text: %s", error)
            plain = OutgoingMessage(visible_text(shown.text), shown.keyboard, shown.preview, is_html=False)
            message_id = await self._put(plain)
        self.message_ids.append(message_id)
        return message_id

    async def send_photo(self, photo: bytes, caption: str, keyboard: InlineKeyboardMarkup) -> int:
        """Send a photo with its caption (Telegram HTML).

        Raises:
            TelegramError: the request failed permanently, or too often.
        """
        await self._stop_typing()
        send = partial(
            self._question.reply_photo,
            photo,
            caption=caption,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard,
            allow_sending_without_reply=True,
        )
        self.message_ids.append((await with_retries(send)).message_id)
        return self.message_ids[-1]

    async def show_progress(self, text: str) -> None:
        """Send a progress message, which the answer replaces; skip it while an earlier answer is still shown.

        Progress messages wait behind all replies. A cancelled call sends nothing more, but a message that is already
        being sent is waited for, so that the answer can replace it.
        """
        if self._earlier:
            return
        bot: ExtBot[float] = self._question.get_bot()  # type: ignore[assignment]  # the application's bot is an ExtBot
        if isinstance(bot.rate_limiter, RateLimiter):
            await bot.rate_limiter.acquire_background(self._question.chat_id)
        sending = asyncio.create_task(self._send_progress(bot, text))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait([sending])
            raise

    async def _send_progress(self, bot: ExtBot[float], text: str) -> None:
        question = self._question
        quoted = ReplyParameters(question.message_id, allow_sending_without_reply=True)
        sent = await bot.send_message(
            question.chat_id,
            text,
            message_thread_id=question.message_thread_id if question.is_topic_message else None,
            reply_parameters=None if question.chat.type == ChatType.PRIVATE else quoted,
            rate_limit_args=ALREADY_LIMITED if bot.rate_limiter is not None else None,
        )
        self._earlier.append(sent.message_id)

    def split(self, count: int) -> list[Reply]:
        """Return `count` replies to the same message; each takes one of the earlier messages, as far as they go."""
        shares = [[self._earlier.popleft()] if self._earlier else [] for _ in range(count)]
        return [Reply(self._question, share) for share in shares]

    async def end(self) -> None:
        """Stop typing, and delete the earlier messages that were not replaced."""
        await self._stop_typing()
        while self._earlier:
            await self._delete(self._earlier.popleft())

    async def _put(self, shown: OutgoingMessage) -> int:
        mode = ParseMode.HTML if shown.is_html else None
        while self._earlier:
            edit = partial(
                self._question.get_bot().edit_message_text,
                shown.text,
                chat_id=self._question.chat_id,
                message_id=self._earlier[0],
                parse_mode=mode,
                reply_markup=shown.keyboard,
                link_preview_options=shown.preview,
            )
            try:
                await with_retries(edit)
            except BadRequest as error:
                if "can't parse entities" in error.message.casefold():
                    raise
                if "message is not modified" not in error.message.casefold():
                    # It is gone, or can't hold a text.
                    log.info("an earlier answer can't be edited: %s", error)
                    await self._delete(self._earlier.popleft())
                    continue
            return self._earlier.popleft()
        send = partial(
            self._question.reply_text,
            shown.text,
            parse_mode=mode,
            reply_markup=shown.keyboard,
            link_preview_options=shown.preview,
            allow_sending_without_reply=True,
        )
        return (await with_retries(send)).message_id

    async def _delete(self, message_id: int) -> None:
        try:
            await self._question.get_bot().delete_message(self._question.chat_id, message_id)
        except TelegramError as error:
            log.info("an earlier answer can't be deleted: %s", error)

    async def _keep_typing(self, after_s: float) -> None:
        wait_s = after_s
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._is_over.wait()
            if self._is_over.is_set():
                return
            wait_s = TYPING_EVERY_S
            if _typing.setdefault(self._place, self) is not self:
                continue
            try:
                await self._question.reply_chat_action(ChatAction.TYPING)
            except TelegramError as error:
                log.debug("typing could not be shown: %s", error)

    async def _stop_typing(self) -> None:
        self._is_over.set()
        if self._typing is not None:
            # Wait for a call in flight: if it arrived after the reply, the chat would go on showing "typing".
            await self._typing
            if _typing.get(self._place) is self:
                del _typing[self._place]


# The reply that shows "typing" in each bot's chat and thread; one is enough for all replies in preparation.
_typing: WeakValueDictionary[tuple[int, int, int | None], Reply] = WeakValueDictionary()
_current: ContextVar[Reply | None] = ContextVar("reply", default=None)


def current_reply(message: Message) -> Reply:
    """Return the reply of the running handler, or a new one if it has none."""
    return _current.get() or Reply(message)


def set_current_reply(current: Reply) -> None:
    """Let the rest of this task answer through `current`."""
    _current.set(current)


async def with_retries(call: Callable[[], Awaitable[T]]) -> T:
    """Call and return the result; after a network error or a failure of Telegram, call again.

    A request that never left is retried up to `RETRIES_UNSENT` times, one that may have arrived `RETRIES_UNCERTAIN`.

    Raises:
        TelegramError: the call failed permanently, or too often.
    """
    attempts = 0
    while True:
        try:
            return await call()
        except NetworkError as error:
            meaning = translate(error)
            most = RETRIES_UNSENT if isinstance(meaning, NotDelivered) else RETRIES_UNCERTAIN
            if not isinstance(meaning, NotDelivered | DeliveryUnknown) or attempts >= most:
                raise
            log.warning("an answer failed and is sent again: %s", error)
            await asyncio.sleep(RETRY_AFTER_S * 2**attempts)
            attempts += 1
