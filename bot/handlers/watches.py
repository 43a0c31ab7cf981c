"""/pantau and /ikuti: the keyword alerts (watches) and the followed stories of a chat, and the buttons under alerts."""

from __future__ import annotations

from functools import partial

from telegram import CallbackQuery, Message
from telegram.constants import ChatType

from bot.access.chat_admins import AdminAccess, authorise
from bot.access.guarded_store import Access
from bot.commands import read_argument
from bot.handlers.context import BotContext
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    edit_callback_message,
    message_handler,
    try_edit,
)
from bot.handlers.start import welcome_back
from bot.panel.subscriptions import read_topic_id
from bot.views.alerts import WatchChange, WatchPress, build_watches_keyboard, decode_watch_press, render_watches
from bot.views.follows import (
    build_follow_button,
    build_follows_keyboard,
    decode_follow_press,
    render_follows,
    replace_follow_button,
)
from bot.views.html import OutgoingMessage, name_article
from summaries.delivery.alerts import read_watch
from summaries.model import MEDIUM, Watch

MAX_WATCHES = 20
MAX_FOLLOWS = 20


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


@message_handler
async def ikuti(message: Message, context: BotContext) -> Answer:
    """List the stories that the chat follows."""
    if message.chat.type == ChatType.PRIVATE:
        await welcome_back(message, context)
    return await render_follow_list(context, context.here)


@button_handler
async def change_follow(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Follow the story of the pressed button's article, or stop following it, and change the button."""
    services, words = context.services, context.words
    wanted, target = decode_follow_press(query.data), await authorise(context.bot, query)
    reading = await services.reading.read_public(wanted.article_id, length=MEDIUM) if wanted else None
    if (
        wanted is None
        or reading is None
        or (wanted.is_on and not await services.store.stories.coverage(wanted.article_id))
    ):
        return words.text("That story is gone. /berita has the latest.")
    watches = services.store.watches
    if wanted.is_on:
        title = name_article(words, reading.stored.article)
        followed = await watches.follow(
            target,
            wanted.article_id,
            title,
            thread_id=read_topic_id(message),
            most=MAX_FOLLOWS,
            now=services.now(),
        )
        # Updates are sent later, when there is no app to take the language from.
        await services.languages.keep(target, words, now=services.now())
        if followed is None:
            return words.text(
                "You follow {n} stories, the most there can be. Remove one in /ikuti first.", n=MAX_FOLLOWS
            )
        text = words.text("I follow this story for you: new facts come here, each once. See all: /ikuti")
    else:
        followed = await watches.find_follow(target, wanted.article_id)
        if followed is not None:
            await watches.remove(target, followed.id)
        followed, text = None, words.text("I no longer follow that story.")
    await answer_callback(query, text)
    if message.reply_markup is not None:
        button = build_follow_button(words, wanted.article_id, followed)
        await try_edit(partial(message.edit_reply_markup, replace_follow_button(message.reply_markup, button)))
    return None


async def render_follow_list(context: BotContext, chat: Access) -> OutgoingMessage:
    words, services = context.words, context.services
    follows = await services.store.watches.follows(chat)
    if not follows:
        return OutgoingMessage(
            words.html(
                "You follow no story yet. Press “Follow” under a summary, and I send the news of that story, each "
                "fact once."
            )
        )
    text = render_follows(words, follows, zone=context.zone, now=services.now(), username=context.bot.username)
    return OutgoingMessage(text, build_follows_keyboard(words, follows))


@button_handler
async def change_watch(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Change the watch of the pressed button, in the list or under an alert."""
    wanted = decode_watch_press(query.data)
    target = await authorise(context.bot, query)
    watch = await context.services.store.watches.find(target, wanted.watch_id) if wanted else None
    if wanted is None or watch is None:
        await answer_callback(query, context.words.text("I have stopped that already."))
    else:
        await answer_callback(query, await apply_watch_press(context, wanted, watch, target))
    if wanted is not None and not wanted.change.is_under_alert:
        render = render_follow_list if wanted.is_in_follows else render_watch_list
        await edit_callback_message(message, await render(context, target))
    return None


async def apply_watch_press(context: BotContext, wanted: WatchPress, watch: Watch, target: AdminAccess) -> str:
    """Change the watch; return the text of the notification."""
    watches, words = context.services.store.watches, context.words
    match wanted.change:
        case WatchChange.REMOVE | WatchChange.REMOVE_UNDER_ALERT:
            await watches.remove(target, wanted.watch_id)
            if watch.is_follow:
                return words.text("I no longer follow that story.")
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
    watches = [one for one in await context.services.store.watches.of_chat(chat) if not one.is_follow]
    if not watches:
        text = context.words.html(
            "I watch for nothing yet. Put words after the command, and I tell you when a story with them breaks:\n"
            "<code>/pantau gempa lombok</code>"
        )
        return OutgoingMessage(text)
    return OutgoingMessage(render_watches(context.words, watches), build_watches_keyboard(context.words, watches))
