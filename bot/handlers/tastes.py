"""The buttons for more or less news like a story, below digests and summaries."""

from __future__ import annotations

from functools import partial

from telegram import CallbackQuery, Message

from bot.access.chat_admins import authorise
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, answer_callback, button_handler, hold_press, try_edit
from bot.panel.changes import with_taste
from bot.panel.subscriptions import DEFAULT_TIME, update_digest
from bot.views.schedules import name_subject
from bot.views.tastes import TasteChange, build_taste_keyboard, decode_taste_press, hash_subject
from summaries.digests.tastes import find_subjects
from summaries.model import MEDIUM, ChatRef, Subscription

IS_MORE = {TasteChange.MORE: True, TasteChange.LESS: False, TasteChange.NEITHER: None}


@button_handler
async def change_taste(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """List the subjects of the story of the pressed button, or set the chat's taste for one of them.

    A chat without a digest gets one that is stopped, so that the taste is not lost.
    """
    services, words = context.services, context.words
    press = decode_taste_press(query.data)
    target = await authorise(context.bot, query)
    async with hold_press(query, message, context) as is_first:
        if not is_first:
            return None
        reading = await services.reading.read_public(press.article_id, length=MEDIUM) if press else None
        if press is None or reading is None:
            return words.text("That story is gone. /berita has the latest.")
        subjects = await services.offload(find_subjects, reading.stored.article)
        subscription = await services.store.subscriptions.find(target)
        text = None
        if press.change is not TasteChange.LIST:
            subject = next((one for one in subjects if hash_subject(one) == press.subject), None)
            if subject is None:
                return words.text("This button is out of date.")
            stopped = Subscription(
                ChatRef(target.chat_id), (DEFAULT_TIME,), services.settings.default_timezone, is_active=False
            )
            change = partial(with_taste, subject=subject, is_more=IS_MORE[press.change])
            subscription = await update_digest(services, target, change, usual=stopped)
            name = name_subject(words, subject)
            text = {
                TasteChange.MORE: words.text("From now on more of this in the digest: {name}", name=name),
                TasteChange.LESS: words.text("From now on less of this in the digest: {name}", name=name),
            }.get(press.change, words.text("As much as before: {name}", name=name))
            if not subscription.is_active:
                text += ". " + words.text("You have none yet: /langganan")
        await answer_callback(query, text)
        tastes = subscription.preferences.tastes if subscription else ()
        await try_edit(partial(message.edit_reply_markup, build_taste_keyboard(words, press, subjects, tastes)))
    return None
