"""Wrappers that turn functions into handlers: they send replies, edit callback messages and report errors."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial, wraps
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType, ParseMode
from telegram.error import BadRequest, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.access.chat_admins import authorise
from bot.conversation.reply import Reply, current_reply, set_current_reply, with_retries
from bot.handlers.context import BotContext
from bot.transport.messenger import translate
from bot.transport.update_processor import is_refused
from bot.views.errors import explain
from bot.views.html import OutgoingMessage
from summaries.errors import ChatUnreachable, InputError, RingkasError, StoreError, TopicNotFound
from summaries.model import AnsweredQuestion

log = logging.getLogger(__name__)

# A message, or plain text; None if the handler has replied itself.
Answer = OutgoingMessage | str | None
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


def message_handler(
    handler: Callable[[Message, BotContext], Awaitable[Answer]],
) -> Callable[[Update, BotContext], Coroutine[Any, Any, None]]:
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
            await run_with_reply(message, context, handler(message, context), earlier)

    return on_update


def button_handler(
    handler: Callable[[CallbackQuery, Message, BotContext], Awaitable[Answer]],
) -> Callable[[Update, BotContext], Coroutine[Any, Any, None]]:
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
        except RingkasError as error:
            log.info("a callback query was answered with a refusal: %s", type(error).__name__)
            text = explain(context.words, error)
            # An error after the query was answered is sent to the chat, but not a refusal: its query was too old.
            if not await answer_callback(query, text, is_alert=True) and not isinstance(error, InputError):
                await Reply(message).send_or_edit(OutgoingMessage(text, is_html=False))

    return on_update


def find_callback_message(query: CallbackQuery) -> Message | None:
    """Return the message of the pressed button, if the bot can see it.

    python-telegram-bot reads an inaccessible one as a message of the year 1970.
    """
    message = query.message
    return message if isinstance(message, Message) and message.is_accessible else None


async def run_with_reply(
    message: Message, context: BotContext, answering: Awaitable[Answer], earlier: Iterable[int]
) -> None:
    """Await the answer with a reply that replaces the `earlier` messages, and store the ids of its messages."""
    services, current = context.services, Reply(message, earlier)
    set_current_reply(current)
    current.begin_typing()
    try:
        await reply(message, await explain_refusal(answering, context))
    finally:
        await current.end()
        answered = AnsweredQuestion(hash_content(message), tuple(current.message_ids))
        try:
            if answered.message_ids:
                await services.store.answers.remember(context.here, message.message_id, answered, now=services.now())
        except StoreError as error:
            log.warning("a reply can't be stored; an edit of its question is not answered: %s", error)


async def explain_refusal(answering: Awaitable[Answer], context: BotContext) -> Answer:
    """Return the answer, or an explanation of the expected error."""
    try:
        return await answering
    except RingkasError as error:
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

    With `is_alert` the text is shown until the person closes it.
    """
    try:
        return await query.answer(text[:MAX_CALLBACK_CHARS] if text else None, show_alert=is_alert)
    except BadRequest as error:
        if "query is too old" not in error.message.casefold():
            raise
        log.info("a callback query came too late to be answered")
        return False


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
    """Log an unexpected error with a code, and send the person this code."""
    if isinstance(context.error, TelegramError) and isinstance(
        translate(context.error), ChatUnreachable | TopicNotFound
    ):
        # The bot was blocked, removed or muted, or the topic is gone: no reply is possible.
        log.info("an update could not be answered: %s", context.error)
        return
    code = secrets.token_hex(3).upper()
    context.bot_data.metrics.update_failed()
    log.error("an update could not be handled (%s)", code, exc_info=context.error)
    if not isinstance(update, Update):
        return
    query = update.callback_query
    message = find_callback_message(query) if query else update.effective_message
    try:
        text = context.words.text(
            "Something went wrong on my side. Please try again in a minute. If it stays that way, tell my admin this"
            " code: {code}.",
            code=code,
        )
        is_shown = query is not None and await answer_callback(query, text, is_alert=True)
        if not is_shown and message is not None:
            await Reply(message).send_or_edit(OutgoingMessage(text, is_html=False))
    except TelegramError as error:
        log.warning("the apology could not be sent: %s", error)
