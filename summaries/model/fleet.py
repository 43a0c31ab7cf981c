"""What processes on several machines hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


ANSWERABLE_FOR = timedelta(minutes=15)
"""An update that is older is not answered any more and does not count as pending: the person has moved on."""


@dataclass(frozen=True, slots=True)
class PendingLimits:
    """How many unanswered updates of a sender, of a group (None in a private chat) and of the sender in the group may
    be stored. Refusals are announced once in a chat, or once for each sender where only the sender sees them."""

    sender_id: int
    chat_id: int | None
    of_sender: int
    of_member: int
    of_chat: int
    is_private_notice: bool = False
    max_notices: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """An update that was stored. `group_id` is the group to answer: None if another update of the group leads to that,
    if it was answered before, or if it was refused without a notice."""

    group_id: int | None
    is_new: bool
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Updates to be answered together by one bot, oldest first: one, or the pieces of a text that was cut. While
    `wait_s` is above 0 more may come, and there are no bodies yet. Without a bot there is nothing to answer."""

    bot_id: int | None = None
    bodies: tuple[Mapping[str, Any], ...] = ()
    wait_s: float = 0.0
    is_refused: bool = False
    """The update is over a limit and gets a notice in place of an answer."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What a process tells of itself when it joins a fleet: the command that it is, the program's version, the format
    of jobs and updates that it reads and writes, the queues that it works on, and how many connections it may hold
    besides those of its pool."""

    kind: str
    version: str
    job_format: int
    queues: tuple[str, ...] = ()
    more_connections: int = 0


@dataclass(frozen=True, slots=True)
class ChatQuota:
    """What a message needs within its chat: one of the turns of that kind, `per_s` a second in the long run, and up to
    `burst` at once after a silence."""

    chat: str
    kind: str
    per_s: float
    burst: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """In how many seconds the first of the bot's turns is, and the turn of each message within its chat. Of the bot's
    in a burst the first lies back, and so do as many more as are there at once."""

    wait_s: float
    chats_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How often in a row a person's questions were refused for pace: 0 where this one is answered. And in how many
    seconds the next one is."""

    refused: int
    wait_s: float
