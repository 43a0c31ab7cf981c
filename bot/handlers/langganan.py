"""/langganan, /jadwal, /berhenti: a chat's digest."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from bot.asking import read_schedule
from bot.handlers.answering import answers, reply, services
from bot.handlers.ringkas import argument
from bot.render import moment, subscription_text
from summaries.model import ChatRef, Subscription
from summaries.schedule import load_zone, next_due, zone_name

if TYPE_CHECKING:
    from telegram import Message

    from bot.handlers.answering import Context
    from bot.locale import Words
    from bot.services import Services

DEFAULT_TIME = time(7, 0)


@answers
async def langganan(message: Message, context: Context) -> None:
    """Subscribe at the usual hour, wake a stopped digest, or tell when the next one comes."""
    found = services(context)
    current = await found.store.subscriptions.find(message.chat_id)
    if current is not None and current.is_active:
        await reply(message, [await told(found, context.words, current, "You get the digest at {times}.")])
        return
    times, zone = (current.times, current.zone) if current else ((DEFAULT_TIME,), found.settings.default_timezone)
    await subscribe(message, context, times, zone)


@answers
async def jadwal(message: Message, context: Context) -> None:
    """Set the digest's times; without any, tell the present ones."""
    found = services(context)
    current = await found.store.subscriptions.find(message.chat_id)
    if not argument(message) and current is not None and current.is_active:
        await reply(message, [await told(found, context.words, current, "You get the digest at {times}.")])
        return
    schedule = read_schedule(argument(message))
    zone = schedule.zone or (current.zone if current else found.settings.default_timezone)
    await subscribe(message, context, schedule.times, zone)


@answers
async def berhenti(message: Message, context: Context) -> None:
    found = services(context)
    if await found.store.subscriptions.deactivate(message.chat_id):
        said = context.words.text("Stopped. /langganan starts it again at the same time.")
    else:
        said = context.words.text("No digest is running here. /langganan starts one.")
    await reply(message, [said], is_html=False)


async def subscribe(message: Message, context: Context, times: tuple[time, ...], zone: str) -> None:
    found = services(context)
    chat = ChatRef(message.chat_id, message.message_thread_id if message.is_topic_message else None)
    subscription = Subscription(chat, times, zone)
    now = found.now()
    due = next_due(times, zone, now)
    await found.store.subscriptions.put(subscription, next_due_at=due, now=now)
    await found.languages.keep(message.chat_id, context.words, now=now)
    await reply(message, [await told(found, context.words, subscription, "Done! The digest comes at {times}.")])


async def told(found: Services, words: Words, subscription: Subscription, sentence: str) -> str:
    """The sentence with the digest's times, when the next one comes, and how to change it."""
    lines = [words.html(sentence, times=subscription_text(words, subscription))]
    due = await found.store.subscriptions.next_due_at(subscription.chat.chat_id)
    if due is not None:
        local = due.astimezone(load_zone(subscription.zone))
        lines.append(words.html("The next one: {moment}.", moment=moment(words, local, zone_name(subscription.zone))))
    lines.append(words.html("Change it with /jadwal 06:30 18:00, stop it with /berhenti."))
    return "\n".join(lines)
