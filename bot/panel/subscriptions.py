"""A chat's digest, begun and changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

from bot.errors import OutOfDate
from summaries.digests.schedule import find_next_due, skip_quiet_hours
from summaries.model import ChatRef, Subscription

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Message

    from bot.access.chat_admins import AdminAccess
    from bot.access.guarded_store import Access
    from bot.locale import Words
    from bot.panel.changes import Change
    from bot.services import Services
    from summaries.model import Woken

DEFAULT_TIME = time(7, 0)


async def begin(
    found: Services,
    chat: AdminAccess,
    words: Words,
    change: Change | None = None,
    *,
    message: Message | None = None,
) -> Subscription:
    """Wake the chat's digest, or start one at the usual hour, changed as asked.

    `message` is the one that asks for it: the digest comes to its topic, and its sender is notified when the bot may
    not write there any more. Without one the digest stays in the topic where it was.

    Raises:
        TooManyTimes: see `changes`.
    """
    is_here = message is not None and message.chat_id == chat.chat_id
    usual = Subscription(ChatRef(chat.chat_id), (DEFAULT_TIME,), found.settings.default_timezone)

    def woken(now: Subscription | None) -> Subscription:
        started = replace(now or usual, is_active=True)
        if message is not None and is_here:
            started = replace(started, chat=ChatRef(chat.chat_id, thread_of(message)))
        return change(started) if change else started

    begun = await store(found, chat, woken, by=asker(message) if message else None)
    # Digests come where nobody's app says a language.
    await found.languages.keep(chat, words, now=found.now())
    return begun


def asker(message: Message) -> int | None:
    """Who wrote the message, unless that is hidden."""
    return message.from_user.id if message.from_user and not message.sender_chat else None


def thread_of(message: Message) -> int | None:
    """The forum topic that the message is in."""
    return message.message_thread_id if message.is_topic_message else None


async def wake(found: Services, chat: AdminAccess, words: Words) -> Woken:
    """The digest and the watches go on if they went quiet because nobody could be written to there.

    What somebody stopped stays so.
    """
    now = found.now()
    woken = await found.store.subscriptions.wake(
        chat, next_due=lambda s: find_next_due(s.times, s.zone, now, s.days), now=now
    )
    if woken.digest or woken.watches:
        await found.languages.keep(chat, words, now=now)
    return woken


def watching_again(words: Words, woken: Woken) -> list[str]:
    """The line that tells of watches that go on, if there are any."""
    return [words.html("I watch for your words again: /pantau")] if woken.watches else []


async def alter(found: Services, chat: AdminAccess, change: Change) -> Subscription:
    """Change the chat's digest.

    Raises:
        OutOfDate: it has none.
        InputError: the change makes no sense, see `changes`.
    """

    def altered(now: Subscription | None) -> Subscription:
        if now is None:
            raise OutOfDate("there is no subscription")
        return change(now)

    return await store(found, chat, altered)


async def store(
    found: Services,
    chat: AdminAccess,
    change: Callable[[Subscription | None], Subscription],
    *,
    by: int | None = None,
) -> Subscription:
    now = found.now()
    return await found.store.subscriptions.change(
        chat, change, next_due=lambda s: find_next_due(s.times, s.zone, now, s.days), now=now, by=by
    )


async def comes_next(found: Services, chat: Access, subscription: Subscription) -> datetime | None:
    """When the chat's next digest comes: its due time, or the end of the quiet hours around that."""
    due = await found.store.subscriptions.next_due_at(chat)
    return skip_quiet_hours(due, subscription.preferences.quiet, subscription.zone) if due else None
