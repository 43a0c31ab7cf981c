"""/tren: the most covered stories and names of a day or a week, as a picture with a list."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from telegram import CallbackQuery, InputMediaPhoto, Message
from telegram.constants import ParseMode

from bot.access.chat_admins import authorise
from bot.errors import AdminsOnly
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, answer_callback, button_handler, current_reply, message_handler, try_edit
from bot.views.chart import DARK, LIGHT, draw_chart
from bot.views.trends import (
    MAX_NAMES,
    Survey,
    TrendsView,
    build_chart_groups,
    build_trends_keyboard,
    decode_trends_view,
    render_caption,
    render_comparison,
    render_title,
)
from summaries.model import SHORT
from summaries.stories.trends import rank_names

# Stories in which names are counted.
SURVEYED = 200


@message_handler
async def tren(message: Message, context: BotContext) -> Answer:
    chosen = await context.services.store.chats.find(context.here)
    view = TrendsView(is_dark=chosen.has_dark_charts)
    survey = await load_survey(context, view)
    if not survey.stories:
        return context.words.text("Nothing has many reports today yet.")
    text = render_caption(context.words, survey, context.zone)
    keyboard = build_trends_keyboard(context.words, view)
    await current_reply(message).send_photo(await draw_survey(context, survey, view), text, keyboard)
    return None


@button_handler
async def change_trends(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Change the message to the other span or theme."""
    view = decode_trends_view(query.data)
    survey = await load_survey(context, view) if view else None
    if view is None or survey is None or not survey.stories:
        return context.words.text("This button is out of date.")
    await answer_callback(query)
    await remember_theme(context, query, view)
    text = render_caption(context.words, survey, context.zone)
    media = InputMediaPhoto(await draw_survey(context, survey, view), caption=text, parse_mode=ParseMode.HTML)
    await try_edit(partial(message.edit_media, media, reply_markup=build_trends_keyboard(context.words, view)))
    return None


async def remember_theme(context: BotContext, query: CallbackQuery, view: TrendsView) -> None:
    """Store the chart's theme for the chat; in a group only for an administrator."""
    services = context.services
    chosen = await services.store.chats.find(context.here)
    if chosen.has_dark_charts == view.is_dark:
        return
    try:
        target = await authorise(context.bot, query)
    except AdminsOnly:
        return
    await services.store.chats.put(target, replace(chosen, has_dark_charts=view.is_dark), now=services.now())


async def load_survey(context: BotContext, view: TrendsView) -> Survey:
    services = context.services
    now, length = services.now(), view.span.length
    since = now - length
    # The dates of some outlets are ahead of the clock.
    stories = await services.store.news.most_covered(since, now + length, length=SHORT, limit=SURVEYED)
    names = await services.offload(rank_names, stories, MAX_NAMES)
    earlier = await services.store.news.most_covered(since - length, since, length=SHORT, limit=SURVEYED)
    continued = (story for story in stories if story.earlier_outlets)
    earlier_names = await services.offload(rank_names, (*earlier, *continued), SURVEYED)
    return Survey(view.span, now, stories, names, {named.name: named.stories for named in earlier_names})


async def draw_survey(context: BotContext, survey: Survey, view: TrendsView) -> bytes:
    words = context.words
    when = render_comparison(words, survey, context.zone)
    theme = DARK if view.is_dark else LIGHT
    return await context.services.offload(
        draw_chart, render_title(words, survey), when, build_chart_groups(words, survey), theme
    )
