"""/status, /siaran, /blokir: for the bot's admins, in their private chats."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from bot.access.chat_admins import grant_operator_access
from bot.commands import argument
from bot.errors import AdminsOnly
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.telegram_text import MESSAGE_LIMIT, utf16_length, visible_text
from bot.views.callbacks import decode_broadcast
from bot.views.status import broadcast_keyboard, broadcast_text, figures_text

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message

    from bot.access.chat_admins import OperatorAccess
    from bot.handlers.context import BotContext

log = logging.getLogger(__name__)

# As many numbers as one message holds, and some to spare.
MOST_LISTED = 150
UNBLOCK_WORDS = frozenset({"buka", "open", "lepas"})


@message_handler
async def status(message: Message, context: BotContext) -> None:
    services = context.services
    figures = await services.store.figures.count(now=services.now())
    text = figures_text(context.words, figures, services.settings.default_timezone, services.started_at)
    await reply(message, [text])


@message_handler
async def blokir(message: Message, context: BotContext) -> None:
    """`/blokir 123` shuts a person or chat out, `/blokir buka 123` lets it in again, `/blokir` lists."""
    services, words, operator = context.services, context.words, require_operator(message, context)
    asked = argument(message).split()
    number = asked[-1] if asked else ""
    if not asked:
        shut_out = sorted(await services.blocklist.all())
        listed = [str(chat_id) for chat_id in shut_out[:MOST_LISTED]]
        if more := len(shut_out) - len(listed):
            listed.append(words.plural("{n} more", "{n} more", more))
        said = words.text("Shut out: {chats}", chats=", ".join(listed) or words.text("none"))
    elif not number.lstrip("-").isdecimal() or len(number) > 15 or int(number) in services.settings.admin_ids:
        said = words.text("Write a chat's or person's number: /blokir 12345, or /blokir buka 12345.")
    elif asked[0].casefold() in UNBLOCK_WORDS:
        await services.blocklist.unblock(operator, int(number))
        said = words.text("{chat} may write to me again.", chat=number)
    else:
        await services.blocklist.block(operator, int(number), now=services.now())
        await services.store.watches.remove_all(operator, int(number))
        said = words.text("{chat} is shut out: no answers, no digests.", chat=number)
    await reply(message, [said], is_html=False)


def require_operator(message: Message, context: BotContext) -> OperatorAccess:
    """The bot's administrator who wrote the message.

    Raises:
        AdminsOnly: somebody else wrote it.
    """
    operator = grant_operator_access(message, context.services.settings.admin_ids)
    if operator is None:
        raise AdminsOnly("not an administrator of the bot")
    return operator


@message_handler
async def siaran(message: Message, context: BotContext) -> None:
    """Show the broadcast as it will look, and ask."""
    services, words, operator = context.services, context.words, require_operator(message, context)
    html = written_html(message)
    if not html:
        await reply(message, [words.text("Write the text after the command: /siaran …")], is_html=False)
        return
    if utf16_length(visible_text(html)) > MESSAGE_LIMIT:
        await reply(message, [words.text("That is longer than a message.")], is_html=False)
        return
    broadcast = await services.store.broadcasts.draft(operator, html, context.here, now=services.now())
    text = broadcast_text(words, broadcast, await services.store.broadcasts.audience(operator))
    await reply(message, [html, text], keyboard=broadcast_keyboard(words, broadcast))


def written_html(message: Message) -> str:
    """What stands behind the command, with the bold and the links that its author gave it."""
    html = message.text_html_urled if message.text else message.caption_html_urled
    words = html.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


@button_handler
async def broadcast_button(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """Send, or cancel; done twice it is done once."""
    wanted = decode_broadcast(pressed.data or "")
    services, words = context.services, context.words
    operator = grant_operator_access(pressed, services.settings.admin_ids)
    broadcast = None
    if wanted is not None and operator is not None:
        number, is_go = wanted
        store = services.store.broadcasts
        async with services.locks.hold(("broadcast", number)):
            begun = store.begin(operator, number, message.message_id) if is_go else store.cancel(operator, number)
            broadcast = await begun
            if broadcast is not None:
                await answer_callback(pressed)
                shown = broadcast_text(words, broadcast, 0)
                below = broadcast_keyboard(words, broadcast)
                await edit_callback_message(partial(message.edit_text, shown), below, is_html=False)
    if broadcast is None:
        await answer_callback(pressed, words.text("This button is out of date."))
