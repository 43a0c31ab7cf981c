"""Values that the processes of a fleet exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

ANSWERABLE_FOR = timedelta(minutes=15)
"""An older update is not answered and does not count as pending: the sender has moved on."""


@dataclass(frozen=True, slots=True)
class PendingLimits:
    """Limits for unanswered updates: of a sender, of a group (None in a private chat), and of the sender in the group.

    Refusals are announced once in a chat, or once for each sender if only the sender sees them.
    """

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
    """Updates that one bot answers together, oldest first: a single one, or the pieces of a text that was cut.

    While `wait_s` is above 0 more may come, and there are no bodies yet. Without a bot there is nothing to answer.
    """

    bot_id: int | None = None
    bodies: tuple[Mapping[str, Any], ...] = ()
    wait_s: float = 0.0
    is_refused: bool = False
    """The update is over a limit and gets a notice instead of an answer."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A process that joins a fleet: its command, version, format of jobs and updates, and queues.

    `more_connections` is the number of connections that it may hold in addition to its pool.
    """

    kind: str
    version: str
    job_format: int
    queues: tuple[str, ...] = ()
    more_connections: int = 0


@dataclass(frozen=True, slots=True)
class ChatQuota:
    """The rate limit of a chat for one kind of message: `per_s` a second in the long run, `burst` after a silence."""

    chat: str
    kind: str
    per_s: float
    burst: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """The seconds until the first of the reserved sends, and until each message may go to its chat.

    In a burst the first sends lie in the past: as many as may go at once.
    """

    wait_s: float
    chats_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The number of a person's questions in a row that the rate limit refused, 0 if this one is answered, and the
    seconds until the next one is."""

    refused: int
    wait_s: float
