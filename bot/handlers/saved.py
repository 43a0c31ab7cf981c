"""/tersimpan: a person's saved articles."""

from __future__ import annotations

from telegram import CallbackQuery, Message

from bot.access.chat_admins import PersonAccess, grant_person_access
from bot.conversation.reply import current_reply
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.views.callbacks import decode_saved_list
from bot.views.html import OutgoingMessage
from bot.views.lists import build_saved_keyboard, render_saved

PAGE_SIZE = 5


@message_handler
async def tersimpan(message: Message, context: BotContext) -> None:
    person = grant_person_access(message)
    if person is None:
        said = context.words.text("Here I don't see who you are. Send me /tersimpan in a private chat.")
        await reply(message, [said], is_html=False)
        return
    await current_reply(message).send_or_edit(await render_saved_page(context, person, 0))


@button_handler
async def change_saved(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Remove an article from the person's own list, or turn its page."""
    wanted, person = decode_saved_list(query.data or ""), grant_person_access(query)
    if wanted is None or person is None or wanted.owner_id != person.user_id:
        await answer_callback(query, context.words.text("That is somebody else's list. See your own with /tersimpan."))
        return
    if wanted.removed:
        await context.services.store.saved.remove(person, wanted.removed)
    await answer_callback(query)
    await edit_callback_message(message, await render_saved_page(context, person, wanted.number))


async def render_saved_page(context: BotContext, person: PersonAccess, number: int) -> OutgoingMessage:
    services = context.services
    page = await services.store.saved.page(person, number=number, size=PAGE_SIZE)
    if not page.items:
        return OutgoingMessage(context.words.html("Nothing saved yet. Press “Save” under a summary."))
    zone, username = context.zone, context.bot.username
    text = render_saved(context.words, page, zone=zone, now=services.now(), username=username)
    return OutgoingMessage(text, build_saved_keyboard(context.words, page, person.user_id))
