"""/langganan, /jadwal, /berhenti: a chat's digest."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatType

from bot.access.chat_admins import authorise, require_posting
from bot.commands import argument
from bot.errors import BadTime
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.handlers.settings_panel import ask, screen
from bot.panel.buttons import Question
from bot.panel.changes import with_times
from bot.panel.subscriptions import next_digest_at, start_digest
from bot.parsing.schedules import read_timetable
from bot.views.deep_links import ScheduleLink, read_payload
from bot.views.schedules import offer_text, told_text

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message

    from bot.access.chat_admins import AdminAccess
    from bot.access.guarded_store import Access
    from bot.handlers.context import BotContext
    from bot.panel.changes import Change
    from bot.parsing.schedules import Timetable
    from summaries.model import Subscription


CHANNEL_WORDS = frozenset({"kanal", "channel", "saluran"})


SCHEDULE_PATTERN = r"^j1:"


_DATA = re.compile(r"j1:([A-Za-z0-9_-]{1,61})")


@message_handler
async def langganan(message: Message, context: BotContext) -> None:
    """The chat's digest, started where it is not running; or, from a private chat, that of a channel or a group."""
    asked = argument(message)
    if message.chat.type == ChatType.PRIVATE and asked.casefold() in CHANNEL_WORDS:
        own = await authorise(context.bot, message)
        await ask(message, context, Question.CHANNEL, own, message.from_user)
        return
    if message.chat.type == ChatType.PRIVATE and asked.startswith("@"):
        await offer(message, await authorise(context.bot, message, asked.split()[0]), context)
        return
    target = await authorise(context.bot, message)
    subscription = await start_digest(context.services, target, context.words, message=message)
    text, keyboard = await screen(message, context, subscription, target)
    await reply(message, [text], keyboard=keyboard)


async def offer(message: Message, target: AdminAccess, context: BotContext) -> None:
    """Begin the digest of another chat for one of its administrators, and show its settings here.

    Raises:
        MayNotPost: see there.
    """
    await require_posting(context.bot, target)
    subscription = await start_digest(context.services, target, context.words, message=message)
    text, keyboard = await screen(message, context, subscription, target)
    await reply(message, [text], keyboard=keyboard)


@message_handler
async def jadwal(message: Message, context: BotContext) -> None:
    """Set the digest's hours, days or zone; without any, tell the present ones."""
    services = context.services
    current = await services.store.subscriptions.find(context.here)
    if not argument(message) and current is not None and current.is_active:
        await reply(message, [await told(context, context.here, current, is_new=False)])
        return
    table = read_timetable(argument(message))
    if not table.times and current is None:
        raise BadTime("")
    target = await authorise(context.bot, message)
    subscription = await start_digest(services, target, context.words, with_timetable(table), message=message)
    await reply(message, [await told(context, target, subscription, is_new=True)])


@message_handler
async def berhenti(message: Message, context: BotContext) -> None:
    target = await authorise(context.bot, message)
    services = context.services
    if await services.store.subscriptions.deactivate(target, now=services.now()):
        said = context.words.text("Stopped. /langganan starts it again at the same time.")
    else:
        said = context.words.text("No digest is running here. /langganan starts one.")
    await reply(message, [said], is_html=False)


def with_timetable(table: Timetable) -> Change:
    """What was not named stays as it is."""

    def change(now: Subscription) -> Subscription:
        changed = replace(now, zone=table.zone or now.zone, days=table.days or now.days)
        return with_times(changed, set(table.times)) if table.times else changed

    return change


async def told(context: BotContext, chat: Access, subscription: Subscription, *, is_new: bool) -> str:
    """When the chat's digest comes, when next, and how to change it."""
    due = await next_digest_at(context.services, chat, subscription)
    return told_text(context.words, subscription, due, context.bot.username, is_new=is_new)


async def offer_schedule(message: Message, context: BotContext, link: ScheduleLink) -> None:
    """Nothing is changed before the person says so: a link may come from anybody."""
    use = InlineKeyboardButton(context.words.text("Use this schedule"), callback_data=f"j1:{link.payload}")
    await reply(message, [offer_text(context.words, link)], keyboard=InlineKeyboardMarkup([[use]]))


@button_handler
async def use_schedule(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on the offer: the chat's digest comes at these times."""
    match = _DATA.fullmatch(pressed.data or "")
    link = read_payload(match.group(1)) if match else None
    if not isinstance(link, ScheduleLink):
        await answer_callback(pressed, context.words.text("This button is out of date."))
        return
    wanted = link

    def change(now: Subscription) -> Subscription:
        wishes = replace(now.preferences, topics=wanted.topics or now.preferences.topics)
        return replace(now, times=wanted.times, days=wanted.days, zone=wanted.zone, preferences=wishes)

    target = await authorise(context.bot, pressed)
    subscription = await start_digest(context.services, target, context.words, change)
    await answer_callback(pressed)
    await edit_callback_message(
        partial(message.edit_text, await told(context, target, subscription, is_new=True)), None
    )
