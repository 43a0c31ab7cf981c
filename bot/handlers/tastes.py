"""The buttons for more or less news like a story, below digests and summaries."""

from __future__ import annotations

from functools import partial

from telegram import CallbackQuery, Message

from bot.access.chat_admins import authorise
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, answer_callback, button_handler, hold_press, try_edit
from bot.panel.changes import with_taste
from bot.panel.subscriptions import update_digest
from bot.views.schedules import name_subject
from bot.views.tastes import TasteChange, build_taste_keyboard, decode_taste_press, hash_subject
from summaries.digests.tastes import find_subjects
from summaries.model import MEDIUM

IS_MORE = {TasteChange.MORE: True, TasteChange.LESS: False, TasteChange.NEITHER: None}


@button_handler
async def change_taste(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """List the subjects of the story of the pressed button, or set the chat's taste for one of them."""
    services, words = context.services, context.words
    press = decode_taste_press(query.data)
    target = await authorise(context.bot, query)
    async with hold_press(query, message, context) as is_first:
        if not is_first:
            return None
        reading = await services.reading.read_public(press.article_id, length=MEDIUM) if press else None
        if press is None or reading is None:
            return words.text("That story is gone. /berita has the latest.")
        subscription = await services.store.subscriptions.find(target)
        if subscription is None:
            return words.text("That changes your digest, and you have none yet: /langganan")
        subjects = await services.offload(find_subjects, reading.stored.article)
        text = None
        if press.change is not TasteChange.LIST:
            subject = next((one for one in subjects if hash_subject(one) == press.subject), None)
            if subject is None:
                return words.text("This button is out of date.")
            change = partial(with_taste, subject=subject, is_more=IS_MORE[press.change])
            subscription = await update_digest(services, target, change)
            name = name_subject(words, subject)
            text = {
                TasteChange.MORE: words.text("From now on more of this in the digest: {name}", name=name),
                TasteChange.LESS: words.text("From now on less of this in the digest: {name}", name=name),
            }.get(press.change, words.text("As much as before: {name}", name=name))
        await answer_callback(query, text)
        keyboard = build_taste_keyboard(words, press, subjects, subscription.preferences.tastes)
        await try_edit(partial(message.edit_reply_markup, keyboard))
    return None
