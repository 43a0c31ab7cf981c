"""The settings panel of /langganan: callback queries, and its screens."""

from __future__ import annotations

from functools import partial

from telegram import CallbackQuery, ForceReply, Message, User

from bot.access.chat_admins import AdminAccess, authorise, require_posting
from bot.conversation.reply import current_reply, with_retries
from bot.errors import OutOfDate
from bot.handlers.context import BotContext
from bot.handlers.replies import answer_callback, button_handler, edit_callback_message, reply
from bot.panel.buttons import Question, Verb, View, decode_press
from bot.panel.changes import Change, apply_press
from bot.panel.subscriptions import find_next_digest, start_digest, update_digest
from bot.panel.views import Keyboard, choose_view, read_question, render_question, render_view
from bot.views.html import OutgoingMessage
from bot.views.schedules import render_settings
from summaries.model import Subscription


@button_handler
async def panel_button(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Carry out a callback query of the panel, one at a time in each chat."""
    async with context.services.locks.hold(message.chat_id):
        await handle_press(query, message, context)


async def handle_press(query: CallbackQuery, message: Message, context: BotContext) -> None:
    """Carry out the callback query and edit the panel.

    Raises:
        RingkasError: nothing was changed.
    """
    press = decode_press(query.data or "")
    if press is None:
        raise OutOfDate(query.data)
    target = await authorise(context.bot, query, press.target)
    services = context.services
    if press.verb is Verb.ASK:
        question = read_question(press)
        await answer_callback(query)
        await ask_question(message, context, question, target, query.from_user)
        return
    view, page = choose_view(press)
    change: Change = keep_as_is
    if press.verb not in {Verb.VIEW, Verb.PREVIEW}:
        change = apply_press(press, await services.store.news.outlets())
    if press.verb is Verb.RUN:
        await require_posting(context.bot, target)
        subscription = await start_digest(services, target, context.words)
    else:
        subscription = await update_digest(services, target, change)
    await answer_callback(query)
    if press.verb is Verb.PREVIEW:
        await send_preview(message, target, subscription, context)
        return
    await edit_callback_message(message, await render_screen(message, context, subscription, target, view, page))


def keep_as_is(subscription: Subscription) -> Subscription:
    return subscription


async def reply_with_settings(
    message: Message, context: BotContext, subscription: Subscription, target: AdminAccess
) -> None:
    """Reply with the panel's main screen about the digest of `target`."""
    await current_reply(message).send_or_edit(await render_screen(message, context, subscription, target))


async def render_screen(
    message: Message,
    context: BotContext,
    subscription: Subscription,
    target: AdminAccess,
    view: View = View.MAIN,
    page: int = 0,
) -> OutgoingMessage:
    """Return a screen about the digest of `target`, for the chat of the message."""
    services, words = context.services, context.words
    is_here = target.chat_id == message.chat_id
    outlets = await services.store.news.outlets() if view is View.OUTLETS else ()
    keyboard = Keyboard(words, subscription, None if is_here else target.chat_id).build(view, page, outlets)
    if view is not View.MAIN:
        return OutgoingMessage(render_view(words, view, subscription), keyboard)
    due = await find_next_digest(services, target, subscription)
    title = None if is_here else target.chat.effective_name
    return OutgoingMessage(render_settings(words, subscription, due, title), keyboard)


async def send_preview(message: Message, target: AdminAccess, subscription: Subscription, context: BotContext) -> None:
    """Send a preview of the digest; ignore a double tap."""
    services = context.services
    if services.locks.is_double_tap(("preview", message.chat_id), services.now()):
        return
    parts = await services.preview(target, subscription, context.words.language, context.bot.username)
    head = context.words.html("<i>This is how the digest would look now:</i>")
    await reply(message, [head, *(part.html for part in parts)])


async def ask_question(
    message: Message, context: BotContext, question: Question, target: AdminAccess, person: User | None
) -> None:
    """Ask for typed input below the panel, and store the question."""
    text = render_question(context.words, question)
    is_group = message.chat_id < 0
    if is_group and person is not None:
        # Only the mentioned person sees the input field.
        text = f"{person.mention_html()}: {text}"
    below = ForceReply(selective=is_group)
    sent = await with_retries(partial(message.reply_html, text, reply_markup=below, allow_sending_without_reply=True))
    services = context.services
    panel_id = message.message_id if message.from_user and message.from_user.id == context.bot.id else None
    await services.store.questions.ask(
        context.here, target, question, message_id=sent.message_id, panel_id=panel_id, now=services.now()
    )
