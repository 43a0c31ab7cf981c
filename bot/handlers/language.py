"""/bahasa: the language that a chat is spoken to in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.access.chat_admins import authorise
from bot.commands import argument, chat_menus, publish_menus
from bot.conversation.chat_language import find_language
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.locale import load_translations
from bot.views.callbacks import decode_language
from bot.views.lists import language_keyboard

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message

    from bot.access.chat_admins import AdminAccess
    from bot.handlers.context import BotContext
    from bot.locale import Translations


@message_handler
async def bahasa(message: Message, context: BotContext) -> None:
    """Tell the present language, or change to the one that is named."""
    wanted = find_language(argument(message))
    if wanted is not None:
        await choose(await authorise(context.bot, message), wanted, context)
    await reply(message, [spoken(context.words)], keyboard=language_keyboard(context.words))


@button_handler
async def language_button(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on a language: the message says it in that language."""
    wanted = decode_language(pressed.data or "")
    if wanted is None:
        await answer_callback(pressed, context.words.text("This button is out of date."))
        return
    await choose(await authorise(context.bot, pressed), wanted, context)
    await answer_callback(pressed)
    await edit_callback_message(partial(message.edit_text, spoken(context.words)), language_keyboard(context.words))


async def choose(target: AdminAccess, language: str, context: BotContext) -> None:
    services, chat = context.services, target.chat
    await services.languages.choose(target, language, now=services.now())
    context.words = load_translations(language)
    is_bot_admin = chat.id in services.settings.admin_ids
    await publish_menus(context.bot, chat_menus(context.words, chat.id, chat.type, is_bot_admin=is_bot_admin))


def spoken(words: Translations) -> str:
    return words.html("I speak English here. Choose another language:")
