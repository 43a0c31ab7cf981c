"""The screen of buttons behind /langganan: what presses do, and how it is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from telegram import ForceReply, Message

from bot.admins import find_chat, require_admin, require_posting
from bot.explain import explain
from bot.handlers.answering import edit_pressed, insist, reply, services, settle
from bot.panel.buttons import Question, Verb, View, decode_press
from bot.panel.changes import OutOfDate, pressed
from bot.panel.keyboards import Keyboard
from bot.panel.text import settings_text, view_text
from bot.panel.views import question_of, question_text, view_after
from bot.subscribing import alter, begin, comes_next
from summaries.errors import RingkasError
from summaries.model import ChatRef, OpenQuestion

if TYPE_CHECKING:
    from telegram import CallbackQuery, Chat, InlineKeyboardMarkup, Update, User

    from bot.handlers.answering import Context
    from bot.panel.changes import Change
    from summaries.model import Subscription


async def panel_button(update: Update, context: Context) -> None:
    """A press on the panel: done, answered, and the panel shows how things are now."""
    query = update.callback_query
    if query is None:
        return
    if not isinstance(query.message, Message):
        # So old that Telegram no longer says what stands in it.
        await settle(query, explain(context.words, OutOfDate("an old message")), is_alert=True)
        return
    async with services(context).turns.of(query.message.chat_id):
        try:
            await act(query, query.message, context)
        except RingkasError as error:
            await settle(query, explain(context.words, error), is_alert=True)


async def act(query: CallbackQuery, message: Message, context: Context) -> None:
    """Do what the button says.

    Raises:
        RingkasError: nothing was done; its sentence is for the person.
    """
    press = decode_press(query.data or "")
    if press is None:
        raise OutOfDate(query.data)
    target = message.chat if press.target is None else await find_chat(context.bot, press.target)
    await require_admin(context.bot, target, query.from_user)
    found = services(context)
    if press.verb is Verb.ASK:
        question = question_of(press)
        await settle(query)
        await ask(message, context, question, target.id, query.from_user)
        return
    view, page = view_after(press)
    change: Change = same
    if press.verb not in {Verb.VIEW, Verb.PREVIEW}:
        change = pressed(press, await found.store.news.outlets())
    if press.verb is Verb.RUN:
        await require_posting(context.bot, target)
        current = await found.store.subscriptions.find(target.id)
        subscription = await begin(found, current.chat if current else ChatRef(target.id), context.words)
    else:
        subscription = await alter(found, target.id, change)
    await settle(query)
    if press.verb is Verb.PREVIEW:
        await preview(message, subscription, context)
        return
    text, keyboard = await screen(message, context, subscription, target, view, page)
    await edit_pressed(partial(query.edit_message_text, text), keyboard)


def same(subscription: Subscription) -> Subscription:
    return subscription


async def screen(
    message: Message, context: Context, subscription: Subscription, target: Chat, view: View = View.MAIN, page: int = 0
) -> tuple[str, InlineKeyboardMarkup]:
    """Text and buttons of a screen about the digest of `target`, to be shown in the chat of the message."""
    found, words = services(context), context.words
    is_here = target.id == message.chat_id
    outlets = await found.store.news.outlets() if view is View.OUTLETS else ()
    keyboard = Keyboard(words, subscription, None if is_here else target.id).build(view, page, outlets)
    if view is not View.MAIN:
        return view_text(words, view, subscription), keyboard
    due = await comes_next(found, subscription)
    return settings_text(words, subscription, due, None if is_here else target.effective_name), keyboard


async def preview(message: Message, subscription: Subscription, context: Context) -> None:
    """Send the digest as it would come now; two taps of one finger are one."""
    found = services(context)
    if not found.turns.is_first(("preview", message.chat_id), found.now()):
        return
    parts = await found.composing(lambda: context.bot.username).preview(subscription, context.words.language)
    head = context.words.html("<i>This is how the digest would look now:</i>")
    await reply(message, [head, *(part.html for part in parts)])


async def ask(message: Message, context: Context, question: Question, target_id: int, person: User | None) -> None:
    """Ask for something that is typed, below the message, and remember that it was asked."""
    text = question_text(context.words, question)
    is_group = message.chat_id < 0
    if is_group and person is not None:
        # Only who pressed is to see the field for the answer.
        text = f"{person.mention_html()}: {text}"
    sent = await insist(partial(message.reply_html, text, reply_markup=ForceReply(selective=is_group)))
    found = services(context)
    panel_id = message.message_id if message.from_user and message.from_user.id == context.bot.id else None
    await found.store.questions.ask(
        OpenQuestion(message.chat_id, sent.message_id, question, target_id, panel_id, found.now())
    )
