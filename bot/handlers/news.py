"""/berita, /cari, /topik and inline mode: stories with their summaries, page by page."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest

from bot.commands import read_argument
from bot.conversation.reply import current_reply
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.parsing.queries import read_query, read_search
from bot.views.callbacks import ListPage, decode_list_page, decode_topic
from bot.views.deep_links import TopicLink, build_share_link
from bot.views.html import OutgoingMessage
from bot.views.lists import (
    build_correction_keyboard,
    build_list_keyboard,
    build_story_card,
    build_topic_rows,
    render_list,
    render_no_results,
)
from summaries.digests.schedule import load_zone
from summaries.digests.select import DIGEST_LENGTH
from summaries.errors import StoreError
from summaries.model import NewsQuery
from summaries.topic_model.topics import TOPICS

log = logging.getLogger(__name__)

PAGE_SIZE = 5
CARDS_AT_ONCE = 10
LAST_PAGE = 49
# Telegram caches the answer to the same query of the same person for this long.
CACHED_S = 60


@message_handler
async def berita(message: Message, context: BotContext) -> None:
    """Reply with the news of a topic, an outlet or a search, by default the latest."""
    outlets = await context.services.store.news.outlets()
    query = read_query(read_argument(message), outlets, today=find_today(context), zone=context.zone)
    await reply_with_list(message, context, query)


@message_handler
async def cari(message: Message, context: BotContext) -> None:
    """Reply with the news that contains the words."""
    asked = read_argument(message)
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
    await reply_with_list(message, context, read_search(asked, today=find_today(context), zone=context.zone))


@message_handler
async def topik(message: Message, context: BotContext) -> None:
    """Reply with the news of a topic, or with the topics to choose from."""
    if asked := read_argument(message):
        await reply_with_list(message, context, read_query(asked, (), today=find_today(context), zone=context.zone))
        return
    rows = build_topic_rows(context.words, await context.services.store.news.categories())
    if not rows:
        await reply(message, [render_no_news(context)], is_html=False)
        return
    text = context.words.text("Choose a topic:")
    await reply(message, [text], keyboard=InlineKeyboardMarkup(rows), is_html=False)


async def reply_with_list(message: Message, context: BotContext, query: NewsQuery) -> None:
    await current_reply(message).send_or_edit(await render_first_page(context, query))


async def render_first_page(context: BotContext, query: NewsQuery) -> OutgoingMessage:
    """Return the first page of results, or a suggestion if there are none."""
    query_id = await context.services.store.queries.remember(query, now=context.services.now())
    return await render_page(context, query, ListPage(query_id, 0)) or await render_nothing_found(context, query)


@button_handler
async def turn_page(callback: CallbackQuery, message: Message, context: BotContext) -> None:
    """Change the list to another page or order."""
    wanted = decode_list_page(callback.data or "")
    query = await context.services.store.queries.recall(wanted.query_id) if wanted else None
    shown = await render_page(context, query, wanted) if wanted and query else None
    if shown is None:
        await answer_callback(callback, context.words.text("This list is out of date. Send /berita again."))
        return
    await answer_callback(callback)
    await edit_callback_message(message, shown)


@button_handler
async def choose_topic(callback: CallbackQuery, message: Message, context: BotContext) -> None:
    """Change the message to the topic's list."""
    topic = decode_topic(callback.data or "")
    if topic is None:
        await answer_callback(callback, context.words.text("This button is out of date."))
        return
    await answer_callback(callback)
    await edit_callback_message(message, await render_first_page(context, NewsQuery(category=topic)))


@button_handler
async def unknown_button(callback: CallbackQuery, _message: Message, context: BotContext) -> None:
    """Answer a callback query with data of an older version, or forged data."""
    await answer_callback(callback, context.words.text("This button is out of date."))


async def render_page(context: BotContext, query: NewsQuery, wanted: ListPage) -> OutgoingMessage | None:
    """Return the page's text and buttons, or None if the query has no results."""
    services = context.services
    news = await services.store.news.list_page(
        query, length=DIGEST_LENGTH, number=wanted.number, size=PAGE_SIZE, order=wanted.order
    )
    if not news.items:
        return None
    words, zone, username = context.words, context.zone, context.bot.username
    text = render_list(words, query, news, order=wanted.order, zone=zone, now=services.now(), username=username)
    topics = await services.store.news.categories() if query == NewsQuery() else ()
    topic = read_single_topic(query)
    shared = build_share_link(username, TopicLink(topic)) if topic else None
    keyboard = build_list_keyboard(words, news, wanted.query_id, wanted.order, topics, shared=shared)
    return OutgoingMessage(text, keyboard)


def read_single_topic(query: NewsQuery) -> str | None:
    """Return the topic if the query filters by nothing else."""
    topic = query.category
    return topic if topic in TOPICS and query == NewsQuery(category=topic) else None


async def render_nothing_found(context: BotContext, query: NewsQuery) -> OutgoingMessage:
    """Return the text for a query without results: a correction of its words, or the topics with news."""
    services, words, zone = context.services, context.words, context.zone
    if query == NewsQuery():
        return OutgoingMessage(render_no_news(context), is_html=False)
    meant = await services.store.news.suggest(query.words) if query.words else None
    if meant is not None:
        other_id = await services.store.queries.remember(replace(query, words=meant), now=services.now())
        text = render_no_results(words, query, zone, meant=meant)
        return OutgoingMessage(text, build_correction_keyboard(words, meant, other_id), is_html=False)
    topics = await services.store.news.categories()
    return OutgoingMessage(render_no_results(words, query, zone, topics=topics), is_html=False)


def render_no_news(context: BotContext) -> str:
    return context.words.text("No news yet. I am still collecting; try again in a few minutes.")


def find_today(context: BotContext) -> date:
    """Return the current date in the chat's zone."""
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
        query = read_query(asked.query, await services.store.news.outlets(), today=find_today(context), zone=zone)
        page = await services.store.news.list_page(query, length=DIGEST_LENGTH, number=number, size=CARDS_AT_ONCE)
    except StoreError as error:
        log.warning("an inline query is not answered: %s", error)
        return
    # The store returns the last page for any later number.
    items = page.items if page.number == number else ()
    username = context.bot.username
    cards = [build_story_card(context.words, item, zone=zone, now=now, username=username) for item in items]
    is_more = bool(items) and page.number + 1 < page.count and number < LAST_PAGE
    try:
        await asked.answer(cards, cache_time=CACHED_S, is_personal=True, next_offset=str(number + 1) if is_more else "")
    except BadRequest as error:
        # The person typed on, so a newer query replaced this one.
        if "query is too old" not in error.message.casefold():
            raise
