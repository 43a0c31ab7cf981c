"""/dataku, /hapusdata, /mengapa, /bahasa: export and delete a chat's data, explain its digests, choose its language."""

from __future__ import annotations

import json
from functools import partial

from telegram import CallbackQuery, InlineKeyboardMarkup, Message
from telegram.constants import ChatType, KeyboardButtonStyle, ParseMode

from bot.access.chat_admins import AdminAccess, authorise
from bot.commands import build_chat_menus, delete_menu, publish_menus, read_argument
from bot.conversation.chat_language import find_language
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, button_handler, message_handler, with_retries
from bot.locale import Translations, load_translations
from bot.panel.subscriptions import find_next_digest
from bot.views.callbacks import FORGET_ALL, FORGET_NOTHING, build_button, decode_language
from bot.views.html import OutgoingMessage
from bot.views.lists import build_language_keyboard
from bot.views.status import render_history

RECORDS = 7


@message_handler
async def dataku(message: Message, context: BotContext) -> Answer:
    """Reply with everything stored about this chat, as a JSON file; in a private chat also with the person's id, which
    a future admin of the bot needs for ADMIN_IDS."""
    target = await authorise(context.bot, message)
    services = context.services
    stored = await services.store.chat_data.export(target)
    own_id = ""
    if message.chat.type == ChatType.PRIVATE:
        own_id = "\n" + context.words.html("Your Telegram ID: <code>{id}</code>", id=str(message.chat_id))
    if not stored:
        return OutgoingMessage(context.words.html("I keep nothing of this chat.") + own_id)
    document = {"chat_id": message.chat_id, "exported_at": services.now().isoformat(), "stored": stored}
    body = json.dumps(document, ensure_ascii=False, indent=2).encode()
    caption = context.words.html("This is all that I keep of this chat. /hapusdata deletes it.") + own_id
    name = f"ringkas-{abs(message.chat_id)}.json"
    send = partial(
        message.reply_document,
        body,
        filename=name,
        caption=caption,
        parse_mode=ParseMode.HTML,
        allow_sending_without_reply=True,
    )
    await with_retries(send)
    return None


@message_handler
async def hapusdata(message: Message, context: BotContext) -> Answer:
    """Ask for confirmation before deleting the chat's data."""
    await authorise(context.bot, message)
    words = context.words
    text = words.html(
        "Delete everything that I keep about this chat: its digest, settings and history? This can't be undone."
    )
    buttons = [
        build_button(words.text("Delete all"), FORGET_ALL, KeyboardButtonStyle.DANGER),
        build_button(words.text("Keep it"), FORGET_NOTHING),
    ]
    return OutgoingMessage(text, InlineKeyboardMarkup([buttons]))


@button_handler
async def forget_button(query: CallbackQuery, _message: Message, context: BotContext) -> Answer:
    """Delete the chat's data, or keep it; a second tap finds nothing to delete."""
    words, target = context.words, await authorise(context.bot, query)
    if query.data != FORGET_ALL:
        return OutgoingMessage(words.text("Nothing was deleted."), is_html=False)
    services = context.services
    async with services.locks.hold(target.chat_id):
        await services.store.chat_data.forget(target)
        services.languages.forget(target.chat_id)
    await delete_menu(context.bot, target.chat_id)
    return OutgoingMessage(words.text("All that I kept of this chat is deleted."), is_html=False)


@message_handler
async def mengapa(_message: Message, context: BotContext) -> Answer:
    """Explain why recent digests came or did not, and why the last one had its stories."""
    services = context.services
    subscription = await services.store.subscriptions.find(context.here)
    due = await find_next_digest(services, context.here, subscription) if subscription else None
    records = await services.store.deliveries.history(context.here, limit=RECORDS)
    stories = await services.store.deliveries.last_stories(context.here)
    return OutgoingMessage(render_history(context.words, subscription, due, records, stories))


@message_handler
async def bahasa(message: Message, context: BotContext) -> Answer:
    """Show the current language, or change to the one in the argument."""
    wanted = find_language(read_argument(message))
    if wanted is not None:
        await set_language(await authorise(context.bot, message), wanted, context)
    return render_language(context.words)


@button_handler
async def language_button(query: CallbackQuery, _message: Message, context: BotContext) -> Answer:
    """Change the language, and edit the message into it."""
    wanted = decode_language(query.data)
    if wanted is None:
        return context.words.text("This button is out of date.")
    await set_language(await authorise(context.bot, query), wanted, context)
    return render_language(context.words)


async def set_language(target: AdminAccess, language: str, context: BotContext) -> None:
    services, chat = context.services, target.chat
    await services.languages.choose(target, language, now=services.now())
    context.words = load_translations(language)
    is_bot_admin = chat.id in services.settings.admin_ids
    await publish_menus(context.bot, build_chat_menus(context.words, chat.id, chat.type, is_bot_admin=is_bot_admin))


def render_language(words: Translations) -> OutgoingMessage:
    text = words.html("I speak English here. Choose another language:")
    return OutgoingMessage(text, build_language_keyboard(words))
