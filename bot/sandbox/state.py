"""What the stand-in remembers: one world per bot, plain objects in memory, apart from HTTP.

Everything is touched from one event loop only. Moments are whole or fractional Unix seconds of the world's clock.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.entities import Marked
from bot.sandbox.errors import SimError
from bot.sandbox.limits import Limiter, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Signal:
    """Something changed: `notify` wakes every coroutine that is in `wait`. One event loop only."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, timeout_s: float) -> bool:
        """Whether a change came before the time was over."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            # Not wait_for: in Python 3.11 it forgets that it was cancelled when the change comes at the same moment.
            async with asyncio.timeout(max(0.0, timeout_s)):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True


# Zone rules and the bot's own calendar go further, but nobody's patience does.
FURTHEST_AHEAD_S = 400 * 86_400.0


@dataclass(slots=True)
class MovableClock:
    """Unix seconds, `ahead_s` before `real`. It only goes forward: what happened stays in the past."""

    real: Callable[[], float]
    ahead_s: float = 0.0

    def __call__(self) -> float:
        return self.real() + self.ahead_s

    def forward(self, seconds: float) -> None:
        """Raises SimError for a step back, and beyond FURTHEST_AHEAD_S."""
        if not 0 < seconds <= FURTHEST_AHEAD_S - self.ahead_s:
            raise SimError(f"the clock goes forward only, and {FURTHEST_AHEAD_S / 86_400:g} days at most")
        self.ahead_s += seconds


Json = dict[str, Any]
ChatKind = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

FIRST_UPDATE_ID = 700_000_001
# Telegram forgets what nobody took within a day.
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
    """A user's place in a chat; `rights` are an administrator's or a restricted member's `can_…` flags."""

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
    """One message; `is_outgoing` when our bot sent it, `sender_id` None in a channel.

    `sender_chat_id` is the group in whose name an anonymous administrator wrote. `content` holds what is neither text
    nor keyboard (document, photo, location, service fields). An `is_inaccessible` message is still on people's screens,
    but the bot sees no more of it than its id.
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
    """A conversation. In a private chat the id is the person's; `has_started` is whether they spoke to the bot."""

    id: int
    kind: ChatKind
    title: str | None = None
    username: str | None = None
    is_forum: bool = False
    has_started: bool = True
    is_blocked: bool = False
    migrated_to: int | None = None
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    presses: list[Callback] = field(default_factory=list)
    last_message_id: int = 0
    asked_event: int = 0
    # Moments of the event loop's kind of clock: they say when a person would find the bot done.
    active_at: float = 0.0
    busy_until: float = 0.0

    def visible_message(self, message_id: int | None) -> Message | None:
        """The message, if there is one that the bot can see."""
        message = self.messages.get(message_id or 0)
        return None if message is None or message.is_inaccessible else message


@dataclass(slots=True)
class Callback:
    """A press of a button, and what the bot answered to it."""

    id: str
    chat_id: int
    message_id: int
    user_id: int
    at: float
    event: int
    answer: Json | None = None


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
    last_error: str | None = None
    last_error_at: int | None = None


@dataclass(slots=True)
class World:
    """One bot and everything it can see."""

    token: str
    bot: User
    clock: Callable[[], float] = time.time
    limits: Limits = field(default_factory=Limits)
    callback_lifetime_s: float = 15.0
    has_privacy: bool = True
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    callbacks: dict[str, Callback] = field(default_factory=dict)
    inline_queries: dict[str, Json] = field(default_factory=dict)
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
    limiter: Limiter = field(init=False)
    update_ids: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_UPDATE_ID))
    serials: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.limiter = Limiter(self.limits)
        self.users[self.bot.id] = self.bot

    def now(self) -> int:
        return int(self.clock())

    def open(self) -> None:
        """Polls may wait, again."""
        self.is_closing = False

    def close(self) -> None:
        """Let every poll go."""
        self.is_closing = True
        self.signal.notify()

    def keep_setup(self, other: World) -> None:
        """Take over what the bot set up in another world."""
        self.commands, self.profile, self.menu_buttons = other.commands, other.profile, other.menu_buttons
        self.allowed_updates, self.webhook = other.allowed_updates, other.webhook

    def next_event(self) -> int:
        """Count something that a person could see, and wake whoever waits for it."""
        self.event += 1
        self.signal.notify()
        return self.event

    def add_message(self, chat: Chat, message: Message) -> Message:
        """Put the message into the chat. Its id must come from `next_message_id`."""
        message.created_event = message.changed_event = self.next_event()
        chat.messages[message.id] = message
        if message.is_outgoing:
            chat.active_at, chat.busy_until = time.monotonic(), 0.0
        return message

    def next_message_id(self, chat: Chat) -> int:
        chat.last_message_id += 1
        return chat.last_message_id

    def mark_changed(self, chat: Chat, message: Message) -> None:
        message.changed_event = self.next_event()
        if message.is_outgoing:
            chat.active_at, chat.busy_until = time.monotonic(), 0.0

    def push(self, kind: str, payload: Json) -> bool:
        """Queue an update for the bot, unless it asked not to get this kind."""
        allowed = kind not in NOT_BY_DEFAULT if not self.allowed_updates else kind in self.allowed_updates
        if allowed:
            self.updates.append((self.clock(), {"update_id": next(self.update_ids), kind: payload}))
            self.signal.notify()
        return allowed

    def pending(self) -> list[Json]:
        """The updates that nobody confirmed yet, oldest first; those older than a day are gone."""
        horizon = self.clock() - UPDATE_LIFETIME_S
        if self.updates and self.updates[0][0] < horizon:
            self.updates = [u for u in self.updates if u[0] >= horizon]
        return [u for _, u in self.updates]

    def confirm(self, update_id: int) -> None:
        """Forget one update."""
        self.updates = [u for u in self.updates if u[1]["update_id"] != update_id]
        self.signal.notify()

    def confirm_before(self, update_id: int) -> None:
        """Forget every update with a lower id."""
        if self.updates and self.updates[0][1]["update_id"] < update_id:
            self.updates = [u for u in self.updates if u[1]["update_id"] >= update_id]
            self.signal.notify()
