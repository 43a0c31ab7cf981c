"""/bahasa: the language of a chat."""

from __future__ import annotations

from telegram import CallbackQuery, Message

from bot.access.chat_admins import AdminAccess, authorise
from bot.commands import build_chat_menus, publish_menus, read_argument
from bot.conversation.chat_language import find_language
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.locale import Translations, load_translations
from bot.views.callbacks import decode_language
from bot.views.html import OutgoingMessage
from bot.views.lists import build_language_keyboard


@message_handler
async def bahasa(message: Message, context: BotContext) -> None:
    """Show the current language, or change to the one in the argument."""
    wanted = find_language(read_argument(message))
    if wanted is not None:
        await set_language(await authorise(context.bot, message), wanted, context)
    await reply(message, [render_language(context.words)], keyboard=build_language_keyboard(context.words))


@button_handler
async def language_button(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Change the language, and edit the message into it."""
    wanted = decode_language(query.data or "")
    if wanted is None:
        await answer_callback(query, context.words.text("This button is out of date."))
        return
    await set_language(await authorise(context.bot, query), wanted, context)
    await answer_callback(query)
    shown = OutgoingMessage(render_language(context.words), build_language_keyboard(context.words))
    await edit_callback_message(message, shown)


async def set_language(target: AdminAccess, language: str, context: BotContext) -> None:
    services, chat = context.services, target.chat
    await services.languages.choose(target, language, now=services.now())
    context.words = load_translations(language)
    is_bot_admin = chat.id in services.settings.admin_ids
    await publish_menus(context.bot, build_chat_menus(context.words, chat.id, chat.type, is_bot_admin=is_bot_admin))


def render_language(words: Translations) -> str:
    return words.html("I speak English here. Choose another language:")
