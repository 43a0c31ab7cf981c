"""/langganan, /jadwal, /berhenti: a chat's digest, and schedules that people share."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.constants import ChatType

from bot.access.chat_admins import AdminAccess, authorise, require_posting
from bot.access.guarded_store import Access
from bot.commands import read_argument
from bot.errors import BadTime
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.handlers.settings_panel import ask_question, reply_with_settings
from bot.panel.buttons import Question
from bot.panel.changes import Change, with_timetable
from bot.panel.subscriptions import find_next_digest, start_digest
from bot.parsing.schedules import read_timetable
from bot.views.deep_links import ScheduleLink, read_payload
from bot.views.html import OutgoingMessage
from bot.views.schedules import render_schedule, render_schedule_offer
from summaries.model import Subscription

CHANNEL_WORDS = frozenset({"kanal", "channel", "saluran"})
SCHEDULE_PATTERN = r"^j1:"
_DATA = re.compile(r"j1:([A-Za-z0-9_-]{1,61})")


@message_handler
async def langganan(message: Message, context: BotContext) -> None:
    """Start the chat's digest and show its settings; in a private chat also the digest of a channel or a group."""
    asked = read_argument(message) if message.chat.type == ChatType.PRIVATE else ""
    target = await authorise(context.bot, message, asked.split()[0] if asked.startswith("@") else None)
    if asked.casefold() in CHANNEL_WORDS:
        await ask_question(message, context, Question.CHANNEL, target, message.from_user)
    else:
        await start_and_show(message, target, context)


async def start_and_show(
    message: Message, target: AdminAccess, context: BotContext, change: Change | None = None
) -> None:
    """Start the digest of `target`, which may be another chat, apply `change`, and show its settings here.

    Raises:
        MayNotPost: the bot has no right to post in the channel.
    """
    await require_posting(context.bot, target)
    subscription = await start_digest(context.services, target, context.words, change, message=message)
    await reply_with_settings(message, context, subscription, target)


@message_handler
async def jadwal(message: Message, context: BotContext) -> None:
    """Set the digest's times, days or zone; without an argument, show the current ones."""
    services = context.services
    current = await services.store.subscriptions.find(context.here)
    if not read_argument(message) and current is not None and current.is_active:
        await reply(message, [await describe_schedule(context, context.here, current, is_new=False)])
        return
    table = read_timetable(read_argument(message))
    if not table.times and current is None:
        raise BadTime("")
    target = await authorise(context.bot, message)
    subscription = await start_digest(
        services, target, context.words, partial(with_timetable, table=table), message=message
    )
    await reply(message, [await describe_schedule(context, target, subscription, is_new=True)])


@message_handler
async def berhenti(message: Message, context: BotContext) -> None:
    """Stop the chat's digest."""
    target = await authorise(context.bot, message)
    services = context.services
    if await services.store.subscriptions.deactivate(target, now=services.now()):
        text = context.words.text("Stopped. /langganan starts it again at the same time.")
    else:
        text = context.words.text("No digest is running here. /langganan starts one.")
    await reply(message, [text], is_html=False)


async def describe_schedule(context: BotContext, chat: Access, subscription: Subscription, *, is_new: bool) -> str:
    """Render when the digest comes, when the next one comes, and how to change it."""
    due = await find_next_digest(context.services, chat, subscription)
    return render_schedule(context.words, subscription, due, context.bot.username, is_new=is_new)


async def offer_schedule(message: Message, context: BotContext, link: ScheduleLink) -> None:
    """Offer a shared schedule. It changes nothing until the person agrees, because anybody may send such a link."""
    use = InlineKeyboardButton(context.words.text("Use this schedule"), callback_data=f"j1:{link.payload}")
    await reply(message, [render_schedule_offer(context.words, link)], keyboard=InlineKeyboardMarkup([[use]]))


@button_handler
async def use_schedule(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Set the chat's digest to the shared schedule."""
    match = _DATA.fullmatch(query.data or "")
    link = read_payload(match.group(1)) if match else None
    if not isinstance(link, ScheduleLink):
        await answer_callback(query, context.words.text("This button is out of date."))
        return
    wanted = link

    def change(current: Subscription) -> Subscription:
        preferences = replace(current.preferences, topics=wanted.topics or current.preferences.topics)
        return replace(current, times=wanted.times, days=wanted.days, zone=wanted.zone, preferences=preferences)

    target = await authorise(context.bot, query)
    subscription = await start_digest(context.services, target, context.words, change)
    await answer_callback(query)
    text = await describe_schedule(context, target, subscription, is_new=True)
    await edit_callback_message(message, OutgoingMessage(text))
