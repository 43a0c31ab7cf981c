"""/bahasa: the language that a chat is spoken to in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.admins import require_admin, require_admin_of
from bot.callbacks import decode_language
from bot.explain import explain
from bot.handlers.answering import answers, edit_pressed, reply, services, settle
from bot.handlers.commands import argument
from bot.keyboards import language_keyboard
from bot.languages import language_named
from bot.locale import load_words
from bot.menu import chat_menus, show
from summaries.errors import InputError

if TYPE_CHECKING:
    from telegram import Chat, Message, Update

    from bot.handlers.answering import Context
    from bot.locale import Words


@answers
async def bahasa(message: Message, context: Context) -> None:
    """Tell the present language, or change to the one that is named."""
    wanted = language_named(argument(message))
    if wanted is not None:
        await require_admin_of(context.bot, message)
        await choose(message.chat, wanted, context)
    await reply(message, [spoken(context.words)], keyboard=language_keyboard(context.words))


async def language_button(update: Update, context: Context) -> None:
    """A press on a language: the message says it in that language."""
    pressed = update.callback_query
    wanted = decode_language(pressed.data or "") if pressed else None
    if pressed is None or pressed.message is None:
        return
    if wanted is None:
        await settle(pressed, context.words.text("This button is out of date."))
        return
    try:
        await require_admin(context.bot, pressed.message.chat, pressed.from_user)
    except InputError as error:
        await settle(pressed, explain(context.words, error), is_alert=True)
        return
    await choose(pressed.message.chat, wanted, context)
    await settle(pressed)
    await edit_pressed(partial(pressed.edit_message_text, spoken(context.words)), language_keyboard(context.words))


async def choose(chat: Chat, language: str, context: Context) -> None:
    found = services(context)
    await found.languages.choose(chat.id, language, now=found.now())
    context.words = load_words(language)
    is_bot_admin = chat.id in found.settings.admin_ids
    await show(context.bot, chat_menus(context.words, chat.id, chat.type, is_bot_admin=is_bot_admin))


def spoken(words: Words) -> str:
    return words.html("I speak English here. Choose another language:")
