"""/dataku, /hapusdata, /mengapa: export and delete a chat's data, and explain its digests."""

from __future__ import annotations

import json
from functools import partial

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.access.chat_admins import authorise
from bot.commands import delete_menu
from bot.conversation.reply import with_retries
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, message_handler, reply
from bot.panel.subscriptions import find_next_digest
from bot.views.callbacks import decode_forget, encode_forget
from bot.views.html import OutgoingMessage
from bot.views.status import render_history

RECORDS = 7


@message_handler
async def dataku(message: Message, context: BotContext) -> None:
    """Reply with everything stored about this chat, as a JSON file."""
    target = await authorise(context.bot, message)
    services = context.services
    stored = await services.store.chat_data.export(target)
    if not stored:
        await reply(message, [context.words.text("I keep nothing of this chat.")], is_html=False)
        return
    document = {"chat_id": message.chat_id, "exported_at": services.now().isoformat(), "stored": stored}
    body = json.dumps(document, ensure_ascii=False, indent=2).encode()
    caption = context.words.text("This is all that I keep of this chat. /hapusdata deletes it.")
    name = f"ringkas-{abs(message.chat_id)}.json"
    send = partial(message.reply_document, body, filename=name, caption=caption, allow_sending_without_reply=True)
    await with_retries(send)


@message_handler
async def hapusdata(message: Message, context: BotContext) -> None:
    """Ask for confirmation before deleting the chat's data."""
    await authorise(context.bot, message)
    words = context.words
    text = words.html(
        "Delete all that I keep of this chat: its digest, its settings, and what it was told? That can't be undone."
    )
    buttons = [
        InlineKeyboardButton(words.text("Delete all"), callback_data=encode_forget(is_sure=True)),
        InlineKeyboardButton(words.text("Keep it"), callback_data=encode_forget(is_sure=False)),
    ]
    await reply(message, [text], keyboard=InlineKeyboardMarkup([buttons]))


@button_handler
async def forget_button(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Delete the chat's data, or keep it; a second tap finds nothing to delete."""
    words, target = context.words, await authorise(context.bot, query)
    await answer_callback(query)
    text = words.text("Nothing was deleted.")
    if decode_forget(query.data or ""):
        services = context.services
        async with services.locks.hold(target.chat_id):
            await services.store.chat_data.forget(target)
            services.languages.forget(target.chat_id)
        await delete_menu(context.bot, target.chat_id)
        text = words.text("All that I kept of this chat is deleted.")
    await edit_callback_message(message, OutgoingMessage(text, is_html=False))


@message_handler
async def mengapa(message: Message, context: BotContext) -> None:
    """Explain why recent digests came or did not."""
    services = context.services
    subscription = await services.store.subscriptions.find(context.here)
    due = await find_next_digest(services, context.here, subscription) if subscription else None
    records = await services.store.deliveries.history(context.here, limit=RECORDS)
    await reply(message, [render_history(context.words, subscription, due, records)])
