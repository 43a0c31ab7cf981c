"""/berita: the newest articles with their summaries, page by page."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from bot.asking import read_query
from bot.callbacks import decode_list_page
from bot.handlers.answering import answers, edit_pressed, reply, services
from bot.handlers.ringkas import argument
from bot.keyboards import list_keyboard
from bot.render import heading, list_text, topic_label
from summaries.digest import DIGEST_LENGTH
from summaries.model import NewsQuery

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup, Message, Update

    from bot.handlers.answering import Context
    from bot.locale import Words
    from bot.services import Services

log = logging.getLogger(__name__)

PAGE_SIZE = 5


@answers
async def berita(message: Message, context: Context) -> None:
    found = services(context)
    query = read_query(argument(message), await found.store.news.outlets())
    query_id = await found.store.queries.remember(query, now=found.now())
    shown = await page(found, context.words, query, query_id, 0)
    if shown is None:
        await reply(message, [await nothing_found(found, context.words, query)], is_html=False)
    else:
        text, keyboard = shown
        await reply(message, [text], keyboard=keyboard)


async def turn_page(update: Update, context: Context) -> None:
    """A press on previous or next: the message becomes the other page."""
    pressed = update.callback_query
    if pressed is None:
        return
    found = services(context)
    wanted = decode_list_page(pressed.data or "")
    query = await found.store.queries.recall(wanted.query_id) if wanted else None
    shown = await page(found, context.words, query, wanted.query_id, wanted.number) if wanted and query else None
    if shown is None:
        await pressed.answer(context.words.text("This list is out of date. Send /berita again."))
        return
    await pressed.answer()
    text, keyboard = shown
    await edit_pressed(partial(pressed.edit_message_text, text), keyboard)


async def unknown_button(update: Update, context: Context) -> None:
    """A press on a button of an older version, or a forged one: answered, so that it does not go on spinning."""
    if update.callback_query is not None:
        await update.callback_query.answer(context.words.text("This button is out of date."))


async def page(
    found: Services, words: Words, query: NewsQuery, query_id: int, number: int
) -> tuple[str, InlineKeyboardMarkup | None] | None:
    """The page's text and buttons; None when the query finds nothing."""
    news = await found.store.news.list_page(query, length=DIGEST_LENGTH, number=number, size=PAGE_SIZE)
    if not news.items:
        return None
    text = list_text(words, query, news, found.settings.default_timezone)
    return text, list_keyboard(words, news, query_id)


async def nothing_found(found: Services, words: Words, query: NewsQuery) -> str:
    """What is said for an empty list, with the topics that do have news."""
    if query == NewsQuery():
        return words.text("No news yet. I am still collecting; try again in a few minutes.")
    asked = heading(words, query)
    said = words.text("Nothing found: {heading}.", heading=asked[:1].lower() + asked[1:])
    topics = [topic_label(words, key) for key in await found.store.news.categories()]
    if topics:
        said += "\n" + words.text("Topics with news: {topics}.", topics=", ".join(topics))
    return said
