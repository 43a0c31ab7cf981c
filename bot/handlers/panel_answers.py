"""Answers to the questions of the settings panel: typed text, forwarded posts and locations."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from telegram import MessageOriginChannel
from telegram.constants import ChatType
from telegram.error import BadRequest
from telegram.ext import ApplicationHandlerStop

from bot.access.chat_admins import authorise
from bot.errors import ForeignChat, UnknownPlace
from bot.handlers.digest import start_other_digest
from bot.handlers.replies import reply
from bot.handlers.settings_panel import render_screen
from bot.panel.buttons import Question
from bot.panel.changes import apply_answer
from bot.panel.subscriptions import start_digest, update_digest
from bot.parsing.queries import find_links
from bot.views.errors import explain
from summaries.digests.zones import find_zone_at
from summaries.errors import RingkasError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Chat, Message, Update

    from bot.access.chat_admins import AdminAccess
    from bot.handlers.context import BotContext
    from summaries.model import OpenQuestion

log = logging.getLogger(__name__)

# In a private chat the next message within this time is an answer even if it is not a reply.
ANSWER_WINDOW = timedelta(minutes=10)
MAX_ANSWER_CHARS = 400


async def answer_question(update: Update, context: BotContext) -> None:
    """Handle a message that answers a question of the panel, and keep it from other handlers; ignore any other."""
    message = update.effective_message
    if message is None:
        return
    # The lock waits for a question that was sent but is not stored yet.
    async with context.services.locks.hold(message.chat_id):
        question = await find_question(message, context)
    if question is not None:
        async with explaining_errors(message, context):
            await apply_typed_answer(message, question, context)
    elif (channel := await authorise_forwarded_channel(message, context)) is not None:
        async with explaining_errors(message, context):
            await start_other_digest(message, channel, context)
    elif message.location is not None and message.chat.type == ChatType.PRIVATE:
        async with explaining_errors(message, context):
            await set_zone_from_location(message, context)
    else:
        return
    raise ApplicationHandlerStop


@asynccontextmanager
async def explaining_errors(message: Message, context: BotContext) -> AsyncIterator[None]:
    """Explain an expected error of the block in a reply."""
    try:
        yield
    except RingkasError as error:
        log.info("answered with a refusal: %s", type(error).__name__)
        await reply(message, [explain(context.words, error)], is_html=False)


async def find_question(message: Message, context: BotContext) -> OpenQuestion | None:
    """Return the question that the message replies to, or in a private chat the latest one."""
    services = context.services
    asked = message.reply_to_message
    if asked is not None:
        return await services.store.questions.find(context.here, asked.message_id)
    if message.chat.type != ChatType.PRIVATE:
        return None
    question = await services.store.questions.latest(context.here)
    if question is None or services.now() - question.asked_at > ANSWER_WINDOW:
        return None
    is_channel = question.kind == Question.CHANNEL
    text = message.text or ""
    is_answer = (
        (is_channel and (find_forwarded_channel(message) is not None or text.startswith("@")))
        or (question.kind == Question.ZONE and message.location is not None)
        or (not is_channel and 0 < len(text) <= MAX_ANSWER_CHARS and not find_links(text))
    )
    return question if is_answer else None


async def apply_typed_answer(message: Message, question: OpenQuestion, context: BotContext) -> None:
    """Apply the answer to the digest; if it is invalid, the question stays open.

    The person may be another one than the question was for, so they are authorised for its target.

    Raises:
        RingkasError: the answer is invalid or not allowed.
    """
    services = context.services
    if question.kind == Question.CHANNEL:
        channel = find_forwarded_channel(message)
        named = channel.id if channel else (message.text or "").strip()
        await start_other_digest(message, await authorise(context.bot, message, named), context)
        await services.store.questions.close(context.here, question)
        return
    target = await authorise(context.bot, message, question.target_id)
    change = apply_answer(Question(question.kind), read_answer(message))
    async with services.locks.hold(message.chat_id):
        subscription = await update_digest(services, target, change)
        await services.store.questions.close(context.here, question)
        text, keyboard = await render_screen(message, context, subscription, target)
        await reply(message, [text], keyboard=keyboard)
        await retire_panel(question, context)


def read_answer(message: Message) -> str:
    """Return the message's text, or the zone of its location.

    Raises:
        UnknownPlace: the location is in no zone.
    """
    if message.location is None:
        return message.text or message.caption or ""
    zone = find_zone_at(message.location.latitude, message.location.longitude)
    if zone is None:
        raise UnknownPlace("at sea")
    return zone


async def retire_panel(question: OpenQuestion, context: BotContext) -> None:
    """Remove the buttons of the panel that asked: the reply has new ones."""
    if question.panel_id is None:
        return
    try:
        await context.bot.edit_message_reply_markup(question.chat_id, question.panel_id, reply_markup=None)
    except BadRequest as error:
        log.debug("the panel that asked could not be changed: %s", error)


def find_forwarded_channel(message: Message) -> Chat | None:
    """Return the channel of a post that was forwarded to the private chat."""
    origin = message.forward_origin
    is_private = message.chat.type == ChatType.PRIVATE
    return origin.chat if is_private and isinstance(origin, MessageOriginChannel) else None


async def authorise_forwarded_channel(message: Message, context: BotContext) -> AdminAccess | None:
    """Return access to the channel of the forwarded post if the bot is in it and the person is its administrator."""
    channel = find_forwarded_channel(message)
    if channel is None or not await context.services.store.memberships.is_bot_in(channel):
        return None
    try:
        return await authorise(context.bot, message, channel.id)
    except ForeignChat:
        return None


async def set_zone_from_location(message: Message, context: BotContext) -> None:
    """Set the zone of the private chat's digest to that of a location that was sent unasked.

    Raises:
        UnknownPlace: the location is in no zone.
    """
    change = apply_answer(Question.ZONE, read_answer(message))
    target = await authorise(context.bot, message)
    async with context.services.locks.hold(message.chat_id):
        subscription = await start_digest(context.services, target, context.words, change, message=message)
        text, keyboard = await render_screen(message, context, subscription, target)
        await reply(message, [text], keyboard=keyboard)
