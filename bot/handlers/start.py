"""/start, /bantuan, and what is said to messages that nothing else answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatType

from bot.access.chat_admins import authorise
from bot.handlers.answer_buttons import reply_with_article
from bot.handlers.commands import COMMANDS, argument, nearest_command
from bot.handlers.digest import told
from bot.handlers.news import show
from bot.handlers.replies import answers, reply, services
from bot.handlers.shared_schedule import offer_schedule
from bot.panel.subscriptions import wake, watching_again
from bot.views.deep_links import ScheduleLink, StoryLink, TopicLink, read_payload
from bot.views.status import greeting_text, help_text
from summaries.model import MEDIUM, NewsQuery

if TYPE_CHECKING:
    from telegram import Message, Update

    from bot.handlers.replies import Context
    from bot.locale import Words


def menu(words: Words) -> list[tuple[str, str]]:
    """The command menu: name and description, in the order in which Telegram shows it."""
    return [
        ("ringkas", words.text("Summarise a link, a text or a file")),
        ("berita", words.text("The latest news, by topic, outlet or word")),
        ("cari", words.text("Search the news")),
        ("topik", words.text("News by topic")),
        ("tren", words.text("What people talk about today")),
        ("pantau", words.text("Tell me when a story with these words breaks")),
        ("tersimpan", words.text("The articles that you saved")),
        ("langganan", words.text("A digest in this chat every day")),
        ("jadwal", words.text("When the digest comes, e.g. 07:00 WITA")),
        ("berhenti", words.text("Stop the digest")),
        ("mengapa", words.text("Why a digest came, or did not")),
        ("sumber", words.text("What I read, and how it is going")),
        ("bahasa", words.text("Language: English, Indonesian")),
        ("dataku", words.text("All that I keep of this chat, as a file")),
        ("hapusdata", words.text("Delete all that I keep of this chat")),
        ("bantuan", words.text("How it works")),
    ]


def admin_menu(words: Words) -> list[tuple[str, str]]:
    """What the bot's admins are offered besides."""
    return [
        ("status", words.text("How the bot is doing")),
        ("siaran", words.text("Write to all chats with a digest or alerts")),
        ("blokir", words.text("Shut somebody out, or let them in again")),
    ]


@answers
async def start(message: Message, context: Context) -> None:
    """Greet, or show what a link to the bot leads to; what stopped with a block goes on."""
    has_woken = message.chat.type == ChatType.PRIVATE and await welcome_back(message, context)
    link = read_payload(argument(message))
    match link:
        case StoryLink():
            reading = await services(context).reading.read_public(link.article_id, length=MEDIUM)
            if reading is None:
                said = context.words.text("That story is gone. /berita has the latest.")
                await reply(message, [said], is_html=False)
            else:
                await reply_with_article(message, reading, context)
        case ScheduleLink():
            await offer_schedule(message, context, link)
        case TopicLink():
            await show(message, context, NewsQuery(category=link.topic))
        case _ if not has_woken:
            await reply(message, [greeting_text(context.words)])


async def welcome_back(message: Message, context: Context) -> bool:
    """Let go on what went quiet while the bot was blocked, and say so; False when nothing did."""
    words, target = context.words, await authorise(context.bot, message)
    woken = await wake(services(context), target, words)
    lines = watching_again(words, woken)
    if woken.digest:
        said = words.html("Welcome back! Your digest is running again, as before.")
        lines = [said, await told(context, target, woken.digest, is_new=False), *lines]
    elif lines:
        lines = [words.html("Welcome back!"), *lines]
    if lines:
        await reply(message, ["\n".join(lines)])
    return bool(lines)


@answers
async def show_help(message: Message, context: Context) -> None:
    await reply(message, [help_text(context.words)])


@answers
async def unknown_command(message: Message, context: Context) -> None:
    meant = nearest_command(message.text or message.caption or "", context.bot_data[COMMANDS])
    if meant is None:
        said = context.words.text("I don't know that command. See /bantuan for what I can do.")
    else:
        said = context.words.text("I don't know that command. Did you mean {command}?", command=f"/{meant}")
    await reply(message, [said], is_html=False)


async def unknown_command_to_bot(update: Update, context: Context) -> None:
    """In a group only a command that names this bot is for it: /brita@ringkas_bot."""
    message = update.effective_message
    named = (message.text or "").split(maxsplit=1)[0].partition("@")[2] if message else ""
    if named.casefold() == context.bot.username.casefold():
        await unknown_command(update, context)


@answers
async def unknown_message(message: Message, context: Context) -> None:
    await reply(
        message, [context.words.text("Send me a link or the text of a news article, or see /bantuan.")], is_html=False
    )


@answers
async def unreadable_photo(message: Message, context: Context) -> None:
    await reply(message, [context.words.text("I can't read pictures yet. Send a link or the text.")], is_html=False)
