"""Start, change and resume a chat's digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

from telegram import Message
from telegram.constants import ChatType

from bot.access.chat_admins import AdminAccess
from bot.access.guarded_store import Access
from bot.errors import OutOfDate
from bot.locale import Translations
from bot.panel.changes import Change
from bot.services import Services
from summaries.digests.schedule import find_next_due, skip_quiet_hours
from summaries.model import ChatRef, Resumed, Subscription

DEFAULT_TIME = time(7, 0)


async def start_digest(
    services: Services,
    chat: AdminAccess,
    words: Translations,
    change: Change | None = None,
    *,
    message: Message | None = None,
) -> Subscription:
    """Activate the chat's digest, or create one at the default time, and apply `change`.

    `message` is the request: the digest is sent to its topic, and its sender is notified if the bot loses the right to
    write there. Without it the topic stays the same.

    Raises:
        TooManyTimes: see `changes`.
    """

    def start(current: Subscription) -> Subscription:
        started = replace(current, is_active=True)
        if message is not None and message.chat_id == chat.chat_id:
            started = replace(started, chat=ChatRef(chat.chat_id, read_topic_id(message)))
        return change(started) if change else started

    usual = Subscription(ChatRef(chat.chat_id), (DEFAULT_TIME,), services.settings.default_timezone)
    # The author is unknown if they post as a chat.
    author = message.from_user if message and not message.sender_chat else None
    begun = await update_digest(services, chat, start, usual=usual, by=author.id if author else None)
    if chat.chat.type != ChatType.PRIVATE:
        # Its type decides whether digests have buttons. The row is missing after /hapusdata.
        await services.store.memberships.put(chat, is_member=True, now=services.now())
    # Digests are sent later, when there is no app to take the language from.
    await services.languages.keep(chat, words, now=services.now())
    return begun


def read_topic_id(message: Message) -> int | None:
    """Return the id of the message's forum topic."""
    return message.message_thread_id if message.is_topic_message else None


async def resume_chat(services: Services, chat: AdminAccess, words: Translations) -> Resumed:
    """Resume the digest and the watches that were suspended because the bot could not write to the chat.

    A digest that somebody stopped stays stopped.
    """
    now = services.now()
    woken = await services.store.subscriptions.resume(
        chat, next_due=lambda s: find_next_due(s.times, s.zone, now, s.days), now=now
    )
    if woken.digest or woken.watches:
        await services.languages.keep(chat, words, now=now)
    return woken


def render_resumed_watches(words: Translations, woken: Resumed) -> list[str]:
    """Return the line about resumed watches, if there are any."""
    return [words.html("I watch for your words and stories again: /pantau, /ikuti")] if woken.watches else []


async def update_digest(
    services: Services, chat: AdminAccess, change: Change, *, usual: Subscription | None = None, by: int | None = None
) -> Subscription:
    """Apply `change` to the chat's digest, or to `usual` if it has none; `by` is the person who set it up.

    Raises:
        OutOfDate: the chat has no digest, and there is no usual one.
        InputError: the change is invalid, see `changes`.
    """
    now = services.now()

    def changed(stored: Subscription | None) -> Subscription:
        current = stored or usual
        if current is None:
            raise OutOfDate("there is no subscription")
        return change(current)

    return await services.store.subscriptions.change(
        chat, changed, next_due=lambda s: find_next_due(s.times, s.zone, now, s.days), now=now, by=by
    )


async def find_next_digest(services: Services, chat: Access, subscription: Subscription) -> datetime | None:
    """Return when the chat's next digest is sent: its due time, or the end of the quiet hours around it."""
    due = await services.store.subscriptions.next_due_at(chat)
    return skip_quiet_hours(due, subscription.preferences.quiet, subscription.zone) if due else None
