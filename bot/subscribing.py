"""A chat's digest, begun and changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

from bot.panel.changes import OutOfDate
from summaries.model import Subscription
from summaries.schedule import after_quiet, next_due

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.locale import Words
    from bot.panel.changes import Change
    from bot.services import Services
    from summaries.model import ChatRef, Woken

DEFAULT_TIME = time(7, 0)


async def begin(
    found: Services, chat: ChatRef, words: Words, change: Change | None = None, *, by: int | None = None
) -> Subscription:
    """Wake the chat's digest, or start one at the usual hour, changed as asked; it comes to the thread of `chat`. `by`
    is the id of who asks: of trouble they are told.

    Raises:
        TooManyTimes: see `changes`.
    """
    usual = Subscription(chat, (DEFAULT_TIME,), found.settings.default_timezone)

    def woken(now: Subscription | None) -> Subscription:
        started = replace(now or usual, chat=chat, is_active=True)
        return change(started) if change else started

    begun = await store(found, chat.chat_id, woken, by=by)
    # Digests come where nobody's app says a language.
    await found.languages.keep(chat.chat_id, words, now=found.now())
    return begun


async def wake(found: Services, chat_id: int, words: Words) -> Woken:
    """The digest and the watches go on if they went quiet because nobody could be written to there.

    What somebody stopped stays so.
    """
    now = found.now()
    woken = await found.store.subscriptions.wake(
        chat_id, next_due=lambda s: next_due(s.times, s.zone, now, s.days), now=now
    )
    if woken.digest or woken.watches:
        await found.languages.keep(chat_id, words, now=now)
    return woken


def watching_again(words: Words, woken: Woken) -> list[str]:
    """The line that tells of watches that go on, if there are any."""
    return [words.html("I watch for your words again: /pantau")] if woken.watches else []


async def alter(found: Services, chat_id: int, change: Change) -> Subscription:
    """Change the chat's digest.

    Raises:
        OutOfDate: it has none.
        InputError: the change makes no sense, see `changes`.
    """

    def altered(now: Subscription | None) -> Subscription:
        if now is None:
            raise OutOfDate("there is no subscription")
        return change(now)

    return await store(found, chat_id, altered)


async def store(
    found: Services,
    chat_id: int,
    change: Callable[[Subscription | None], Subscription],
    *,
    by: int | None = None,
) -> Subscription:
    now = found.now()
    return await found.store.subscriptions.change(
        chat_id, change, next_due=lambda s: next_due(s.times, s.zone, now, s.days), now=now, by=by
    )


async def comes_next(found: Services, subscription: Subscription) -> datetime | None:
    """When the next digest comes: its due time, or the end of the quiet hours around that."""
    due = await found.store.subscriptions.next_due_at(subscription.chat.chat_id)
    return after_quiet(due, subscription.preferences.quiet, subscription.zone) if due else None
