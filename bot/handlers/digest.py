"""/langganan, /jadwal, /berhenti: a chat's digest, its settings panel, and schedules that people share."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

from telegram import CallbackQuery, Chat, ForceReply, InlineKeyboardMarkup, Message, MessageOriginChannel, Update, User
from telegram.constants import ChatType, KeyboardButtonStyle
from telegram.error import BadRequest
from telegram.ext import ApplicationHandlerStop

from bot.access.chat_admins import AdminAccess, authorise, require_posting
from bot.access.guarded_store import Access
from bot.commands import read_argument
from bot.errors import BadTime, ForeignChat, OutOfDate, UnknownPlace
from bot.handlers.context import BotContext
from bot.handlers.own_feeds import add_answered_feed, is_address
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    edit_callback_message,
    explain_refusal,
    message_handler,
    reply,
    with_retries,
)
from bot.handlers.story_edits import MERGE_QUESTION, merge_with_answer, read_article_id
from bot.handlers.warnings import PLACE_QUESTION, add_place_with_answer
from bot.panel.changes import Change, Question, Verb, View, apply_answer, apply_press, decode_press, with_timetable
from bot.panel.subscriptions import find_next_digest, read_topic_id, start_digest, update_digest
from bot.panel.views import QUESTIONS, Keyboard, choose_view, read_question, render_view
from bot.parsing.queries import find_links
from bot.parsing.schedules import read_timetable
from bot.transport.messenger import build_large_preview
from bot.views.callbacks import build_button, build_keyboard, decoder
from bot.views.deep_links import ScheduleLink, read_schedule
from bot.views.html import OutgoingMessage
from bot.views.schedules import choose_shared_schedule, render_schedule, render_schedule_offer, render_settings
from bot.views.sharing import build_share_button
from summaries.digests.zones import find_zone_at
from summaries.model import ChatRef, OpenQuestion, Subscription
from summaries.warnings.places import make_location

log = logging.getLogger(__name__)

CHANNEL_WORDS = frozenset({"kanal", "channel", "saluran"})
SCHEDULE_PATTERN = r"^j1:"
decode_schedule = decoder(re.compile(r"j1:([A-Za-z0-9_-]{1,61})"), lambda match: read_schedule(match[1]))
# In a private chat the next message within this time is an answer even if it is not a reply.
ANSWER_WINDOW = timedelta(minutes=10)
MAX_ANSWER_CHARS = 400


@message_handler
async def langganan(message: Message, context: BotContext) -> Answer:
    """Start the chat's digest and show its settings; in a private chat also the digest of a channel or a group."""
    asked = read_argument(message) if message.chat.type == ChatType.PRIVATE else ""
    target = await authorise(context.bot, message, asked.split()[0] if asked.startswith("@") else None)
    if asked.casefold() in CHANNEL_WORDS:
        await ask_question(message, context, Question.CHANNEL, target, message.from_user)
        return None
    return await start_and_render(message, target, context)


async def start_and_render(
    message: Message, target: AdminAccess, context: BotContext, change: Change | None = None
) -> OutgoingMessage:
    """Start the digest of `target`, which may be another chat, apply `change`, and return its settings.

    Raises:
        MayNotPost: the bot has no right to post in the channel.
    """
    await require_posting(context.bot, target)
    subscription = await start_digest(context.services, target, context.words, change, message=message)
    return await render_screen(message, context, subscription, target)


async def start_from_greeting(message: Message, target: AdminAccess, context: BotContext) -> OutgoingMessage:
    """Start the digest of the message's chat and topic, and return its settings."""

    def move(current: Subscription) -> Subscription:
        return replace(current, chat=ChatRef(target.chat_id, read_topic_id(message)))

    await require_posting(context.bot, target)
    subscription = await start_digest(context.services, target, context.words, move)
    return await render_screen(message, context, subscription, target)


@message_handler
async def jadwal(message: Message, context: BotContext) -> Answer:
    """Set the digest's times, days or zone; without an argument, show the current ones."""
    services = context.services
    current = await services.store.subscriptions.find(context.here)
    if not read_argument(message) and current is not None and current.is_active:
        return await show_schedule(context, context.here, current, is_new=False)
    table = read_timetable(read_argument(message))
    if not table.times and current is None:
        raise BadTime("")
    target = await authorise(context.bot, message)
    subscription = await start_digest(
        services, target, context.words, partial(with_timetable, table=table), message=message
    )
    return await show_schedule(context, target, subscription, is_new=True)


@message_handler
async def berhenti(message: Message, context: BotContext) -> Answer:
    """Stop the chat's digest."""
    target = await authorise(context.bot, message)
    services = context.services
    if await services.store.subscriptions.deactivate(target, now=services.now()):
        return context.words.text("Stopped. /langganan starts it again at the same time.")
    return context.words.text("No digest is running here. /langganan starts one.")


async def describe_schedule(context: BotContext, chat: Access, subscription: Subscription, *, is_new: bool) -> str:
    """Render when the digest comes, when the next one comes, and how to change it."""
    due = await find_next_digest(context.services, chat, subscription)
    return render_schedule(context.words, subscription, due, is_new=is_new)


async def show_schedule(
    context: BotContext, chat: Access, subscription: Subscription, *, is_new: bool
) -> OutgoingMessage:
    """Return the schedule with a button that shares it."""
    text = await describe_schedule(context, chat, subscription, is_new=is_new)
    chosen = choose_shared_schedule(context.words, subscription) if subscription.is_active else None
    if chosen is None:
        return OutgoingMessage(text)
    label, link = chosen
    bot = context.bot
    button = build_share_button(label, link, bot.username, has_inline=bool(bot.supports_inline_queries))
    return OutgoingMessage(text, build_keyboard([button] if button else []))


def offer_schedule(context: BotContext, link: ScheduleLink) -> OutgoingMessage:
    """Return the offer of a shared schedule.

    It changes nothing until the person agrees, because anybody may send such a link.
    """
    use = build_button(context.words.text("Use this schedule"), f"j1:{link.payload}", KeyboardButtonStyle.PRIMARY)
    return OutgoingMessage(render_schedule_offer(context.words, link), InlineKeyboardMarkup([[use]]))


@button_handler
async def use_schedule(query: CallbackQuery, _message: Message, context: BotContext) -> Answer:
    """Set the chat's digest to the shared schedule."""
    wanted = decode_schedule(query.data)
    if wanted is None:
        return context.words.text("This button is out of date.")

    def change(current: Subscription) -> Subscription:
        preferences = replace(current.preferences, topics=wanted.topics or current.preferences.topics)
        return replace(current, times=wanted.times, days=wanted.days, zone=wanted.zone, preferences=preferences)

    target = await authorise(context.bot, query)
    subscription = await start_digest(context.services, target, context.words, change)
    return await show_schedule(context, target, subscription, is_new=True)


@button_handler
async def panel_button(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Carry out a callback query of the panel, one at a time in each chat, and edit the panel."""
    services = context.services
    press = decode_press(query.data)
    if press is None:
        raise OutOfDate(query.data)
    async with services.locks.hold(message.chat_id):
        target = await authorise(context.bot, query, press.target)
        if press.verb is Verb.ASK:
            question = read_question(press)
            await answer_callback(query)
            await ask_question(message, context, question, target, query.from_user)
            return
        view, page = choose_view(press)
        if press.verb is Verb.RUN:
            await require_posting(context.bot, target)
            subscription = await start_digest(services, target, context.words)
        else:
            is_change = press.verb not in {Verb.VIEW, Verb.PREVIEW}
            outlets = await services.store.news.outlets() if is_change else ()
            subscription = await update_digest(services, target, apply_press(press, outlets))
        await answer_callback(query)
        if press.verb is Verb.PREVIEW:
            await send_preview(message, target, subscription, context)
        else:
            shown = await render_screen(message, context, subscription, target, view, page)
            await edit_callback_message(message, shown)


async def render_screen(
    message: Message,
    context: BotContext,
    subscription: Subscription,
    target: AdminAccess,
    view: View = View.MAIN,
    page: int = 0,
) -> OutgoingMessage:
    """Return a screen about the digest of `target`, for the chat of the message."""
    services, words = context.services, context.words
    is_here = target.chat_id == message.chat_id
    outlets = await services.store.news.outlets() if view is View.OUTLETS else ()
    keyboard = Keyboard(words, subscription, None if is_here else target.chat_id).build(view, page, outlets)
    if view is not View.MAIN:
        return OutgoingMessage(render_view(words, view, subscription), keyboard)
    due = await find_next_digest(services, target, subscription)
    title = None if is_here else target.chat.effective_name
    return OutgoingMessage(render_settings(words, subscription, due, title), keyboard)


async def send_preview(message: Message, target: AdminAccess, subscription: Subscription, context: BotContext) -> None:
    """Send a preview of the digest; ignore a double tap."""
    services = context.services
    if services.locks.is_double_tap(("preview", message.chat_id), services.now()):
        return
    parts = await services.preview(
        target,
        subscription,
        context.words.language,
        context.bot.username,
        is_channel=target.chat.type == ChatType.CHANNEL,
    )
    head = context.words.html("<i>This is how the digest would look now:</i>")
    shown = [OutgoingMessage(part.html, preview=build_large_preview(part.preview_url)) for part in parts]
    await reply(message, OutgoingMessage(head), *shown)


async def ask_question(
    message: Message, context: BotContext, question: Question, target: AdminAccess, person: User | None
) -> None:
    """Ask for typed input below the panel, and store the question."""
    text = context.words.html(QUESTIONS[question])
    is_group = message.chat_id < 0
    if is_group and person is not None:
        # Only the mentioned person sees the input field.
        text = f"{person.mention_html()}: {text}"
    below = ForceReply(selective=is_group)
    sent = await with_retries(partial(message.reply_html, text, reply_markup=below, allow_sending_without_reply=True))
    services = context.services
    panel_id = message.message_id if message.from_user and message.from_user.id == context.bot.id else None
    await services.store.questions.ask(
        context.here, target, question, message_id=sent.message_id, panel_id=panel_id, now=services.now()
    )


async def answer_question(update: Update, context: BotContext) -> None:
    """Handle a message that answers a question of the panel, and keep it from other handlers; ignore any other."""
    message = update.effective_message
    if message is None:
        return
    # The lock waits for a question that was sent but is not stored yet.
    async with context.services.locks.hold(message.chat_id):
        question = await find_question(message, context)
    if question is not None:
        answer = apply_typed_answer
        if question.kind.startswith(MERGE_QUESTION):
            answer = merge_with_answer
        elif question.kind == PLACE_QUESTION:
            answer = add_place_with_answer
        elif question.kind == Question.FEED:
            answer = add_answered_feed
        answering = answer(message, question, context)
    elif (channel := await authorise_forwarded_channel(message, context)) is not None:
        answering = start_and_render(message, channel, context)
    elif message.location is not None and message.chat.type == ChatType.PRIVATE:
        answering = set_zone_from_location(message, context)
    else:
        return
    await reply(message, await explain_refusal(answering, context))
    raise ApplicationHandlerStop


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
    if question.kind.startswith(MERGE_QUESTION):
        return question if read_article_id(message.text or "") is not None else None
    is_channel = question.kind == Question.CHANNEL
    text = message.text or ""
    if question.kind == Question.FEED:
        return question if is_address(text) else None
    is_answer = (
        (is_channel and (find_forwarded_channel(message) is not None or text.startswith("@")))
        or (question.kind in {Question.ZONE, Question.REGION, PLACE_QUESTION} and message.location is not None)
        or (not is_channel and 0 < len(text) <= MAX_ANSWER_CHARS and not find_links(text))
    )
    return question if is_answer else None


async def apply_typed_answer(message: Message, question: OpenQuestion, context: BotContext) -> Answer:
    """Apply the answer to the digest; if it is invalid, the question stays open.

    The person may be another one than the question was for, so they are authorised for its target.

    Raises:
        RingkasError: the answer is invalid or not allowed.
    """
    services = context.services
    if question.kind == Question.CHANNEL:
        channel = find_forwarded_channel(message)
        named = channel.id if channel else (message.text or "").strip()
        shown = await start_and_render(message, await authorise(context.bot, message, named), context)
        await services.store.questions.close(context.here, question)
        return shown
    target = await authorise(context.bot, message, question.target_id)
    change = apply_answer(Question(question.kind), read_answer(message, Question(question.kind)))
    async with services.locks.hold(message.chat_id):
        subscription = await update_digest(services, target, change)
        await services.store.questions.close(context.here, question)
        await reply(message, await render_screen(message, context, subscription, target))
        await retire_panel(question, context)
    return None


def read_answer(message: Message, question: Question) -> str:
    """Return the message's text. A location answers with its zone, or with the regency or city whose seat is nearest.

    Raises:
        UnknownPlace: the location is in no zone, or not in Indonesia.
    """
    if message.location is None:
        return message.text or message.caption or ""
    latitude, longitude = message.location.latitude, message.location.longitude
    if question is Question.REGION:
        found = make_location(latitude, longitude)
        if found is None:
            raise UnknownPlace("abroad")
        return found[0].name
    zone = find_zone_at(latitude, longitude)
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


async def set_zone_from_location(message: Message, context: BotContext) -> OutgoingMessage:
    """Set the zone of the private chat's digest to that of a location that was sent unasked.

    Raises:
        UnknownPlace: the location is in no zone.
    """
    change = apply_answer(Question.ZONE, read_answer(message, Question.ZONE))
    target = await authorise(context.bot, message)
    async with context.services.locks.hold(message.chat_id):
        return await start_and_render(message, target, context, change)
