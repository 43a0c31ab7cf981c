"""What is typed, forwarded or located where the panel asked for it."""

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
from bot.handlers.digest import offer
from bot.handlers.replies import reply
from bot.handlers.settings_panel import screen
from bot.panel.buttons import Question
from bot.panel.changes import answered
from bot.panel.subscriptions import alter, begin
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

# In a private chat the next message answers too, without being a reply, so long after the question.
ATTENTION = timedelta(minutes=10)
LONGEST_ANSWER = 400


async def answer_question(update: Update, context: BotContext) -> None:
    """Before other handlers: a message that answers a question of the panel goes no further, any other does."""
    message = update.effective_message
    if message is None:
        return
    # A question that is just being asked is stored a moment after it is seen.
    async with context.services.turns.of(message.chat_id):
        question = await open_question(message, context)
    if question is not None:
        async with refusing(message, context):
            await take_answer(message, question, context)
    elif (channel := await admins_channel(message, context)) is not None:
        async with refusing(message, context):
            await offer(message, channel, context)
    elif message.location is not None and message.chat.type == ChatType.PRIVATE:
        async with refusing(message, context):
            await take_location(message, context)
    else:
        return
    raise ApplicationHandlerStop


@asynccontextmanager
async def refusing(message: Message, context: BotContext) -> AsyncIterator[None]:
    """Answer an expected error in the block with its sentence."""
    try:
        yield
    except RingkasError as error:
        log.info("answered with a refusal: %s", type(error).__name__)
        await reply(message, [explain(context.words, error)], is_html=False)


async def open_question(message: Message, context: BotContext) -> OpenQuestion | None:
    """The question that the message answers: by being a reply to it, or the next words in a private chat."""
    services = context.services
    asked = message.reply_to_message
    if asked is not None:
        return await services.store.questions.find(context.here, asked.message_id)
    if message.chat.type != ChatType.PRIVATE:
        return None
    question = await services.store.questions.latest(context.here)
    if question is None or services.now() - question.asked_at > ATTENTION:
        return None
    is_channel = question.kind == Question.CHANNEL
    text = message.text or ""
    is_answer = (
        (is_channel and (forwarded_channel(message) is not None or text.startswith("@")))
        or (question.kind == Question.ZONE and message.location is not None)
        or (not is_channel and 0 < len(text) <= LONGEST_ANSWER and not find_links(text))
    )
    return question if is_answer else None


async def take_answer(message: Message, question: OpenQuestion, context: BotContext) -> None:
    """Change the digest as the answer says; where it makes no sense, the question stays open. Who answers need not be
    who was asked: what the question is about is authorised for them.

    Raises:
        RingkasError: its sentence is for the person.
    """
    services = context.services
    if question.kind == Question.CHANNEL:
        channel = forwarded_channel(message)
        named = channel.id if channel else (message.text or "").strip()
        await offer(message, await authorise(context.bot, message, named), context)
        await services.store.questions.close(context.here, question)
        return
    target = await authorise(context.bot, message, question.target_id)
    change = answered(Question(question.kind), written(message))
    async with services.turns.of(message.chat_id):
        subscription = await alter(services, target, change)
        await services.store.questions.close(context.here, question)
        text, keyboard = await screen(message, context, subscription, target)
        await reply(message, [text], keyboard=keyboard)
        await retire_panel(question, context)


def written(message: Message) -> str:
    """What the message says; a location says the zone that it is in.

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
    """Take the buttons from the panel that asked: a new one stands below the answer."""
    if question.panel_id is None:
        return
    try:
        await context.bot.edit_message_reply_markup(question.chat_id, question.panel_id, reply_markup=None)
    except BadRequest as error:
        log.debug("the panel that asked could not be changed: %s", error)


def forwarded_channel(message: Message) -> Chat | None:
    origin = message.forward_origin
    is_private = message.chat.type == ChatType.PRIVATE
    return origin.chat if is_private and isinstance(origin, MessageOriginChannel) else None


async def admins_channel(message: Message, context: BotContext) -> AdminAccess | None:
    """The channel whose post was forwarded, if the bot is in it and who forwarded is one of its administrators."""
    channel = forwarded_channel(message)
    if channel is None or not await context.services.store.places.is_bot_in(channel):
        return None
    try:
        return await authorise(context.bot, message, channel.id)
    except ForeignChat:
        return None


async def take_location(message: Message, context: BotContext) -> None:
    """A location that nobody asked for is the zone of the private chat's digest.

    Raises:
        UnknownPlace: it is in no zone.
    """
    change = answered(Question.ZONE, written(message))
    target = await authorise(context.bot, message)
    async with context.services.turns.of(message.chat_id):
        subscription = await begin(context.services, target, context.words, change, message=message)
        text, keyboard = await screen(message, context, subscription, target)
        await reply(message, [text], keyboard=keyboard)
