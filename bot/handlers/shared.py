"""A schedule that somebody shared: offered, and taken over at a press."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.admins import require_admin
from bot.deep_links import ScheduleLink, read_payload
from bot.explain import explain
from bot.handlers.answering import edit_pressed, reply, services, settle
from bot.handlers.langganan import told
from bot.render_schedules import offer_text
from bot.subscribing import begin
from summaries.errors import RingkasError
from summaries.model import ChatRef

if TYPE_CHECKING:
    from telegram import Message, Update

    from bot.handlers.answering import Context
    from summaries.model import Subscription

SCHEDULE_PATTERN = r"^j1:"
_DATA = re.compile(r"j1:([A-Za-z0-9_-]{1,61})")


async def offer_schedule(message: Message, context: Context, link: ScheduleLink) -> None:
    """Nothing is changed before the person says so: a link may come from anybody."""
    use = InlineKeyboardButton(context.words.text("Use this schedule"), callback_data=f"j1:{link.payload}")
    await reply(message, [offer_text(context.words, link)], keyboard=InlineKeyboardMarkup([[use]]))


async def use_schedule(update: Update, context: Context) -> None:
    """A press on the offer: the chat's digest comes at these times."""
    pressed = update.callback_query
    if pressed is None or pressed.message is None:
        return
    match = _DATA.fullmatch(pressed.data or "")
    link = read_payload(match.group(1)) if match else None
    if not isinstance(link, ScheduleLink):
        await settle(pressed, context.words.text("This button is out of date."))
        return
    wanted = link

    def change(now: Subscription) -> Subscription:
        wishes = replace(now.preferences, topics=wanted.topics or now.preferences.topics)
        return replace(now, times=wanted.times, days=wanted.days, zone=wanted.zone, preferences=wishes)

    chat = pressed.message.chat
    try:
        await require_admin(context.bot, chat, pressed.from_user)
        current = await services(context).store.subscriptions.find(chat.id)
        where = current.chat if current else ChatRef(chat.id)
        subscription = await begin(services(context), where, context.words, change)
    except RingkasError as error:
        await settle(pressed, explain(context.words, error))
        return
    await settle(pressed)
    await edit_pressed(partial(pressed.edit_message_text, await told(context, subscription, is_new=True)), None)
