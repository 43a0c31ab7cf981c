"""The screen of buttons behind /langganan: what presses do, and how it is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from telegram import ForceReply

from bot.access.chat_admins import authorise, require_posting
from bot.conversation.reply import with_retries
from bot.errors import OutOfDate
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, reply
from bot.panel.buttons import Question, Verb, View, decode_press
from bot.panel.changes import pressed
from bot.panel.keyboards import Keyboard
from bot.panel.subscriptions import next_digest_at, start_digest, update_digest
from bot.panel.views import question_of, question_text, view_after, view_text
from bot.views.schedules import settings_text

if TYPE_CHECKING:
    from telegram import CallbackQuery, InlineKeyboardMarkup, Message, User

    from bot.access.chat_admins import AdminAccess
    from bot.handlers.context import BotContext
    from bot.panel.changes import Change
    from summaries.model import Subscription


@button_handler
async def panel_button(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """A press on the panel: done, answered, and the panel shows how things are now."""
    async with context.services.locks.hold(message.chat_id):
        await act(query, message, context)


async def act(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Do what the button says.

    Raises:
        RingkasError: nothing was done; its sentence is for the person.
    """
    press = decode_press(query.data or "")
    if press is None:
        raise OutOfDate(query.data)
    target = await authorise(context.bot, query, press.target)
    services = context.services
    if press.verb is Verb.ASK:
        question = question_of(press)
        await answer_callback(query)
        await ask(message, context, question, target, query.from_user)
        return
    view, page = view_after(press)
    change: Change = same
    if press.verb not in {Verb.VIEW, Verb.PREVIEW}:
        change = pressed(press, await services.store.news.outlets())
    if press.verb is Verb.RUN:
        await require_posting(context.bot, target)
        subscription = await start_digest(services, target, context.words)
    else:
        subscription = await update_digest(services, target, change)
    await answer_callback(query)
    if press.verb is Verb.PREVIEW:
        await preview(message, target, subscription, context)
        return
    text, keyboard = await screen(message, context, subscription, target, view, page)
    await edit_callback_message(partial(query.edit_message_text, text), keyboard)


def same(subscription: Subscription) -> Subscription:
    return subscription


async def screen(
    message: Message,
    context: BotContext,
    subscription: Subscription,
    target: AdminAccess,
    view: View = View.MAIN,
    page: int = 0,
) -> tuple[str, InlineKeyboardMarkup]:
    """Text and buttons of a screen about the digest of `target`, to be shown in the chat of the message."""
    services, words = context.services, context.words
    is_here = target.chat_id == message.chat_id
    outlets = await services.store.news.outlets() if view is View.OUTLETS else ()
    keyboard = Keyboard(words, subscription, None if is_here else target.chat_id).build(view, page, outlets)
    if view is not View.MAIN:
        return view_text(words, view, subscription), keyboard
    due = await next_digest_at(services, target, subscription)
    return settings_text(words, subscription, due, None if is_here else target.chat.effective_name), keyboard


async def preview(message: Message, target: AdminAccess, subscription: Subscription, context: BotContext) -> None:
    """Send the digest as it would come now; two taps of one finger are one."""
    services = context.services
    if services.locks.is_double_tap(("preview", message.chat_id), services.now()):
        return
    parts = await services.preview(target, subscription, context.words.language, context.bot.username)
    head = context.words.html("<i>This is how the digest would look now:</i>")
    await reply(message, [head, *(part.html for part in parts)])


async def ask(
    message: Message, context: BotContext, question: Question, target: AdminAccess, person: User | None
) -> None:
    """Ask for something that is typed, below the message, and remember that it was asked."""
    text = question_text(context.words, question)
    is_group = message.chat_id < 0
    if is_group and person is not None:
        # Only who pressed is to see the field for the answer.
        text = f"{person.mention_html()}: {text}"
    below = ForceReply(selective=is_group)
    sent = await with_retries(partial(message.reply_html, text, reply_markup=below, allow_sending_without_reply=True))
    services = context.services
    panel_id = message.message_id if message.from_user and message.from_user.id == context.bot.id else None
    await services.store.questions.ask(
        context.here, target, question, message_id=sent.message_id, panel_id=panel_id, now=services.now()
    )
