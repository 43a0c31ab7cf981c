"""A schedule that somebody shared: offered, and taken over at a press."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.access.chat_admins import authorise
from bot.handlers.digest import told
from bot.handlers.replies import answers_press, edit_pressed, reply, settle
from bot.panel.subscriptions import begin
from bot.views.deep_links import ScheduleLink, read_payload
from bot.views.schedules import offer_text

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message

    from bot.handlers.context import BotContext
    from summaries.model import Subscription

SCHEDULE_PATTERN = r"^j1:"
_DATA = re.compile(r"j1:([A-Za-z0-9_-]{1,61})")


async def offer_schedule(message: Message, context: BotContext, link: ScheduleLink) -> None:
    """Nothing is changed before the person says so: a link may come from anybody."""
    use = InlineKeyboardButton(context.words.text("Use this schedule"), callback_data=f"j1:{link.payload}")
    await reply(message, [offer_text(context.words, link)], keyboard=InlineKeyboardMarkup([[use]]))


@answers_press
async def use_schedule(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on the offer: the chat's digest comes at these times."""
    match = _DATA.fullmatch(pressed.data or "")
    link = read_payload(match.group(1)) if match else None
    if not isinstance(link, ScheduleLink):
        await settle(pressed, context.words.text("This button is out of date."))
        return
    wanted = link

    def change(now: Subscription) -> Subscription:
        wishes = replace(now.preferences, topics=wanted.topics or now.preferences.topics)
        return replace(now, times=wanted.times, days=wanted.days, zone=wanted.zone, preferences=wishes)

    target = await authorise(context.bot, pressed)
    subscription = await begin(context.services, target, context.words, change)
    await settle(pressed)
    await edit_pressed(partial(message.edit_text, await told(context, target, subscription, is_new=True)), None)
