"""Replies to updates, and wrappers that turn functions into handlers.

The messages of an earlier answer are edited rather than followed by others: those of a progress message, and those that
answered the question before the person edited it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, ReplyParameters, Update
from telegram.constants import ChatAction, ChatType, ParseMode
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import ApplicationHandlerStop, ExtBot

from bot.access.chat_admins import authorise
from bot.conversation.pasted_text import identify_sender
from bot.handlers.context import BotContext
from bot.locale import Translations
from bot.telegram_text import visible_text
from bot.transport.messenger import ALREADY_LIMITED, MARKUP_REFUSED, is_said, translate
from bot.transport.rate_limiter import RateLimiter
from bot.transport.update_processor import is_refused
from bot.views.errors import explain
from bot.views.html import OutgoingMessage
from summaries import errors
from summaries.model import AnsweredQuestion

log = logging.getLogger(__name__)

T = TypeVar("T")
# A message, or plain text; None if the handler has replied itself.
Answer = OutgoingMessage | str | None
Handler = Callable[[Update, BotContext], Coroutine[Any, Any, None]]
# Telegram's limit for the text of answerCallbackQuery.
MAX_CALLBACK_CHARS = 200
# Telegram's errors for a message that can't be edited: it has this text already, it was deleted (by a moderation bot,
# for example), or the callback data was forged under a message of another type.
_NOT_EDITABLE = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message to edit",
)
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
            if not shown.is_html or not is_said(error, MARKUP_REFUSED):
                raise
            log.warning("markup was refused, answering in plain text: %s", error)
            message_id = await self._put(as_plain(shown))
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

    def split(self) -> Reply:
        """Return another reply to the same message, which takes over the first of the earlier messages."""
        return Reply(self._question, [self._earlier.popleft()] if self._earlier else [])

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
                if is_said(error, MARKUP_REFUSED):
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
            reply_to_message_id=shown.quotes,
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


def as_plain(shown: OutgoingMessage) -> OutgoingMessage:
    """Return the message without markup."""
    return OutgoingMessage(visible_text(shown.text), shown.keyboard, shown.preview, is_html=False)


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
            most = RETRIES_UNSENT if isinstance(meaning, errors.NotDelivered) else RETRIES_UNCERTAIN
            if not isinstance(meaning, errors.NotDelivered | errors.DeliveryUnknown) or attempts >= most:
                raise
            log.warning("an answer failed and is sent again: %s", error)
            await asyncio.sleep(RETRY_AFTER_S * 2**attempts)
            attempts += 1


def message_handler(handler: Callable[[Message, BotContext], Awaitable[Answer]]) -> Handler:
    """Make a handler of a function that returns the reply to a message; an expected error is explained in the reply.

    If the message is edited, its reply is edited. A reply that takes long shows "typing".
    """

    @wraps(handler)
    async def on_update(update: Update, context: BotContext) -> None:
        message = update.effective_message
        if message is None:
            return
        async with context.services.locks.hold(("message", message.chat_id, message.message_id)):
            earlier: tuple[int, ...] = ()
            if update.edited_message is not None:
                before = await context.services.store.answers.recall(context.here, message.message_id)
                # Telegram also sends an edit when a preview or a reaction is added.
                if before is None or before.digest == hash_content(message):
                    return
                earlier = before.message_ids
                context.services.links.remove_message(identify_sender(message), message.message_id)
            await run_with_reply(message, context, handler(message, context), earlier)

    return on_update


def button_handler(handler: Callable[[CallbackQuery, Message, BotContext], Awaitable[Answer]]) -> Handler:
    """Make a handler of a function for a callback query; an expected error is shown to the person.

    A message that the function returns replaces that of the button, and a text is shown as a notification.
    Queries without their message are answered here: the message is too old for the bot to see, or a card of inline
    mode, which has no such buttons. So are queries from a channel, whose posts anybody can see, unless the person is
    an administrator.
    """

    @wraps(handler)
    async def on_update(update: Update, context: BotContext) -> None:
        query = update.callback_query
        if query is None:
            return
        message = find_callback_message(query)
        if message is None:
            text = context.words.text("This button is out of date. Send the command again.")
            await answer_callback(query, text, is_alert=True)
            return
        try:
            if message.chat.type == ChatType.CHANNEL:
                await authorise(context.bot, query)
            answer = await handler(query, message, context)
            if answer is not None:
                await answer_callback(query, answer if isinstance(answer, str) else None)
            if isinstance(answer, OutgoingMessage):
                await edit_callback_message(message, answer)
        except errors.RingkasError as error:
            log.info("a callback query was answered with a refusal: %s", type(error).__name__)
            text = explain(context.words, error)
            # An error after the query was answered is sent to the chat, but not a refusal: its query was too old.
            if not await answer_callback(query, text, is_alert=True) and not isinstance(error, errors.InputError):
                await Reply(message).send_or_edit(OutgoingMessage(text, is_html=False))

    return on_update


def find_callback_message(query: CallbackQuery) -> Message | None:
    """Return the message of the pressed button, if the bot can see it.

    python-telegram-bot reads an inaccessible one as a message of the year 1970.
    """
    message = query.message
    return message if isinstance(message, Message) and message.is_accessible else None


async def run_with_reply(
    message: Message,
    context: BotContext,
    answering: Awaitable[Answer],
    earlier: Iterable[int] = (),
    *,
    is_more: bool = False,
) -> None:
    """Await the answer with a reply that replaces the `earlier` messages, and store the ids of its messages; with
    `is_more`, in addition to those of the messages that have answered it."""
    services, current = context.services, Reply(message, earlier)
    set_current_reply(current)
    current.begin_typing()
    try:
        await reply(message, await explain_refusal(answering, context))
    finally:
        await current.end()
        digest, message_ids = hash_content(message), tuple(current.message_ids)
        answers, here = services.store.answers, context.here
        try:
            before = await answers.recall(here, message.message_id) if is_more else None
            if before is not None and before.digest == digest:
                message_ids = (*before.message_ids, *message_ids)
            if message_ids:
                answered = AnsweredQuestion(digest, message_ids)
                await answers.remember(here, message.message_id, answered, now=services.now())
        except errors.StoreError as error:
            log.warning("a reply can't be stored; an edit of its question is not answered: %s", error)


async def explain_refusal(answering: Awaitable[Answer], context: BotContext) -> Answer:
    """Return the answer, or an explanation of the expected error."""
    try:
        return await answering
    except errors.RingkasError as error:
        log.info("answered with a refusal: %s", type(error).__name__)
        return explain(context.words, error)


def hash_content(message: Message) -> str:
    """Return a short hash of the message's text, to recognise a real edit."""
    text = message.text or message.caption or ""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


async def reply(message: Message, *answers: Answer) -> None:
    """Reply in the message's chat and thread with each of the answers."""
    for answer in answers:
        if answer is not None:
            shown = OutgoingMessage(answer, is_html=False) if isinstance(answer, str) else answer
            await current_reply(message).send_or_edit(shown)


async def answer_callback(query: CallbackQuery, text: str | None = None, *, is_alert: bool = False) -> bool:
    """Answer the callback query, so that the button stops showing progress; return False if it is too old, or was
    answered before.

    With `is_alert` the text is shown until the person closes it; False is also returned if Telegram refuses the text.
    """
    try:
        return await query.answer(text[:MAX_CALLBACK_CHARS] if text else None, show_alert=is_alert)
    except BadRequest as error:
        if not is_alert and "query is too old" not in error.message.casefold():
            raise
        log.info("a callback query can't be answered: %s", error)
        return False


@asynccontextmanager
async def hold_press(query: CallbackQuery, message: Message, context: BotContext) -> AsyncIterator[bool]:
    """Hold the lock of a person's press of a button. Yield False for the second of two quick taps, and answer it."""
    locks = context.services.locks
    key = (message.chat_id, message.message_id, query.from_user.id, query.data)
    if locks.is_held(key):
        await answer_callback(query)
        yield False
        return
    async with locks.hold(key):
        yield True


def is_double_tap(query: CallbackQuery, message: Message, context: BotContext) -> bool:
    """Return whether anybody tapped the button a moment ago."""
    services = context.services
    return services.locks.is_double_tap((query.data, message.chat_id, message.message_id), services.now())


async def edit_callback_message(message: Message, shown: OutgoingMessage) -> None:
    """Edit the message of the pressed button."""
    mode = ParseMode.HTML if shown.is_html else None
    edit = partial(message.edit_text, shown.text, mode, shown.keyboard, link_preview_options=shown.preview)
    await try_edit(edit)


async def try_edit(edit: Callable[[], Awaitable[object]]) -> None:
    """Edit a message; ignore that it can't be edited, as after a double tap, which asks for the same edit twice."""
    try:
        await with_retries(edit)
    except BadRequest as error:
        if not any(sign in error.message.casefold() for sign in _NOT_EDITABLE):
            raise
        log.info("the message of a button was not edited: %s", error)


async def send_refusal_notice(update: Update, context: BotContext) -> None:
    """Answer an update that is over a limit with a notice, and keep it from all other handlers."""
    if not is_refused():
        return
    if update.callback_query is not None:
        await answer_callback(
            update.callback_query, context.words.text("One moment, please. I am still answering here.")
        )
    elif update.message is not None and is_addressed(update.message, context):
        text = context.words.text(
            "That is a lot at once. I finish what I have begun and skip the rest. Please send it again in a minute."
        )
        await reply(update.message, text)
    raise ApplicationHandlerStop


def is_addressed(message: Message, context: BotContext) -> bool:
    """Return whether the message is meant for the bot: others in a group may be visible to it."""
    replied = message.reply_to_message
    is_reply = replied is not None and replied.from_user is not None and replied.from_user.id == context.bot.id
    text = message.text or message.caption or ""
    return message.chat.type == ChatType.PRIVATE or text.startswith("/") or is_reply


async def report_unexpected_error(update: object, context: BotContext) -> None:
    """Log an unexpected error with a code, and send the person this code; not for a guest message, whose chat only its
    own handler can answer."""
    if isinstance(context.error, TelegramError) and isinstance(
        translate(context.error), errors.ChatUnreachable | errors.TopicNotFound
    ):
        # The bot was blocked, removed or muted, or the topic is gone: no reply is possible.
        log.info("an update could not be answered: %s", context.error)
        return
    code = note_failure(context, context.error)
    if not isinstance(update, Update) or update.guest_message is not None:
        return
    query = update.callback_query
    message = find_callback_message(query) if query else update.effective_message
    try:
        text = render_apology(context.words, code)
        is_shown = query is not None and await answer_callback(query, text, is_alert=True)
        if not is_shown and message is not None:
            await Reply(message).send_or_edit(OutgoingMessage(text, is_html=False))
    except TelegramError as error:
        log.warning("the apology could not be sent: %s", error)


def note_failure(context: BotContext, error: Exception | None) -> str:
    """Count and log an unexpected error; return the code under which it is logged."""
    code = secrets.token_hex(3).upper()
    context.bot_data.metrics.update_failed()
    log.error("an update could not be handled (%s)", code, exc_info=error)
    return code


def render_apology(words: Translations, code: str) -> str:
    return words.text(
        "Something went wrong on my side. Please try again in a minute. If it stays that way, tell my admin this"
        " code: {code}.",
        code=code,
    )
