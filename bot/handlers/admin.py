"""/status, /siaran, /blokir: commands for the bot's operators, in their private chats."""

from __future__ import annotations

import logging

from telegram import CallbackQuery, Message

from bot.access.chat_admins import OperatorAccess, grant_operator_access
from bot.commands import read_argument
from bot.errors import AdminsOnly
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.telegram_text import MESSAGE_LIMIT, utf16_length, visible_text
from bot.views.callbacks import decode_broadcast
from bot.views.html import OutgoingMessage
from bot.views.status import build_broadcast_keyboard, render_broadcast, render_figures

log = logging.getLogger(__name__)

# Blocked ids in one message: 150 ids of up to 14 digits fit in 4096 characters.
MAX_LISTED = 150
UNBLOCK_WORDS = frozenset({"buka", "open", "lepas"})


@message_handler
async def status(message: Message, context: BotContext) -> None:
    services = context.services
    figures = await services.store.figures.count(now=services.now())
    text = render_figures(context.words, figures, services.settings.default_timezone, services.started_at)
    await reply(message, [text])


@message_handler
async def blokir(message: Message, context: BotContext) -> None:
    """Block a person or chat (`/blokir 123`), unblock it (`/blokir buka 123`), or list the blocked ones (`/blokir`)."""
    services, words, operator = context.services, context.words, require_operator(message, context)
    asked = read_argument(message).split()
    number = asked[-1] if asked else ""
    if not asked:
        shut_out = sorted(await services.blocklist.all())
        listed = [str(chat_id) for chat_id in shut_out[:MAX_LISTED]]
        if more := len(shut_out) - len(listed):
            listed.append(words.plural("{n} more", "{n} more", more))
        text = words.text("Shut out: {chats}", chats=", ".join(listed) or words.text("none"))
    elif not number.lstrip("-").isdecimal() or len(number) > 15 or int(number) in services.settings.admin_ids:
        text = words.text("Write a chat's or person's number: /blokir 12345, or /blokir buka 12345.")
    elif asked[0].casefold() in UNBLOCK_WORDS:
        await services.blocklist.unblock(operator, int(number))
        text = words.text("{chat} may write to me again.", chat=number)
    else:
        await services.blocklist.block(operator, int(number), now=services.now())
        await services.store.watches.remove_all(operator, int(number))
        text = words.text("{chat} is shut out: no answers, no digests.", chat=number)
    await reply(message, [text], is_html=False)


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
async def siaran(message: Message, context: BotContext) -> None:
    """Preview the broadcast and ask for confirmation."""
    services, words, operator = context.services, context.words, require_operator(message, context)
    html = read_html(message)
    if not html:
        await reply(message, [words.text("Write the text after the command: /siaran …")], is_html=False)
        return
    if utf16_length(visible_text(html)) > MESSAGE_LIMIT:
        await reply(message, [words.text("That is longer than a message.")], is_html=False)
        return
    broadcast = await services.store.broadcasts.draft(operator, html, context.here, now=services.now())
    text = render_broadcast(words, broadcast, await services.store.broadcasts.audience(operator))
    await reply(message, [html, text], keyboard=build_broadcast_keyboard(words, broadcast))


def read_html(message: Message) -> str:
    """Return the text after the command as HTML, with the bold and the links of its author."""
    html = message.text_html_urled if message.text else message.caption_html_urled
    words = html.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


@button_handler
async def broadcast_button(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Start or cancel a broadcast; a repeated query changes nothing more."""
    wanted = decode_broadcast(query.data or "")
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
    if broadcast is None:
        await answer_callback(query, words.text("This button is out of date."))
