"""/berita, /cari, /topik, /tersimpan and inline mode: lists of stories and of saved articles, page by page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from telegram import CallbackQuery, InlineKeyboardMarkup, InlineQuery, InlineQueryResultArticle, Message, Update
from telegram.error import BadRequest

from bot.access.chat_admins import PersonAccess, grant_person_access
from bot.commands import read_argument
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, button_handler, message_handler
from bot.parsing.queries import find_news_request, read_query, read_search
from bot.views.callbacks import ListPage, decode_list_page, decode_saved_list, decode_topic
from bot.views.deep_links import ScheduleLink, TopicLink, build_share_link
from bot.views.html import OutgoingMessage
from bot.views.lists import (
    build_correction_keyboard,
    build_list_keyboard,
    build_saved_keyboard,
    build_story_card,
    build_topic_rows,
    render_list,
    render_no_results,
    render_saved,
)
from bot.views.own_feeds import build_news_button
from bot.views.sharing import AnswerLink, Shared, build_schedule_card, read_shared
from summaries.articles.read import Reading
from summaries.digests.schedule import load_zone
from summaries.digests.select import DIGEST_LENGTH
from summaries.errors import StoreError
from summaries.model import MEDIUM, Coverage, NewsItem, NewsQuery
from summaries.topic_model.topics import TOPICS

log = logging.getLogger(__name__)

PAGE_SIZE = 5
CARDS_AT_ONCE = 10
LAST_PAGE = 49
SAVED_PAGE_SIZE = 5
# Limit of the wait for another process's write lock: the list itself is only read.
MAX_REMEMBERING_S = 2.0
UNKNOWN_QUERY = 0
# Telegram caches the answer to the same query of the same person for this long.
CACHED_S = 60


@message_handler
async def berita(message: Message, context: BotContext) -> Answer:
    """Reply with the news of a topic, an outlet or a search, by default the latest."""
    return await render_news(read_argument(message), context)


@message_handler
async def show_requested_news(message: Message, context: BotContext) -> Answer:
    """Reply to a message such as "berita hari ini" as to /berita."""
    return await render_news(find_news_request(message.text or message.caption or "") or "", context)


async def render_news(asked: str, context: BotContext) -> OutgoingMessage:
    outlets = await context.services.store.news.outlets()
    return await render_first_page(context, read_query(asked, outlets, today=find_today(context), zone=context.zone))


@message_handler
async def cari(message: Message, context: BotContext) -> Answer:
    """Reply with the news that contains the words."""
    asked = read_argument(message)
    if not asked:
        how = context.words.html(
            "Write what you are looking for after the command:\n"
            "<code>/cari harga beras</code>\n"
            "<code>/cari pemilu May 2019</code>\n"
            "<code>/cari &quot;suku bunga&quot; since yesterday</code>\n\n"
            "Other forms of a word are found too; words in quotes stand together."
        )
        return OutgoingMessage(how)
    return await render_first_page(context, read_search(asked, today=find_today(context), zone=context.zone))


@message_handler
async def topik(message: Message, context: BotContext) -> Answer:
    """Reply with the news of a topic, or with the topics to choose from."""
    if asked := read_argument(message):
        return await render_first_page(context, read_query(asked, (), today=find_today(context), zone=context.zone))
    rows = build_topic_rows(context.words, await context.services.store.news.categories())
    if not rows:
        return render_no_news(context)
    return OutgoingMessage(context.words.text("Choose a topic:"), InlineKeyboardMarkup(rows), is_html=False)


async def render_first_page(context: BotContext, query: NewsQuery) -> OutgoingMessage:
    """Return the first page of results, or a suggestion if there are none."""
    query_id = await remember_query(context, query)
    return await render_page(context, query, ListPage(query_id, 0)) or await render_nothing_found(context, query)


async def remember_query(context: BotContext, query: NewsQuery) -> int:
    """Return the id by which buttons name the query, or one that names none if the database cannot be written now."""
    remembering = context.services.store.queries.remember(query, now=context.services.now())
    try:
        async with asyncio.timeout(MAX_REMEMBERING_S):
            return await remembering
    except (TimeoutError, StoreError) as error:
        log.warning("a query can't be stored; the buttons of its list are out of date: %r", error)
        return UNKNOWN_QUERY


@button_handler
async def turn_page(callback: CallbackQuery, _message: Message, context: BotContext) -> Answer:
    """Change the list to another page or order."""
    wanted = decode_list_page(callback.data)
    query = await context.services.store.queries.recall(wanted.query_id) if wanted else None
    shown = await render_page(context, query, wanted) if wanted and query else None
    return shown or context.words.text("This list is out of date. Send /berita again.")


@button_handler
async def choose_topic(callback: CallbackQuery, _message: Message, context: BotContext) -> Answer:
    """Change the message to the list of the topic or region."""
    query = decode_topic(callback.data)
    if query is None:
        return context.words.text("This button is out of date.")
    return await render_first_page(context, query)


@button_handler
async def unknown_button(_callback: CallbackQuery, _message: Message, context: BotContext) -> Answer:
    """Answer a callback query with data of an older version, or forged data."""
    return context.words.text("This button is out of date.")


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
    is_start = query == NewsQuery() and news.number == 0
    topics = await services.store.news.categories() if is_start else ()
    topic = query.category
    is_shareable = topic in TOPICS and query == NewsQuery(category=topic)
    shared = build_share_link(username, TopicLink(topic)) if topic and is_shareable else None
    has_feeds = is_start and bool(await services.store.own_feeds.of_chat(context.here))
    more = [build_news_button(words)] if has_feeds else []
    keyboard = build_list_keyboard(
        words,
        news,
        wanted.query_id,
        wanted.order,
        topics,
        regions=context.regions if is_start else (),
        is_search=bool(query.words),
        shared=shared,
        more=more,
    )
    return OutgoingMessage(text, keyboard)


async def render_nothing_found(context: BotContext, query: NewsQuery) -> OutgoingMessage:
    """Return the text for a query without results: a correction of its words, or the topics with news."""
    services, words, zone = context.services, context.words, context.zone
    if query == NewsQuery():
        return OutgoingMessage(render_no_news(context), is_html=False)
    meant = await services.store.news.suggest(query.words) if query.words else None
    if meant is not None:
        other_id = await remember_query(context, replace(query, words=meant))
        text = render_no_results(words, query, zone, meant=meant)
        return OutgoingMessage(text, build_correction_keyboard(words, meant, other_id), is_html=False)
    topics = await services.store.news.categories()
    return OutgoingMessage(render_no_results(words, query, zone, topics=topics), is_html=False)


def render_no_news(context: BotContext) -> str:
    return context.words.text("No news yet. Please try again in a moment.")


def find_today(context: BotContext) -> date:
    """Return the current date in the chat's zone."""
    return context.services.now().astimezone(load_zone(context.zone)).date()


@message_handler
async def tersimpan(message: Message, context: BotContext) -> Answer:
    person = grant_person_access(message)
    if person is None:
        return context.words.text("Here I don't see who you are. Send me /tersimpan in a private chat.")
    return await render_saved_page(context, person, 0)


@button_handler
async def change_saved(query: CallbackQuery, _message: Message, context: BotContext) -> Answer:
    """Remove an article from the person's own list, or turn its page."""
    wanted, person = decode_saved_list(query.data), grant_person_access(query)
    if wanted is None or person is None or wanted.owner_id != person.user_id:
        return context.words.text("That is somebody else's list. See your own with /tersimpan.")
    if wanted.removed:
        await context.services.store.saved.remove(person, wanted.removed)
    return await render_saved_page(context, person, wanted.number)


async def render_saved_page(context: BotContext, person: PersonAccess, number: int) -> OutgoingMessage:
    services = context.services
    page = await services.store.saved.page(person, number=number, size=SAVED_PAGE_SIZE)
    if not page.items:
        return OutgoingMessage(context.words.html("Nothing saved yet. Press “Save” under a summary."))
    zone, username = context.zone, context.bot.username
    text = render_saved(context.words, page, zone=zone, now=services.now(), username=username)
    return OutgoingMessage(text, build_saved_keyboard(context.words, page, person.user_id))


async def offer_stories(update: Update, context: BotContext) -> None:
    """Answer an inline query with a page of cards; the offset is the page's number."""
    asked = update.inline_query
    if asked is None:
        return
    services = context.services
    if (shared := read_shared(asked.query)) is not None:
        await answer_inline_query(asked, await build_shared_cards(shared, context))
        return
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
    await answer_inline_query(asked, cards, str(number + 1) if is_more else "")


async def build_shared_cards(shared: Shared, context: BotContext) -> list[InlineQueryResultArticle]:
    """Return the card that a share button asks for; nothing if it is gone or hidden. A forged query finds public
    articles and the person's own answers."""
    services, words, username = context.services, context.words, context.bot.username
    if isinstance(shared, ScheduleLink):
        return [build_schedule_card(words, shared, username)]
    reading: Reading | None = None
    coverage: tuple[Coverage, ...] = ()
    try:
        if isinstance(shared, AnswerLink):
            answer = await services.store.answers.find(context.here, shared.answer_id)
            reading = await services.reading.read_again(answer, length=MEDIUM) if answer else None
        else:
            coverage = await services.store.stories.coverage(shared.article_id)
            reading = await services.reading.read_public(shared.article_id, length=MEDIUM) if coverage else None
    except StoreError as error:
        log.warning("a shared article can't be found: %s", error)
    if reading is None:
        return []
    item = NewsItem(reading.stored, reading.summary, coverage)
    return [build_story_card(words, item, zone=context.zone, now=services.now(), username=username)]


async def answer_inline_query(
    asked: InlineQuery, cards: Sequence[InlineQueryResultArticle], next_offset: str = ""
) -> None:
    try:
        await asked.answer(cards, cache_time=CACHED_S, is_personal=True, next_offset=next_offset)
    except BadRequest as error:
        # The person typed on, so a newer query replaced this one.
        if "query is too old" not in error.message.casefold():
            raise
