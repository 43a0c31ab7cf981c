"""Process updates concurrently, with a limit for each person and each chat.

An update that waits for a page or for a chat's rate limit holds its slot until it is answered. The limits ensure that
one person's or chat's backlog never takes all slots. Message texts stay out of the logs, and every update is timed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Coroutine, Hashable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from structlog.contextvars import bound_contextvars
from telegram import CallbackQuery, ChatMemberUpdated, InlineQuery, Message, Update
from telegram.constants import ChatType
from telegram.ext import BaseUpdateProcessor

from bot.logs.pipeline import keeping_private
from bot.runtime.metrics import Metrics, UpdateKind
from bot.transport.rate_limiter import timing_replies

# Updates in memory, running and waiting. Each costs about 20 kB, so this bounds a burst's memory.
MAX_UPDATES = 1024


@dataclass(frozen=True, slots=True)
class Quota:
    """How many updates of one key may run at once, and how many may be in memory, running and waiting."""

    running: int
    pending: int


# Telegram allows a message a second in a chat: 30 pending answers are half a minute's.
PERSON = Quota(running=4, pending=30)
# Telegram allows 20 messages a minute in a group, which its members share.
GROUP = Quota(running=8, pending=20)
MEMBER = Quota(running=2, pending=6)

# Notices for one backlog: each costs as much as an answer, and hundreds of people may press in one group.
MAX_NOTICES = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that an update counts against, and its quota."""

    key: Hashable
    quota: Quota


class Admission(Enum):
    """The decision about an update: handle it, refuse it with a notice, or drop it because the notice was given."""

    HANDLE = auto()
    REFUSE = auto()
    DROP = auto()


def sender_id(message: Message) -> int:
    """Return the id that the message's limits count against: of the person, or of the chat that posts as itself.

    Telegram sets one and the same `from_user` on the messages of all anonymous administrators, and another on those of
    all channels; only `sender_chat` distinguishes them.
    """
    if message.sender_chat is not None:
        return message.sender_chat.id
    return message.from_user.id if message.from_user is not None else message.chat_id


@dataclass(frozen=True, slots=True)
class Origin:
    """The sender of an update, and the group that it was sent in."""

    sender_id: int
    group_id: int | None


def find_origin(update: Update) -> Origin | None:
    """Return the origin of an update, or None for one that no limit applies to.

    Changes of membership have none: they are cheap, and losing one would leave a wrong state.
    """
    match update:
        case Update(callback_query=CallbackQuery() as query):
            chat, sender = query.message.chat if query.message is not None else None, query.from_user.id
        case Update(inline_query=InlineQuery() as inline):
            chat, sender = None, inline.from_user.id
        case Update(guest_message=Message() as message):
            chat, sender = None, sender_id(message)
        case Update(message=Message() as message) | Update(edited_message=Message() as message):
            if message.migrate_to_chat_id is not None or message.migrate_from_chat_id is not None:
                return None
            chat, sender = message.chat, sender_id(message)
        case _:
            return None
    return Origin(sender, None if chat is None or chat.type == ChatType.PRIVATE else chat.id)


def list_claims(origin: Origin | None) -> tuple[Claim, ...]:
    """Return the claims of an update, in the order in which they are acquired."""
    if origin is None:
        return ()
    person = Claim(origin.sender_id, PERSON)
    if origin.group_id is None:
        return (person,)
    in_group = (Claim((origin.group_id, origin.sender_id), MEMBER), Claim((origin.group_id,), GROUP))
    # An anonymous administrator is the group itself, which a claim of its own would count twice.
    return in_group if origin.sender_id == origin.group_id else (person, *in_group)


@dataclass(slots=True)
class _Use:
    """The updates of one key: a semaphore for the running ones, the number pending, and the notices given so far."""

    slots: asyncio.Semaphore
    pending: int = 0
    notices: set[int | None] = field(default_factory=set)


@dataclass(slots=True)
class UpdateLimiter:
    """Decides by the pending updates of a person and a chat whether one more is handled."""

    max_updates: int = MAX_UPDATES
    _uses: dict[Hashable, _Use] = field(default_factory=dict)
    _total: int = 0

    def admit(self, claims: Sequence[Claim], notice: int | None = None) -> Admission:
        """Decide about an update and count it if it is handled; `release` ends that.

        A refusal is announced once for each backlog, that is until nothing of the key over its quota is pending any
        more, and once for each value of `notice`.
        """
        full = [claim for claim in claims if self._pending(claim) >= self._allowed(claim.quota)]
        if not full:
            for claim in claims:
                self._use(claim).pending += 1
            self._total += 1
            return Admission.HANDLE
        # The widest key: a group's backlog is announced once in the group, not once for each member.
        notices = self._use(full[-1]).notices
        if notice in notices or len(notices) >= MAX_NOTICES:
            return Admission.DROP
        notices.add(notice)
        return Admission.REFUSE

    def release(self, claims: Sequence[Claim]) -> None:
        """End the counting of an update."""
        self._total -= 1
        for claim in claims:
            use = self._uses[claim.key]
            use.pending -= 1
            if use.pending == 0:
                del self._uses[claim.key]

    def slots(self, claims: Sequence[Claim]) -> Iterator[asyncio.Semaphore]:
        """Yield the semaphores under which an admitted update runs."""
        return (self._uses[claim.key].slots for claim in claims)

    def _use(self, claim: Claim) -> _Use:
        return self._uses.setdefault(claim.key, _Use(asyncio.Semaphore(claim.quota.running)))

    def _pending(self, claim: Claim) -> int:
        use = self._uses.get(claim.key)
        return use.pending if use is not None else 0

    def _allowed(self, quota: Quota) -> int:
        """Return how many updates may be pending: fewer when memory fills up, so that many flooders leave room too."""
        free = max(0, self.max_updates - self._total)
        return max(1, min(quota.pending, quota.pending * 2 * free // self.max_updates))


_is_refused: ContextVar[bool] = ContextVar("is_refused", default=False)


@contextmanager
def refusing() -> Iterator[None]:
    """Let the handlers that run in the block give a notice in place of an answer."""
    token = _is_refused.set(True)
    try:
        yield
    finally:
        _is_refused.reset(token)


def is_refused() -> bool:
    """Return whether the update that this task handles is over a limit and only gets a notice."""
    return _is_refused.get()


class UpdateProcessor(BaseUpdateProcessor):
    """Runs the handlers of each update within the limits of its person and chat."""

    def __init__(self, metrics: Metrics, limiter: UpdateLimiter | None = None) -> None:
        self._limiter = limiter or UpdateLimiter()
        # The limiter bounds the updates; python-telegram-bot's own semaphore must never be the one that waits.
        super().__init__(2 * self._limiter.max_updates)
        self._metrics = metrics

    async def initialize(self) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        if is_refused():
            await self._handle(update, coroutine)
            return
        claims = list_claims(find_origin(update))
        # The answer to a press is seen only by the person who pressed.
        presser = update.callback_query.from_user.id if update.callback_query is not None else None
        admission = self._limiter.admit(claims, presser)
        if admission is Admission.HANDLE:
            try:
                async with AsyncExitStack() as stack:
                    for slot in self._limiter.slots(claims):
                        await stack.enter_async_context(slot)
                    await self._handle(update, coroutine)
            finally:
                self._limiter.release(claims)
            return
        self._metrics.update_refused()
        if admission is Admission.REFUSE:
            with refusing():
                await self._handle(update, coroutine)
        elif isinstance(coroutine, Coroutine):
            coroutine.close()

    async def _handle(self, update: Update, coroutine: Awaitable[Any]) -> None:
        began_s = time.monotonic()
        self._metrics.update_begun()
        with bound_contextvars(update=update.update_id), keeping_private(update.to_dict), timing_replies():
            try:
                await coroutine
            finally:
                self._metrics.update_handled(classify(update), time.monotonic() - began_s)


def classify(update: Update) -> UpdateKind:
    """Return the label under which the update is counted."""
    match update:
        case Update(message=Message() as message):
            return UpdateKind.COMMAND if (message.text or message.caption or "").startswith("/") else UpdateKind.MESSAGE
        case Update(edited_message=Message()):
            return UpdateKind.EDIT
        case Update(callback_query=CallbackQuery()):
            return UpdateKind.BUTTON
        case Update(inline_query=InlineQuery()):
            return UpdateKind.INLINE
        case Update(guest_message=Message()):
            return UpdateKind.GUEST
        case Update(my_chat_member=ChatMemberUpdated()):
            return UpdateKind.MEMBERSHIP
        case _:
            return UpdateKind.OTHER
