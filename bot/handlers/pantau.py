"""/pantau: words that a chat waits for, and the buttons under their alerts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from telegram.constants import ChatType

from bot.admins import require_admin, require_admin_of
from bot.explain import explain
from bot.handlers.answering import Context, answers, edit_pressed, reply, services, settle
from bot.handlers.commands import argument
from bot.handlers.start import welcome_back
from bot.render_alerts import watches_text
from bot.watch_buttons import WatchChange, WatchPress, decode_watch_press, watches_keyboard
from summaries.errors import RingkasError
from summaries.model import ChatRef
from summaries.watching import read_watch

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup, Message, Update

MOST_WATCHES = 20


@answers
async def pantau(message: Message, context: Context) -> None:
    """Wait for the words behind the command; without any, list what is waited for."""
    if not argument(message):
        # Who let the bot in again need not have begun with /start.
        if message.chat.type == ChatType.PRIVATE:
            await welcome_back(message, context)
        text, keyboard = await listed(context, message.chat_id)
        await reply(message, [text], keyboard=keyboard)
        return
    found, words = services(context), context.words
    await require_admin_of(context.bot, message)
    chat = ChatRef(message.chat_id, message.message_thread_id if message.is_topic_message else None)
    watch = await found.store.watches.add(chat, read_watch(argument(message)), most=MOST_WATCHES, now=found.now())
    # Alerts come where nobody's app says a language.
    await found.languages.keep(message.chat_id, words, now=found.now())
    if watch is None:
        said = words.text("That would be more than {n}. Remove something in /pantau first.", n=MOST_WATCHES)
    else:
        said = words.text(
            "I watch for “{words}”: when a story with these words breaks, I tell you here, once. See all: /pantau",
            words=watch.words,
        )
    await reply(message, [said], is_html=False)


async def change_watch(update: Update, context: Context) -> None:
    """A press in the list of watches, or under an alert."""
    pressed = update.callback_query
    if pressed is None or pressed.message is None:
        return
    chat_id = pressed.message.chat.id
    wanted = decode_watch_press(pressed.data or "")
    try:
        await require_admin(context.bot, pressed.message.chat, pressed.from_user)
    except RingkasError as error:
        await settle(pressed, explain(context.words, error))
        return
    if wanted is None or await services(context).store.watches.find(wanted.watch_id, chat_id) is None:
        await settle(pressed, context.words.text("I watch for that no longer."))
    else:
        await settle(pressed, await carry_out(context, wanted, chat_id))
    if wanted is not None and not wanted.change.is_under_alert:
        text, keyboard = await listed(context, chat_id)
        await edit_pressed(partial(pressed.edit_message_text, text), keyboard)


async def carry_out(context: Context, wanted: WatchPress, chat_id: int) -> str:
    """Change the watch; a word about it."""
    watches, words = services(context).store.watches, context.words
    match wanted.change:
        case WatchChange.REMOVE | WatchChange.REMOVE_UNDER_ALERT:
            await watches.remove(wanted.watch_id, chat_id)
            return words.text("I no longer watch for that.")
        case WatchChange.FOLD | WatchChange.FOLD_UNDER_ALERT:
            await watches.fold(wanted.watch_id, chat_id, is_folded=True)
            subscription = await services(context).store.subscriptions.find(chat_id)
            if subscription is None or not subscription.is_active:
                return words.text("From now on that comes with your digest. You have none yet: /langganan")
            return words.text("From now on that comes with your digest.")
        case _:
            await watches.fold(wanted.watch_id, chat_id, is_folded=False)
            return words.text("From now on I tell you of that at once.")


async def listed(context: Context, chat_id: int) -> tuple[str, InlineKeyboardMarkup | None]:
    watches = await services(context).store.watches.of_chat(chat_id)
    if not watches:
        said = context.words.html(
            "I watch for nothing yet. Put words after the command, and I tell you when a story with them breaks:\n"
            "<code>/pantau gempa lombok</code>"
        )
        return said, None
    return watches_text(context.words, watches), watches_keyboard(context.words, watches)
