"""Inline mode: "@bot words" in any chat offers stories to drop there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram.error import BadRequest

from bot.handlers.news import today
from bot.parsing.queries import read_query
from bot.views.lists import story_card
from summaries.digests.select import DIGEST_LENGTH
from summaries.errors import StoreError

if TYPE_CHECKING:
    from telegram import Update

    from bot.handlers.context import BotContext

log = logging.getLogger(__name__)

CARDS_AT_ONCE = 10
LAST_PAGE = 49
# Telegram answers the same words of the same person itself for so long.
CACHED_S = 60


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
