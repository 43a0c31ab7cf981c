"""/berita, /cari, /topik: stories with their summaries, page by page."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest

from bot.commands import argument
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.parsing.queries import read_query, read_search
from bot.views.callbacks import ListPage, decode_list_page, decode_topic
from bot.views.deep_links import TopicLink, share_link
from bot.views.lists import correction_keyboard, list_keyboard, list_text, nothing_text, story_card, topic_rows
from summaries.digests.schedule import load_zone
from summaries.digests.select import DIGEST_LENGTH
from summaries.errors import StoreError
from summaries.model import NewsQuery
from summaries.topic_model.topics import TOPICS

if TYPE_CHECKING:
    from datetime import date

    from telegram import CallbackQuery, Message, Update

    from bot.handlers.context import BotContext


log = logging.getLogger(__name__)

PAGE_SIZE = 5


CARDS_AT_ONCE = 10


LAST_PAGE = 49


# Telegram answers the same words of the same person itself for so long.
CACHED_S = 60


@dataclass(frozen=True, slots=True)
class NewsListMessage:
    """A list's text and buttons; `is_html` is false for a word that there is nothing."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    is_html: bool = True


@message_handler
async def berita(message: Message, context: BotContext) -> None:
    services = context.services
    outlets = await services.store.news.outlets()
    zone = context.zone
    await show(message, context, read_query(argument(message), outlets, today=today(context), zone=zone))


@message_handler
async def cari(message: Message, context: BotContext) -> None:
    asked = argument(message)
    if not asked:
        how = context.words.html(
            "Write what you are looking for after the command:\n"
            "<code>/cari harga beras</code>\n"
            "<code>/cari pemilu Mei 2019</code>\n"
            "<code>/cari &quot;suku bunga&quot; sejak kemarin</code>\n\n"
            "Other forms of a word are found too; words in quotes stand together."
        )
        await reply(message, [how])
        return
    await show(message, context, read_search(asked, today=today(context), zone=context.zone))


@message_handler
async def topik(message: Message, context: BotContext) -> None:
    services = context.services
    if argument(message):
        zone = context.zone
        await show(message, context, read_query(argument(message), (), today=today(context), zone=zone))
        return
    rows = topic_rows(context.words, await services.store.news.categories())
    if not rows:
        await reply(message, [no_news(context)], is_html=False)
        return
    said = context.words.text("Choose a topic:")
    await reply(message, [said], keyboard=InlineKeyboardMarkup(rows), is_html=False)


async def show(message: Message, context: BotContext, query: NewsQuery) -> None:
    """Answer with the first page of what the query finds, or that there is nothing, and what was perhaps meant."""
    query_id = await context.services.store.queries.remember(query, now=context.services.now())
    shown = await page(context, query, ListPage(query_id, 0)) or await nothing_found(context, query)
    await reply(message, [shown.text], keyboard=shown.keyboard, is_html=shown.is_html)


@button_handler
async def turn_page(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on previous, next, or the other order: the message becomes that page."""
    wanted = decode_list_page(pressed.data or "")
    query = await context.services.store.queries.recall(wanted.query_id) if wanted else None
    shown = await page(context, query, wanted) if wanted and query else None
    if shown is None:
        await answer_callback(pressed, context.words.text("This list is out of date. Send /berita again."))
        return
    await answer_callback(pressed)
    await edit_callback_message(partial(message.edit_text, shown.text), shown.keyboard, is_html=shown.is_html)


@button_handler
async def choose_topic(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on a topic: the message becomes the topic's list."""
    topic = decode_topic(pressed.data or "")
    if topic is None:
        await answer_callback(pressed, context.words.text("This button is out of date."))
        return
    await answer_callback(pressed)
    query = NewsQuery(category=topic)
    query_id = await context.services.store.queries.remember(query, now=context.services.now())
    shown = await page(context, query, ListPage(query_id, 0)) or await nothing_found(context, query)
    await edit_callback_message(partial(message.edit_text, shown.text), shown.keyboard, is_html=shown.is_html)


@button_handler
async def unknown_button(pressed: CallbackQuery, _message: Message, context: BotContext) -> None:
    """A press on a button of an older version, or a forged one: answered, so that it does not go on spinning."""
    await answer_callback(pressed, context.words.text("This button is out of date."))


async def page(context: BotContext, query: NewsQuery, wanted: ListPage) -> NewsListMessage | None:
    """The page's text and buttons; None when the query finds nothing."""
    services = context.services
    news = await services.store.news.list_page(
        query, length=DIGEST_LENGTH, number=wanted.number, size=PAGE_SIZE, order=wanted.order
    )
    if not news.items:
        return None
    text = list_text(
        context.words,
        query,
        news,
        order=wanted.order,
        zone=context.zone,
        now=services.now(),
        username=context.bot.username,
    )
    topics = await services.store.news.categories() if query == NewsQuery() else ()
    topic = topic_alone(query)
    shared = share_link(context.bot.username, TopicLink(topic)) if topic else None
    keyboard = list_keyboard(context.words, news, wanted.query_id, wanted.order, topics, shared=shared)
    return NewsListMessage(text, keyboard)


def topic_alone(query: NewsQuery) -> str | None:
    """The topic that the query asks for and nothing else."""
    topic = query.category
    return topic if topic in TOPICS and query == NewsQuery(category=topic) else None


async def nothing_found(context: BotContext, query: NewsQuery) -> NewsListMessage:
    """What is said for an empty list: what was perhaps meant, or the topics that do have news."""
    services, words, zone = context.services, context.words, context.zone
    if query == NewsQuery():
        return NewsListMessage(no_news(context), is_html=False)
    meant = await services.store.news.suggest(query.words) if query.words else None
    if meant is not None:
        other_id = await services.store.queries.remember(replace(query, words=meant), now=services.now())
        said = nothing_text(words, query, zone, meant=meant)
        return NewsListMessage(said, correction_keyboard(words, meant, other_id), is_html=False)
    topics = await services.store.news.categories()
    return NewsListMessage(nothing_text(words, query, zone, topics=topics), is_html=False)


def no_news(context: BotContext) -> str:
    return context.words.text("No news yet. I am still collecting; try again in a few minutes.")


def today(context: BotContext) -> date:
    """The day on the chat's clock."""
    return context.services.now().astimezone(load_zone(context.zone)).date()


async def offer_stories(update: Update, context: BotContext) -> None:
    """Answer an inline query with a page of cards; the offset is the page's number."""
    asked = update.inline_query
    if asked is None:
        return
    services = context.services
    number = int(asked.offset) if asked.offset.isdecimal() and len(asked.offset) < 3 else 0
    zone, now = context.zone, services.now()
    try:
        query = read_query(asked.query, await services.store.news.outlets(), today=today(context), zone=zone)
        page = await services.store.news.list_page(query, length=DIGEST_LENGTH, number=number, size=CARDS_AT_ONCE)
    except StoreError as error:
        log.warning("an inline query is not answered: %s", error)
        return
    # A page past the last one is the last one again.
    items = page.items if page.number == number else ()
    username = context.bot.username
    cards = [story_card(context.words, item, zone=zone, now=now, username=username) for item in items]
    is_more = bool(items) and page.has_next and number < LAST_PAGE
    try:
        await asked.answer(cards, cache_time=CACHED_S, is_personal=True, next_offset=str(number + 1) if is_more else "")
    except BadRequest as error:
        # Who types on has asked anew.
        if "query is too old" not in error.message.casefold():
            raise
