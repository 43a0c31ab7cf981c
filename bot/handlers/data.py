"""/dataku, /hapusdata, /mengapa: what is stored of a chat, as a file, gone, and explained."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.admins import require_admin, require_admin_of
from bot.callbacks import decode_forget, encode_forget
from bot.explain import explain
from bot.handlers.answering import answers, edit_pressed, insist, reply, services, settle
from bot.menu import forget_menu
from bot.render_history import history_text
from bot.subscribing import comes_next
from summaries.errors import InputError

if TYPE_CHECKING:
    from telegram import Message, Update

    from bot.handlers.answering import Context

RECORDS = 7


@answers
async def dataku(message: Message, context: Context) -> None:
    """Everything stored about this chat, as a JSON file."""
    await require_admin_of(context.bot, message)
    found = services(context)
    stored = await found.store.chat_data.export(message.chat_id)
    if not stored:
        await reply(message, [context.words.text("I keep nothing of this chat.")], is_html=False)
        return
    document = {"chat_id": message.chat_id, "exported_at": found.now().isoformat(), "stored": stored}
    body = json.dumps(document, ensure_ascii=False, indent=2).encode()
    caption = context.words.text("This is all that I keep of this chat. /hapusdata deletes it.")
    name = f"ringkas-{abs(message.chat_id)}.json"
    await insist(partial(message.reply_document, body, filename=name, caption=caption))


@answers
async def hapusdata(message: Message, context: Context) -> None:
    """Ask once more before everything goes."""
    await require_admin_of(context.bot, message)
    words = context.words
    said = words.html(
        "Delete all that I keep of this chat: its digest, its settings, and what it was told? That can't be undone."
    )
    buttons = [
        InlineKeyboardButton(words.text("Delete all"), callback_data=encode_forget(is_sure=True)),
        InlineKeyboardButton(words.text("Keep it"), callback_data=encode_forget(is_sure=False)),
    ]
    await reply(message, [said], keyboard=InlineKeyboardMarkup([buttons]))


async def forget_button(update: Update, context: Context) -> None:
    """The answer to that question; a second tap finds nothing left to do."""
    pressed = update.callback_query
    if pressed is None or pressed.message is None:
        return
    words, chat = context.words, pressed.message.chat
    try:
        await require_admin(context.bot, chat, pressed.from_user)
    except InputError as error:
        await settle(pressed, explain(words, error), is_alert=True)
        return
    await settle(pressed)
    said = words.text("Nothing was deleted.")
    if decode_forget(pressed.data or ""):
        found = services(context)
        async with found.turns.of(chat.id):
            await found.store.chat_data.forget(chat.id)
            found.languages.forget(chat.id)
        await forget_menu(context.bot, chat.id)
        said = words.text("All that I kept of this chat is deleted.")
    await edit_pressed(partial(pressed.edit_message_text, said), None, is_html=False)


@answers
async def mengapa(message: Message, context: Context) -> None:
    """Why a digest came, or did not."""
    found = services(context)
    subscription = await found.store.subscriptions.find(message.chat_id)
    due = await comes_next(found, subscription) if subscription else None
    records = await found.store.deliveries.history(message.chat_id, limit=RECORDS)
    await reply(message, [history_text(context.words, subscription, due, records)])
