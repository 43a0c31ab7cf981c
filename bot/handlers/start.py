"""/start, /bantuan, and replies to messages that no other handler takes."""

from __future__ import annotations

from telegram import Message, Update
from telegram.constants import ChatType

from bot.access.chat_admins import authorise
from bot.commands import PUBLIC_NAMES, find_nearest_command, read_argument
from bot.handlers.answer_buttons import reply_with_article
from bot.handlers.context import BotContext
from bot.handlers.digest import describe_schedule, offer_schedule
from bot.handlers.news import render_first_page
from bot.handlers.replies import Answer, message_handler, reply
from bot.panel.subscriptions import render_resumed_watches, resume_chat
from bot.parsing.queries import is_thanks
from bot.views.deep_links import ScheduleLink, StoryLink, TopicLink, read_payload
from bot.views.html import OutgoingMessage
from bot.views.status import render_greeting, render_help
from summaries.model import MEDIUM, NewsQuery


@message_handler
async def start(message: Message, context: BotContext) -> Answer:
    """Greet the person, or open a deep link; resume their digest after a block."""
    has_woken = message.chat.type == ChatType.PRIVATE and await welcome_back(message, context)
    link = read_payload(read_argument(message))
    match link:
        case StoryLink():
            reading = await context.services.reading.read_public(link.article_id, length=MEDIUM)
            if reading is None:
                return context.words.text("That story is gone. /berita has the latest.")
            await reply_with_article(message, reading, context)
            return None
        case ScheduleLink():
            return offer_schedule(context, link)
        case TopicLink():
            return await render_first_page(context, NewsQuery(category=link.topic))
        case _:
            return None if has_woken else OutgoingMessage(render_greeting(context.words))


async def welcome_back(message: Message, context: BotContext) -> bool:
    """Resume the digest and alerts suspended while the bot was blocked, and reply; return whether there were any."""
    words, target = context.words, await authorise(context.bot, message)
    woken = await resume_chat(context.services, target, words)
    lines = render_resumed_watches(words, woken)
    if woken.digest:
        text = words.html("Welcome back! Your digest is running again, as before.")
        lines = [text, await describe_schedule(context, target, woken.digest, is_new=False), *lines]
    elif lines:
        lines = [words.html("Welcome back!"), *lines]
    if lines:
        await reply(message, OutgoingMessage("\n".join(lines)))
    return bool(lines)


@message_handler
async def show_help(_message: Message, context: BotContext) -> Answer:
    return OutgoingMessage(render_help(context.words))


@message_handler
async def reject_command(message: Message, context: BotContext) -> Answer:
    meant = find_nearest_command(message.text or message.caption or "", PUBLIC_NAMES)
    if meant is None:
        return context.words.text("I don't know that command. See /bantuan for what I can do.")
    return context.words.text("I don't know that command. Did you mean {command}?", command=f"/{meant}")


async def reject_command_in_group(update: Update, context: BotContext) -> None:
    """Reply to an unknown command in a group only if it names this bot, as in /brita@ringkas_bot."""
    message = update.effective_message
    named = (message.text or "").split(maxsplit=1)[0].partition("@")[2] if message else ""
    if named.casefold() == context.bot.username.casefold():
        await reject_command(update, context)


@message_handler
async def reject_message(message: Message, context: BotContext) -> Answer:
    if message.photo:
        return context.words.text("I can't read pictures yet. Send a link or the text.")
    if is_thanks(message.text or ""):
        return context.words.text("You're welcome!")
    return context.words.text("Send me a link or the text of a news article, or see /bantuan.")
