"""/langganan, /jadwal, /berhenti: a chat's digest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from telegram.constants import ChatType

from bot.admins import find_chat, require_admin, require_admin_of, require_posting
from bot.handlers.answering import answers, reply, services
from bot.handlers.commands import argument
from bot.handlers.panel import ask, screen
from bot.panel.buttons import Question
from bot.panel.changes import with_times
from bot.render_schedules import told_text
from bot.subscribing import begin, comes_next
from bot.timetable import BadTime, read_timetable
from summaries.model import ChatRef

if TYPE_CHECKING:
    from telegram import Chat, Message

    from bot.handlers.answering import Context
    from bot.panel.changes import Change
    from bot.timetable import Timetable
    from summaries.model import Subscription

CHANNEL_WORDS = frozenset({"kanal", "channel", "saluran"})


@answers
async def langganan(message: Message, context: Context) -> None:
    """The chat's digest, started where it is not running; or, from a private chat, that of a channel or a group."""
    asked = argument(message)
    if message.chat.type == ChatType.PRIVATE and asked.casefold() in CHANNEL_WORDS:
        await ask(message, context, Question.CHANNEL, message.chat_id, message.from_user)
        return
    if message.chat.type == ChatType.PRIVATE and asked.startswith("@"):
        await offer(message, await find_chat(context.bot, asked.split()[0]), context)
        return
    await require_admin_of(context.bot, message)
    subscription = await begin(services(context), place_of(message), context.words, by=asker(message))
    text, keyboard = await screen(message, context, subscription, message.chat)
    await reply(message, [text], keyboard=keyboard)


async def offer(message: Message, target: Chat, context: Context) -> None:
    """Begin the digest of another chat for one of its administrators, and show its settings here.

    Raises:
        AdminsOnly, NotInChat, MayNotPost: see there.
    """
    if target.type == ChatType.PRIVATE:
        target = message.chat
    await require_admin(context.bot, target, message.from_user)
    await require_posting(context.bot, target)
    found = services(context)
    current = await found.store.subscriptions.find(target.id)
    where = current.chat if current else ChatRef(target.id)
    subscription = await begin(found, where, context.words, by=asker(message))
    text, keyboard = await screen(message, context, subscription, target)
    await reply(message, [text], keyboard=keyboard)


@answers
async def jadwal(message: Message, context: Context) -> None:
    """Set the digest's hours, days or zone; without any, tell the present ones."""
    found = services(context)
    current = await found.store.subscriptions.find(message.chat_id)
    if not argument(message) and current is not None and current.is_active:
        await reply(message, [await told(context, current, is_new=False)])
        return
    table = read_timetable(argument(message))
    if not table.times and current is None:
        raise BadTime("")
    await require_admin_of(context.bot, message)
    subscription = await begin(found, place_of(message), context.words, with_timetable(table), by=asker(message))
    await reply(message, [await told(context, subscription, is_new=True)])


@answers
async def berhenti(message: Message, context: Context) -> None:
    await require_admin_of(context.bot, message)
    found = services(context)
    if await found.store.subscriptions.deactivate(message.chat_id, now=found.now()):
        said = context.words.text("Stopped. /langganan starts it again at the same time.")
    else:
        said = context.words.text("No digest is running here. /langganan starts one.")
    await reply(message, [said], is_html=False)


def asker(message: Message) -> int | None:
    """Who wrote the message, unless that is hidden."""
    return message.from_user.id if message.from_user and not message.sender_chat else None


def place_of(message: Message) -> ChatRef:
    """The chat, and in a forum the topic, in which the message stands."""
    return ChatRef(message.chat_id, message.message_thread_id if message.is_topic_message else None)


def with_timetable(table: Timetable) -> Change:
    """What was not named stays as it is."""

    def change(now: Subscription) -> Subscription:
        changed = replace(now, zone=table.zone or now.zone, days=table.days or now.days)
        return with_times(changed, set(table.times)) if table.times else changed

    return change


async def told(context: Context, subscription: Subscription, *, is_new: bool) -> str:
    """When the digest comes, when next, and how to change it."""
    due = await comes_next(services(context), subscription)
    return told_text(context.words, subscription, due, context.bot.username, is_new=is_new)
