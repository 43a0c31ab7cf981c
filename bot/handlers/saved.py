"""/tersimpan: the articles that a person saved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.access.chat_admins import grant_person_access
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.views.callbacks import decode_saved_list
from bot.views.lists import saved_keyboard, saved_text

if TYPE_CHECKING:
    from telegram import CallbackQuery, InlineKeyboardMarkup, Message

    from bot.access.chat_admins import PersonAccess
    from bot.handlers.context import BotContext

PAGE_SIZE = 5


@message_handler
async def tersimpan(message: Message, context: BotContext) -> None:
    person = grant_person_access(message)
    if person is None:
        said = context.words.text("Here I don't see who you are. Send me /tersimpan in a private chat.")
        await reply(message, [said], is_html=False)
        return
    text, keyboard = await saved(context, person, 0)
    await reply(message, [text], keyboard=keyboard)


@button_handler
async def change_saved(pressed: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on an article's ✕, or on previous or next. Nobody else's list is changed."""
    wanted, person = decode_saved_list(pressed.data or ""), grant_person_access(pressed)
    if wanted is None or person is None or wanted.owner_id != person.user_id:
        await answer_callback(
            pressed, context.words.text("That is somebody else's list. See your own with /tersimpan.")
        )
        return
    if wanted.removed:
        await context.services.store.saved.remove(person, wanted.removed)
    await answer_callback(pressed)
    text, keyboard = await saved(context, person, wanted.number)
    await edit_callback_message(partial(message.edit_text, text), keyboard)


async def saved(context: BotContext, person: PersonAccess, number: int) -> tuple[str, InlineKeyboardMarkup | None]:
    """The page's text and buttons."""
    services = context.services
    page = await services.store.saved.page(person, number=number, size=PAGE_SIZE)
    if not page.items:
        return context.words.html("Nothing saved yet. Press “Save” under a summary."), None
    zone, username = context.zone, context.bot.username
    text = saved_text(context.words, page, zone=zone, now=services.now(), username=username)
    return text, saved_keyboard(context.words, page, person.user_id)
