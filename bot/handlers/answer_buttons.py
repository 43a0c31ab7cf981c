"""Replies with an article's summary, and the buttons under them."""

from __future__ import annotations

from dataclasses import replace

from telegram import CallbackQuery, Message
from telegram.constants import ChatType

from bot.access.chat_admins import PersonAccess, grant_person_access
from bot.conversation.reply import current_reply
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message
from bot.services import Services
from bot.views.answers import (
    AnswerFormat,
    AnswerView,
    SaveAction,
    build_answer_keyboard,
    choose_preview,
    decode_answer_view,
    render_answer,
    render_edited_answer,
    render_outlets,
)
from bot.views.html import OutgoingMessage
from summaries.articles.read import Reading
from summaries.model import Coverage, StoredArticle, first_of_each_outlet


async def reply_with_article(message: Message, reading: Reading, context: BotContext) -> None:
    """Reply with the summary; the buttons are under the last message."""
    services = context.services
    opened = await services.store.answers.open(context.here, reading.stored.id, now=services.now())
    reader = grant_person_access(message) if message.chat.type == ChatType.PRIVATE else None
    shown = await render_view(context, AnswerView(opened.id), reading, reader)
    for part in shown:
        await current_reply(message).send_or_edit(part)


async def render_view(
    context: BotContext, view: AnswerView, reading: Reading, reader: PersonAccess | None, *, is_edit: bool = False
) -> list[OutgoingMessage]:
    """Return the messages of the view; with `is_edit` only one, because it replaces a message.

    `reader` is the person if the chat is theirs alone.
    """
    services, words, stored, zone = context.services, context.words, reading.stored, context.zone
    coverage = await find_coverage(services, stored)
    others = len(first_of_each_outlet(coverage)) - 1
    if view.form is AnswerFormat.OUTLETS and others > 0:
        parts = [render_outlets(words, stored.article, coverage, zone)]
    else:
        view = replace(view, form=AnswerFormat.TEXT) if view.form is AnswerFormat.OUTLETS else view
        rewritten = None
        if services.rewriting is not None and view.form is AnswerFormat.TEXT:
            rewritten = await services.rewriting.rewrite(stored, reading.summary)
        values = words, stored.article, reading.summary, zone, view.form, rewritten
        parts = [render_edited_answer(*values)] if is_edit else render_answer(*values)
    is_saved = reader is not None and await services.store.saved.is_saved(reader, stored.id)
    keyboard = build_answer_keyboard(words, view, others=max(0, others), is_saved=is_saved)
    preview = choose_preview(stored.article)
    last = OutgoingMessage(parts[-1], keyboard, preview) if len(parts) == 1 else OutgoingMessage(parts[-1], keyboard)
    return [*(OutgoingMessage(part) for part in parts[:-1]), last]


async def find_coverage(services: Services, stored: StoredArticle) -> tuple[Coverage, ...]:
    """Return each outlet's article about the story; none for an article that a reader sent."""
    return await services.store.stories.coverage(stored.id) if stored.origin.is_public else ()


@button_handler
async def change_answer(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Change the reply to the view of the pressed button."""
    services = context.services
    # The second of two quick taps finds the first in flight.
    async with services.in_flight.once(f"{message.message_id}:{message.chat_id}:{query.data}") as is_first:
        if not is_first:
            await answer_callback(query)
            return
        view = decode_answer_view(query.data or "")
        answer = await services.store.answers.find(context.here, view.answer_id) if view else None
        reading = await services.reading.read_again(answer, length=view.length) if view and answer else None
        if view is None or reading is None:
            await answer_callback(query, context.words.text("This button is out of date."))
            return
        await answer_callback(query, await apply_save_action(query, view, reading, context))
        reader = grant_person_access(query) if message.chat.type == ChatType.PRIVATE else None
        view = replace(view, keeping=SaveAction.NOTHING)
        (shown,) = await render_view(context, view, reading, reader, is_edit=True)
        await edit_callback_message(message, shown)


async def apply_save_action(
    query: CallbackQuery, view: AnswerView, reading: Reading, context: BotContext
) -> str | None:
    """Save or remove the article for the person; return the text of the notification."""
    services, words, person = context.services, context.words, grant_person_access(query)
    if person is None:
        return None
    if view.keeping is SaveAction.SAVE:
        if await services.store.saved.save(person, reading.stored.id, now=services.now()):
            return words.text("Saved. You find it under /tersimpan.")
        if await services.store.saved.is_saved(person, reading.stored.id):
            return words.text("You saved it already: see /tersimpan.")
        return words.text("Your list is full. Remove something in /tersimpan first.")
    if view.keeping is SaveAction.REMOVE:
        await services.store.saved.remove(person, reading.stored.id)
        return words.text("Removed from /tersimpan.")
    return None
