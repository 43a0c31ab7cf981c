"""/tren: what the day and the week talk about, as a picture with the list below it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from telegram import InputMediaPhoto
from telegram.constants import ParseMode

from bot.access.chat_admins import authorise
from bot.conversation.reply import current_exchange
from bot.errors import AdminsOnly
from bot.handlers.news import no_news
from bot.handlers.replies import answers, answers_press, edit_if_possible, reply, settle
from bot.views.chart import DARK, LIGHT, draw_chart
from bot.views.trends import (
    MOST_NAMES,
    Survey,
    TrendsView,
    caption,
    chart_groups,
    days,
    decode_trends_view,
    title,
    trends_keyboard,
)
from summaries.model import SHORT
from summaries.stories.trends import rank_names

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message

    from bot.handlers.context import BotContext

# Names are counted in so many stories.
SURVEYED = 200


@answers
async def tren(message: Message, context: BotContext) -> None:
    chosen = await context.services.store.chats.find(context.here)
    view = TrendsView(is_dark=chosen.has_dark_charts)
    survey = await survey_of(context, view)
    if not survey.stories:
        await reply(message, [no_news(context)], is_html=False)
        return
    text = caption(context.words, survey, context.zone)
    keyboard = trends_keyboard(context.words, view)
    await current_exchange(message).show_photo(await picture(context, survey, view), text, keyboard)


@answers_press
async def change_trends(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on the other span or the other picture: the message becomes that one."""
    view = decode_trends_view(pressed.data or "")
    survey = await survey_of(context, view) if view else None
    if view is None or survey is None or not survey.stories:
        await settle(pressed, context.words.text("This button is out of date."))
        return
    await settle(pressed)
    await remember_theme(context, pressed, view)
    text = caption(context.words, survey, context.zone)
    media = InputMediaPhoto(await picture(context, survey, view), caption=text, parse_mode=ParseMode.HTML)
    await edit_if_possible(partial(message.edit_media, media, reply_markup=trends_keyboard(context.words, view)))


async def remember_theme(context: BotContext, pressed: CallbackQuery, view: TrendsView) -> None:
    """The chat's next chart looks as this one does; in a group if an administrator wants it."""
    services = context.services
    chosen = await services.store.chats.find(context.here)
    if chosen.has_dark_charts == view.is_dark:
        return
    try:
        target = await authorise(context.bot, pressed)
    except AdminsOnly:
        return
    await services.store.chats.put(target, replace(chosen, has_dark_charts=view.is_dark), now=services.now())


async def survey_of(context: BotContext, view: TrendsView) -> Survey:
    services = context.services
    now = services.now()
    stories = await services.store.news.most_covered(now - view.span.length, length=SHORT, limit=SURVEYED)
    return Survey(view.span, now, stories, await services.offload(rank_names, stories, MOST_NAMES))


async def picture(context: BotContext, survey: Survey, view: TrendsView) -> bytes:
    words = context.words
    when = days(words, survey, context.zone)
    theme = DARK if view.is_dark else LIGHT
    return await context.services.offload(draw_chart, title(words, survey), when, chart_groups(words, survey), theme)
