"""/pantau: the keyword alerts (watches) of a chat, and the buttons under alerts."""

from __future__ import annotations

from telegram import CallbackQuery, Message
from telegram.constants import ChatType

from bot.access.chat_admins import AdminAccess, authorise
from bot.access.guarded_store import Access
from bot.commands import read_argument
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, answer_callback, button_handler, edit_callback_message, message_handler
from bot.handlers.start import welcome_back
from bot.panel.subscriptions import read_topic_id
from bot.views.alerts import WatchChange, WatchPress, build_watches_keyboard, decode_watch_press, render_watches
from bot.views.html import OutgoingMessage
from summaries.delivery.alerts import read_watch

MAX_WATCHES = 20


@message_handler
async def pantau(message: Message, context: BotContext) -> Answer:
    """Add a watch for the words; without an argument, list the chat's watches."""
    if not read_argument(message):
        # A person who unblocked the bot may write this before /start.
        if message.chat.type == ChatType.PRIVATE:
            await welcome_back(message, context)
        return await render_watch_list(context, context.here)
    services, words = context.services, context.words
    target = await authorise(context.bot, message)
    watch = await services.store.watches.add(
        target,
        read_watch(read_argument(message)),
        thread_id=read_topic_id(message),
        most=MAX_WATCHES,
        now=services.now(),
    )
    # Alerts are sent later, when there is no app to take the language from.
    await services.languages.keep(target, words, now=services.now())
    if watch is None:
        return words.text("That would be more than {n}. Remove something in /pantau first.", n=MAX_WATCHES)
    return words.text(
        "I watch for “{words}”: when a story with these words breaks, I tell you here, once. See all: /pantau",
        words=watch.words,
    )


@button_handler
async def change_watch(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Change the watch of the pressed button, in the list or under an alert."""
    wanted = decode_watch_press(query.data)
    target = await authorise(context.bot, query)
    if wanted is None or await context.services.store.watches.find(target, wanted.watch_id) is None:
        await answer_callback(query, context.words.text("I watch for that no longer."))
    else:
        await answer_callback(query, await apply_watch_press(context, wanted, target))
    if wanted is not None and not wanted.change.is_under_alert:
        await edit_callback_message(message, await render_watch_list(context, target))
    return None


async def apply_watch_press(context: BotContext, wanted: WatchPress, target: AdminAccess) -> str:
    """Change the watch; return the text of the notification."""
    watches, words = context.services.store.watches, context.words
    match wanted.change:
        case WatchChange.REMOVE | WatchChange.REMOVE_UNDER_ALERT:
            await watches.remove(target, wanted.watch_id)
            return words.text("I no longer watch for that.")
        case WatchChange.FOLD | WatchChange.FOLD_UNDER_ALERT:
            await watches.fold(target, wanted.watch_id, is_folded=True)
            subscription = await context.services.store.subscriptions.find(target)
            if subscription is None or not subscription.is_active:
                return words.text("From now on that comes with your digest. You have none yet: /langganan")
            return words.text("From now on that comes with your digest.")
        case _:
            await watches.fold(target, wanted.watch_id, is_folded=False)
            return words.text("From now on I tell you of that at once.")


async def render_watch_list(context: BotContext, chat: Access) -> OutgoingMessage:
    watches = await context.services.store.watches.of_chat(chat)
    if not watches:
        text = context.words.html(
            "I watch for nothing yet. Put words after the command, and I tell you when a story with them breaks:\n"
            "<code>/pantau gempa lombok</code>"
        )
        return OutgoingMessage(text)
    return OutgoingMessage(render_watches(context.words, watches), build_watches_keyboard(context.words, watches))
