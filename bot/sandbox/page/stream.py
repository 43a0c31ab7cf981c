"""Server-sent events for the chat page: the whole state first, then the changes, one JSON object per event.

Messages and chats are the views of /sim/.

Each open page compares the sandbox's state with its own copy; the sandbox itself knows nothing of pages.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field

from bot.sandbox import Json
from bot.sandbox.methods.account import get_me
from bot.sandbox.objects import chat_view, message_view, toast_view, user_json
from bot.sandbox.sandbox import Call, Sandbox
from bot.sandbox.state import Chat, World

# Load tests create many chats, which nobody scrolls through.
MOST_CHATS = 200
MOST_MESSAGES = 300
MOST_CALLS = 200
IDLE_S = 15.0
# Changes within this time are sent as one event.
GATHER_S = 0.02


@dataclass(slots=True)
class Watch:
    """The state that one page has received. `changes()` returns the difference and records it as sent."""

    sandbox: Sandbox
    world: World
    event: int = 0
    call_number: int = 0
    open_calls: dict[int, Call] = field(default_factory=dict)
    shown: dict[int, set[int]] = field(default_factory=dict)
    chats: dict[int, Json] = field(default_factory=dict)
    sent: Json = field(default_factory=dict)
    typing: dict[int, float] = field(default_factory=dict)

    def snapshot(self) -> Json:
        """Return the whole state, without callback queries answered earlier."""
        changes = self.changes()
        changes.pop("presses", None)
        return {"is_all": True, "bot": get_me(self.world, {}), "chats": [], "messages": [], "calls": []} | changes

    def changes(self) -> Json:
        """Return the fields that changed."""
        since, self.event = self.event, self.world.event
        chats = list(itertools.islice(self.world.chats.values(), MOST_CHATS))
        views = [chat_view(self.world, chat) for chat in chats]
        found: Json = {
            "chats": [view for view in views if view != self.chats.get(view["chat_id"])],
            "messages": [m for chat in chats for m in self._messages(chat, since)],
            "gone": [g for chat in chats for g in self._gone(chat)],
            "presses": [
                toast_view(p) for chat in chats for p in reversed(chat.presses) if p.answer and p.event > since
            ],
            "typing": [
                {"chat_id": chat.id, "for_s": max(0.0, chat.busy_until - time.monotonic())}
                for chat in chats
                if chat.busy_until != self.typing.get(chat.id, 0.0)
            ],
            "calls": self._calls(),
        }
        found = {k: v for k, v in found.items() if v}
        self.chats = {view["chat_id"]: view for view in views}
        self.typing = {chat.id: chat.busy_until for chat in chats}
        facts = {
            "users": [
                user_json(u) | {"is_deactivated": u.is_deactivated} for u in self.world.users.values() if not u.is_bot
            ],
            "faults": [asdict(f) for f in self.sandbox.faults],
            # An empty chat with the bot shows its description, in the language of the person's app.
            "descriptions": {code: text for (key, code), text in self.world.profile.items() if key == "description"},
            "ahead_s": self.sandbox.time.ahead_s,
        }
        news = {k: v for k, v in facts.items() if self.sent.get(k) != v}
        self.sent |= news
        if news.pop("ahead_s", None) is not None:
            news["clock"] = self.sandbox.time.to_json()
        return found | news

    def _messages(self, chat: Chat, since: int) -> list[Json]:
        changed = [m for m in chat.messages.values() if m.changed_event > since][-MOST_MESSAGES:]
        self.shown.setdefault(chat.id, set()).update(m.id for m in changed)
        return [message_view(self.world, m) for m in changed]

    def _gone(self, chat: Chat) -> list[Json]:
        gone = self.shown.get(chat.id, set()) - chat.messages.keys()
        self.shown[chat.id] -= gone
        return [{"chat_id": chat.id, "message_id": number} for number in sorted(gone)]

    def _calls(self) -> list[Json]:
        """Return the bot's calls that began or ended, without getUpdates."""
        started = list(itertools.takewhile(lambda c: c.number > self.call_number, reversed(self.sandbox.log.calls)))
        self.call_number = self.sandbox.log.count
        ended = [c for c in self.open_calls.values() if c.status is not None]
        new = [c for c in reversed(started[:MOST_CALLS]) if c.method != "getUpdates" and c.bot_id == self.world.bot.id]
        self.open_calls = {c.number: c for c in (*self.open_calls.values(), *new) if c.status is None}
        return [c.to_json() for c in (*ended, *new)]


async def events(sandbox: Sandbox, world: World) -> AsyncIterator[str]:
    """Yield server-sent events until the client stops reading, or the sandbox is reset or closed."""
    watch = Watch(sandbox, world)
    yield "retry: 500\n" + _event(watch.snapshot())
    while True:
        is_changed = await world.signal.wait(IDLE_S)
        if world.is_closing:
            return
        if not is_changed:
            yield ": still here\n\n"
            continue
        await asyncio.sleep(GATHER_S)
        changes = watch.changes()
        if changes:
            yield _event(changes)


def _event(data: Json) -> str:
    # JSON contains no line breaks, so one data line is enough.
    return f"data: {json.dumps(data, ensure_ascii=True)}\n\n"
