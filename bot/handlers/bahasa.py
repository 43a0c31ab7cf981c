"""/bahasa: the language that a chat is spoken to in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.admins import authorise
from bot.callbacks import decode_language
from bot.handlers.answering import answers, answers_press, edit_pressed, reply, services, settle
from bot.handlers.commands import argument
from bot.keyboards import language_keyboard
from bot.languages import language_named
from bot.locale import load_words
from bot.menu import chat_menus, show

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message

    from bot.admins import AdminAccess
    from bot.handlers.answering import Context
    from bot.locale import Words


@answers
async def bahasa(message: Message, context: Context) -> None:
    """Tell the present language, or change to the one that is named."""
    wanted = language_named(argument(message))
    if wanted is not None:
        await choose(await authorise(context.bot, message), wanted, context)
    await reply(message, [spoken(context.words)], keyboard=language_keyboard(context.words))


@answers_press
async def language_button(pressed: CallbackQuery, message: Message, context: Context) -> None:
    """A press on a language: the message says it in that language."""
    wanted = decode_language(pressed.data or "")
    if wanted is None:
        await settle(pressed, context.words.text("This button is out of date."))
        return
    await choose(await authorise(context.bot, pressed), wanted, context)
    await settle(pressed)
    await edit_pressed(partial(message.edit_text, spoken(context.words)), language_keyboard(context.words))


async def choose(target: AdminAccess, language: str, context: Context) -> None:
    found, chat = services(context), target.chat
    await found.languages.choose(target, language, now=found.now())
    context.words = load_words(language)
    is_bot_admin = chat.id in found.settings.admin_ids
    await show(context.bot, chat_menus(context.words, chat.id, chat.type, is_bot_admin=is_bot_admin))


def spoken(words: Words) -> str:
    return words.html("I speak English here. Choose another language:")
