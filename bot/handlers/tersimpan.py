"""/tersimpan: the articles that a person saved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.callbacks import decode_saved_list
from bot.handlers.answering import answers, edit_pressed, reply, services, settle
from bot.keyboards import saved_keyboard
from bot.render_lists import saved_text

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup, Message, Update

    from bot.handlers.answering import Context

PAGE_SIZE = 5


@answers
async def tersimpan(message: Message, context: Context) -> None:
    owner_id = message.from_user.id if message.from_user else message.chat_id
    text, keyboard = await saved(context, owner_id, 0)
    await reply(message, [text], keyboard=keyboard)


async def change_saved(update: Update, context: Context) -> None:
    """A press on an article's ✕, or on previous or next. Nobody else's list is changed."""
    pressed = update.callback_query
    if pressed is None:
        return
    wanted = decode_saved_list(pressed.data or "")
    if wanted is None or wanted.owner_id != pressed.from_user.id:
        await settle(pressed, context.words.text("That is somebody else's list. See your own with /tersimpan."))
        return
    if wanted.removed:
        await services(context).store.saved.remove(wanted.owner_id, wanted.removed)
    await settle(pressed)
    text, keyboard = await saved(context, wanted.owner_id, wanted.number)
    await edit_pressed(partial(pressed.edit_message_text, text), keyboard)


async def saved(context: Context, owner_id: int, number: int) -> tuple[str, InlineKeyboardMarkup | None]:
    """The page's text and buttons."""
    found = services(context)
    page = await found.store.saved.page(owner_id, number=number, size=PAGE_SIZE)
    if not page.items:
        return context.words.html("Nothing saved yet. Press “Save” under a summary."), None
    zone, username = context.zone, context.bot.username
    text = saved_text(context.words, page, zone=zone, now=found.now(), username=username)
    return text, saved_keyboard(context.words, page, owner_id)
