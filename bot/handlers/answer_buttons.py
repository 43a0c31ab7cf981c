"""Replies with an article's summary, and the buttons under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from telegram import CallbackQuery, InlineKeyboardButton, Message
from telegram.constants import ChatType

from bot.access.chat_admins import PersonAccess, as_operator, grant_person_access
from bot.handlers.context import BotContext
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    edit_callback_message,
    hold_press,
    is_double_tap,
    reply,
    run_with_reply,
)
from bot.views.answers import (
    AnswerFormat,
    AnswerView,
    SaveAction,
    build_answer_keyboard,
    build_copy_button,
    choose_preview,
    decode_answer_view,
    decode_summary,
    render_answer,
    render_debunking,
)
from bot.views.deep_links import ArticleLink, StoryLink
from bot.views.follows import build_follow_button
from bot.views.html import OutgoingMessage
from bot.views.sharing import AnswerLink, Shared, build_share_button
from bot.views.stories import build_story_keyboard, render_story_view
from bot.views.story_edits import build_edit_button
from bot.views.tastes import build_taste_button
from summaries.articles.read import Reading
from summaries.model import MEDIUM, Coverage, StoredArticle, first_of_each_outlet


async def reply_with_article(
    message: Message, reading: Reading, context: BotContext, form: AnswerFormat = AnswerFormat.TEXT
) -> None:
    """Reply with the summary, or with the story if `form` is `STORY`; the buttons are under the last message."""
    services = context.services
    opened = await services.store.answers.open(context.here, reading.stored.id, now=services.now())
    reader = grant_person_access(message) if message.chat.type == ChatType.PRIVATE else None
    await reply(message, *await render_view(context, AnswerView(opened.id, form), reading, reader))


async def reply_after_check(
    message: Message, reading: Reading, context: BotContext, debunking: StoredArticle | None
) -> None:
    """Reply with the fact-check of the claim that the article repeats, if there is one; a button sends the summary."""
    if debunking is None or reading.stored.article.fact_check is not None:
        await reply_with_article(message, reading, context)
        return
    opened = await context.services.store.answers.open(context.here, reading.stored.id, now=context.services.now())
    await reply(message, render_debunking(context.words, debunking.article, context.zone, answer_id=opened.id))


@button_handler
async def send_summary(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Send the summary of the text below whose fact-check the button is; a double tap has one answer."""
    services, answer_id = context.services, decode_summary(query.data)
    answer = await services.store.answers.find(context.here, answer_id) if answer_id is not None else None
    reading = await services.reading.read_again(answer, length=MEDIUM) if answer else None
    if reading is None:
        return context.words.text("This button is out of date.")
    is_new = not is_double_tap(query, message, context)
    await answer_callback(query)
    if is_new:
        await run_with_reply(message, context, reply_with_article(message, reading, context))
    return None


async def render_view(
    context: BotContext, view: AnswerView, reading: Reading, reader: PersonAccess | None, *, is_edit: bool = False
) -> list[OutgoingMessage]:
    """Return the messages of the view; with `is_edit` only one, because it replaces a message.

    `reader` is the person if the chat is theirs alone; operators see hidden stories too. A story without further
    outlets and without a chain is shown as a summary.
    """
    services, words, stored, zone = context.services, context.words, reading.stored, context.zone
    stores = services.store
    # An article that a reader sent belongs to no story.
    operator = as_operator(reader, services.settings.admin_ids)
    coverage = shown = await stores.stories.coverage(stored.id) if stored.origin.is_public else ()
    if stored.origin.is_public and operator is not None:
        coverage = await stores.story_edits.coverage(operator, stored.id)
    extra = [build_edit_button(words, view.answer_id)] if operator is not None and coverage else []
    outlets = len(first_of_each_outlet(coverage))
    # With several outlets the keyboard has the button for the story anyway.
    has_chain = outlets == 1 and len(await stores.stories.chain(stored.id)) > 1
    is_saved = reader is not None and await stores.saved.is_saved(reader, stored.id)
    follow = None
    # A hidden story has no news.
    if shown:
        extra.insert(0, build_taste_button(words, stored.id, replace(view, keeping=SaveAction.NOTHING).encode()))
        follow = build_follow_button(words, stored.id, await stores.watches.find_follow(context.here, stored.id))
    share = offer_sharing(context, view, stored, is_own=reader is not None, coverage=shown)
    if view.form is AnswerFormat.STORY:
        story = await services.read_story(stored.id, coverage) if outlets > 1 or has_chain else None
        if story is not None:
            text = render_story_view(words, story, zone)
            copy = build_copy_button(words, story.shown.article, story.summary)
            keyboard = build_story_keyboard(
                words, view, is_saved=is_saved, copy=copy, follow=follow, share=share, extra=extra
            )
            return [OutgoingMessage(text, keyboard, choose_preview(story.shown.article))]
        view = replace(view, form=AnswerFormat.TEXT)
    rewritten = None
    if services.rewriting is not None and view.form is AnswerFormat.TEXT:
        rewritten = await services.rewriting.rewrite(stored, reading.summary)
    parts = render_answer(words, stored.article, reading.summary, zone, view.form, rewritten, is_edit=is_edit)
    copy = build_copy_button(words, stored.article, reading.summary, is_other=rewritten is not None)
    keyboard = build_answer_keyboard(
        words,
        view,
        outlets=outlets,
        has_chain=has_chain,
        is_saved=is_saved,
        copy=copy,
        follow=follow,
        share=share,
        extra=extra,
    )
    preview = choose_preview(stored.article)
    last = OutgoingMessage(parts[-1], keyboard, preview) if len(parts) == 1 else OutgoingMessage(parts[-1], keyboard)
    return [*(OutgoingMessage(part) for part in parts[:-1]), last]


def offer_sharing(
    context: BotContext, view: AnswerView, stored: StoredArticle, *, is_own: bool, coverage: Sequence[Coverage]
) -> InlineKeyboardButton | None:
    """Return the button that shares the summary, or the story if it has several outlets (`coverage`).

    None for a hidden story, which has no coverage, and for an article that is not public, unless the chat is the
    person's own.
    """
    shared: Shared
    if coverage:
        is_story = len(first_of_each_outlet(coverage)) > 1
        shared = StoryLink(stored.id) if is_story else ArticleLink(stored.id)
    elif is_own and not stored.origin.is_public:
        shared = AnswerLink(view.answer_id)
    else:
        return None
    bot = context.bot
    label = context.words.text("Share")
    return build_share_button(label, shared, bot.username, has_inline=bool(bot.supports_inline_queries))


@button_handler
async def change_answer(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Change the reply to the view of the pressed button."""
    services = context.services
    async with hold_press(query, message, context) as is_first:
        if not is_first:
            return None
        view = decode_answer_view(query.data)
        answer = await services.store.answers.find(context.here, view.answer_id) if view else None
        reading = await services.reading.read_again(answer, length=view.length) if view and answer else None
        if view is None or reading is None:
            return context.words.text("This button is out of date.")
        await answer_callback(query, await apply_save_action(query, view.keeping, reading.stored.id, context))
        reader = grant_person_access(query) if message.chat.type == ChatType.PRIVATE else None
        view = replace(view, keeping=SaveAction.NOTHING)
        (shown,) = await render_view(context, view, reading, reader, is_edit=True)
        await edit_callback_message(message, shown)
        return None


async def apply_save_action(
    query: CallbackQuery, keeping: SaveAction, article_id: int, context: BotContext
) -> str | None:
    """Save or remove the article for the person; return the text of the notification."""
    services, words, person = context.services, context.words, grant_person_access(query)
    if person is None:
        return None
    if keeping is SaveAction.SAVE:
        if await services.store.saved.save(person, article_id, now=services.now()):
            return words.text("Saved. You find it under /tersimpan.")
        if await services.store.saved.is_saved(person, article_id):
            return words.text("You saved it already: see /tersimpan.")
        return words.text("Your list is full. Remove something in /tersimpan first.")
    if keeping is SaveAction.REMOVE:
        await services.store.saved.remove(person, article_id)
        return words.text("Removed from /tersimpan.")
    return None
