"""The buttons with which the bot's operators hide, split and merge stories, in their private chats."""

from __future__ import annotations

import re
from functools import partial

from telegram import CallbackQuery, ForceReply, Message
from telegram.constants import ChatType

from bot.access.chat_admins import OperatorAccess, authorise, grant_operator_access
from bot.handlers.admin import require_operator
from bot.handlers.context import BotContext
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    edit_callback_message,
    hold_press,
    with_retries,
)
from bot.locale import Translations
from bot.parsing.queries import find_links
from bot.views.deep_links import ArticleLink, StoryLink, read_payload
from bot.views.html import OutgoingMessage
from bot.views.story_edits import (
    EditAction,
    EditedStory,
    EditPress,
    build_edit_keyboard,
    decode_edit_press,
    render_edited_story,
)
from summaries.model import OpenQuestion, StoryEdit

# The kind of the question with which story a story is to be merged; the id of the reply above it follows.
MERGE_QUESTION = "merge:"
MAX_EDITS = 20
_START = re.compile(r"[?&]start=([\w-]+)")
_ARTICLE_ID = re.compile(r"(?:ID\s*)?(\d{1,15})", re.ASCII | re.IGNORECASE)


async def read_edited_story(context: BotContext, operator: OperatorAccess, article_id: int) -> EditedStory | None:
    """Return the story of a public article, or None if there is no such article."""
    edits = context.services.store.story_edits
    coverage = await edits.coverage(operator, article_id)
    return EditedStory.of(coverage, await edits.list_edits(operator, article_id, limit=MAX_EDITS)) if coverage else None


@button_handler
async def edit_story(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Apply the press of an operator's button and show the story as it is then."""
    services, words = context.services, context.words
    press = decode_edit_press(query.data)
    operator = grant_operator_access(query, services.settings.admin_ids)
    if press is None or operator is None or message.chat.type != ChatType.PRIVATE:
        return words.text("This button is out of date.")
    async with hold_press(query, message, context) as is_first:
        if not is_first:
            return None
        answer = await services.store.answers.find(context.here, press.answer_id)
        story = await read_edited_story(context, operator, answer.article_id) if answer else None
        if answer is None or story is None:
            return words.text("This button is out of date.")
        note, shown = None, press
        if press.state != story.hash_story():
            shown = EditPress(press.answer_id)
            note = words.text("The story has changed: look again.") if press.state else None
        elif press.action is EditAction.MERGE:
            await ask_for_story(query, message, context, press.answer_id)
        elif press.action is not EditAction.OPEN:
            made = await apply_press(context, operator, story, press, answer.article_id)
            note = render_note(words, press.action, made)
            shown = EditPress(press.answer_id)
            story = await read_edited_story(context, operator, answer.article_id) or story
        await answer_callback(query, note)
        text = render_edited_story(words, story, context.zone)
        await edit_callback_message(message, OutgoingMessage(text, build_edit_keyboard(words, story, shown)))
    return None


async def apply_press(
    context: BotContext, operator: OperatorAccess, story: EditedStory, press: EditPress, article_id: int
) -> StoryEdit | None:
    """Make or undo a decision and return it; None if that changes nothing."""
    edits, now = context.services.store.story_edits, context.services.now()
    match press.action:
        case EditAction.HIDE:
            return None if story.hidden_by else await edits.hide(operator, article_id, now=now)
        case EditAction.SHOW:
            undone = [await edits.undo(operator, edit.id, now=now) for edit in story.hidden_by]
            return next(filter(None, undone), None)
        case EditAction.SPLIT:
            return await edits.split(operator, story.choose(press.number), now=now)
        case EditAction.UNDO if any(edit.id == press.number for edit in story.edits):
            return await edits.undo(operator, press.number, now=now)
        case _:
            return None


def render_note(words: Translations, action: EditAction, made: StoryEdit | None) -> str:
    """Return the notification about the decision that the action made or undid; None if it changed nothing."""
    if made is None:
        return words.text("That changes nothing.")
    if action in {EditAction.SHOW, EditAction.UNDO}:
        return words.text("Decision {n} is undone.", n=made.id)
    return words.text("Decision {n} is stored.", n=made.id)


async def ask_for_story(query: CallbackQuery, message: Message, context: BotContext, answer_id: int) -> None:
    """Ask for the story with which the story of the reply is to be merged."""
    target = await authorise(context.bot, query)
    text = context.words.html(
        "With which story is this one to be merged? Answer with the link or the ID of one of its articles."
    )
    ask = partial(message.reply_html, text, reply_markup=ForceReply(), allow_sending_without_reply=True)
    sent = await with_retries(ask)
    await context.services.store.questions.ask(
        context.here,
        target,
        f"{MERGE_QUESTION}{answer_id}",
        message_id=sent.message_id,
        panel_id=message.message_id,
        now=context.services.now(),
    )


async def merge_with_answer(message: Message, question: OpenQuestion, context: BotContext) -> Answer:
    """Merge the story of the question with the one that the message names, and show it; without one the question stays
    open.

    Raises:
        AdminsOnly: the sender is not an operator.
    """
    services, words = context.services, context.words
    operator = require_operator(message, context)
    answer = await services.store.answers.find(context.here, int(question.kind.removeprefix(MERGE_QUESTION)))
    if answer is None:
        return words.text("That story is gone. /berita has the latest.")
    other, edits = await find_article(message.text or "", context), services.store.story_edits
    made = await edits.merge(operator, answer.article_id, other, now=services.now()) if other else None
    story = await read_edited_story(context, operator, answer.article_id) if made else None
    if story is None:
        return words.text("I find no other story there. Answer with a link or an ID.")
    await services.store.questions.close(context.here, question)
    keyboard = build_edit_keyboard(words, story, EditPress(answer.id))
    return OutgoingMessage(render_edited_story(words, story, context.zone), keyboard)


def read_article_id(text: str) -> int | None:
    """Return the number in "18" or "ID 18"; None for any other text."""
    match = _ARTICLE_ID.fullmatch(text.strip())
    return int(match[1]) if match else None


async def find_article(text: str, context: BotContext) -> int | None:
    """Return the id of the article that the text names by id, address, or deep link to this bot; None without one."""
    if (article_id := read_article_id(text)) is not None:
        return article_id
    if (match := _START.search(text)) and isinstance(link := read_payload(match[1]), ArticleLink | StoryLink):
        return link.article_id
    for url in find_links(text)[:1]:
        reading = await context.services.reading.find(url)
        return reading.stored.id if reading else None
    return None
