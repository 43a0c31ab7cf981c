"""Wait until the bot has answered and come to rest."""

from __future__ import annotations

import time

from bot.sandbox import Json
from bot.sandbox.state import Callback, Chat, Message, World
from bot.sandbox.views import message_view, toast_view

# After an empty callback answer the message usually changes a moment later.
ACKNOWLEDGED_SETTLE_S = 1.0


def answers_since(chat: Chat, event: int) -> tuple[list[Message], list[Callback]]:
    """Return the bot's new and edited messages and its callback answers after the event."""
    messages = [m for m in chat.messages.values() if m.is_outgoing and m.changed_event > event]
    answered = [c for c in chat.presses if c.answer and c.event > event]
    return sorted(messages, key=lambda m: m.id), answered


async def wait_for_answer(world: World, chat: Chat, *, since: int, timeout_s: float, settle_s: float) -> Json:
    """Wait until the bot has taken every update, answered in the chat, shows no "typing…" and has been quiet for
    `settle_s`.

    `timed_out` is true if that did not happen in time; the result then contains everything so far.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        now = time.monotonic()
        left_s = _unsettled_s(world, chat, since, settle_s, now)
        if left_s is not None and left_s <= 0:
            return _answer(world, chat, since, timed_out=False)
        if now >= deadline or world.is_closing:
            return _answer(world, chat, since, timed_out=True)
        until_deadline_s = deadline - now
        await world.signal.wait(until_deadline_s if left_s is None else min(left_s, until_deadline_s))


async def wait_for_change(world: World, chat: Chat, *, since: int, timeout_s: float) -> Json:
    """Return the bot's messages, edits and callback answers after the event, as soon as there are any."""
    await world.wait_until(lambda: any(answers_since(chat, since)), timeout_s)
    return _answer(world, chat, since, timed_out=not any(answers_since(chat, since)))


def _unsettled_s(world: World, chat: Chat, since: int, settle_s: float, now: float) -> float | None:
    """Return how long the quiet must still last, or None while the bot has not answered."""
    messages, answered = answers_since(chat, since)
    if world.updates or not (messages or answered):
        return None
    has_words = bool(messages) or any(c.answer and (c.answer["text"] or c.answer["url"]) for c in answered)
    settle_s = settle_s if has_words else max(settle_s, ACKNOWLEDGED_SETTLE_S)
    return max(chat.active_at + settle_s, chat.busy_until) - now


def _answer(world: World, chat: Chat, since: int, *, timed_out: bool) -> Json:
    messages, answered = answers_since(chat, since)
    return {
        "timed_out": timed_out,
        "answered": bool(messages or answered),
        "messages": [message_view(world, m) | {"is_new": m.created_event > since} for m in messages],
        "toasts": [toast_view(c) for c in answered],
        "event": world.event,
    }
