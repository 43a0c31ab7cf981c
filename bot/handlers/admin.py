"""/status, /siaran, /blokir for the bot's operators; /sumber, with which they also add and remove sources."""

from __future__ import annotations

import logging

from telegram import CallbackQuery, Message

from bot.access.chat_admins import OperatorAccess, grant_operator_access
from bot.commands import read_argument
from bot.errors import AdminsOnly
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.telegram_text import MESSAGE_LIMIT, utf16_length, visible_text
from bot.views.callbacks import decode_broadcast
from bot.views.html import OutgoingMessage, list_first
from bot.views.status import build_broadcast_keyboard, render_addition, render_broadcast, render_figures, render_sources
from summaries.model import SourceOrigin
from summaries.topic_model.topics import find_topic

log = logging.getLogger(__name__)

# Blocked ids in one message: 150 ids of up to 14 digits fit in 4096 characters.
MAX_LISTED = 150
UNBLOCK_WORDS = frozenset({"buka", "open", "lepas"})
ADD_WORDS = frozenset({"tambah", "add"})
REMOVE_WORDS = frozenset({"hapus", "remove"})


@message_handler
async def status(_message: Message, context: BotContext) -> Answer:
    services = context.services
    figures = await services.store.figures.count(now=services.now())
    zone = services.settings.default_timezone
    return OutgoingMessage(render_figures(context.words, figures, zone, services.started_at))


@message_handler
async def blokir(message: Message, context: BotContext) -> Answer:
    """Block a person or chat (`/blokir 123`), unblock it (`/blokir buka 123`), or list the blocked ones (`/blokir`)."""
    services, words, operator = context.services, context.words, require_operator(message, context)
    asked = read_argument(message).split()
    number = asked[-1] if asked else ""
    if not asked:
        shut_out = sorted(await services.blocklist.all())
        listed = list_first(words, list(map(str, shut_out)), MAX_LISTED)
        return words.text("Shut out: {chats}", chats=", ".join(listed) or words.text("none"))
    if not number.lstrip("-").isdecimal() or len(number) > 15 or int(number) in services.settings.admin_ids:
        return words.text("Write a chat's or person's number: /blokir 12345, or /blokir buka 12345.")
    if asked[0].casefold() in UNBLOCK_WORDS:
        await services.blocklist.unblock(operator, int(number))
        return words.text("{chat} may write to me again.", chat=number)
    await services.blocklist.block(operator, int(number), now=services.now())
    await services.store.watches.remove_all(operator, int(number))
    await services.store.own_feeds.remove_all(operator, int(number))
    return words.text("{chat} is shut out: no answers, no digests.", chat=number)


def require_operator(message: Message, context: BotContext) -> OperatorAccess:
    """Return the access of the operator who wrote the message.

    Raises:
        AdminsOnly: the sender is not an operator.
    """
    operator = grant_operator_access(message, context.services.settings.admin_ids)
    if operator is None:
        raise AdminsOnly("not an administrator of the bot")
    return operator


@message_handler
async def siaran(message: Message, context: BotContext) -> Answer:
    """Preview the broadcast and ask for confirmation."""
    services, words, operator = context.services, context.words, require_operator(message, context)
    html = read_html(message)
    if not html:
        return words.text("Write the text after the command: /siaran …")
    if utf16_length(visible_text(html)) > MESSAGE_LIMIT:
        return words.text("That is longer than a message.")
    broadcast = await services.store.broadcasts.draft(operator, html, context.here, now=services.now())
    text = render_broadcast(words, broadcast, await services.store.broadcasts.audience(operator))
    await reply(message, OutgoingMessage(html))
    return OutgoingMessage(text, build_broadcast_keyboard(words, broadcast))


def read_html(message: Message) -> str:
    """Return the text after the command as HTML, with the bold and the links of its author."""
    html = message.text_html_urled if message.text else message.caption_html_urled
    words = html.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


@button_handler
async def broadcast_button(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Start or cancel a broadcast; a repeated query changes nothing more."""
    wanted = decode_broadcast(query.data)
    services, words = context.services, context.words
    operator = grant_operator_access(query, services.settings.admin_ids)
    broadcast = None
    if wanted is not None and operator is not None:
        number, is_go = wanted
        store = services.store.broadcasts
        async with services.locks.hold(("broadcast", number)):
            begun = store.begin(operator, number, message.message_id) if is_go else store.cancel(operator, number)
            broadcast = await begun
            if broadcast is not None:
                await answer_callback(query)
                text, below = render_broadcast(words, broadcast, 0), build_broadcast_keyboard(words, broadcast)
                await edit_callback_message(message, OutgoingMessage(text, below, is_html=False))
    return words.text("This button is out of date.") if broadcast is None else None


@message_handler
async def sumber(message: Message, context: BotContext) -> Answer:
    """List the sources; for an operator, also add or remove one."""
    services = context.services
    is_admin = grant_operator_access(message, services.settings.admin_ids) is not None
    asked = read_argument(message).split()
    if is_admin and len(asked) > 1 and asked[0].casefold() in ADD_WORDS:
        parts = await add_source(asked[1], find_topic(" ".join(asked[2:])), context)
    elif is_admin and len(asked) > 1 and asked[0].casefold() in REMOVE_WORDS:
        return await remove_source(asked[1], context)
    else:
        parts = render_sources(context.words, await services.sourcing.all(), is_admin=is_admin)
    await reply(message, *map(OutgoingMessage, parts))
    return None


async def add_source(address: str, topic: str | None, context: BotContext) -> list[str]:
    """Add the feed at the address or on the page there, or enable a known source; return the reply's parts.

    Raises:
        AddressRefused, FetchError: the address can't be fetched, or has no feed.
    """
    return render_addition(context.words, await context.services.sourcing.add(address, category=topic))


async def remove_source(name: str, context: BotContext) -> str:
    words = context.words
    removed = await context.services.sourcing.remove(name)
    if removed is None:
        return words.text("There is no source {key}.", key=name[:100])
    if removed.source.origin is SourceOrigin.CATALOGUE:
        return words.text("Switched off: {key}.", key=removed.source.key)
    return words.text("Removed: {key}.", key=removed.source.key)
