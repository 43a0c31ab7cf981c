"""How handlers answer: what they work with, in which chat and thread, and what happens when something fails."""

from __future__ import annotations

import hashlib
import logging
import secrets
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from telegram import Message, Update
from telegram.constants import ChatType, ParseMode
from telegram.error import BadRequest, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.access.chat_admins import authorise
from bot.conversation.reply import Exchange, current_exchange, enter, insist
from bot.transport.messenger import translate
from bot.transport.update_processor import is_refused
from bot.views.errors import explain
from bot.views.html import NO_PREVIEW, Shown
from summaries.errors import ChatGone, InputError, RingkasError, StoreError, ThreadGone
from summaries.model import Answered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from telegram import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions

    from bot.handlers.context import BotContext


log = logging.getLogger(__name__)

LONGEST_TOAST = 200
# What Telegram says of a message that can't show the new text: it shows it already, it is gone (a group's cleaning bot
# deletes what it likes), or somebody sent a button's data under a message of another kind.
_NOT_EDITABLE = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message to edit",
)


def answers(
    handler: Callable[[Message, BotContext], Awaitable[None]],
) -> Callable[[Update, BotContext], Coroutine[Any, Any, None]]:
    """Make a handler of a function that answers a message; an expected error is answered with its sentence.

    When the message is edited, its answer is edited; "typing" is shown where the answer takes its time.
    """

    @wraps(handler)
    async def on_update(update: Update, context: BotContext) -> None:
        message = update.effective_message
        if message is None:
            return
        async with context.services.turns.of(("message", message.chat_id, message.message_id)):
            earlier: tuple[int, ...] = ()
            if update.edited_message is not None:
                before = await context.services.store.answers.recall(context.here, message.message_id)
                # Telegram also calls it an edit when a preview or a reaction is added.
                if before is None or before.digest == digest_of(message):
                    return
                earlier = before.message_ids
            await exchange_with(message, context, handler, earlier)

    return on_update


def answers_press(
    handler: Callable[[CallbackQuery, Message, BotContext], Awaitable[None]],
) -> Callable[[Update, BotContext], Coroutine[Any, Any, None]]:
    """Make a handler of a function that answers a press on a button of the message; an expected error is shown to the
    person.

    A press that comes without its message is answered here: one on a message that Telegram no longer shows to the bot,
    and one on a card of inline mode, which has no buttons of this kind. So is any stranger's press on a post in a
    channel, which everybody sees.
    """

    @wraps(handler)
    async def on_update(update: Update, context: BotContext) -> None:
        pressed = update.callback_query
        if pressed is None:
            return
        message = shown_message(pressed)
        if message is None:
            said = context.words.text("This button is out of date. Send the command again.")
            await settle(pressed, said, is_alert=True)
            return
        try:
            if message.chat.type == ChatType.CHANNEL:
                await authorise(context.bot, pressed)
            await handler(pressed, message, context)
        except RingkasError as error:
            log.info("a press was answered with a refusal: %s", type(error).__name__)
            said = explain(context.words, error)
            # What failed after the press was answered is said in the chat. A refusal is not: the press was too old.
            if not await told_in_alert(update, said) and not isinstance(error, InputError):
                await Exchange(message).show(Shown(said, is_html=False))

    return on_update


def shown_message(pressed: CallbackQuery) -> Message | None:
    """The message whose button was pressed, if Telegram shows it to the bot.

    python-telegram-bot reads an inaccessible one as a message of the year 1970.
    """
    message = pressed.message
    return message if isinstance(message, Message) and message.is_accessible else None


async def exchange_with(
    message: Message,
    context: BotContext,
    handler: Callable[[Message, BotContext], Awaitable[None]],
    earlier: Sequence[int],
) -> None:
    """Let the handler answer the message, in place of what answered it earlier."""
    exchange = Exchange(message, earlier)
    enter(exchange)
    exchange.begin_typing()
    try:
        await handler(message, context)
    except RingkasError as error:
        log.info("answered with a refusal: %s", type(error).__name__)
        await reply(message, [f"{explain(context.words, error)}"], is_html=False)
    finally:
        await exchange.end()
        await remember(message, exchange, context)


async def remember(message: Message, exchange: Exchange, context: BotContext) -> None:
    services = context.services
    answered = Answered(digest_of(message), tuple(exchange.message_ids))
    try:
        if answered.message_ids:
            await services.store.answers.remember(context.here, message.message_id, answered, now=services.now())
    except StoreError as error:
        log.warning("an answer can't be remembered; an edit of its question is not answered: %s", error)


def digest_of(message: Message) -> str:
    """A short stand-in for what the message says."""
    text = message.text or message.caption or ""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


async def reply(
    message: Message,
    parts: Sequence[str],
    *,
    keyboard: InlineKeyboardMarkup | None = None,
    preview: LinkPreviewOptions = NO_PREVIEW,
    is_html: bool = True,
) -> None:
    """Answer in the message's chat and thread, part by part; the keyboard goes under the last."""
    exchange = current_exchange(message)
    for index, part in enumerate(parts):
        below = keyboard if index == len(parts) - 1 else None
        await exchange.show(Shown(part, below, preview if index == 0 else NO_PREVIEW, is_html))


async def settle(pressed: CallbackQuery, text: str | None = None, *, is_alert: bool = False) -> None:
    """Answer the press, so that it does not go on spinning. One that is too old to be answered is let be.

    With `is_alert` the text is shown until the person closes it; Telegram shows 200 characters.
    """
    try:
        await pressed.answer(text[:LONGEST_TOAST] if text else None, show_alert=is_alert)
    except BadRequest as error:
        if "query is too old" not in error.message.casefold():
            raise
        log.info("a press came too late to be answered")


async def edit_pressed(
    edit: Callable[..., Awaitable[object]],
    keyboard: InlineKeyboardMarkup | None,
    *,
    preview: LinkPreviewOptions = NO_PREVIEW,
    is_html: bool = True,
) -> None:
    """Edit the message whose button was pressed; `edit` has the new text."""
    mode = ParseMode.HTML if is_html else None
    await edit_if_possible(partial(edit, parse_mode=mode, link_preview_options=preview, reply_markup=keyboard))


async def edit_if_possible(edit: Callable[[], Awaitable[object]]) -> None:
    """Make the edit. A message that can't show it is no failure: two quick presses on one button ask for the same
    twice."""
    try:
        await insist(edit)
    except BadRequest as error:
        if not any(sign in error.message.casefold() for sign in _NOT_EDITABLE):
            raise
        log.info("the message of a button was not edited: %s", error)


async def give_notice(update: Update, context: BotContext) -> None:
    """Answer an update that is over a limit with a notice, and keep it from all other handlers."""
    if not is_refused():
        return
    if update.callback_query is not None:
        await settle(update.callback_query, context.words.text("One moment, please. I am still answering here."))
    elif update.message is not None and is_addressed(update.message, context):
        said = context.words.text(
            "That is a lot at once. I finish what I have begun and skip the rest. Please send it again in a minute."
        )
        await reply(update.message, [said], is_html=False)
    raise ApplicationHandlerStop


def is_addressed(message: Message, context: BotContext) -> bool:
    """Return whether the message is meant for the bot: others in a group may be visible to it."""
    replied = message.reply_to_message
    is_reply = replied is not None and replied.from_user is not None and replied.from_user.id == context.bot.id
    text = message.text or message.caption or ""
    return message.chat.type == ChatType.PRIVATE or text.startswith("/") or is_reply


async def told_in_alert(update: object, said: str) -> bool:
    """Whether it could be told as the answer to a press, which then does not go on spinning."""
    pressed = update.callback_query if isinstance(update, Update) else None
    if pressed is None:
        return False
    try:
        return await pressed.answer(said[:LONGEST_TOAST], show_alert=True)
    except BadRequest:
        # It was answered before it failed, or it is too old.
        return False


async def report_failure(update: object, context: BotContext) -> None:
    """What no handler expected: logged with all that is known under a code that the person is shown."""
    if isinstance(context.error, TelegramError) and isinstance(translate(context.error), ChatGone | ThreadGone):
        # The bot was blocked, thrown out or muted, or the topic is gone: nobody there can be answered.
        log.info("an update could not be answered: %s", context.error)
        return
    code = secrets.token_hex(3).upper()
    context.bot_data.metrics.update_failed()
    log.error("an update could not be handled (%s)", code, exc_info=context.error)
    if not isinstance(update, Update):
        return
    pressed = update.callback_query
    message = shown_message(pressed) if pressed else update.effective_message
    try:
        said = context.words.text(
            "Something went wrong on my side. Please try again in a minute. If it stays that way, tell my admin this"
            " code: {code}.",
            code=code,
        )
        if not await told_in_alert(update, said) and message is not None:
            await Exchange(message).show(Shown(said, is_html=False))
    except TelegramError as error:
        log.warning("the apology could not be sent: %s", error)
