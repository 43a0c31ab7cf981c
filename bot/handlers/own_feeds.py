"""/sumbersaya: the feeds that a chat added for itself, and their articles."""

from __future__ import annotations

import re
from functools import partial
from math import ceil

from telegram import CallbackQuery, Message

from bot.access.chat_admins import AdminAccess, authorise
from bot.access.guarded_store import Access
from bot.commands import read_argument
from bot.errors import OutOfDate
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, button_handler, message_handler
from bot.panel.changes import Press, Question, Verb, View
from bot.parsing.queries import find_links
from bot.views.html import OutgoingMessage
from bot.views.own_feeds import (
    LIMITS,
    FeedPress,
    FeedVerb,
    build_feeds_keyboard,
    build_own_page_keyboard,
    decode_feed_press,
    render_feeds,
    render_own_page,
)
from summaries.ingest.own_feeds import MAX_FEEDS_PER_CHAT, PublicSource
from summaries.model import FeedLimit, FeedLimits, FoundOwnFeed, OpenQuestion, OwnFeed

PAGE_SIZE = 5
_ADDRESS = re.compile(r"@[A-Za-z]\w{3,31}|[^\s@.]+\.[^\s@]+")


@message_handler
async def sumbersaya(message: Message, context: BotContext) -> Answer:
    """Add the feed at the address; without an argument, list the chat's feeds."""
    address = read_argument(message)
    if not address:
        return await render_list(context, context.here, None)
    return await add_feed(message, await authorise(context.bot, message), address, context)


async def add_answered_feed(message: Message, question: OpenQuestion, context: BotContext) -> Answer:
    """Add the feed that a typed answer names to the chat that the question was about."""
    target = await authorise(context.bot, message, question.target_id)
    answer = await add_feed(message, target, (message.text or "").strip(), context)
    await context.services.store.questions.close(context.here, question)
    return answer


def is_address(text: str) -> bool:
    """Return whether the text may be meant as an address of a feed."""
    return bool(find_links(text)) or _ADDRESS.fullmatch(text.strip()) is not None


async def add_feed(message: Message, target: AdminAccess, address: str, context: BotContext) -> Answer:
    """Add the feed at the address to the chat.

    Raises:
        AddressRefused, FetchError: the address can't be fetched, is no feed and names none.
    """
    services, words = context.services, context.words
    if not services.own_feeds.is_enabled:
        return words.text("My operator has switched off sources of your own.")
    if _ADDRESS.fullmatch(address) is None and find_links(address) != [address]:
        return words.text("Send one address, such as /sumbersaya kabarwarga.example or /sumbersaya @kanal.")
    sender = message.sender_chat.id if message.sender_chat else message.from_user.id if message.from_user else 0
    asked = await services.user_limiter.acquire(sender)
    if asked.refused:
        return words.plural(
            "One at a time, please. Send it again in {n} second.",
            "One at a time, please. Send it again in {n} seconds.",
            max(1, ceil(asked.wait_s)),
        )

    async def keep(found: FoundOwnFeed, limits: FeedLimits) -> OwnFeed | FeedLimit:
        return await services.store.own_feeds.add(target, found, limits=limits, now=services.now())

    try:
        async with services.page_slots.slot(sender):
            added = await services.own_feeds.add(address, keep)
    except PublicSource:
        return words.text("I read that for everybody already: choose the outlet in /langganan, or send /berita.")
    if isinstance(added, FeedLimit):
        return words.text(LIMITS[added], n=MAX_FEEDS_PER_CHAT)
    # Digests are sent later, when there is no app to take the language from.
    await services.languages.keep(target, words, now=services.now())
    shown = await render_list(context, target, None if target.chat_id == message.chat_id else target.chat_id)
    text = words.html(
        "Added: <b>{title}</b>. Its news comes with the digest of this chat: /langganan", title=added.found.title
    )
    return OutgoingMessage(f"{text}\n\n{shown.text}", shown.keyboard)


@button_handler
async def press_feed_button(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Show the chat's feeds or their articles, or remove a feed."""
    services, press = context.services, decode_feed_press(query.data)
    if press is None:
        raise OutOfDate(query.data)
    is_reading = press.target is None and press.verb is not FeedVerb.REMOVE
    chat: Access = context.here if is_reading else await authorise(context.bot, query, press.target)
    if press.verb is FeedVerb.NEWS:
        return await render_news(context, chat, press)
    if press.verb is FeedVerb.REMOVE and isinstance(chat, AdminAccess):
        async with services.locks.hold(message.chat_id):
            await services.store.own_feeds.remove(chat, press.number)
    return await render_list(context, chat, press.target, is_in_panel=press.verb is FeedVerb.PANEL)


async def render_list(
    context: BotContext, chat: Access, target: int | None, *, is_in_panel: bool = False
) -> OutgoingMessage:
    """Return the feeds of `chat`; `target` is its id in the buttons, if the message is in another chat."""
    feeds = await context.services.store.own_feeds.of_chat(chat)
    back = Press(Verb.VIEW, View.MAIN, target).encode() if is_in_panel else None
    build = partial(build_feeds_keyboard, most=MAX_FEEDS_PER_CHAT, target=target, back=back)
    keyboard = build(context.words, feeds, Press(Verb.ASK, Question.FEED, target).encode())
    return OutgoingMessage(render_feeds(context.words, feeds, most=MAX_FEEDS_PER_CHAT), keyboard)


async def render_news(context: BotContext, chat: Access, press: FeedPress) -> Answer:
    services, words = context.services, context.words
    page = await services.store.own_feeds.list_page(chat, number=press.number, size=PAGE_SIZE)
    if not page.items:
        return words.text("Nothing from your sources yet. I check every half hour.")
    text = render_own_page(words, page, zone=context.zone, now=services.now())
    return OutgoingMessage(text, build_own_page_keyboard(words, page, press.target))
