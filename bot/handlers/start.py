"""/start with its buttons, /bantuan, and replies to messages that no other handler takes."""

from __future__ import annotations

from datetime import timedelta

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from bot.access.chat_admins import AdminAccess, authorise
from bot.commands import PUBLIC_NAMES, find_nearest_command, read_argument
from bot.handlers.answer_buttons import reply_with_article
from bot.handlers.context import BotContext
from bot.handlers.digest import describe_schedule, offer_schedule, start_from_greeting
from bot.handlers.news import render_first_page, render_no_news
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    is_double_tap,
    message_handler,
    reply,
    run_with_reply,
)
from bot.panel.subscriptions import render_resumed_watches, resume_chat
from bot.parsing.queries import MIN_CLAIM_WORDS, is_thanks
from bot.views.answers import AnswerFormat, render_debunking
from bot.views.callbacks import StartAction, decode_start_action
from bot.views.deep_links import ArticleLink, ScheduleLink, StoryLink, TopicLink, read_payload
from bot.views.html import OutgoingMessage, stack
from bot.views.status import build_start_keyboard, render_greeting, render_help, render_help_elsewhere
from summaries.articles.read import Reading
from summaries.digests.select import DIGEST_LENGTH
from summaries.model import MEDIUM, NewsQuery

# The example is the story of this period that most outlets cover.
EXAMPLE_PERIOD = timedelta(days=1)


@message_handler
async def start(message: Message, context: BotContext) -> Answer:
    """Greet the person, or open a deep link; resume their digest after a block."""
    has_woken = message.chat.type == ChatType.PRIVATE and await welcome_back(message, context)
    link = read_payload(read_argument(message))
    match link:
        case ArticleLink() | StoryLink():
            reading = await context.services.reading.read_public(link.article_id, length=MEDIUM)
            if reading is None:
                return context.words.text("That story is gone. /berita has the latest.")
            form = AnswerFormat.STORY if isinstance(link, StoryLink) else AnswerFormat.TEXT
            await reply_with_article(message, reading, context, form)
            return None
        case ScheduleLink():
            return offer_schedule(context, link)
        case TopicLink():
            return await render_first_page(context, NewsQuery(category=link.topic))
        case _:
            if has_woken:
                return None
            return OutgoingMessage(render_greeting(context.words), build_start_keyboard(context.words))


@button_handler
async def press_start_button(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Answer a button of the greeting with a new message; a double tap has one answer."""
    action = decode_start_action(query.data)
    if action is None:
        return context.words.text("This button is out of date.")
    target = await authorise(context.bot, query) if action is StartAction.DIGEST else None
    is_new = not is_double_tap(query, message, context)
    await answer_callback(query)
    if is_new:
        await run_with_reply(message, context, answer_start_button(action, message, target, context))
    return None


async def answer_start_button(
    action: StartAction, message: Message, target: AdminAccess | None, context: BotContext
) -> Answer:
    """Return the news, or start the digest of `target`, or reply with the summary of an example."""
    if target is not None:
        return await start_from_greeting(message, target, context)
    if action is StartAction.NEWS:
        return await render_first_page(context, NewsQuery())
    reading = await find_example(context)
    if reading is None:
        return render_no_news(context)
    await reply_with_article(message, reading, context)
    return None


async def find_example(context: BotContext) -> Reading | None:
    """Return the article of the day's most covered story, or the newest article; None if there is none."""
    services, news, now = context.services, context.services.store.news, context.services.now()
    covered = await news.most_covered(now - EXAMPLE_PERIOD, now, length=DIGEST_LENGTH, limit=1)
    if covered:
        return await services.reading.read_public(covered[0].article_id, length=MEDIUM)
    latest = await news.list_page(NewsQuery(), length=DIGEST_LENGTH, number=0, size=1)
    if not latest.items:
        return None
    return await services.reading.read_public(latest.items[0].stored.id, length=MEDIUM)


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
    words, bot = context.words, context.bot
    elsewhere = render_help_elsewhere(
        words,
        bot.username,
        has_inline=bool(bot.supports_inline_queries),
        has_guest=bool(bot.bot.supports_guest_queries),
    )
    return OutgoingMessage(stack(render_help(words), elsewhere))


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
    text = message.text or message.caption or ""
    if len(text.split()) >= MIN_CLAIM_WORDS and (found := await context.services.reading.find_debunking(text)):
        return render_debunking(context.words, found.article, context.zone)
    if message.photo:
        return context.words.text("I can't read pictures yet. Send a link or the text.")
    if is_thanks(text):
        return context.words.text("You're welcome!")
    return context.words.text("Send me a link or the text of a news article, or see /bantuan.")
