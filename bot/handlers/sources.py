"""/sumber: the sources and their state; operators add and remove sources."""

from __future__ import annotations

from telegram import Message

from bot.access.chat_admins import grant_operator_access
from bot.commands import read_argument
from bot.handlers.context import BotContext
from bot.handlers.replies import message_handler, reply
from bot.views.status import render_addition, render_sources
from summaries.model import SourceOrigin
from summaries.topic_model.topics import find_topic

ADD_WORDS = frozenset({"tambah", "add"})
REMOVE_WORDS = frozenset({"hapus", "remove"})


@message_handler
async def sumber(message: Message, context: BotContext) -> None:
    """List the sources; for an operator, also add or remove one."""
    services = context.services
    is_admin = grant_operator_access(message, services.settings.admin_ids) is not None
    asked = read_argument(message).split()
    if is_admin and len(asked) > 1 and asked[0].casefold() in ADD_WORDS:
        await add_source(message, asked[1], find_topic(" ".join(asked[2:])), context)
    elif is_admin and len(asked) > 1 and asked[0].casefold() in REMOVE_WORDS:
        await remove_source(message, asked[1], context)
    else:
        await reply(message, render_sources(context.words, await services.sourcing.all(), is_admin=is_admin))


async def add_source(message: Message, address: str, topic: str | None, context: BotContext) -> None:
    """Add the feed at the address or on the page there, or enable a known source.

    Raises:
        AddressRefused, FetchError: the address can't be fetched, or has no feed.
    """
    sourcing = context.services.sourcing
    name = address
    if "://" not in address and await sourcing.find(address) is None:
        name = f"https://{address}"
    await reply(message, render_addition(context.words, await sourcing.add(name, category=topic)))


async def remove_source(message: Message, name: str, context: BotContext) -> None:
    words = context.words
    removed = await context.services.sourcing.remove(name)
    if removed is None:
        text = words.text("There is no source {key}.", key=name[:100])
    elif removed.source.origin is SourceOrigin.CATALOGUE:
        text = words.text("Switched off: {key}.", key=removed.source.key)
    else:
        text = words.text("Removed: {key}.", key=removed.source.key)
    await reply(message, [text], is_html=False)
