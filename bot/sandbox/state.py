"""The sandbox's state: one world per bot, plain objects in memory, with its clock and its change event.

All of it belongs to one event loop. Moments are Unix seconds of the world's clock, whole or fractional.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox import Json
from bot.sandbox.entities import Marked
from bot.sandbox.errors import SimError
from bot.sandbox.limits import Limiter


class Signal:
    """A change notification: `notify` wakes every coroutine in `wait`. For one event loop."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, timeout_s: float) -> bool:
        """Wait for a change; return whether one came within the timeout."""
        try:
            # Not `wait_for`, which in Python 3.11 loses a cancellation that coincides with the change.
            async with asyncio.timeout(max(0.0, timeout_s)):
                return await self._changed.wait()
        except TimeoutError:
            return False


# Time zone rules and the bot's calendar reach further; a longer step is a mistake.
FURTHEST_AHEAD_S = 400 * 86_400.0


@dataclass(slots=True)
class MovableClock:
    """A clock in Unix seconds, `ahead_s` ahead of `real`. It only moves forward, so that events stay in the past."""

    real: Callable[[], float]
    ahead_s: float = 0.0

    def __call__(self) -> float:
        return self.real() + self.ahead_s

    def check(self, seconds: float) -> None:
        """Raise SimError for a step backwards, and beyond FURTHEST_AHEAD_S."""
        if not 0 < seconds <= FURTHEST_AHEAD_S - self.ahead_s:
            raise SimError(f"the clock goes forward only, and {FURTHEST_AHEAD_S / 86_400:g} days at most")

    def forward(self, seconds: float) -> None:
        """Move the clock. Raises SimError if `check` does."""
        self.check(seconds)
        self.ahead_s += seconds

    def to_json(self) -> Json:
        return {"now": self(), "ahead_s": self.ahead_s}


ChatKind = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

FIRST_UPDATE_ID = 700_000_001
# Telegram keeps unconfirmed updates for a day (Bot API, "Getting updates").
UPDATE_LIFETIME_S = 86_400
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class User:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = "id"
    is_bot: bool = False
    is_deactivated: bool = False


@dataclass(slots=True)
class Member:
    """A user's membership of a chat; `rights` are the `can_…` flags of an administrator or restricted member."""

    user_id: int
    status: Status
    rights: dict[str, bool] = field(default_factory=dict)

    @property
    def is_present(self) -> bool:
        return self.status in {"creator", "administrator", "member", "restricted"}

    @property
    def is_admin(self) -> bool:
        return self.status in {"creator", "administrator"}


@dataclass(slots=True)
class Message:
    """One message. `is_outgoing` is true for the bot's own, `sender_id` is None in a channel.

    `sender_chat_id` is the group of an anonymous administrator. `content` holds everything but text and keyboard
    (document, photo, location, service fields). Users still see an `is_inaccessible` message, but the bot gets only
    its id. `guest_caller_id` is the user who summoned the bot, for its message in a chat that it is not in.
    """

    chat_id: int
    id: int
    date: int
    sender_id: int | None
    is_outgoing: bool = False
    body: Marked = field(default_factory=lambda: Marked(""))
    content: Json = field(default_factory=dict)
    keyboard: Json | None = None
    reply_to: int | None = None
    quote: Json | None = None
    thread_id: int | None = None
    edited_at: int | None = None
    forward_origin: Json | None = None
    link_preview: Json | None = None
    is_protected: bool = False
    sender_chat_id: int | None = None
    via_bot: int | None = None
    guest_caller_id: int | None = None
    inline_id: str | None = None
    is_inaccessible: bool = False
    created_event: int = 0
    changed_event: int = 0

    @property
    def is_service(self) -> bool:
        return not self.body.text and not self.has_media and "location" not in self.content

    @property
    def has_media(self) -> bool:
        return "document" in self.content or "photo" in self.content


@dataclass(slots=True)
class Chat:
    """A chat. A private chat has the user's id; `has_started` is whether the user has started the bot."""

    id: int
    kind: ChatKind
    title: str | None = None
    username: str | None = None
    is_forum: bool = False
    has_started: bool = True
    is_blocked: bool = False
    has_protected_content: bool = False
    migrated_to: int | None = None
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    presses: list[Callback] = field(default_factory=list)
    last_message_id: int = 0
    asked_event: int = 0
    # Monotonic times, from which a wait decides that the bot has finished.
    active_at: float = 0.0
    busy_until: float = 0.0

    def member(self, user_id: int) -> Member:
        """Return the user's membership; the status of a stranger is "left"."""
        return self.members.get(user_id) or Member(user_id, "left")

    def visible_message(self, message_id: int | None) -> Message | None:
        """Return the message if the bot can see it."""
        message = self.messages.get(message_id or 0)
        return None if message is None or message.is_inaccessible else message


@dataclass(slots=True)
class Callback:
    """A callback query and the bot's answer to it."""

    id: str
    chat_id: int
    message_id: int
    user_id: int
    at: float
    event: int
    answer: Json | None = None


@dataclass(slots=True)
class GuestQuery:
    """A message that summoned the bot in a chat that it is not in."""

    chat_id: int
    message_id: int
    user_id: int
    at: float
    is_answered: bool = False


@dataclass(slots=True)
class StoredFile:
    id: str
    path: str
    content: bytes
    kind: str
    meta: Json


@dataclass(slots=True)
class Webhook:
    url: str
    secret: str | None
    max_connections: int = 40
    last_error: str | None = field(default=None, compare=False)
    last_error_at: int | None = field(default=None, compare=False)


@dataclass(slots=True)
class World:
    """One bot and everything that it can see."""

    token: str
    bot: User
    clock: Callable[[], float]
    limiter: Limiter
    has_privacy: bool = True
    has_guest_mode: bool = True
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    callbacks: dict[str, Callback] = field(default_factory=dict)
    inline_queries: dict[str, Json] = field(default_factory=dict)
    guest_queries: dict[str, GuestQuery] = field(default_factory=dict)
    # The chat and the message of each inline id.
    inline_messages: dict[str, tuple[int, int]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    profile: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_buttons: dict[int | None, Json] = field(default_factory=dict)
    updates: list[tuple[float, Json]] = field(default_factory=list)
    allowed_updates: frozenset[str] | None = None
    webhook: Webhook | None = None
    signal: Signal = field(default_factory=Signal)
    event: int = 0
    polls: int = 0
    is_closing: bool = False
    update_ids: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_UPDATE_ID))
    serials: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.users[self.bot.id] = self.bot

    def now(self) -> int:
        return int(self.clock())

    def close(self) -> None:
        """End all polls."""
        self.is_closing = True
        self.signal.notify()

    async def wait_until(self, is_done: Callable[[], bool], timeout_s: float) -> None:
        """Wait until `is_done()` returns true after a change, the time is over or the world closes."""
        deadline = time.monotonic() + timeout_s
        while not is_done() and not self.is_closing and (left_s := deadline - time.monotonic()) > 0:
            await self.signal.wait(left_s)

    def keep_setup(self, other: World) -> None:
        """Copy the bot's setup from another world."""
        self.commands, self.profile, self.menu_buttons = other.commands, other.profile, other.menu_buttons
        self.allowed_updates, self.webhook = other.allowed_updates, other.webhook

    def next_event(self) -> int:
        """Count a visible event and wake all waiting coroutines."""
        self.event += 1
        self.signal.notify()
        return self.event

    def add_message(self, chat: Chat, sender_id: int, body: Marked, **fields: Any) -> Message:
        """Add a new message to the chat; in a channel it has no sender. `fields` are those of Message."""
        sender = None if chat.kind == "channel" else sender_id
        message = Message(chat.id, self.next_message_id(chat), self.now(), sender, body=body, **fields)
        chat.messages[message.id] = message
        self.mark_changed(chat, message)
        message.created_event = message.changed_event
        return message

    def inline_id(self, message: Message) -> str:
        """Return the id by which the bot edits a card or a guest answer. It does not reveal the chat."""
        if message.inline_id is None:
            message.inline_id = f"AQAAA{next(self.serials):08d}"
            self.inline_messages[message.inline_id] = (message.chat_id, message.id)
        return message.inline_id

    def next_message_id(self, chat: Chat) -> int:
        chat.last_message_id += 1
        return chat.last_message_id

    def mark_changed(self, chat: Chat, message: Message) -> None:
        message.changed_event = self.next_event()
        if message.is_outgoing:
            chat.active_at, chat.busy_until = time.monotonic(), 0.0

    def push(self, kind: str, payload: Json) -> bool:
        """Queue an update for the bot, unless `allowed_updates` excludes its kind."""
        allowed = kind not in NOT_BY_DEFAULT if not self.allowed_updates else kind in self.allowed_updates
        if allowed:
            self.updates.append((self.clock(), {"update_id": next(self.update_ids), kind: payload}))
            self.signal.notify()
        return allowed

    def pending(self) -> list[Json]:
        """Return the unconfirmed updates of the last day, oldest first."""
        horizon = self.clock() - UPDATE_LIFETIME_S
        if self.updates and self.updates[0][0] < horizon:
            self.updates = [u for u in self.updates if u[0] >= horizon]
        return [u for _, u in self.updates]

    def confirm(self, update_id: int) -> None:
        """Drop one update."""
        self.updates = [u for u in self.updates if u[1]["update_id"] != update_id]
        self.signal.notify()

    def confirm_before(self, update_id: int) -> None:
        """Drop every update with a lower id."""
        if self.updates and self.updates[0][1]["update_id"] < update_id:
            self.updates = [u for u in self.updates if u[1]["update_id"] >= update_id]
            self.signal.notify()
